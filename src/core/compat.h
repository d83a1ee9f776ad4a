/*
 * compat.h
 *		The only place that knows server versions.
 *
 * memreg builds for PostgreSQL 15 to 18.  What differs between them is given
 * one name here, with the newest version's meaning.
 */
#ifndef MEMREG_CORE_COMPAT_H
#define MEMREG_CORE_COMPAT_H

#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "executor/executor.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/wait_event.h"

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "memreg supports PostgreSQL 15 to 18"
#endif

#if PG_VERSION_NUM >= 160000
#include "parser/parse_relation.h"
#include "varatt.h"
#endif

/* 18 marks functions that do not return in front, by this name. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* 16 moved a range table entry's permissions into a node of their own. */
#if PG_VERSION_NUM >= 160000
static inline RTEPermissionInfo *
memreg_rte_permissions(Query *query, RangeTblEntry *rte)
{
	return getRTEPermissionInfo(query->rteperminfos, rte);
}
#else
static inline RangeTblEntry *
memreg_rte_permissions(Query *query, RangeTblEntry *rte)
{
	return rte;
}
#endif

/*
 * The view that a range table entry was expanded from; InvalidOid: from none.
 * From 16 on the entry keeps the view's OID.  Before, the rewriter leaves the
 * view's own entry, OLD, in front of those of its subquery.
 */
static inline Oid
memreg_rte_view(const RangeTblEntry *rte)
{
	if (rte->rtekind != RTE_SUBQUERY)
		return InvalidOid;
#if PG_VERSION_NUM >= 160000
	return rte->relid;
#else
	{
		const RangeTblEntry *old =
			rte->subquery->rtable == NIL ? NULL : linitial(rte->subquery->rtable);

		return old != NULL && old->rtekind == RTE_RELATION && old->relkind == RELKIND_VIEW
			? old->relid
			: InvalidOid;
	}
#endif
}

/*
 * 18 gives a grouped query a range table entry for its groups, which the rest
 * of the query refers to.  The entry's number; 0: there is none.
 */
static inline Index
memreg_group_entry(const Query *query)
{
#if PG_VERSION_NUM >= 180000
	for (int i = 0; i < list_length(query->rtable); i++)
		if (((RangeTblEntry *) list_nth(query->rtable, i))->rtekind == RTE_GROUP)
			return i + 1;
#endif
	return 0;
}

/* What a reference to a group stands for; any other expression for itself. */
static inline Node *
memreg_group_expression(const Query *query, Node *node)
{
#if PG_VERSION_NUM >= 180000
	if (IsA(node, Var) && ((Var *) node)->varlevelsup == 0 &&
		((Var *) node)->varno == memreg_group_entry(query))
		return list_nth(((RangeTblEntry *) list_nth(query->rtable, ((Var *) node)->varno - 1))
							->groupexprs,
						((Var *) node)->varattno - 1);
#endif
	return node;
}

/* Make the entry for groups one for nothing, as the query has none any more. */
static inline void
memreg_forget_groups(Query *query)
{
#if PG_VERSION_NUM >= 180000
	Index groups = memreg_group_entry(query);

	if (groups > 0)
	{
		RangeTblEntry *entry = list_nth(query->rtable, groups - 1);

		entry->rtekind = RTE_RESULT;
		entry->groupexprs = NIL;
	}
	query->hasGroupRTE = false;
#endif
}

/* From 16 on a reference names the outer joins that can make it NULL. */
static inline void
memreg_set_nulling_joins(Var *var, Bitmapset *joins)
{
#if PG_VERSION_NUM >= 160000
	var->varnullingrels = joins;
#endif
}

/* From 16 on permissions stand apart from the range table, and go with it. */
static inline void
memreg_move_permissions(Query *from, Query *to)
{
#if PG_VERSION_NUM >= 160000
	to->rteperminfos = from->rteperminfos;
	from->rteperminfos = NIL;
#endif
}

/* 16 gave the permission hook the permissions apart from the range table. */
#if PG_VERSION_NUM >= 160000
#define MEMREG_CHECK_PERMS_ARGS \
	List *rangeTable, List *permissions, bool ereport_on_violation
#define MEMREG_CHECK_PERMS_PASS rangeTable, permissions, ereport_on_violation
#else
#define MEMREG_CHECK_PERMS_ARGS List *rangeTable, bool ereport_on_violation
#define MEMREG_CHECK_PERMS_PASS rangeTable, ereport_on_violation
#endif

/* 18 took an argument from the hook around the executor. */
#if PG_VERSION_NUM >= 180000
#define MEMREG_EXECUTOR_RUN_ARGS \
	QueryDesc *queryDesc, ScanDirection direction, uint64 count
