/*
 * load.h
 *		Making an image from the state tables.
 */
#ifndef MEMREG_CONSENT_LOAD_H
#define MEMREG_CONSENT_LOAD_H

#include "consent/image.h"

extern bool memreg_load(IndexSlot *slot, Oid identity);

#endif /* MEMREG_CONSENT_LOAD_H */
