/*
 * ground_support.c
 *		Planner support: which share of a table's rows has a ground.
 *
 * Takes the number of subjects in the purpose's sets, which the consent index
 * knows, and that of subjects in the table, which its statistics know.  An
 * estimate needs no fresh image, and none at all.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "fmgr.h"
#include "nodes/primnodes.h"
#include "nodes/supportnodes.h"
#include "utils/selfuncs.h"

#include "consent/index.h"
#include "policy/ground.h"

PG_FUNCTION_INFO_V1(memreg_ground_support);

/* Where nothing is known: most have consented, hardly anybody has objected. */
#define UNKNOWN_SHARE 0.75

static bool estimate_share(PlannerInfo *root, List *arguments, int relation, double *share);
static double count_subjects(PlannerInfo *root, Node *subject, int relation,
							 double *anonymous);

/* memreg.ground_support(internal): support function of memreg.check_ground. */
Datum
memreg_ground_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSelectivity))
	{
		SupportRequestSelectivity *asked = (SupportRequestSelectivity *) request;
		double share;

		if (!asked->is_join &&
			estimate_share(asked->root, asked->args, asked->varRelid, &share))
		{
			asked->selectivity = share;
			PG_RETURN_POINTER(request);
		}
	}
	PG_RETURN_POINTER(NULL);
}

/* arguments are those of check_ground: nothing, purpose, subject. */
static bool
estimate_share(PlannerInfo *root, List *arguments, int relation, double *share)
{
	Const *purpose_id = lsecond(arguments);
	Purpose purpose;
	double subjects;
	double anonymous;

	if (!IsA(purpose_id, Const) || purpose_id->constisnull ||
		!memreg_registry_purpose(DatumGetInt32(purpose_id->constvalue), &purpose))
		return false;
	subjects = count_subjects(root, lthird(arguments), relation, &anonymous);
	*share = 1;
	for (int kind = 0; kind < STATE_KINDS; kind++)
	{
		double members;

		if (!memreg_ground_asks(&purpose, kind))
			continue;
		if (!memreg_index_members(kind,
								  kind == STATE_RESTRICTION ? purpose.register_id
															: purpose.id,
								  &members))
			*share *= kind == STATE_CONSENT ? UNKNOWN_SHARE : 1;
		else if (kind == STATE_CONSENT)
			*share *= Min(members / subjects, 1);
		else
			*share *= 1 - Min(members / subjects, 1);
	}
	*share *= 1 - anonymous;
	if (purpose.anonymous_data)
		*share += anonymous;
	CLAMP_PROBABILITY(*share);
	return true;
}

/* How many subjects the column names, at least 1, and which share of rows names none. */
static double
count_subjects(PlannerInfo *root, Node *subject, int relation, double *anonymous)
{
	VariableStatData statistics;
	bool is_default;
	double distinct;

	examine_variable(root, subject, relation, &statistics);
	distinct = get_variable_numdistinct(&statistics, &is_default);
	*anonymous = 0;
	if (HeapTupleIsValid(statistics.statsTuple))
		*anonymous = ((Form_pg_statistic) GETSTRUCT(statistics.statsTuple))->stanullfrac;
	ReleaseVariableStats(statistics);
	return Max(distinct, 1);
}
