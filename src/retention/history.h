/*
 * history.h
 *		What runs leave behind: memreg.run.
 */
#ifndef MEMREG_RETENTION_HISTORY_H
#define MEMREG_RETENTION_HISTORY_H

#include "postgres.h"

#include "retention/count.h"
#include "retention/cutoff.h"
#include "retention/failure.h"
#include "retention/rule.h"

/* A stopped run that somebody has approved and that no run has acted on yet. */
typedef struct RetentionApproval
{
	int64 run; /* 0: there is none */
	TimestampTz cutoff;
	uint64 due;
} RetentionApproval;

extern void memreg_history_interrupt(int32 rule);
extern RetentionApproval memreg_history_approval(int32 rule);
extern int64 memreg_history_waiting(int32 rule);
extern int64 memreg_history_add(const RetentionRule *rule, RetentionCount count,
								const char *outcome, int64 approval, const char *stopped_by);
extern void memreg_history_progress(int64 run, uint64 removed, uint64 skipped);
extern void memreg_history_finish(int64 run, const char *outcome,
								  const RetentionFailure *failure);
extern void memreg_history_add_failed(int32 rule, const RetentionFailure *failure);
extern bool memreg_history_failed_so(int32 rule, int64 run, const RetentionFailure *failure);
extern void memreg_history_trim(int32 rule);

#endif /* MEMREG_RETENTION_HISTORY_H */
