/*
 * logged.h
 *		What the server logs of a plan that is run stays in its log.
 */
#ifndef MEMREG_POLICY_LOGGED_H
#define MEMREG_POLICY_LOGGED_H

extern void memreg_logged_init(void);

#endif /* MEMREG_POLICY_LOGGED_H */
