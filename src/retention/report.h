/*
 * report.h
 *		What a run says to the session that called it, or to the server's log.
 */
#ifndef MEMREG_RETENTION_REPORT_H
#define MEMREG_RETENTION_REPORT_H

#include "retention/run.h"

extern void memreg_report_busy(int32 rule);
extern void memreg_report_not_begun(int32 rule, const RetentionFailure *failure);
extern void memreg_report_restored(uint64 rules);
extern void memreg_report_unrecorded(const RetentionFailure *failure);
extern void memreg_report_finished(const RetentionRun *run);
extern void memreg_report_partitions(const RetentionRule *rule, int gone, int kept, int busy);
extern void memreg_report_stopped(const RetentionRun *run);
extern void memreg_report_failed(const RetentionRun *run);
extern void memreg_report_dry(const RetentionRun *run);

#endif /* MEMREG_RETENTION_REPORT_H */
