/*
 * explain.c
 *		memreg.explain: what a query would show a role under a purpose.
 *
 * The query is parsed, rewritten and walked as it would be to be planned, by
 * that role and for that purpose, and goes no further: nothing is planned or
 * run.  So what the walk refuses is refused here with the same error, and the
 * rest is told in the words of what decides it.
 *
 * Role and purpose are changed for the length of the call.  After an error
 * the end of the (sub)transaction brings both back.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/heap.h"
#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "core/preload.h"
#include "policy/ground.h"
#include "policy/guarded.h"
#include "policy/mentioned.h"
#include "policy/needed.h"
#include "policy/rewritten.h"
#include "policy/session.h"
#include "policy/treat_json_keys.h"
#include "policy/walk.h"

PG_FUNCTION_INFO_V1(memreg_explain);

/* The columns of the result. */
enum
{
	RELATION,
	COLUMN,
	REGISTER,
	PURPOSE,
	CATEGORY,
	TREATMENT,
	RESULT_COLUMNS
};

/* Whom to come back to. */
typedef struct Caller
{
	Oid role;
	int security_context;
	int guc_level;
} Caller;

static Caller become(Oid role, const char *purpose);
static void come_back(const Caller *caller);
static void require_may_become(Oid role);
static void require_treatable(List *queries);
static void tell_relation(const MentionedRelation *mentioned, ReturnSetInfo *result);
static void tell_guarded(const MentionedRelation *mentioned, ReturnSetInfo *result);
static void tell_viewed(const MentionedRelation *mentioned, ReturnSetInfo *result);
static void tell_columns(const MentionedRelation *mentioned, GuardedRelation *guarded,
						 ReturnSetInfo *result);
static bool mentions(const MentionedRelation *mentioned, AttrNumber column);
static const char *treatment_of(GuardedRelation *guarded, AttrNumber column);
static const char *in_words(const Treatment *treatment);
static void tell(ReturnSetInfo *result, GuardedRelation *guarded, AttrNumber column,
				 const char *treatment);
static Name name_column(const GuardedRelation *guarded, AttrNumber column, Name name);

/*
 * memreg.explain(query text, role regrole, purpose text) → set of (relation,
 * column, register, purpose, category, treatment).  role NULL: the current
 * user; purpose NULL: the session's.
 */
Datum
memreg_explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Caller caller;
	List *queries;
	List *mentioned;
	ListCell *cell;

	memreg_preload_require();
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_SUBJECT),
				 errmsg("the query to explain is null"),
				 errhint("Pass the text of one statement.")));
	InitMaterializedSRF(fcinfo, 0);
	caller = become(PG_ARGISNULL(1) ? GetUserId() : PG_GETARG_OID(1),
					PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	queries = memreg_rewritten_queries(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	mentioned = memreg_mentioned_relations(queries);
	require_treatable(queries);
	foreach(cell, mentioned)
		tell_relation(lfirst(cell), result);
	come_back(&caller);
	return (Datum) 0;
}

/* Be another role, in which nothing can be made to last, under a purpose. */
static Caller
become(Oid role, const char *purpose)
{
	Caller caller;

	require_may_become(role);
	GetUserIdAndSecContext(&caller.role, &caller.security_context);
	caller.guc_level = NewGUCNestLevel();
	if (purpose != NULL)
		(void) set_config_option("memreg.purpose", purpose, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	SetUserIdAndSecContext(role,
						   caller.security_context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION);
	return caller;
}

static void
come_back(const Caller *caller)
{
	AtEOXact_GUC(false, caller->guc_level);
	SetUserIdAndSecContext(caller->role, caller->security_context);
}

static void
require_may_become(Oid role)
{
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_ROLE),
				 errmsg("role with OID %u does not exist", role),
				 errhint("Pass the name of a role.")));
	if (role != GetUserId() && !memreg_may_set_role(GetUserId(), role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to explain a query of role %s",
						quote_identifier(GetUserNameFromId(role, false))),
				 errhint("Whoever may SET ROLE to it may do so.")));
}

/* Raises the walk's own error where it would refuse one of the queries. */
static void
require_treatable(List *queries)
{
	ListCell *cell;

	foreach(cell, queries)
		if (memreg_needed(lfirst(cell)))
			(void) memreg_walk(lfirst(cell));
}

/* One row about the relation, then one for each column that is mentioned. */
static void
tell_relation(const MentionedRelation *mentioned, ReturnSetInfo *result)
{
	if (has_bypassrls_privilege(GetUserId()))
		tell(result, memreg_guarded_look(mentioned->relid, &mentioned->table),
			 InvalidAttrNumber, "not guarded: the role bypasses row security");
	else if (mentioned->guarded)
		tell_guarded(mentioned, result);
	else
		tell_viewed(mentioned, result);
}

