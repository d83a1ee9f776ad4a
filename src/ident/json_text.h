/*
 * json_text.h
 *		JSON text with its escapes undone, for scanning only.
 */
#ifndef MEMREG_IDENT_JSON_TEXT_H
#define MEMREG_IDENT_JSON_TEXT_H

#include <stddef.h>

/*
 * Undoes backslash escapes in place and returns the new length, never more
 * than the old one.  The result is no JSON and no terminated string.
 */
extern size_t memreg_ident_unescape_json(char *json, size_t length);

#endif /* MEMREG_IDENT_JSON_TEXT_H */
