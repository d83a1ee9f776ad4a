/*
 * lineage.h
 *		Tables from above which a protected table's rows can be read.
 */
#ifndef MEMREG_REGISTRY_LINEAGE_H
#define MEMREG_REGISTRY_LINEAGE_H

#include "postgres.h"

extern void memreg_lineage_init(void);
extern bool memreg_lineage_concerns(Oid relation);
extern bool memreg_lineage_above_protected(Oid relation);
extern uint64 memreg_lineage_version(void);

#endif /* MEMREG_REGISTRY_LINEAGE_H */
