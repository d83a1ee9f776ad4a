/*
 * subject_secret.h
 *		The random secret of each subject.
 */
#ifndef MEMREG_PSEUDONYM_SUBJECT_SECRET_H
#define MEMREG_PSEUDONYM_SUBJECT_SECRET_H

#include "postgres.h"

#define MEMREG_SUBJECT_SECRET_BYTES 32

extern void memreg_subject_secret_get(int32 register_id, const char *subject,
									  unsigned char *secret);
extern bool memreg_subject_secret_forget(int32 register_id, const char *subject);

#endif /* MEMREG_PSEUDONYM_SUBJECT_SECRET_H */
