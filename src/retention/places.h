/*
 * places.h
 *		Where rows past their term are, in one leaf.
 */
#ifndef MEMREG_RETENTION_PLACES_H
#define MEMREG_RETENTION_PLACES_H

#include "storage/itemptr.h"

#include "core/compat.h"
#include "retention/due_scan.h"

/* As many as are remembered: 0.75 MB. */
#define RETENTION_PLACES_MAX 131072

typedef struct RetentionPlaces
{
	Oid leaf;
	MemregFileNumber file; /* that they are places in */
	uint64 found;          /* rows */
	bool many; /* so that walking from first to last is better than to remember them */
	bool more; /* than could be remembered */
	BlockNumber first;     /* page of one, the lowest */
	BlockNumber last;      /* and the highest */
	bool entries;          /* of an index: a row may lie behind, on the same page (HOT) */
	ItemPointerData *rows; /* in physical order, once closed */
	int count;
	int room;
	int most;
} RetentionPlaces;

extern RetentionPlaces *memreg_places_open(Relation leaf, MemoryContext memory, int most);
extern bool memreg_places_find(RetentionPlaces *places, DueScan *scan);

#endif /* MEMREG_RETENTION_PLACES_H */
