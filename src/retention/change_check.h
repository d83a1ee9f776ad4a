/*
 * change_check.h
 *		Whether an action may change a relation's rows as it would.
 */
#ifndef MEMREG_RETENTION_CHANGE_CHECK_H
#define MEMREG_RETENTION_CHANGE_CHECK_H

#include "retention/change.h"

extern void memreg_change_require(const RetentionChange *change, Relation relation);

#endif /* MEMREG_RETENTION_CHANGE_CHECK_H */
