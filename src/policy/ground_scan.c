/*
 * ground_scan.c
 *		Sequential scans whose only condition is the ground of their rows.
 *
 * That is what reading a whole table becomes.  Going through the executor's
 * general machinery for each row costs more than the look-up itself, so once
 * such a scan has been initialized it is given a function of its own for the
 * next row: it fetches a row as a scan without conditions does, and looks its
 * subject up.  Plan, EXPLAIN and answer are the same.
 *
 * EvalPlanQual, which looks once more at rows that somebody else has changed,
 * initializes the plan anew and so goes the general way.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"

#include "policy/functions.h"
#include "policy/ground.h"
#include "policy/ground_scan.h"

/* Of one scan; kept in the private field of its condition, which nobody evaluates any more. */
typedef struct GroundScan
{
	GroundCheck *check;
	AttrNumber subject;
} GroundScan;

static bool speed_up(PlanState *node, void *context);
static FuncExpr *only_condition(const PlanState *node);
static void take_over(PlanState *node, FuncExpr *condition);
static TupleTableSlot *next_row(PlanState *node);
static TableScanDesc scan_of(ScanState *scan);
static bool row_passes(GroundScan *scan, TupleTableSlot *row, ExprContext *context);
static Datum refuse_evaluation(ExprState *condition, ExprContext *context, bool *isnull);

/* Speed up the scans of a plan that has just been initialized. */
void
memreg_ground_scan_speed_up(PlanState *plan)
{
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
		take_over(node, condition);
	return planstate_tree_walker(node, speed_up, context);
}

/* The check, if nothing else is asked of a row; NULL: it is not so simple. */
static FuncExpr *
only_condition(const PlanState *node)
{
	FuncExpr *call;
	bool is_check = false;

	if (list_length(node->plan->qual) != 1 || node->qual == NULL)
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
take_over(PlanState *node, FuncExpr *condition)
{
	MemoryContext memory = node->state->es_query_cxt;
	GroundScan *scan = MemoryContextAllocZero(memory, sizeof(GroundScan));
	Oid type = exprType(lthird(condition->args));

	scan->check =
		memreg_ground_open(DatumGetInt32(((Const *) lsecond(condition->args))->constvalue),
						   type, memory);
	scan->subject = ((Var *) lthird(condition->args))->varattno;
	node->qual->evalfunc = refuse_evaluation;
	node->qual->evalfunc_private = scan;
	ExecSetExecProcNode(node, next_row);
}

/* ExecProcNode for these scans. */
static TupleTableSlot *
next_row(PlanState *node)
{
	ScanState *state = (ScanState *) node;
	GroundScan *scan = node->qual->evalfunc_private;
	TupleTableSlot *row = state->ss_ScanTupleSlot;
	TableScanDesc table = scan_of(state);
	ExprContext *context = node->ps_ExprContext;

	ResetExprContext(context);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!table_scan_getnextslot(table, node->state->es_direction, row))
			return node->ps_ProjInfo == NULL
				? row
				: ExecClearTuple(node->ps_ProjInfo->pi_state.resultslot);
		if (row_passes(scan, row, context))
			break;
		InstrCountFiltered1(node, 1);
	}
	if (node->ps_ProjInfo == NULL)
		return row;
	context->ecxt_scantuple = row;
	return ExecProject(node->ps_ProjInfo);
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

static inline bool
row_passes(GroundScan *scan, TupleTableSlot *row, ExprContext *context)
{
	MemoryContext old = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	bool isnull;
	Datum subject = slot_getattr(row, scan->subject, &isnull);
	bool passes = memreg_ground_passes(scan->check, subject, isnull);

	MemoryContextSwitchTo(old);
	if (!passes)
		ResetExprContext(context);
	return passes;
}

static Datum
refuse_evaluation(ExprState *condition, ExprContext *context, bool *isnull)
{
	elog(ERROR, "the condition of a scan of memreg's was evaluated");
}
