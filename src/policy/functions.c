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

/* Functions that differ by their result alone need a name each. */
static const char *const own_subject_names[SUBJECT_VARIANTS] = {
	[SUBJECT_BIGINT] = "own_subject_bigint",
	[SUBJECT_UUID] = "own_subject_uuid",
	[SUBJECT_TEXT] = "own_subject_text",
};

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
		functions.own_subject[i] = memreg_extension_function(own_subject_names[i], 2,
															 (Oid[]){INTERNALOID, INT4OID});
		functions.treat_pseudonym[i] =
			memreg_extension_function("treat_pseudonym", 3,
									  (Oid[]){INTERNALOID, INT4OID, type});
	}
	generation = present;
	return &functions;
}

/* Which variant serves a type; false: none does. */
bool
memreg_subject_variant(Oid type, SubjectVariant *variant)
{
	for (int i = 0; i < SUBJECT_VARIANTS; i++)
		if (variant_types[i] == type)
		{
			*variant = (SubjectVariant) i;
			return true;
		}
	return false;
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
