/*
 * unsealing.h
 *		The record of what was opened.
 */
#ifndef MEMREG_PSEUDONYM_UNSEALING_H
#define MEMREG_PSEUDONYM_UNSEALING_H

#include "postgres.h"

extern void memreg_unsealing_init(void);
extern void memreg_unsealing_record(int32 scope_id, int32 version, const text *token,
									const char *reason);

#endif /* MEMREG_PSEUDONYM_UNSEALING_H */
