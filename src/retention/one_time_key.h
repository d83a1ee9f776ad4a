/*
 * one_time_key.h
 *		Keys of nobody, for anonymous rows whose subject column cannot be NULL.
 */
#ifndef MEMREG_RETENTION_ONE_TIME_KEY_H
#define MEMREG_RETENTION_ONE_TIME_KEY_H

#include "retention/rule.h"

extern void memreg_one_time_key_begin(MemoryContext round);
extern Datum memreg_one_time_key_make(const RetentionRule *rule, Datum subject);
extern bool memreg_one_time_key_stands(const RetentionRule *rule, Datum key, Oid relation);
extern void memreg_one_time_key_keep(const RetentionRule *rule, const Datum *keys, int count);

#endif /* MEMREG_RETENTION_ONE_TIME_KEY_H */
