/*
 * inline.h
 *		Set-returning SQL functions are planned by themselves.
 */
#ifndef MEMREG_POLICY_INLINE_H
#define MEMREG_POLICY_INLINE_H

extern void memreg_inline_init(void);

#endif /* MEMREG_POLICY_INLINE_H */
