/*
 * action_change.c
 *		Retention actions that change rows: the statement.
 *
 * An ordinary UPDATE, one for the whole batch, so that the application's
 * triggers, foreign keys and CHECK constraints do what they do for any other.
 * Like the DELETE of action_delete.c it names rows by their place and asks
 * nothing user-written.  New values stand in the text as parameters, for which
 * the parser is given expressions (change.c): text could not say all of them.
 *
 * A row that somebody has updated since it was looked at would be followed to
 * its new version.  PostgreSQL asks the conditions again of that one, but by
 * minor release not those that it has found rows by.  So the place is compared
 * a second time, in a way that finds no rows, but by a hash of the places, which
 * are a constant there: the new version is elsewhere, and does not count; nor
 * does a row in which a trigger has left, or has put back, what was to go.  The
 * caller takes all back then.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "parser/parse_node.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "retention/action_change.h"
#include "retention/change.h"
#include "retention/one_time_key.h"

/* Parameters of the statement; the first two are values, the others expressions. */
enum
{
	PLACES = 1,
	ONE_TIME_KEYS,
	PLACES_AGAIN,
	STILL_LEFT /* the new values of columns follow */
};

typedef struct Update
{
	const RetentionChange *change;
	Oid types[ONE_TIME_KEYS];
	Datum places;
	List *expressions; /* from STILL_LEFT on */
	const char *sql;
} Update;

static Relation open_target(const RetentionRule *rule, Relation leaf);
static bool moves_row(const RetentionChange *change, Oid ancestor);
static Update *make_update(const RetentionChange *change, Datum places, Relation target,
						   Relation leaf);
static void append_assignments(StringInfo sql, Update *update);
static void append_rows(StringInfo sql, const Update *update, Relation target, Relation leaf);
static Expr *assigned(const RetentionChange *change, AttrNumber column);
static void set_up_parser(ParseState *state, void *update);
static Node *parameter(ParseState *state, ParamRef *reference);
static uint64 run(const Update *update, Datum keys);
static uint64 count_changed(void);
static Datum place_array(ItemPointerData *rows, int count);
static Datum one_time_keys(const RetentionRule *rule, Relation table, AttrNumber subject,
						   ItemPointerData *rows, int count);
static Datum one_time_key(const RetentionRule *rule, TupleTableSlot *row, AttrNumber subject);

uint64
memreg_action_change(const RetentionRule *rule, Relation table, ItemPointerData *rows, int count)
{
	Relation target = open_target(rule, table);
	RetentionChange *change = memreg_change_open(rule, target);
	Update *update = make_update(change, place_array(rows, count), target, table);
	Datum keys = (Datum) 0;
	uint64 changed;

	if (change->subject == SUBJECT_REPLACED)
		keys = one_time_keys(rule, table, get_attnum(RelationGetRelid(table), rule->subject),
							 rows, count);
	changed = run(update, keys);
	table_close(target, NoLock);
	return changed;
}

/*
 * A row that would belong to another partition then can be moved by the
 * partitioned table only.
 */
static Relation
open_target(const RetentionRule *rule, Relation leaf)
{
	const RetentionChange *change;
	ListCell *cell;

	if (leaf->rd_rel->relispartition && RelationGetRelid(leaf) != rule->relation)
	{
		change = memreg_change_open(rule, leaf);
		foreach(cell, get_partition_ancestors(RelationGetRelid(leaf)))
			if (moves_row(change, lfirst_oid(cell)))
				return table_open(rule->relation, RowExclusiveLock);
	}
	return table_open(RelationGetRelid(leaf), NoLock);
}

