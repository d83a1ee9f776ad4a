/*
 * erase.h
 *		Removing subjects from all tables of their register.
 */
#ifndef MEMREG_RETENTION_ERASE_H
#define MEMREG_RETENTION_ERASE_H

#include "retention/rule.h"

extern uint64 memreg_erase(const RetentionRule *rule, Relation root,
						   ItemPointerData *rows, int count, bool careful);

#endif /* MEMREG_RETENTION_ERASE_H */
