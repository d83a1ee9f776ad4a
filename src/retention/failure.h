/*
 * failure.h
 *		What is kept of an error: no personal data.
 */
#ifndef MEMREG_RETENTION_FAILURE_H
#define MEMREG_RETENTION_FAILURE_H

#include "postgres.h"

typedef struct RetentionFailure
{
	int code;      /* SQLSTATE as elog.h packs it; 0: none */
	bool too_long; /* a worker's batch has taken longer than a turn */
	char message[256];
} RetentionFailure;

extern void memreg_failure_keep(RetentionFailure *failure, const ErrorData *error,
								bool from_application);
extern void memreg_failure_prefix(RetentionFailure *failure, const char *name);
extern bool memreg_failure_is_cancel(const ErrorData *error);
extern bool memreg_failure_is_contention(const RetentionFailure *failure);

#endif /* MEMREG_RETENTION_FAILURE_H */
