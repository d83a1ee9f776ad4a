/*
 * character.h
 *		What kind of character it is, whatever the locale.
 */
#ifndef MEMREG_PSEUDONYM_CHARACTER_H
#define MEMREG_PSEUDONYM_CHARACTER_H

#include "mb/pg_wchar.h"

extern bool memreg_character_is_blank(pg_wchar character);
extern bool memreg_character_is_invisible(pg_wchar character);
extern bool memreg_character_is_control(pg_wchar character);
extern pg_wchar memreg_character_lower(pg_wchar character);

#endif /* MEMREG_PSEUDONYM_CHARACTER_H */
