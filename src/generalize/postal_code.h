/*
 * postal_code.h
 *		The area that a Finnish postal code is in.
 */
#ifndef MEMREG_GENERALIZE_POSTAL_CODE_H
#define MEMREG_GENERALIZE_POSTAL_CODE_H

#include <stdbool.h>
#include <stddef.h>

#define MEMREG_POSTAL_CODE_DIGITS 5

/*
 * Writes the code's first digits (at most MEMREG_POSTAL_CODE_DIGITS), and an
 * end; false: the text is no postal code.
 */
extern bool memreg_postal_code_area(const char *text, size_t length, int digits, char *area);

#endif /* MEMREG_GENERALIZE_POSTAL_CODE_H */
