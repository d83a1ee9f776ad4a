/*
 * places.h
 *		Where rows past their term are, in one leaf.
 */
#ifndef MEMREG_RETENTION_PLACES_H
#define MEMREG_RETENTION_PLACES_H

#include "storage/itemptr.h"

#include "core/compat.h"
#include "retention/due_scan.h"

/* As many as are found in one go; they take six bytes each. */
#define RETENTION_PLACES_MAX 1000000

typedef struct RetentionPlaces
{
	Oid leaf;
	MemregFileNumber file; /* that they are places in */
	ItemPointerData *rows; /* in physical order, once closed */
	int count;
	int room;
	bool full;            /* there may be more */
	ItemPointerData next; /* in physical order: from where */
} RetentionPlaces;

extern RetentionPlaces *memreg_places_open(Relation leaf, MemoryContext memory);
extern bool memreg_places_add(RetentionPlaces *places, const DueScan *scan);
extern void memreg_places_close(RetentionPlaces *places);
extern void memreg_places_free(RetentionPlaces *places);

#endif /* MEMREG_RETENTION_PLACES_H */