static void
tell_guarded(const MentionedRelation *mentioned, ReturnSetInfo *result)
{
	GuardedRelation *guarded = memreg_guarded_open(mentioned->relid, &mentioned->table);

	tell(result, guarded, InvalidAttrNumber,
		 psprintf("%s%s", memreg_ground_describe(&guarded->purpose),
				  guarded->own_policies ? "; the table's other policies apply too" : ""));
	tell_columns(mentioned, guarded, result);
}

/* Not refused and not guarded: a declared view reads it, for the session's purpose. */
static void
tell_viewed(const MentionedRelation *mentioned, ReturnSetInfo *result)
{
	GuardedRelation *guarded = memreg_guarded_look(mentioned->relid, &mentioned->table);

	guarded->purpose.name = pstrdup(memreg_session_purpose());
	tell(result, guarded, InvalidAttrNumber,
		 psprintf("rows as stored, read by declared view %s",
				  quote_qualified_identifier(get_namespace_name(
												 get_rel_namespace(mentioned->view)),
											 get_rel_name(mentioned->view))));
	tell_columns(mentioned, guarded, result);
}

static void
tell_columns(const MentionedRelation *mentioned, GuardedRelation *guarded, ReturnSetInfo *result)
{
	for (AttrNumber column = FirstLowInvalidHeapAttributeNumber + 1;
		 column <= guarded->column_count; column++)
		if (mentions(mentioned, column) &&
			(column < 0 || memreg_guarded_column(guarded, column)->name != NULL))
			tell(result, guarded, column, treatment_of(guarded, column));
}

/* By its name, or with the whole row. */
static bool
mentions(const MentionedRelation *mentioned, AttrNumber column)
{
	int whole_row = InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber;

	if (column > 0 && bms_is_member(whole_row, mentioned->columns))
		return true;
	return column != InvalidAttrNumber &&
		bms_is_member(column - FirstLowInvalidHeapAttributeNumber, mentioned->columns);
}

/* System columns follow the subject key, as in the walk. */
static const char *
treatment_of(GuardedRelation *guarded, AttrNumber column)
{
	if (column > 0)
		return in_words(&memreg_guarded_column(guarded, column)->treatment);
	return column == TableOidAttributeNumber ||
			memreg_guarded_is_clear(guarded, guarded->subject)
		? memreg_treatment_clear.name
		: memreg_treatment_withhold.name;
}

/* As it was declared, and for the keys of JSON objects one by one. */
static const char *
in_words(const Treatment *treatment)
{
	StringInfoData text;
	ListCell *cell;

	if (treatment->keys == NIL)
		return treatment->declared != NULL && treatment->kind != &memreg_treatment_withhold
			? treatment->declared
			: treatment->kind->name;
	initStringInfo(&text);
	foreach(cell, treatment->keys)
	{
		TreatedKey *key = lfirst(cell);

		appendStringInfo(&text, "%s: %s, ", quote_identifier(key->key),
						 in_words(&key->treatment));
	}
	appendStringInfo(&text, "other keys: %s", in_words(treatment->otherwise));
	return text.data;
}

/* One row of the result; column 0: it is about the relation. */
static void
tell(ReturnSetInfo *result, GuardedRelation *guarded, AttrNumber column, const char *treatment)
{
	Datum values[RESULT_COLUMNS] = {0};
	bool nulls[RESULT_COLUMNS] = {0};
	const char *texts[RESULT_COLUMNS] = {
		[REGISTER] = guarded->table.register_name,
		[PURPOSE] = guarded->purpose.name,
		[CATEGORY] = column > 0 ? memreg_guarded_column(guarded, column)->category : NULL,
		[TREATMENT] = treatment,
	};
	NameData name;

	for (int i = REGISTER; i < RESULT_COLUMNS; i++)
		if (texts[i] != NULL)
			values[i] = CStringGetTextDatum(texts[i]);
		else
			nulls[i] = true;
	values[RELATION] = ObjectIdGetDatum(guarded->relid);
	if (column == InvalidAttrNumber)
		nulls[COLUMN] = true;
	else
		values[COLUMN] = NameGetDatum(name_column(guarded, column, &name));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static Name
name_column(const GuardedRelation *guarded, AttrNumber column, Name name)
{
	if (column > 0)
		namestrcpy(name, memreg_guarded_column(guarded, column)->name);
	else
		*name = SystemAttributeDefinition(column)->attname;
	return name;
}
