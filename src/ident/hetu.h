/*
 * hetu.h
 *		The Finnish personal identity code (henkilötunnus).
 */
#ifndef MEMREG_IDENT_HETU_H
#define MEMREG_IDENT_HETU_H

#include <stdbool.h>
#include <stddef.h>

/* Is the whole of the text a well-formed code, and nothing else? */
extern bool memreg_ident_is_hetu(const char *text, size_t length);

/* Does a well-formed code stand anywhere in the text? */
extern bool memreg_ident_contains_hetu(const char *text, size_t length);

#endif /* MEMREG_IDENT_HETU_H */
