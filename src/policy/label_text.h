/*
 * label_text.h
 *		What a security label of memreg's says.
 */
#ifndef MEMREG_POLICY_LABEL_TEXT_H
#define MEMREG_POLICY_LABEL_TEXT_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* A key of the JSON objects in a column, and the category of its values. */
typedef struct LabelledKey
{
	char *key;
	char *category;
} LabelledKey;

typedef struct ColumnLabel
{
	char *category; /* NULL: there is none */
	List *keys;     /* of LabelledKey */
} ColumnLabel;

extern bool memreg_label_parse(const char *text, ColumnLabel *label);

#endif /* MEMREG_POLICY_LABEL_TEXT_H */
