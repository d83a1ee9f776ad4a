/*
 * record.h
 *		The lasting record of what a run has removed: memreg.retention_record.
 */
#ifndef MEMREG_RETENTION_RECORD_H
#define MEMREG_RETENTION_RECORD_H

#include "postgres.h"

extern void memreg_record_write(int64 run);
extern void memreg_record_write_left(void *unused);

#endif /* MEMREG_RETENTION_RECORD_H */
