/*
 * inheritance.h
 *		Who is whose partition or child.
 */
#ifndef MEMREG_REGISTRY_INHERITANCE_H
#define MEMREG_REGISTRY_INHERITANCE_H

#include "nodes/pg_list.h"

extern List *memreg_inheritance_parents(Oid relation);

#endif /* MEMREG_REGISTRY_INHERITANCE_H */
