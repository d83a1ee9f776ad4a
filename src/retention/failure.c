/*
 * failure.c
 *		What is kept of an error: no personal data.
 *
 * Messages of the application's triggers, and details of PostgreSQL's own
 * errors, may carry a person's values.  The history outlives the person, so of
 * an error that was raised while rows were removed it keeps the SQLSTATE and,
 * where it names a constraint that exists, that constraint.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_constraint.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "retention/failure.h"
#include "retention/worker.h"

static void keep_text(RetentionFailure *failure, const char *text);
static bool is_time_limit(const ErrorData *error);
static bool names_constraint(const ErrorData *error);

/* The error has been caught; the transaction can read catalogs again. */
void
memreg_failure_keep(RetentionFailure *failure, const ErrorData *error, bool from_application)
{
	failure->code = error->sqlerrcode;
	failure->too_long = is_time_limit(error);
	if (!from_application)
		keep_text(failure, error->message);
	else if (failure->too_long)
		keep_text(failure, "a batch has taken longer than memreg.retention_turn");
	else if (names_constraint(error))
		keep_text(failure,
				  psprintf("constraint %s of table %s does not allow it",
						   quote_identifier(error->constraint_name),
						   quote_qualified_identifier(error->schema_name, error->table_name)));
	else if (error->sqlerrcode == ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST)
		keep_text(failure, "a view, foreign key or other object depends on it");
	else
		keep_text(failure,
				  "a trigger, rule or foreign key of the application does not allow it");
}

static void
keep_text(RetentionFailure *failure, const char *text)
{
	int length = pg_mbcliplen(text, strlen(text), sizeof(failure->message) - 1);

	memcpy(failure->message, text, length);
	failure->message[length] = '\0';
}

/* Say which part of a table it is about. */
void
memreg_failure_prefix(RetentionFailure *failure, const char *name)
{
	keep_text(failure, psprintf("%s: %s", name, failure->message));
}

/* A trigger can raise any name, so only one that the catalogs know is kept. */
static bool
names_constraint(const ErrorData *error)
{
	Oid schema;
	Oid table;

	if (error->schema_name == NULL || error->table_name == NULL ||
		error->constraint_name == NULL)
		return false;
	schema = get_namespace_oid(error->schema_name, true);
	if (!OidIsValid(schema))
		return false;
	table = get_relname_relid(error->table_name, schema);
	return OidIsValid(table) &&
		OidIsValid(get_relation_constraint_oid(table, error->constraint_name, true));
}

/*
 * Did somebody cancel what this process does?  A trigger can raise the same
 * SQLSTATE, and must not stop the rules of others by it.
 */
bool
memreg_failure_is_cancel(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED && error->funcname != NULL &&
		strcmp(error->funcname, "ProcessInterrupts") == 0 && !is_time_limit(error);
}

/* Has a worker's batch taken too long (turn.c)?  A session's time limit is the session's own. */
static bool
is_time_limit(const ErrorData *error)
{
	return memreg_worker_is_this() && error->sqlerrcode == ERRCODE_QUERY_CANCELED &&
		error->message_id != NULL &&
		strcmp(error->message_id, "canceling statement due to statement timeout") == 0;
}

/* Did it only come in the way of somebody else's transaction? */
bool
memreg_failure_is_contention(const RetentionFailure *failure)
{
	return failure->code == ERRCODE_LOCK_NOT_AVAILABLE ||
		failure->code == ERRCODE_T_R_DEADLOCK_DETECTED ||
		failure->code == ERRCODE_T_R_SERIALIZATION_FAILURE;
}
