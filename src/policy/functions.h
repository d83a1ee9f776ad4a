/*
 * functions.h
 *		The functions that policies hold and that the walk puts into queries.
 */
#ifndef MEMREG_POLICY_FUNCTIONS_H
#define MEMREG_POLICY_FUNCTIONS_H

#include "nodes/primnodes.h"

/* Functions for subject keys come in one variant for each type. */
typedef enum SubjectVariant
{
	SUBJECT_BIGINT,
	SUBJECT_UUID,
	SUBJECT_TEXT
} SubjectVariant;

#define SUBJECT_VARIANTS 3

/* Types that have pseudonyms of their own. */
typedef enum PseudonymVariant
{
	PSEUDONYM_BIGINT,
	PSEUDONYM_UUID,
	PSEUDONYM_TEXT,
	PSEUDONYM_INTEGER,
	PSEUDONYM_SMALLINT,
	PSEUDONYM_BYTEA,
	PSEUDONYM_JSONB
} PseudonymVariant;

#define PSEUDONYM_VARIANTS (PSEUDONYM_JSONB + 1)

typedef struct PolicyFunctions
{
	Oid guard_table;
	Oid guard_command;
	Oid guard_row[SUBJECT_VARIANTS];
	Oid check_ground[SUBJECT_VARIANTS];
	Oid treat_if_ground[SUBJECT_VARIANTS];
	Oid own_subject[SUBJECT_VARIANTS];
	Oid treat_pseudonym[PSEUDONYM_VARIANTS];
	Oid treat_json_keys;
	Oid enough_subjects[SUBJECT_VARIANTS];
	Oid is_remainder;
} PolicyFunctions;

extern const PolicyFunctions *memreg_policy_functions(void);
extern bool memreg_subject_variant(Oid type, SubjectVariant *variant);
extern bool memreg_pseudonym_variant(Oid type, PseudonymVariant *variant);
extern Expr *memreg_policy_call(Oid function, Oid result, Oid collation, List *arguments);

#endif /* MEMREG_POLICY_FUNCTIONS_H */
