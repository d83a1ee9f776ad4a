/*
 * session.h
 *		The purpose that a session acts for.
 */
#ifndef MEMREG_POLICY_SESSION_H
#define MEMREG_POLICY_SESSION_H

extern void memreg_session_init(void);
extern const char *memreg_session_purpose(void);
extern void memreg_session_planned(void);

#endif /* MEMREG_POLICY_SESSION_H */
