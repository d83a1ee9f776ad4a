/*
 * business_id.h
 *		The Finnish business ID (Y-tunnus).
 */
#ifndef MEMREG_IDENT_BUSINESS_ID_H
#define MEMREG_IDENT_BUSINESS_ID_H

#include <stdbool.h>
#include <stddef.h>

/* Is the whole of the text a well-formed business ID, and nothing else? */
extern bool memreg_ident_is_business_id(const char *text, size_t length);

#endif /* MEMREG_IDENT_BUSINESS_ID_H */
