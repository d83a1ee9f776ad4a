/*
 * refresh.h
 *		Keeping an image as the tables are.
 */
#ifndef MEMREG_CONSENT_REFRESH_H
#define MEMREG_CONSENT_REFRESH_H

#include "consent/image.h"

extern bool memreg_refresh(IndexSlot *slot, Oid identity);
extern void memreg_refresh_unlock(IndexSlot *slot);
extern ImageOutcome memreg_refresh_catch_up(IndexSlot *slot, Image *image,
											ImageMemory *memory);

#endif /* MEMREG_CONSENT_REFRESH_H */
