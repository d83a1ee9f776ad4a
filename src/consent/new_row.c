/*
 * new_row.c
 *		The first row of a subject, in a register's root table.
 *
 * Defaults are computed and the row is inserted as the caller, who may do so
 * or not; only whether the row is there is looked up as the table's owner.
 * The caller has opened an SPI connection and closes it.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "consent/new_row.h"
#include "core/errors.h"
#include "core/extension.h"
#include "core/spi.h"
#include "registry/subject.h"

static void find_root(NewRow *row, Oid *relation);
static void require_object(const Jsonb *data);
static void refuse_given_key(const NewRow *row);
static bool given_key(const NewRow *row, JsonbValue *key);
static char *canonical_given_key(const NewRow *row, const JsonbValue *key);
static Datum made_key(const NewRow *row, bool *isnull);
static Datum typed_key(const NewRow *row, const char *key);
static char *insert_statement(const NewRow *row);
static void add_columns(StringInfo list, const NewRow *row, const char *prefix);
static char *qualified_name(const NewRow *row);

void
memreg_new_row_open(NewRow *row, const char *register_name, Jsonb *data)
{
	JsonbValue key;
	Oid relation;

	(void) memreg_subject_type(register_name); /* fails if there is no such register */
	require_object(data);
	row->register_name = register_name;
	row->data = data;
	find_root(row, &relation);
	row->table = table_open(relation, RowExclusiveLock);
	row->subject = get_attnum(relation, row->subject_name);
	row->subject_type = get_atttype(relation, row->subject);
	row->has_key = given_key(row, &key);
}

void
memreg_new_row_close(NewRow *row)
{
	table_close(row->table, NoLock);
}

/* The one table of the register that has a row for each subject. */
static void
find_root(NewRow *row, Oid *relation)
{
	static const char sql[] =
		"SELECT t.relation::oid, t.subject::text FROM memreg.registered_table t"
		" WHERE t.register = $1 AND t.root";
	MemregArgs args = {0};
	uint64 found;
	bool isnull;

	memreg_spi_arg_text(&args, row->register_name);
	found = memreg_spi_run(sql, &args);
	if (found != 1)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_NO_ROOT_TABLE),
				 found == 0
					 ? errmsg("register %s has no root table", quote_identifier(row->register_name))
					 : errmsg("register %s has several root tables", quote_identifier(row->register_name)),
				 errhint("Declare the one table that has a row for each subject with memreg.add_table(root => true), or insert the row yourself.")));
	*relation = DatumGetObjectId(memreg_spi_value(0, 1, &isnull));
	row->subject_name = TextDatumGetCString(memreg_spi_value(0, 2, &isnull));
}

static void
require_object(const Jsonb *data)
{
	if (!JsonContainerIsObject(&data->root))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_DATA),
				 errmsg("the data of a new subject is no object"),
				 errhint("Pass an object with a value for each column, such as jsonb_build_object makes.")));
}

/* The subject's key, which the data holds or the table makes. */
char *
memreg_new_row_key(const NewRow *row)
{
	JsonbValue given;
	Datum made;
	bool isnull;

	if (given_key(row, &given))
	{
		refuse_given_key(row);
		return canonical_given_key(row, &given);
	}
	made = made_key(row, &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_NO_KEY),
				 errmsg("table %s makes no key for a new subject", qualified_name(row)),
				 errhint("Put the key into data, or give column %s a default or an identity.",
						 quote_identifier(row->subject_name))));
	return memreg_subject_given(row->subject_type, made, row->register_name);
}

/* A key that the table will give out later must have consented to nothing before. */
static void
refuse_given_key(const NewRow *row)
{
	if (build_column_default(row->table, row->subject) != NULL)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_DATA),
				 errmsg("table %s makes the keys of new subjects itself", qualified_name(row)),
				 errhint("Leave column %s out of the data; consents of a key made elsewhere are recorded with memreg.grant_consent.",
						 quote_identifier(row->subject_name))));
}

/* A JSON null is no key. */
static bool
given_key(const NewRow *row, JsonbValue *key)
{
	return getKeyJsonValueFromContainer(&row->data->root, row->subject_name,
										strlen(row->subject_name), key) != NULL &&
		key->type != jbvNull;
}

