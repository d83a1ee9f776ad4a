/*
 * retention.h
 *		Retention: rows past their term go, by rule, worker or call.
 */
#ifndef MEMREG_RETENTION_RETENTION_H
#define MEMREG_RETENTION_RETENTION_H

/* Settings */
extern int memreg_retention_naptime;
extern int memreg_max_workers;
extern double memreg_retention_max_share;
extern int memreg_retention_batch_time;
extern double memreg_retention_busy_share;
extern int memreg_retention_max_rate;
extern int memreg_retention_max_replica_lag;
extern int memreg_retention_max_rows;
extern int memreg_retention_max_gap;
extern int memreg_retention_lock_timeout;
extern int memreg_retention_turn;

#define RETENTION_MAX_WORKERS 64 /* the highest that memreg.max_workers may be */

extern void memreg_retention_init(void);

#endif /* MEMREG_RETENTION_RETENTION_H */
