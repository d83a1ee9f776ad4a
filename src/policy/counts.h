/*
 * counts.h
 *		Who may see how many rows a plan has met.
 */
#ifndef MEMREG_POLICY_COUNTS_H
#define MEMREG_POLICY_COUNTS_H

#include "executor/execdesc.h"

extern void memreg_counts_init(void);
extern void memreg_counts_require_right(const QueryDesc *query);
extern bool memreg_counts_may_see(void);

#endif /* MEMREG_POLICY_COUNTS_H */
