/*
 * membership.h
 *		Which registered table a relation belongs to.
 */
#ifndef MEMREG_REGISTRY_MEMBERSHIP_H
#define MEMREG_REGISTRY_MEMBERSHIP_H

#include "registry/catalog.h"

extern void memreg_membership_init(void);
extern bool memreg_membership_find(Oid relation, RegisteredTable *found);

#endif /* MEMREG_REGISTRY_MEMBERSHIP_H */
