/*
 * attached.c
 *		What the rewriter attached to a query for a relation's policies.
 *
 * The rewriter puts a relation's policies in front of its securityQuals and
 * does not mark where they end; quals of security barrier views follow.  But
 * it got them from get_row_security_policies, which depends on nothing but
 * the relation, the user and the permissions wanted, all of which stand
 * unchanged in the query.  Asked again, it gives the same policies, and so
 * their number.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "rewrite/rowsecurity.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "policy/attached.h"
#include "policy/functions.h"

static bool is_table_guard(Node *qual);

/* Can the entry be a protected relation?  Foreign tables can be its children. */
bool
memreg_attached_may_guard(const RangeTblEntry *entry)
{
	return entry->rtekind == RTE_RELATION &&
		(entry->relkind == RELKIND_RELATION || entry->relkind == RELKIND_PARTITIONED_TABLE ||
		 entry->relkind == RELKIND_FOREIGN_TABLE);
}

/*
 * May the current user read the relation without its guards?  Who bypasses
 * row security may, and so does the owner inside an operation that PostgreSQL
 * itself runs past forced row security: referential integrity checks, and
 * memreg's retention.
 */
bool
memreg_attached_exempt(const RangeTblEntry *entry)
{
	return has_bypassrls_privilege(GetUserId()) ||
		(InNoForceRLSOperation() && memreg_owns_relation(entry->relid, GetUserId()));
}

/*
 * How many of the entry's securityQuals its relation's own policies
 * contributed; they stand in front.
 */
int
memreg_attached_count(Query *query, Index varno)
{
	RangeTblEntry *entry = list_nth(query->rtable, varno - 1);
	List *quals;
	List *options;
	bool has_row_security;
	bool has_sublinks;

	if (entry->securityQuals == NIL || entry->relkind == RELKIND_FOREIGN_TABLE)
		return 0;
	get_row_security_policies(query, entry, varno, &quals, &options, &has_row_security,
							  &has_sublinks);
	if (list_length(quals) > list_length(entry->securityQuals))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNTREATED_STATEMENT),
				 errmsg("the row security of table %s changed while the statement was planned",
						get_rel_name(entry->relid)),
				 errhint("Run the statement again.")));
	return list_length(quals);
}

/*
 * Has the rewriter attached memreg's guards to this range table entry, of
 * whose securityQuals the first few are its policies' own?
 */
bool
memreg_attached_has_guard(Query *query, Index varno, int policy_quals)
{
	RangeTblEntry *entry = list_nth(query->rtable, varno - 1);
	ListCell *cell;

	for (int i = 0; i < policy_quals; i++)
		if (is_table_guard(list_nth(entry->securityQuals, i)))
			return true;
	if (varno != query->resultRelation)
		return false;
	foreach(cell, query->withCheckOptions)
	{
		WithCheckOption *option = lfirst(cell);

		if (memreg_check_option_of_policy(option->kind) && is_table_guard(option->qual))
			return true;
	}
	return false;
}

/*
 * Take those of the relation's own policies out of the entry's securityQuals,
 * leaving those of security barrier views.
 */
List *
memreg_attached_take_quals(RangeTblEntry *entry, int policy_quals)
{
	List *taken = list_copy_head(entry->securityQuals, policy_quals);

	entry->securityQuals = list_copy_tail(entry->securityQuals, policy_quals);
	return taken;
}

/* Does this WITH CHECK OPTION come from a policy, not from a view? */
bool
memreg_attached_is_policy_option(const WithCheckOption *option)
{
	return memreg_check_option_of_policy(option->kind);
}

/* A table guard, for whichever table; guards.c looks at it closely. */
static bool
is_table_guard(Node *qual)
{
	return qual != NULL && IsA(qual, FuncExpr) &&
		((FuncExpr *) qual)->funcid == memreg_policy_functions()->guard_table;
}
