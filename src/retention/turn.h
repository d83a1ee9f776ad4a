/*
 * turn.h
 *		How long a worker may go on with one rule, and in one database.
 */
#ifndef MEMREG_RETENTION_TURN_H
#define MEMREG_RETENTION_TURN_H

#include "postgres.h"

extern void memreg_turn_begin(void);
extern bool memreg_turn_goes_on(void);
extern void memreg_turn_begin_rule(int32 rule, int rules_behind);
extern bool memreg_turn_is_over(void);
extern bool memreg_turn_was_cut(void);
extern void memreg_turn_begin_batch(void);
extern void memreg_turn_end_batch(void);

#endif /* MEMREG_RETENTION_TURN_H */
