/*
 * schedule.h
 *		When a worker looks at a rule again: memreg.retention_state.
 */
#ifndef MEMREG_RETENTION_SCHEDULE_H
#define MEMREG_RETENTION_SCHEDULE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

extern uint64 memreg_schedule_adopt(void);
extern List *memreg_schedule_begin_well(List *rules);
extern void memreg_schedule_begin(int32 rule);
extern void memreg_schedule_looked(int32 rule);
extern void memreg_schedule_get_on(int32 rule);
extern void memreg_schedule_wait(int32 rule);
extern void memreg_schedule_yield(int32 rule);
extern void memreg_schedule_rest(int32 rule, double seconds);
extern void memreg_schedule_ask(int32 rule, double seconds);
extern double memreg_schedule_gap(int32 rule);
extern int memreg_schedule_attempts(int32 rule);
extern bool memreg_schedule_has_others(int32 rule);
extern TimestampTz memreg_schedule_next(void);

#endif /* MEMREG_RETENTION_SCHEDULE_H */
