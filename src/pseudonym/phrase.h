/*
 * phrase.h
 *		Words of a language, put together for people to read.
 */
#ifndef MEMREG_PSEUDONYM_PHRASE_H
#define MEMREG_PSEUDONYM_PHRASE_H

#include "lib/stringinfo.h"

#include "pseudonym/words.h"

extern const Words *memreg_phrase_language(const text *language);
extern void memreg_phrase_add(StringInfo phrase, const char *word);
extern text *memreg_phrase_text(const StringInfoData *phrase);

#endif /* MEMREG_PSEUDONYM_PHRASE_H */
