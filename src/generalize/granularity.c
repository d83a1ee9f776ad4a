/*
 * granularity.c
 *		How coarse a generalization is to be: refusing what cannot be meant.
 *
 * Invariant: of everything that the functions of this module are given, only
 * the granularity (a unit, a width, a number of digits, letters or bits) can
 * raise an error.  A value never does, or its error would end a report in the
 * middle and tell of one person's data.  The error does not repeat what it was
 * given: that may be a column of a table, too.
 */
#include "postgres.h"

#include "core/errors.h"
#include "generalize/granularity.h"

void
memreg_granularity_refuse(const char *problem, const char *hint)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_INVALID_GRANULARITY), errmsg_internal("%s", problem),
			 errhint("%s", hint)));
}
