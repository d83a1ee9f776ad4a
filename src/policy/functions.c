/*
 * functions.c
 *		The functions that policies hold and that the walk puts into queries.
 *
 * What the walk inserts takes a first argument of type internal, which SQL
 * cannot supply: the functions would otherwise tell anybody whose consent
 * stands, and whose pseudonym a value is.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"

#include "core/extension.h"
#include "policy/functions.h"

static const Oid variant_types[SUBJECT_VARIANTS] = {
	[SUBJECT_BIGINT] = INT8OID,
	[SUBJECT_UUID] = UUIDOID,
	[SUBJECT_TEXT] = TEXTOID,
};

static const Oid pseudonym_types[PSEUDONYM_VARIANTS] = {
	[PSEUDONYM_BIGINT] = INT8OID,   [PSEUDONYM_UUID] = UUIDOID,
	[PSEUDONYM_TEXT] = TEXTOID,     [PSEUDONYM_INTEGER] = INT4OID,
	[PSEUDONYM_SMALLINT] = INT2OID, [PSEUDONYM_BYTEA] = BYTEAOID,
	[PSEUDONYM_JSONB] = JSONBOID,
};

/* Functions that differ by their result alone need a name each. */
static const char *const own_subject_names[SUBJECT_VARIANTS] = {
	[SUBJECT_BIGINT] = "own_subject_bigint",
	[SUBJECT_UUID] = "own_subject_uuid",
	[SUBJECT_TEXT] = "own_subject_text",
};

static int find_type(const Oid *types, int count, Oid type);

/* The functions' OIDs, looked up again after any change of the registry. */
const PolicyFunctions *
memreg_policy_functions(void)
{
	static PolicyFunctions functions;
	static uint64 generation = 0;
	uint64 present;

	memreg_extension_require();
	present = memreg_extension_generation();
	if (generation == present)
		return &functions;

	functions.guard_table = memreg_extension_function("guard_table", 1, (Oid[]){REGCLASSOID});
	functions.guard_command =
		memreg_extension_function("guard_command", 2, (Oid[]){REGCLASSOID, TEXTOID});
	for (int i = 0; i < SUBJECT_VARIANTS; i++)
	{
		Oid type = variant_types[i];

		functions.guard_row[i] =
			memreg_extension_function("guard_row", 2, (Oid[]){REGCLASSOID, type});
		functions.check_ground[i] =
			memreg_extension_function("check_ground", 3, (Oid[]){INTERNALOID, INT4OID, type});
		functions.treat_if_ground[i] =
			memreg_extension_function("treat_if_ground", 4,
									  (Oid[]){INTERNALOID, INT4OID, type, ANYELEMENTOID});
		functions.own_subject[i] = memreg_extension_function(own_subject_names[i], 2,
															 (Oid[]){INTERNALOID, INT4OID});
		functions.enough_subjects[i] =
			memreg_extension_function("enough_subjects", 2, (Oid[]){type, INT4OID});
	}
	for (int i = 0; i < PSEUDONYM_VARIANTS; i++)
		functions.treat_pseudonym[i] =
			memreg_extension_function("treat_pseudonym", 3,
									  (Oid[]){INTERNALOID, INT4OID, pseudonym_types[i]});
	functions.treat_json_keys =
		memreg_extension_function("treat_json_keys", 5,
								  (Oid[]){INTERNALOID, JSONBOID, TEXTARRAYOID,
										  JSONBARRAYOID, JSONBOID});
	functions.is_remainder = memreg_extension_function("is_remainder", 0, NULL);
	generation = present;
	return &functions;
}

/* Which variant serves subject keys of a type; false: none does. */
bool
memreg_subject_variant(Oid type, SubjectVariant *variant)
{
	int found = find_type(variant_types, SUBJECT_VARIANTS, type);

	*variant = (SubjectVariant) found;
	return found >= 0;
}

/* Which variant makes pseudonyms of values of a type; false: none does. */
bool
memreg_pseudonym_variant(Oid type, PseudonymVariant *variant)
{
	int found = find_type(pseudonym_types, PSEUDONYM_VARIANTS, type);

	*variant = (PseudonymVariant) found;
	return found >= 0;
}

static int
find_type(const Oid *types, int count, Oid type)
{
	for (int i = 0; i < count; i++)
		if (types[i] == type)
			return i;
	return -1;
}

/* A call of an inserted function: NULL for the internal argument, then these. */
Expr *
memreg_policy_call(Oid function, Oid result, Oid collation, List *arguments)
{
	Const *internal =
		makeConst(INTERNALOID, -1, InvalidOid, sizeof(Datum), (Datum) 0, true, true);

	return (Expr *) makeFuncExpr(function, result, lcons(internal, arguments), collation,
								 collation, COERCE_EXPLICIT_CALL);
}
