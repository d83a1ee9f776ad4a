/*
 * number.h
 *		Integers and double precision numbers as the lower bound of their band.
 */
#ifndef MEMREG_GENERALIZE_NUMBER_H
#define MEMREG_GENERALIZE_NUMBER_H

#include "postgres.h"

/*
 * The least number of the value's type (such as PG_INT32_MIN) stands for lower
 * bounds that the type cannot hold.  MR601: a width that is none.
 */
extern int64 memreg_generalize_integer(int64 value, int64 width, int64 least);
extern double memreg_generalize_double(double value, double width);

#endif /* MEMREG_GENERALIZE_NUMBER_H */
