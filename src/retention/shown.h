/*
 * shown.h
 *		What a worker shows of itself: pg_stat_activity and the process title.
 */
#ifndef MEMREG_RETENTION_SHOWN_H
#define MEMREG_RETENTION_SHOWN_H

#include "postgres.h"

extern void memreg_shown_look(int32 rule, const char *table);
extern void memreg_shown_remove(uint64 due);
extern void memreg_shown_progress(uint64 removed);
extern void memreg_shown_rest(void);

#endif /* MEMREG_RETENTION_SHOWN_H */