static char *
canonical_given_key(const NewRow *row, const JsonbValue *key)
{
	Datum text = (Datum) 0;

	if (key->type == jbvString)
		text = PointerGetDatum(
			cstring_to_text_with_len(key->val.string.val, key->val.string.len));
	else if (key->type == jbvNumeric)
		text = CStringGetTextDatum(DatumGetCString(
			DirectFunctionCall1(numeric_out, NumericGetDatum(key->val.numeric))));
	else
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_DATA),
				 errmsg("the subject key in the data is neither a string nor a number"),
				 errhint("Pass the key as a value, or leave it out to have one made.")));
	return memreg_subject_given(TEXTOID, text, row->register_name);
}

/* What INSERT would put into the subject column by itself: a default or an identity. */
static Datum
made_key(const NewRow *row, bool *isnull)
{
	Expr *expression = (Expr *) build_column_default(row->table, row->subject);
	EState *estate;
	Datum key;

	*isnull = true;
	if (expression == NULL)
		return (Datum) 0;
	estate = CreateExecutorState();
	key = ExecEvalExpr(ExecPrepareExpr(expression, estate),
					   GetPerTupleExprContext(estate), isnull);
	if (!*isnull)
		key = datumCopy(key, get_typbyval(row->subject_type), get_typlen(row->subject_type));
	FreeExecutorState(estate);
	return key;
}

/*
 * How many rows of the table name the subject, two standing for any more?
 * The caller may not see them, so it is asked as the table's owner, past row
 * security, as foreign key checks do: what the application hung on the table
 * gets no more rights than that, and can change nothing.
 */
uint64
memreg_new_row_count(const NewRow *row, const char *key)
{
	char *sql = psprintf("SELECT FROM %s WHERE %s OPERATOR(pg_catalog.=) $1 LIMIT 2",
						 qualified_name(row), quote_identifier(row->subject_name));
	Oid type = row->subject_type;
	Datum value = typed_key(row, key);
	int settings = NewGUCNestLevel();
	MemregCaller caller;
	int result;

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	GetUserIdAndSecContext(&caller.user, &caller.context);
	SetUserIdAndSecContext(row->table->rd_rel->relowner,
						   caller.context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION | SECURITY_NOFORCE_RLS);
	result = SPI_execute_with_args(sql, 1, &type, &value, NULL, false, 2);
	memreg_extension_become_caller(caller);
	AtEOXact_GUC(true, settings);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "rows cannot be counted: %s", SPI_result_code_string(result));
	return SPI_processed;
}

/*
 * Insert the row, as the caller would: with the caller's rights and purpose,
 * the table's policies and triggers.  Returns the number of rows stored.
 */
uint64
memreg_new_row_insert(const NewRow *row, const char *key)
{
	Oid types[2] = {row->subject_type, JSONBOID};
	Datum values[2] = {typed_key(row, key), JsonbPGetDatum(row->data)};
	int result =
		SPI_execute_with_args(insert_statement(row), 2, types, values, NULL, false, 0);

	/* A rule of the application may have made something else of it. */
	return result == SPI_OK_INSERT ? SPI_processed : 0;
}

static Datum
typed_key(const NewRow *row, const char *key)
{
	Oid input;
	Oid parameter;

	getTypeInputInfo(row->subject_type, &input, &parameter);
	return OidInputFunctionCall(input, unconstify(char *, key), parameter, -1);
}

/*
 * Only the columns that the data holds are named, so that the others get
 * their defaults.  A key that the table made for an identity that is ALWAYS
 * generated must pass; one that somebody gave must not.
 */
static char *
insert_statement(const NewRow *row)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (%s", qualified_name(row),
					 quote_identifier(row->subject_name));
	add_columns(&sql, row, "");
	appendStringInfo(&sql, ")%s SELECT $1", row->has_key ? "" : " OVERRIDING SYSTEM VALUE");
	add_columns(&sql, row, "data.");
	appendStringInfo(&sql, " FROM pg_catalog.jsonb_populate_record(NULL::%s, $2) AS data",
					 qualified_name(row));
	return sql.data;
}

/* The data's columns but the subject's, each after a comma. */
static void
add_columns(StringInfo list, const NewRow *row, const char *prefix)
{
	JsonbIterator *iterator = JsonbIteratorInit(&row->data->root);
	JsonbIteratorToken token;
	JsonbValue value;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *column;

		if (token != WJB_KEY)
			continue;
		column = pnstrdup(value.val.string.val, value.val.string.len);
		if (strcmp(column, row->subject_name) != 0)
			appendStringInfo(list, ", %s%s", prefix, quote_identifier(column));
	}
}

static char *
qualified_name(const NewRow *row)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(row->table)),
									  RelationGetRelationName(row->table));
}
