/*
 * load_worker.h
 *		A background worker that loads an image.
 */
#ifndef MEMREG_CONSENT_LOAD_WORKER_H
#define MEMREG_CONSENT_LOAD_WORKER_H

#include "consent/shared.h"

extern void memreg_load_worker_start(IndexSlot *slot);
extern PGDLLEXPORT void memreg_load_worker_main(Datum database);

#endif /* MEMREG_CONSENT_LOAD_WORKER_H */
