/*
 * shape.h
 *		What the pseudonyms that keep a shape have in common.
 */
#ifndef MEMREG_PSEUDONYM_SHAPE_H
#define MEMREG_PSEUDONYM_SHAPE_H

#include "postgres.h"

#include "fmgr.h"

/*
 * What digits are permuted as, under a scope's one set of keys for them: the
 * uppermost byte of the permutation's tweak, part of the format.  1 to 3 are
 * the forms of telephone numbers.
 */
#define SHAPE_DIGITS_PHONE(form) ((uint64) (form) << 56)
#define SHAPE_DIGITS_POSTAL_CODE ((uint64) 4 << 56)

extern const char *memreg_shape_read(const text *value, size_t *length);
extern text *memreg_shape_write(const char *utf8, size_t length);
extern Datum memreg_shape_refuse(FunctionCallInfo fcinfo, bool strict,
								 const char *message, const char *hint);

#endif /* MEMREG_PSEUDONYM_SHAPE_H */
