/*
 * letters.h
 *		The first letters of a text.
 */
#ifndef MEMREG_GENERALIZE_LETTERS_H
#define MEMREG_GENERALIZE_LETTERS_H

#include <stddef.h>

/* How many bytes of a text in UTF-8 its first letters take. */
extern size_t memreg_letters_first(const char *utf8, size_t length, int letters);

#endif /* MEMREG_GENERALIZE_LETTERS_H */
