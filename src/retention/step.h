/*
 * step.h
 *		One small transaction whose error is caught.
 */
#ifndef MEMREG_RETENTION_STEP_H
#define MEMREG_RETENTION_STEP_H

#include "postgres.h"

#include "retention/failure.h"

typedef void (*RetentionStep)(void *arg);

extern void memreg_step_begin(void);
extern bool memreg_step(RetentionStep work, void *arg, RetentionFailure *failure);

#endif /* MEMREG_RETENTION_STEP_H */
