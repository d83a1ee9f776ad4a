/*
 * shape.h
 *		What the pseudonyms that keep a shape have in common.
 */
#ifndef MEMREG_PSEUDONYM_SHAPE_H
#define MEMREG_PSEUDONYM_SHAPE_H

#include "postgres.h"

#include "fmgr.h"

extern const char *memreg_shape_read(const text *value, size_t *length);
extern text *memreg_shape_write(const char *utf8, size_t length);
extern Datum memreg_shape_refuse(FunctionCallInfo fcinfo, bool strict,
								 const char *message, const char *hint);

#endif /* MEMREG_PSEUDONYM_SHAPE_H */
