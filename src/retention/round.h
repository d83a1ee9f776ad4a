/*
 * round.h
 *		Rule after rule.
 */
#ifndef MEMREG_RETENTION_ROUND_H
#define MEMREG_RETENTION_ROUND_H

extern void memreg_round_all(void);
extern void memreg_round_due(void);
extern void memreg_round_dry(void);

#endif /* MEMREG_RETENTION_ROUND_H */
