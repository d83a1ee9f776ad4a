/*
 * index.h
 *		The consent index, for those who ask it.
 */
#ifndef MEMREG_CONSENT_INDEX_H
#define MEMREG_CONSENT_INDEX_H

#include "consent/image.h"

extern Image *memreg_index_image;

extern void memreg_index_init(void);
extern bool memreg_index_prepare(void);
extern void memreg_index_prepare_worker(bool nested);
extern Oid memreg_index_identity(void);
extern bool memreg_index_members(StateKind kind, int32 owner, double *members);

#endif /* MEMREG_CONSENT_INDEX_H */