#define MEMREG_EXECUTOR_RUN_PASS queryDesc, direction, count
#else
#define MEMREG_EXECUTOR_RUN_ARGS \
	QueryDesc *queryDesc, ScanDirection direction, uint64 count, bool execute_once
#define MEMREG_EXECUTOR_RUN_PASS queryDesc, direction, count, execute_once
#endif

/* The range table of a state without a plan; 16 and 18 asked for more of it. */
static inline void
memreg_init_range_table(EState *state, RangeTblEntry *entry)
{
#if PG_VERSION_NUM >= 160000
	List *permissions = NIL;

	(void) addRTEPermissionInfo(&permissions, entry);
#endif
#if PG_VERSION_NUM >= 180000
	ExecInitRangeTable(state, list_make1(entry), permissions, bms_make_singleton(1));
#elif PG_VERSION_NUM >= 160000
	ExecInitRangeTable(state, list_make1(entry), permissions);
#else
	ExecInitRangeTable(state, list_make1(entry));
#endif
}

/* 16 made one function of the ownership checks. */
#if PG_VERSION_NUM >= 160000
#define memreg_owns_relation(relid, role) \
	object_ownercheck(RelationRelationId, (relid), (role))
#else
#define memreg_owns_relation(relid, role) pg_class_ownercheck((relid), (role))
#endif

#if PG_VERSION_NUM >= 160000
#define memreg_owns_database(database, role) \
	object_ownercheck(DatabaseRelationId, (database), (role))
#else
#define memreg_owns_database(database, role) pg_database_ownercheck((database), (role))
#endif

/*
 * 17 lets extensions name what they wait for, in CamelCase as the server does;
 * a name that is known already keeps its number.
 */
#if PG_VERSION_NUM >= 170000
#define memreg_wait_event(name) WaitEventExtensionNew(name)
#else
#define memreg_wait_event(name) PG_WAIT_EXTENSION
#endif

/* 16 made the right to SET ROLE something else than membership. */
#if PG_VERSION_NUM >= 160000
#define memreg_may_set_role(member, role) member_can_set_role((member), (role))
#else
#define memreg_may_set_role(member, role) is_member_of_role((member), (role))
#endif

/*
 * WITH CHECK OPTIONs of policies, as against those of views; minor releases
 * have added kinds of both, before and after these.
 */
static inline bool
memreg_check_option_of_policy(WCOKind kind)
{
	return kind >= WCO_RLS_INSERT_CHECK && kind <= WCO_RLS_MERGE_DELETE_CHECK;
}

/* 16 renamed the node that names a relation's file. */
#if PG_VERSION_NUM >= 160000
#define memreg_relation_file(rel) ((rel)->rd_locator.relNumber)
typedef RelFileNumber MemregFileNumber;
#else
#define memreg_relation_file(rel) ((rel)->rd_node.relNode)
typedef Oid MemregFileNumber;
#endif

/* 18 lets index scans count their searches. */
#if PG_VERSION_NUM >= 180000
#define memreg_index_beginscan(table, index, snapshot, keys) \
	index_beginscan((table), (index), (snapshot), NULL, (keys), 0)
#else
#define memreg_index_beginscan(table, index, snapshot, keys) \
	index_beginscan((table), (index), (snapshot), (keys), 0)
#endif

/* 16 lets ranges report what is wrong with them softly. */
#if PG_VERSION_NUM >= 160000
#define memreg_make_range(typcache, lower, upper) \
	make_range((typcache), (lower), (upper), false, NULL)
#else
#define memreg_make_range(typcache, lower, upper) \
	make_range((typcache), (lower), (upper), false)
#endif

/* 17 numbers processes by itself; before, the number stood in the PGPROC. */
#if PG_VERSION_NUM >= 170000
#define memreg_my_process_number() MyProcNumber
#else
#define memreg_my_process_number() (MyProc->pgprocno)
#endif

/* Does the process serve a client?  18 asks it the other way round. */
#if PG_VERSION_NUM >= 180000
#define memreg_process_serves_client(proc) ((proc)->isRegularBackend)
#else
#define memreg_process_serves_client(proc) (!(proc)->isBackgroundWorker)
#endif

/* Has this transaction given the relation a new file?  16 renamed the field. */
#if PG_VERSION_NUM >= 160000
#define memreg_relation_file_is_new(rel)                 \
	((rel)->rd_createSubid != InvalidSubTransactionId || \
	 (rel)->rd_firstRelfilelocatorSubid != InvalidSubTransactionId)
#else
#define memreg_relation_file_is_new(rel)                 \
	((rel)->rd_createSubid != InvalidSubTransactionId || \
	 (rel)->rd_firstRelfilenodeSubid != InvalidSubTransactionId)
#endif

#endif /* MEMREG_CORE_COMPAT_H */
