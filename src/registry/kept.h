/*
 * kept.h
 *		A table of memreg kept whole in memory.
 */
#ifndef MEMREG_REGISTRY_KEPT_H
#define MEMREG_REGISTRY_KEPT_H

#include "nodes/pg_list.h"

#include "registry/scan.h"

/* Declared static, with the first two fields set. */
typedef struct KeptTable
{
	const char *name;
	void *(*read)(ScannedRow *row); /* what is kept of a row; NULL: nothing */

	uint64 generation;
	MemoryContext memory;
	List *rows;
} KeptTable;

extern List *memreg_kept_rows(KeptTable *table);

#endif /* MEMREG_REGISTRY_KEPT_H */
