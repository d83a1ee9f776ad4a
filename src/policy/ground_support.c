/*
 * ground_support.c
 *		Planner support: which share of a table's rows has a ground.
 *
 * Takes the number of subjects in the purpose's sets, which the consent index
 * knows, and that of all subjects of the register: as many as its root tables
 * have rows, or as the statistics of the column know if those are more.  A
 * table, and a partition more so, may hold a few of them only, and what all
 * have said is then the best guess of what these have.  An estimate needs no
 * fresh image, and none at all.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "fmgr.h"
#include "nodes/primnodes.h"
#include "nodes/supportnodes.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "consent/index.h"
#include "policy/ground.h"

PG_FUNCTION_INFO_V1(memreg_ground_support);

/* Where nothing is known: most have consented, hardly anybody has objected. */
#define UNKNOWN_SHARE 0.75

/* Planning for no row is the worst mistake: never are all expected to object. */
#define MOST_DENIED 0.9

static bool estimate_share(PlannerInfo *root, List *arguments, int relation, double *share);
static double share_of_kind(const Purpose *purpose, StateKind kind, double subjects);
static double count_named(PlannerInfo *root, Node *subject, int relation, double *anonymous);
static double count_registered(const char *register_name);

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
	subjects = count_named(root, lthird(arguments), relation, &anonymous);
	subjects = Max(subjects, count_registered(purpose.register_name));
	*share = 1 - anonymous;
	for (int kind = 0; kind < STATE_KINDS; kind++)
		if (memreg_ground_asks(&purpose, kind))
			*share *= share_of_kind(&purpose, kind, subjects);
	if (purpose.anonymous_data)
		*share += anonymous;
	CLAMP_PROBABILITY(*share);
	return true;
}

/* Which share of so many subjects (0: nobody knows) is let through by one kind. */
static double
share_of_kind(const Purpose *purpose, StateKind kind, double subjects)
{
	int32 owner = kind == STATE_RESTRICTION ? purpose->register_id : purpose->id;
	bool wanted = kind == STATE_CONSENT;
	double members;

	if (!memreg_index_members(kind, owner, &members) || subjects == 0)
		return wanted ? UNKNOWN_SHARE : 1;
	if (wanted)
		return Min(members / subjects, 1);
	return 1 - Min(members / subjects, MOST_DENIED);
}

/* How many subjects the column names, 0 if nobody knows, and which share of rows names none. */
static double
count_named(PlannerInfo *root, Node *subject, int relation, double *anonymous)
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
	return is_default ? 0 : distinct;
}

/* How many rows the register's root tables have, as far as that is known. */
static double
count_registered(const char *register_name)
{
	double most = 0;
	ListCell *cell;

	foreach(cell, memreg_registry_roots(register_name))
	{
		HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(lfirst_oid(cell)));

		if (!HeapTupleIsValid(tuple))
			continue;
		most = Max(most, ((Form_pg_class) GETSTRUCT(tuple))->reltuples);
		ReleaseSysCache(tuple);
	}
	return most;
}