/* Is the partitioned table partitioned by a column that changes? */
static bool
moves_row(const RetentionChange *change, Oid ancestor)
{
	Relation partitioned = table_open(ancestor, AccessShareLock);
	Bitmapset *columns = NULL;
	bool in_expression;
	bool moves;
	ListCell *cell;

	foreach(cell, change->columns)
		columns =
			bms_add_member(columns,
						   get_attnum(ancestor,
									  memreg_guarded_column(change->relation, lfirst_int(cell))
										  ->name) -
							   FirstLowInvalidHeapAttributeNumber);
	if (change->subject != SUBJECT_STAYS)
		columns = bms_add_member(columns,
								 get_attnum(ancestor, change->rule->subject) -
									 FirstLowInvalidHeapAttributeNumber);
	moves = has_partition_attrs(partitioned, columns, &in_expression);
	table_close(partitioned, NoLock);
	return moves;
}

static Update *
make_update(const RetentionChange *change, Datum places, Relation target, Relation leaf)
{
	Update *update = palloc0(sizeof(Update));
	StringInfoData sql;

	update->change = change;
	update->places = places;
	update->types[PLACES - 1] = TIDARRAYOID;
	update->types[ONE_TIME_KEYS - 1] = get_array_type(change->rule->subject_type);
	update->expressions = list_make1(memreg_change_left(change));
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s%s AS changed SET ", target == leaf ? "ONLY " : "",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(target)),
												RelationGetRelationName(target)));
	append_assignments(&sql, update);
	append_rows(&sql, update, target, leaf);
	update->sql = sql.data;
	return update;
}

static void
append_assignments(StringInfo sql, Update *update)
{
	const RetentionChange *change = update->change;
	const char *joint = "";
	ListCell *cell;

	foreach(cell, change->columns)
	{
		AttrNumber column = lfirst_int(cell);

		appendStringInfo(sql, "%s%s = ", joint,
						 quote_identifier(
							 memreg_guarded_column(change->relation, column)->name));
		joint = ", ";
		if (memreg_change_withholds(change, column))
		{
			appendStringInfoString(sql, "NULL");
			continue;
		}
		update->expressions = lappend(update->expressions, assigned(change, column));
		appendStringInfo(sql, "$%d", STILL_LEFT + list_length(update->expressions) - 1);
	}
	if (change->subject != SUBJECT_STAYS)
		appendStringInfo(sql, "%s%s = %s", joint, quote_identifier(change->rule->subject),
						 change->subject == SUBJECT_CLEARED ? "NULL" : "place.key");
}

/* Which rows, and whether there is anything left in each. */
static void
append_rows(StringInfo sql, const Update *update, Relation target, Relation leaf)
{
	const char *subject = quote_identifier(update->change->rule->subject);

	if (update->change->subject == SUBJECT_REPLACED)
		appendStringInfo(sql,
						 " FROM unnest($%d, $%d) AS place(at, key) WHERE changed.ctid = place.at"
						 " AND bttidcmp(changed.ctid, place.at) = 0",
						 PLACES, ONE_TIME_KEYS);
	else
		appendStringInfo(sql, " WHERE changed.ctid = ANY ($%d) AND (changed.ctid = ANY ($%d)) IS TRUE",
						 PLACES, PLACES_AGAIN);
	if (target != leaf)
		appendStringInfo(sql, " AND changed.tableoid = %u", RelationGetRelid(leaf));
	if (target->rd_rules != NULL)
		return;
	appendStringInfo(sql, " RETURNING $%d", STILL_LEFT);
	if (update->change->subject == SUBJECT_CLEARED)
		appendStringInfo(sql, " OR changed.%s IS NOT NULL", subject);
	if (update->change->subject == SUBJECT_REPLACED)
		appendStringInfo(sql, " OR changed.%s <> place.key", subject);
}

/*
 * What is shown of a value says it has the column's length, as it is of its
 * kind; what is stored must have it.
 */
static Expr *
assigned(const RetentionChange *change, AttrNumber column)
{
	Expr *value = memreg_change_value(change, column);

	if (memreg_guarded_column(change->relation, column)->typmod < 0)
		return value;
	return (Expr *) makeRelabelType(value, exprType((Node *) value), -1,
									exprCollation((Node *) value), COERCE_IMPLICIT_CAST);
}

