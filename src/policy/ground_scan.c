/*
 * ground_scan.c
 *		Sequential scans whose only condition is the ground of their rows.
 *
 * That is what reading a whole table becomes.  Going through the executor's
 * general machinery for each row costs more than the look-up itself, and the
 * look-up waits for memory, as the next row's subject is anybody.  So once
 * such a scan has been initialized it is given a function of its own for the
 * next row.  It fetches some rows in advance as a scan without conditions
 * does, decides them together (ground_check.c), and gives out one after the
 * other those that pass.  Plan, EXPLAIN and answer are the same.
 *
 * EvalPlanQual, which looks once more at rows that somebody else has changed,
 * initializes the plan anew and so goes the general way; so do cursors that
 * may be read backward.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"

#include "policy/functions.h"
#include "policy/ground_check.h"
#include "policy/ground_scan.h"

/* Of one scan; kept in the private field of its condition, which nobody evaluates any more. */
typedef struct GroundScan
{
	GroundCheck *check;
	AttrNumber subject;
	AttrNumber wanted;
	GroundBatch batch;
	int next;     /* of the batch, to be given out */
	int size;     /* of the next batch: few rows may be all that is wanted */
	bool ended;   /* there are no rows after this batch */
	bool watched; /* we shall hear of a rescan */
	TupleTableSlot *rows[GROUND_BATCH_ROWS];
} GroundScan;

static bool speed_up(PlanState *node, void *context);
static FuncExpr *only_condition(const PlanState *node);
static void take_over(ScanState *state, FuncExpr *condition);
static TupleTableSlot *next_row(PlanState *node);
static TupleTableSlot *give_out(ScanState *state, TupleTableSlot *row);
static TupleTableSlot *give_out_end(ScanState *state);
static bool fetch_rows(ScanState *state, GroundScan *scan);
static bool fetch_row(ScanState *state, TableScanDesc table, TupleTableSlot *row);
static void prepare(ScanState *state, GroundScan *scan);
static void begin_again(Datum scan);
static TableScanDesc scan_of(ScanState *state);
static Datum refuse_evaluation(ExprState *condition, ExprContext *context, bool *isnull);

/* Speed up the scans of a plan that has just been initialized with these flags. */
void
memreg_ground_scan_speed_up(PlanState *plan, int flags)
{
	if ((flags & EXEC_FLAG_BACKWARD) == 0)
		(void) speed_up(plan, NULL);
}

static bool
speed_up(PlanState *node, void *context)
{
	FuncExpr *condition;

	if (node == NULL)
		return false;
	condition = IsA(node, SeqScanState) ? only_condition(node) : NULL;
	if (condition != NULL)
		take_over((ScanState *) node, condition);
	return planstate_tree_walker(node, speed_up, context);
}

/* The check, if nothing else is asked of a row; NULL: it is not so simple. */
static FuncExpr *
only_condition(const PlanState *node)
{
	FuncExpr *call;
	bool is_check = false;

	if (list_length(node->plan->qual) != 1 || node->qual == NULL ||
		!TTS_IS_BUFFERTUPLE(((const ScanState *) node)->ss_ScanTupleSlot))
		return NULL;
	call = linitial(node->plan->qual);
	if (!IsA(call, FuncExpr))
		return NULL;
	for (int i = 0; i < SUBJECT_VARIANTS; i++)
		is_check |= call->funcid == memreg_policy_functions()->check_ground[i];
	if (!is_check || !IsA(lsecond(call->args), Const) || !IsA(lthird(call->args), Var))
		return NULL;
	return call;
}

static void
take_over(ScanState *state, FuncExpr *condition)
{
	MemoryContext memory = state->ps.state->es_query_cxt;
	GroundScan *scan = MemoryContextAllocZero(memory, sizeof(GroundScan));
	Const *purpose = lsecond(condition->args);
	Var *subject = lthird(condition->args);

	scan->check = memreg_ground_check_open(DatumGetInt32(purpose->constvalue),
										   subject->vartype, memory);
	scan->subject = subject->varattno;
	state->ps.qual->evalfunc = refuse_evaluation;
	state->ps.qual->evalfunc_private = scan;
	ExecSetExecProcNode(&state->ps, next_row);
}

/* ExecProcNode for these scans. */
static TupleTableSlot *
next_row(PlanState *node)
{
	ScanState *state = (ScanState *) node;
	GroundScan *scan = node->qual->evalfunc_private;

	ResetExprContext(node->ps_ExprContext);
	while (scan->next == scan->batch.passing)
		if (!fetch_rows(state, scan))
			return give_out_end(state);
	return give_out(state, scan->rows[scan->batch.passing_rows[scan->next++]]);
}

