/*
 * referential.h
 *		Foreign keys' own actions tell nothing of the rows that they meet.
 */
#ifndef MEMREG_POLICY_REFERENTIAL_H
#define MEMREG_POLICY_REFERENTIAL_H

extern void memreg_referential_init(void);

#endif /* MEMREG_POLICY_REFERENTIAL_H */
