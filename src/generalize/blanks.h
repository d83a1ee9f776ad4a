/*
 * blanks.h
 *		Blanks around a text, which people leave and nobody means.
 */
#ifndef MEMREG_GENERALIZE_BLANKS_H
#define MEMREG_GENERALIZE_BLANKS_H

#include <stddef.h>

/* Leaves the spaces, tabs and line ends (of ASCII) at both ends out of the text. */
extern void memreg_blanks_trim(const char **text, size_t *length);

#endif /* MEMREG_GENERALIZE_BLANKS_H */
