/*
 * policy.h
 *		Enforcement: who sees which rows, and which columns how.
 */
#ifndef MEMREG_POLICY_POLICY_H
#define MEMREG_POLICY_POLICY_H

extern void memreg_policy_init(void);

#endif /* MEMREG_POLICY_POLICY_H */
