/*
 * owner.h
 *		Working as a table's owner, in a restricted operation.
 */
#ifndef MEMREG_RETENTION_OWNER_H
#define MEMREG_RETENTION_OWNER_H

#include "postgres.h"

#include "utils/rel.h"

/* What to return to. */
typedef struct OwnerContext
{
	Oid user;
	int security;
	int settings;
} OwnerContext;

extern OwnerContext memreg_owner_enter(Relation table);
extern void memreg_owner_leave(OwnerContext context);
extern bool memreg_owner_active(void);

#endif /* MEMREG_RETENTION_OWNER_H */
