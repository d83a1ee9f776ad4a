/*
 * argument.c
 *		What an SQL function about subjects was given.
 *
 * Such functions begin with register, subject and purpose, in this order; the
 * subject is one key, or an array of keys that leaves here canonical, sorted
 * and without repetitions.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "consent/argument.h"
#include "core/errors.h"
#include "core/extension.h"
#include "registry/subject.h"

enum
{
	ARGUMENT_REGISTER,
	ARGUMENT_SUBJECT,
	ARGUMENT_PURPOSE
};

static ArrayType *canonical_array(ArrayType *given, const char *register_name);
static char **canonical_keys(Oid type, Datum *keys, bool *nulls, int count,
							 const char *register_name);
static void name_position(void *position);
static int compare_keys(const void *a, const void *b);
static ArrayType *distinct_array(char **keys, int count);

char *
memreg_argument_register(FunctionCallInfo fcinfo)
{
	memreg_argument_require(fcinfo, ARGUMENT_REGISTER, "register");
	memreg_extension_require();
	return text_to_cstring(PG_GETARG_TEXT_PP(ARGUMENT_REGISTER));
}

/* The register's number, once a subject's key has been read as one of the register's. */
int32
memreg_argument_register_id(const char *register_name)
{
	int32 id;

	if (!memreg_registry_register_id(register_name, &id))
		elog(ERROR, "register %s is gone", quote_identifier(register_name));
	return id;
}

/* One subject's key in canonical form. */
char *
memreg_argument_subject(FunctionCallInfo fcinfo, const char *register_name)
{
	memreg_argument_require(fcinfo, ARGUMENT_SUBJECT, "subject");
	return memreg_subject_argument(fcinfo, ARGUMENT_SUBJECT, register_name);
}

/* One subject or many: canonical keys, each once, in the order of their bytes. */
ArrayType *
memreg_argument_subjects(FunctionCallInfo fcinfo, const char *register_name)
{
	Oid type = get_fn_expr_argtype(fcinfo->flinfo, ARGUMENT_SUBJECT);

	if (!OidIsValid(get_element_type(type)))
		return memreg_argument_one_subject(memreg_argument_subject(fcinfo, register_name));
	memreg_argument_require(fcinfo, ARGUMENT_SUBJECT, "subjects");
	return canonical_array(PG_GETARG_ARRAYTYPE_P(ARGUMENT_SUBJECT), register_name);
}

Purpose
memreg_argument_purpose(FunctionCallInfo fcinfo, const char *register_name)
{
	memreg_argument_require(fcinfo, ARGUMENT_PURPOSE, "purpose");
	return memreg_argument_find_purpose(register_name,
										text_to_cstring(PG_GETARG_TEXT_PP(ARGUMENT_PURPOSE)));
}

NullableDatum
memreg_argument_optional(FunctionCallInfo fcinfo, int number)
{
	return fcinfo->args[number];
}

/* Fail if the argument is null. */
void
memreg_argument_require(FunctionCallInfo fcinfo, int number, const char *name)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_SUBJECT),
				 errmsg("%s must not be null", name),
				 errhint("Give a value to every argument that has no default.")));
}

Purpose
memreg_argument_find_purpose(const char *register_name, const char *name)
{
	Purpose purpose;

	if (!memreg_registry_find_purpose(register_name, name, &purpose))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_PURPOSE),
				 errmsg("purpose %s does not exist in register %s",
						quote_identifier(name), quote_identifier(register_name)),
				 errhint("Declare it with memreg.create_purpose; the table memreg.purpose lists those that exist.")));
	return purpose;
}

/* An array of one canonical key. */
ArrayType *
memreg_argument_one_subject(const char *key)
{
	return distinct_array((char **) &key, 1);
}

static ArrayType *
canonical_array(ArrayType *given, const char *register_name)
{
	Oid type = ARR_ELEMTYPE(given);
	int16 length;
	bool by_value;
	char align;
	Datum *keys;
	bool *nulls;
	int count;
	char **canonical;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	deconstruct_array(given, type, length, by_value, align, &keys, &nulls, &count);
	canonical = canonical_keys(type, keys, nulls, count, register_name);
	qsort(canonical, count, sizeof(char *), compare_keys);
	return distinct_array(canonical, count);
}

/* An error names the position of a key, never the key. */
static char **
canonical_keys(Oid type, Datum *keys, bool *nulls, int count, const char *register_name)
{
	char **canonical = palloc(sizeof(char *) * Max(count, 1));
	int position;
	ErrorContextCallback context = {error_context_stack, name_position, &position};

	error_context_stack = &context;
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		position = i + 1;
		if (nulls[i])
			ereport(ERROR,
					(errcode(MEMREG_ERRCODE_INVALID_SUBJECT),
					 errmsg("a subject must not be null"),
					 errhint("Leave the subjects out that have no key.")));
		canonical[i] = memreg_subject_given(type, keys[i], register_name);
	}
	error_context_stack = context.previous;
	return canonical;
}

static void
name_position(void *position)
{
	errcontext("subject %d of the array", *(int *) position);
}

/* As the state tables' collation "C" has it: no two sessions take locks in different orders. */
static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* An array of sorted keys, each once. */
static ArrayType *
distinct_array(char **keys, int count)
{
	Datum *distinct = palloc(sizeof(Datum) * Max(count, 1));
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (i == 0 || strcmp(keys[i], keys[i - 1]) != 0)
			distinct[kept++] = CStringGetTextDatum(keys[i]);
	return construct_array(distinct, kept, TEXTOID, -1, false, TYPALIGN_INT);
}
