/*
 * granularity.h
 *		How coarse a generalization is to be: refusing what cannot be meant.
 */
#ifndef MEMREG_GENERALIZE_GRANULARITY_H
#define MEMREG_GENERALIZE_GRANULARITY_H

#include "postgres.h"

#include "core/compat.h"

/* Raises MR601: what is wrong, and what could be used. */
pg_noreturn extern void memreg_granularity_refuse(const char *problem, const char *hint);

#endif /* MEMREG_GENERALIZE_GRANULARITY_H */
