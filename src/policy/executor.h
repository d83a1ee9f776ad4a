/*
 * executor.h
 *		The executor hook: a plan is run by whom and for what it was made.
 */
#ifndef MEMREG_POLICY_EXECUTOR_H
#define MEMREG_POLICY_EXECUTOR_H

extern void memreg_executor_init(void);

#endif /* MEMREG_POLICY_EXECUTOR_H */
