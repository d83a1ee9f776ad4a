/*
 * announcement.h
 *		Saying that rows are about to go, some time before they do.
 */
#ifndef MEMREG_RETENTION_ANNOUNCEMENT_H
#define MEMREG_RETENTION_ANNOUNCEMENT_H

#include "postgres.h"

#include "retention/rule.h"

extern TimestampTz memreg_announcement_ripe(int32 rule, const Interval *grace);
extern void memreg_announcement_make(RetentionRule *rule);

#endif /* MEMREG_RETENTION_ANNOUNCEMENT_H */
