/*
 * subject_token.h
 *		Subject tokens of this database: issued by one role, read for another.
 */
#ifndef MEMREG_POLICY_SUBJECT_TOKEN_H
#define MEMREG_POLICY_SUBJECT_TOKEN_H

#include "crypto/token.h"

extern void memreg_subject_token_init(void);
extern bool memreg_subject_token_read(const char *text, SubjectToken *token);

#endif /* MEMREG_POLICY_SUBJECT_TOKEN_H */
