/*
 * numeric.h
 *		Numeric values as the lower bound of their band, and the band itself.
 */
#ifndef MEMREG_GENERALIZE_NUMERIC_H
#define MEMREG_GENERALIZE_NUMERIC_H

#include "postgres.h"

#include "utils/numeric.h"

/* MR601: a width that is none. */
extern Numeric memreg_generalize_numeric(Numeric value, Numeric width);

#endif /* MEMREG_GENERALIZE_NUMERIC_H */
