/*
 * schedule.h
 *		When a worker looks at a rule again: memreg.retention_state.
 */
#ifndef MEMREG_RETENTION_SCHEDULE_H
#define MEMREG_RETENTION_SCHEDULE_H

#include "postgres.h"

extern uint64 memreg_schedule_adopt(void);
extern void memreg_schedule_begin(int32 rule);
extern void memreg_schedule_wait(int32 rule);
extern void memreg_schedule_rest(int32 rule, double seconds);
extern void memreg_schedule_ask(int32 rule, double seconds);
extern double memreg_schedule_gap(int32 rule);

#endif /* MEMREG_RETENTION_SCHEDULE_H */
