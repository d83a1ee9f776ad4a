/*
 * subject.h
 *		Subject keys: bigint, uuid or text outside, one canonical text inside.
 */
#ifndef MEMREG_REGISTRY_SUBJECT_H
#define MEMREG_REGISTRY_SUBJECT_H

#include "fmgr.h"

extern char *memreg_subject_argument(FunctionCallInfo fcinfo, int argument,
									 const char *register_name);
extern char *memreg_subject_given(Oid given, Datum key, const char *register_name);
extern Oid memreg_subject_type(const char *register_name);
extern char *memreg_subject_canonical(Oid type, const char *key);
extern text *memreg_subject_text(Oid type, Datum key);
extern Datum memreg_subject_datum(Oid type, const text *subject);

#endif /* MEMREG_REGISTRY_SUBJECT_H */
