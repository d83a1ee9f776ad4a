/*
 * row_element.h
 *		A row as an element of the multiset of those that a run has removed.
 */
#ifndef MEMREG_RETENTION_ROW_ELEMENT_H
#define MEMREG_RETENTION_ROW_ELEMENT_H

#include "postgres.h"

#include "crypto/multiset.h"

/* One value of it, of one of the types that subjects and times have. */
typedef struct ElementValue
{
	Oid type;
	Datum value;
	bool isnull;
} ElementValue;

extern bool memreg_row_element_subject(Oid type);
extern bool memreg_row_element_time(Oid type);
extern int64 memreg_row_element_number(const ElementValue *time);
extern void memreg_row_element_add(MultisetSum *sum, const MultisetKeys *keys,
								   const ElementValue *subject, const ElementValue *time);

#endif /* MEMREG_RETENTION_ROW_ELEMENT_H */
