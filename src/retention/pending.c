/*
 * pending.c
 *		Is there anything left to do to a row?
 *
 * A row that goes is gone.  One that an action changes is past its term ever
 * after, and must not be due again: it is not if its category's columns hold
 * what the action would make of them, or, for whole rows, if it names nobody:
 * no subject, or a one-time key of the table (one_time_key.c).
 */
#include "postgres.h"

#include "executor/executor.h"
#include "optimizer/optimizer.h"

#include "retention/change.h"
#include "retention/one_time_key.h"
#include "retention/pending.h"

struct RetentionPending
{
	RetentionChange *change;
	ExprState *left; /* NULL: the subject tells */
	ExprContext *context;
};

static bool names_somebody(const RetentionPending *pending, TupleTableSlot *row);

/* For the rows of a leaf, in the present memory context.  NULL: the action leaves no row. */
RetentionPending *
memreg_pending_open(const RetentionRule *rule, Relation leaf)
{
	RetentionPending *pending;

	if (rule->action->choose == NULL)
		return NULL;
	pending = palloc0(sizeof(RetentionPending));
	pending->change = memreg_change_open(rule, leaf);
	pending->context = CreateStandaloneExprContext();
	if (pending->change->subject != SUBJECT_STAYS)
		return pending;
	pending->left =
		ExecInitExpr(expression_planner(memreg_change_left(pending->change)), NULL);
	return pending;
}

bool
memreg_pending_row(RetentionPending *pending, TupleTableSlot *row)
{
	bool isnull;
	bool left;

	if (pending == NULL)
		return true;
	if (pending->left == NULL)
		return names_somebody(pending, row);
	pending->context->ecxt_scantuple = row;
	left = DatumGetBool(ExecEvalExprSwitchContext(pending->left, pending->context, &isnull));
	ResetExprContext(pending->context);
	return left;
}

static bool
names_somebody(const RetentionPending *pending, TupleTableSlot *row)
{
	const RetentionRule *rule = pending->change->rule;
	bool isnull;
	Datum subject = slot_getattr(row, pending->change->relation->subject, &isnull);
	MemoryContext old;
	bool nobody;

	if (isnull || pending->change->subject == SUBJECT_CLEARED)
		return !isnull;
	old = MemoryContextSwitchTo(pending->context->ecxt_per_tuple_memory);
	nobody = memreg_one_time_key_stands(rule, subject, rule->relation);
	MemoryContextSwitchTo(old);
	ResetExprContext(pending->context);
	return !nobody;
}

/* A column that is never NULL in a row that there is something to do to; 0: none is known. */
AttrNumber
memreg_pending_required(const RetentionPending *pending)
{
	return pending == NULL ? InvalidAttrNumber : memreg_change_required(pending->change);
}

void
memreg_pending_close(RetentionPending *pending)
{
	if (pending != NULL)
		FreeExprContext(pending->context, true);
}
