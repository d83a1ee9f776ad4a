/*
 * policy.c
 *		Enforcement: who sees which rows, and which columns how.
 *
 * How a statement flows:
 *
 *	PostgreSQL's rewriter expands views and attaches each table's row security
 *	policies.  On a protected table these are guards (guard.c), functions that
 *	only raise an error.  The planner hook (planner.c) finds the protected
 *	tables of the statement, asks whether the current user may act for the
 *	session's purpose (access.c) and walks the whole query (walk.c): each guard
 *	becomes the check of the purpose's legal basis (ground.c), each reference
 *	to a column becomes what the purpose may see of it (treatment.c).  When
 *	the plan is run, perhaps much later, the executor hook (executor.c) checks
 *	that it is run by whom and for what it was planned.
 *
 * Whatever does not pass through all of this holds a guard or lacks a mark
 * (mark.c), and raises.
 */
#include "postgres.h"

#include "core/preload.h"
#include "policy/counts.h"
#include "policy/executor.h"
#include "policy/inline.h"
#include "policy/label.h"
#include "policy/logged.h"
#include "policy/planner.h"
#include "policy/policy.h"
#include "policy/proof.h"
#include "policy/referential.h"
#include "policy/session.h"
#include "policy/subject_token.h"

/* Hooks only when preloaded; the label provider always, for restores. */
void
memreg_policy_init(void)
{
	memreg_label_init();
	memreg_session_init();
	memreg_proof_init();
	memreg_subject_token_init();
	if (!memreg_preload_done())
		return;
	memreg_planner_init();
	memreg_inline_init();
	memreg_executor_init();
	memreg_counts_init();
	memreg_logged_init();
	memreg_referential_init();
}