/* The slot of the scan is the row that it stands at, for WHERE CURRENT OF too. */
static inline TupleTableSlot *
give_out(ScanState *state, TupleTableSlot *row)
{
	state->ss_ScanTupleSlot = row;
	if (state->ps.ps_ProjInfo == NULL)
		return row;
	state->ps.ps_ExprContext->ecxt_scantuple = row;
	return ExecProject(state->ps.ps_ProjInfo);
}

static TupleTableSlot *
give_out_end(ScanState *state)
{
	GroundScan *scan = state->ps.qual->evalfunc_private;

	for (int i = 0; i < GROUND_BATCH_ROWS && scan->rows[i] != NULL; i++)
		ExecClearTuple(scan->rows[i]);
	return state->ps.ps_ProjInfo == NULL
		? state->ss_ScanTupleSlot
		: ExecClearTuple(state->ps.ps_ProjInfo->pi_state.resultslot);
}

/* The next rows, and which of them pass; false: there are none. */
static bool
fetch_rows(ScanState *state, GroundScan *scan)
{
	TableScanDesc table = scan_of(state);
	MemoryContext old;

	scan->next = 0;
	memreg_ground_batch_clear(&scan->batch);
	if (scan->ended)
		return false;
	prepare(state, scan);
	scan->wanted = Max(scan->subject, state->ss_ScanTupleSlot->tts_nvalid);
	ResetExprContext(state->ps.ps_ExprContext);
	old = MemoryContextSwitchTo(state->ps.ps_ExprContext->ecxt_per_tuple_memory);
	while (scan->batch.count < scan->size)
	{
		TupleTableSlot *row = scan->rows[scan->batch.count];
		Datum subject;
		bool isnull;

		if (!fetch_row(state, table, row))
		{
			scan->ended = true;
			break;
		}
		slot_getsomeattrs(row, scan->wanted);
		subject = row->tts_values[scan->subject - 1];
		isnull = row->tts_isnull[scan->subject - 1];
		memreg_ground_batch_add(&scan->batch, subject, isnull);
	}
	memreg_ground_batch_decide(&scan->batch, scan->check);
	MemoryContextSwitchTo(old);
	InstrCountFiltered1(&state->ps, scan->batch.count - scan->batch.passing);
	return scan->batch.count > 0;
}

/*
 * A scan describes the row that it fetched last in a place of its own, to
 * which the slot points; one that is to outlast the next fetch needs a copy.
 */
static inline bool
fetch_row(ScanState *state, TableScanDesc table, TupleTableSlot *row)
{
	HeapTupleTableSlot *heap = &((BufferHeapTupleTableSlot *) row)->base;

	CHECK_FOR_INTERRUPTS();
	if (!table_scan_getnextslot(table, ForwardScanDirection, row))
		return false;
	heap->tupdata = *heap->tuple;
	heap->tuple = &heap->tupdata;
	return true;
}

/* Slots for twice as many rows as the last time. */
static void
prepare(ScanState *state, GroundScan *scan)
{
	TupleTableSlot *like = state->ss_ScanTupleSlot;
	MemoryContext old;

	if (scan->watched && scan->size == GROUND_BATCH_ROWS)
		return;
	old = MemoryContextSwitchTo(state->ps.state->es_query_cxt);
	if (!scan->watched)
		RegisterExprContextCallback(state->ps.ps_ExprContext, begin_again,
									PointerGetDatum(scan));
	scan->watched = true;
	scan->size = scan->size == 0 ? 1 : Min(scan->size * 2, GROUND_BATCH_ROWS);
	for (int i = 0; i < scan->size; i++)
		if (scan->rows[i] == NULL)
			scan->rows[i] = i == 0
				? like
				: ExecAllocTableSlot(&state->ps.state->es_tupleTable,
									 like->tts_tupleDescriptor, like->tts_ops);
	MemoryContextSwitchTo(old);
}

/* Called by ExecReScan, once; and when the plan ends. */
static void
begin_again(Datum arg)
{
	GroundScan *scan = (GroundScan *) DatumGetPointer(arg);

	memreg_ground_batch_clear(&scan->batch);
	scan->next = scan->size = 0;
	scan->ended = scan->watched = false;
}

/* A parallel scan was begun when its plan was initialized, others begin here. */
static TableScanDesc
scan_of(ScanState *state)
{
	if (state->ss_currentScanDesc == NULL)
		state->ss_currentScanDesc = table_beginscan(state->ss_currentRelation,
													state->ps.state->es_snapshot, 0, NULL);
	return state->ss_currentScanDesc;
}

static Datum
refuse_evaluation(ExprState *condition, ExprContext *context, bool *isnull)
{
	elog(ERROR, "the condition of a scan of memreg's was evaluated");
}
