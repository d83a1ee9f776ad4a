/*
 * age.h
 *		Ages in bands of years.
 */
#ifndef MEMREG_GENERALIZE_AGE_H
#define MEMREG_GENERALIZE_AGE_H

#include "postgres.h"

#include "utils/date.h"

#define MEMREG_AGE_WIDTH_MAX 200 /* years; more than anybody has lived */

/* The band's text; NULL: there is no age.  MR601: a width that is none. */
extern text *memreg_generalize_age(DateADT born, DateADT on_date, int width);

#endif /* MEMREG_GENERALIZE_AGE_H */
