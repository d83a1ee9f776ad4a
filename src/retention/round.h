/*
 * round.h
 *		Rule after rule.
 */
#ifndef MEMREG_RETENTION_ROUND_H
#define MEMREG_RETENTION_ROUND_H

#include "postgres.h"

extern void memreg_round_all(void);
extern bool memreg_round_due(void);
extern void memreg_round_dry(void);

#endif /* MEMREG_RETENTION_ROUND_H */
