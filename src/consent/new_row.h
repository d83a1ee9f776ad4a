/*
 * new_row.h
 *		The first row of a subject, in a register's root table.
 */
#ifndef MEMREG_CONSENT_NEW_ROW_H
#define MEMREG_CONSENT_NEW_ROW_H

#include "postgres.h"

#include "utils/jsonb.h"
#include "utils/relcache.h"

typedef struct NewRow
{
	Relation table;
	AttrNumber subject; /* the subject column */
	const char *subject_name;
	Oid subject_type;
	const char *register_name;
	Jsonb *data; /* the row's other columns, and the key if has_key */
	bool has_key;
} NewRow;

extern void memreg_new_row_open(NewRow *row, const char *register_name, Jsonb *data);
extern char *memreg_new_row_key(const NewRow *row);
extern uint64 memreg_new_row_count(const NewRow *row, const char *key);
extern uint64 memreg_new_row_insert(const NewRow *row, const char *key);
extern void memreg_new_row_close(NewRow *row);

#endif /* MEMREG_CONSENT_NEW_ROW_H */
