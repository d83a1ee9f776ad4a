/*
 * row_delete.c
 *		Deleting rows at their places, without a statement.
 *
 * What a DELETE of these rows does, less what it takes to find them: the right
 * to delete is asked, a publication without replica identity refuses, and after
 * the rows have gone their triggers run, those of foreign keys among them, as at
 * the end of a statement.  The apply worker of logical replication removes rows
 * in the same way (ExecSimpleRelationDelete).
 *
 * It is for tables where a statement would do no more than that: no rule makes
 * something else of it, and no trigger is to run before a row goes, once for the
 * statement, or on the rows of a statement as a whole.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "retention/row_delete.h"

static void require_right(Relation table);
static EState *open_state(Relation table);
static void close_state(EState *state);
static bool delete_row(Relation table, ItemPointer place);

/* Would a DELETE do no more to the table's rows than this file does? */
bool
memreg_row_delete_suits(Relation table)
{
	const TriggerDesc *triggers = table->trigdesc;

	return table->rd_rules == NULL &&
		(triggers == NULL ||
		 !(triggers->trig_delete_before_row || triggers->trig_delete_before_statement ||
		   triggers->trig_delete_after_statement || triggers->trig_delete_old_table));
}

/*
 * Delete the rows at these places as the current user.  Returns how many there
 * were: what somebody has updated or deleted since the places were found is
 * left alone.  Waits for who is at work on a row.
 */
uint64
memreg_row_delete(Relation table, ItemPointerData *rows, int count)
{
	EState *state;
	ResultRelInfo *target;
	uint64 deleted = 0;

	require_right(table);
	CheckCmdReplicaIdentity(table, CMD_DELETE);
	PushActiveSnapshot(GetLatestSnapshot());
	state = open_state(table);
	target = makeNode(ResultRelInfo);
	InitResultRelInfo(target, table, 1, NULL, 0);
	AfterTriggerBeginQuery();
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!delete_row(table, &rows[i]))
			continue;
		ExecARDeleteTriggers(state, target, &rows[i], NULL, NULL, false);
		deleted++;
	}
	AfterTriggerEndQuery(state);
	close_state(state);
	PopActiveSnapshot();
	return deleted;
}

/* An owner can have taken it from themselves. */
static void
require_right(Relation table)
{
	AclResult right = pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_DELETE);

	if (right != ACLCHECK_OK)
		aclcheck_error(right, OBJECT_TABLE, RelationGetRelationName(table));
}

/* Triggers look for the table in a range table. */
static EState *
open_state(Relation table)
{
	EState *state = CreateExecutorState();
	RangeTblEntry *entry = makeNode(RangeTblEntry);

	entry->rtekind = RTE_RELATION;
	entry->relid = RelationGetRelid(table);
	entry->relkind = table->rd_rel->relkind;
	entry->rellockmode = RowExclusiveLock;
	memreg_init_range_table(state, entry);
	state->es_output_cid = GetCurrentCommandId(true);
	return state;
}

static void
close_state(EState *state)
{
	ExecCloseResultRelations(state);
	ExecResetTupleTable(state->es_tupleTable, false);
	FreeExecutorState(state);
}

/* False: it is not there any more, or not as it was. */
static bool
delete_row(Relation table, ItemPointer place)
{
	TM_FailureData why;

	return table_tuple_delete(table, place, GetCurrentCommandId(true), GetActiveSnapshot(),
							  InvalidSnapshot, true, &why, false) == TM_Ok;
}