static void
set_up_parser(ParseState *state, void *update)
{
	state->p_paramref_hook = parameter;
	state->p_ref_hook_state = update;
}

static Node *
parameter(ParseState *state, ParamRef *reference)
{
	const Update *update = state->p_ref_hook_state;
	Param *given;

	if (reference->number == PLACES_AGAIN)
		return (Node *) makeConst(TIDARRAYOID, -1, InvalidOid, -1, update->places, false,
								  false);
	if (reference->number >= STILL_LEFT)
		return copyObject(list_nth(update->expressions, reference->number - STILL_LEFT));
	given = makeNode(Param);
	given->paramkind = PARAM_EXTERN;
	given->paramid = reference->number;
	given->paramtype = update->types[reference->number - 1];
	given->paramtypmod = -1;
	given->paramcollid = get_typcollation(given->paramtype);
	given->location = reference->location;
	return (Node *) given;
}

static uint64
run(const Update *update, Datum keys)
{
	ParamListInfo parameters = makeParamList(ONE_TIME_KEYS);
	SPIPlanPtr plan;
	int result;

	parameters->params[PLACES - 1] =
		(ParamExternData){.value = update->places, .ptype = update->types[PLACES - 1]};
	parameters->params[ONE_TIME_KEYS - 1] =
		(ParamExternData){.value = keys,
						  .isnull = keys == (Datum) 0,
						  .ptype = update->types[ONE_TIME_KEYS - 1]};

	/* Planned for any list of places, as in action_delete.c. */
	plan = SPI_prepare_params(update->sql, set_up_parser, unconstify(Update *, update),
							  CURSOR_OPT_GENERIC_PLAN);
	result = plan == NULL ? SPI_result
						  : SPI_execute_plan_with_paramlist(plan, parameters, false, 0);
	if (result == SPI_OK_UPDATE_RETURNING)
		return count_changed();

	/* A rule of the application may have made something else of it. */
	return result == SPI_OK_UPDATE ? SPI_processed : 0;
}

static uint64
count_changed(void)
{
	uint64 changed = 0;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool isnull;
		Datum left = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		if (!isnull && !DatumGetBool(left))
			changed++;
	}
	SPI_freetuptable(SPI_tuptable);
	return changed;
}

static Datum
place_array(ItemPointerData *rows, int count)
{
	Datum *elements = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		elements[i] = PointerGetDatum(&rows[i]);
	return PointerGetDatum(construct_array(elements, count, TIDOID,
										   sizeof(ItemPointerData), false, TYPALIGN_SHORT));
}

/* One for each row, by its subject; those made are kept. */
static Datum
one_time_keys(const RetentionRule *rule, Relation table, AttrNumber subject,
			  ItemPointerData *rows, int count)
{
	TupleTableSlot *row = table_slot_create(table, NULL);
	Datum *keys = palloc(sizeof(Datum) * count);
	int16 length;
	bool by_value;
	char alignment;

	get_typlenbyvalalign(rule->subject_type, &length, &by_value, &alignment);
	for (int i = 0; i < count; i++)
	{
		/* Rows do not vanish: the snapshot that found them holds back vacuum. */
		if (!table_tuple_fetch_row_version(table, &rows[i], SnapshotAny, row))
			elog(ERROR, "a row of table %s has vanished", rule->relation_name);
		keys[i] = one_time_key(rule, row, subject);
	}
	ExecDropSingleTupleTableSlot(row);
	memreg_one_time_key_keep(rule, keys, count);
	return PointerGetDatum(
		construct_array(keys, count, rule->subject_type, length, by_value, alignment));
}

static Datum
one_time_key(const RetentionRule *rule, TupleTableSlot *row, AttrNumber subject)
{
	bool isnull;
	Datum value = slot_getattr(row, subject, &isnull);

	if (isnull)
		elog(ERROR, "a row of table %s names no subject", rule->relation_name);
	return memreg_one_time_key_make(rule, value);
}
