/*
 * attached.c
 *		What the rewriter attached to a query for a relation's policies.
 *
 * The rewriter puts a relation's policies in front of its securityQuals and
 * does not mark where they end; quals of security barrier views follow.  But
 * it got them from get_row_security_policies, which depends on nothing but
 * the relation, the user and the permissions wanted, all of which stand
 * unchanged in the query.  Asked again, it gives the same policies, and so
 * their number.  Where that cannot differ from one query to the next, the
 * number is remembered.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "rewrite/rowsecurity.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "core/compat.h"
#include "core/errors.h"
#include "policy/attached.h"
#include "policy/functions.h"
#include "policy/guards.h"
#include "registry/lineage.h"

/* How many quals the policies of a relation contribute where it is only read. */
typedef struct Answer
{
	Oid relid; /* hash key */
	int count; /* 0: not known; DEPENDS: on the user */
} Answer;

#define DEPENDS (-1)

static HTAB *answers = NULL;
static uint64 version = 0; /* of the lineage that the answers are from; 0: of none */

static int ask(Query *query, Index varno);
static bool only_reads(Query *query, Index varno);
static int remember(Query *query, Index varno);
static Answer *find_answer(Oid relid);
static bool are_for_everybody(Oid relid);
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
	int count;

	if (entry->securityQuals == NIL || entry->relkind == RELKIND_FOREIGN_TABLE)
		return 0;
	count = only_reads(query, varno) ? remember(query, varno) : ask(query, varno);
	if (count > list_length(entry->securityQuals))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNTREATED_STATEMENT),
				 errmsg("the row security of table %s changed while the statement was planned",
						get_rel_name(entry->relid)),
				 errhint("Run the statement again.")));
	return count;
}

static int
ask(Query *query, Index varno)
{
	List *quals;
	List *options;
	bool has_row_security;
	bool has_sublinks;

	get_row_security_policies(query, list_nth(query->rtable, varno - 1), varno, &quals,
							  &options, &has_row_security, &has_sublinks);
	return list_length(quals);
}

/*
 * Does a user whom row security binds read the relation, and do no more, locks
 * included?  A plugin's policies may depend on anything.
 */
static bool
only_reads(Query *query, Index varno)
{
	RangeTblEntry *entry = list_nth(query->rtable, varno - 1);

	return varno != query->resultRelation && row_security_policy_hook_permissive == NULL &&
		row_security_policy_hook_restrictive == NULL &&
		(memreg_rte_permissions(query, entry)->requiredPerms & ~ACL_SELECT) == 0 &&
		check_enable_rls(entry->relid, memreg_rte_permissions(query, entry)->checkAsUser,
						 true) == RLS_ENABLED;
}

/* Then the answer is the same for all of them, if the policies are for every role. */
static int
remember(Query *query, Index varno)
{
	Oid relid = ((RangeTblEntry *) list_nth(query->rtable, varno - 1))->relid;
	Answer *answer = find_answer(relid);
	int count;

	if (answer->count > 0)
		return answer->count;
	count = ask(query, varno);
	if (answer->count == 0)
		answer->count = are_for_everybody(relid) ? count : DEPENDS;
	return count;
}

/* As remembered until the registry or a protected relation changes. */
static Answer *
find_answer(Oid relid)
{
	HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(Answer)};
	bool found;
	Answer *answer;

	if (version != memreg_lineage_version())
	{
		version = 0;
		if (answers != NULL)
			hash_destroy(answers);
		answers = NULL;
		answers = hash_create("memreg policy quals", 64, &control, HASH_ELEM | HASH_BLOBS);
		version = memreg_lineage_version();
	}
	answer = hash_search(answers, &relid, HASH_ENTER, &found);
	if (!found)
		answer->count = 0;
	return answer;
}

static bool
are_for_everybody(Oid relid)
{
	Relation relation = table_open(relid, NoLock);
	bool everybody = true;
	ListCell *cell;

	if (relation->rd_rsdesc != NULL)
		foreach(cell, relation->rd_rsdesc->policies)
			everybody &= memreg_guards_binds_everybody(lfirst(cell));
	table_close(relation, NoLock);
	return everybody;
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
