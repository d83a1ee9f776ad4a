/*
 * argument.h
 *		What an SQL function about subjects was given.
 */
#ifndef MEMREG_CONSENT_ARGUMENT_H
#define MEMREG_CONSENT_ARGUMENT_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"

#include "registry/catalog.h"

extern char *memreg_argument_register(FunctionCallInfo fcinfo);
extern int32 memreg_argument_register_id(const char *register_name);
extern char *memreg_argument_subject(FunctionCallInfo fcinfo, const char *register_name);
extern ArrayType *memreg_argument_subjects(FunctionCallInfo fcinfo, const char *register_name);
extern Purpose memreg_argument_purpose(FunctionCallInfo fcinfo, const char *register_name);
extern NullableDatum memreg_argument_optional(FunctionCallInfo fcinfo, int number);
extern void memreg_argument_require(FunctionCallInfo fcinfo, int number, const char *name);

extern Purpose memreg_argument_find_purpose(const char *register_name, const char *name);
extern ArrayType *memreg_argument_one_subject(const char *key);

#endif /* MEMREG_CONSENT_ARGUMENT_H */
