/*
 * run.h
 *		One run of one retention rule.
 */
#ifndef MEMREG_RETENTION_RUN_H
#define MEMREG_RETENTION_RUN_H

#include "postgres.h"

#include "retention/count.h"
#include "retention/cutoff.h"
#include "retention/failure.h"
#include "retention/history.h"
#include "retention/rule.h"
#include "retention/sweep.h"

typedef enum RunState
{
	RUN_RULE_GONE, /* removed before its turn came */
	RUN_NOTHING_DUE,
	RUN_STOPPED, /* more is due than may go without approval */
	RUN_STARTED
} RunState;

typedef struct RetentionRun
{
	int32 rule_id;
	MemoryContext memory; /* lives as long as the run */
	RetentionRule rule;
	RetentionCount count;
	RetentionApproval approval;
	double look_seconds;
	double gap_seconds; /* since the last look that did not stop */
	RunState state;
	bool repeated; /* stopped or failed, but so did the run before */
	int attempts;  /* of a run that failed: in a row, with this one */
	int64 id;      /* in memreg.run; 0: not written down */
	RetentionSweep sweep;
	RetentionFailure failure;
} RetentionRun;

extern void memreg_run_rule(int32 id, MemoryContext memory);
extern void memreg_run_dry(int32 id, MemoryContext memory);
extern const char *memreg_run_exceeded(const RetentionRun *run);

#endif /* MEMREG_RETENTION_RUN_H */
