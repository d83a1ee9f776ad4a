/*
 * level.c
 *		The query levels of a statement, and what each of them reads.
 *
 * Opening a level decides what is done with each entry of its range table
 * before any of its expressions is looked at: protected relations are opened,
 * those without a guard refused, and subqueries opened too, as what a level
 * refers to may be one of their columns (carried.c).
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "policy/attached.h"
#include "policy/carried.h"
#include "policy/decision.h"
#include "policy/interface.h"
#include "policy/level.h"
#include "policy/opened.h"
#include "registry/lineage.h"
#include "registry/membership.h"

static void open_entry(Level *level, Index varno, LevelRelations *relations);
static void open_relation_entry(Level *level, Index varno, LevelRelations *relations);
static void open_protected(Level *level, Index varno, const RegisteredTable *table,
						   LevelRelations *relations);
static bool reaches_protected_children(const RangeTblEntry *entry);
pg_noreturn static void refuse_unguarded(Oid relid);
pg_noreturn static void refuse_parent(Oid relid);
static void require_partitions(const RangeTblEntry *entry);
static GuardedRelation *open_relation(Oid relid, const RegisteredTable *table,
									  LevelRelations *relations);

/*
 * Open a query level, which is part of another one (NULL: the statement is it).
 * Fails when it reads what the current user may not see at all.
 */
Level *
memreg_level_open(Query *query, Level *parent, LevelRelations *relations)
{
	Level *level = palloc0(sizeof(Level));

	level->parent = parent;
	level->query = query;
	if (parent != NULL)
		level->view = memreg_interface_view_of(query, parent->query, parent->view);
	level->count = list_length(query->rtable);
	level->entries = palloc0(sizeof(LevelEntry) * Max(level->count, 1));
	for (Index varno = 1; varno <= level->count; varno++)
		open_entry(level, varno, relations);
	return level;
}

/* Its protected relations: element n - 1 for range table entry n; NULL: it is none. */
GuardedRelation **
memreg_level_guarded(const Level *level)
{
	GuardedRelation **guarded = palloc(sizeof(GuardedRelation *) * Max(level->count, 1));

	for (Index varno = 1; varno <= level->count; varno++)
		guarded[varno - 1] = memreg_level_entry(level, varno)->guarded;
	return guarded;
}

static void
open_entry(Level *level, Index varno, LevelRelations *relations)
{
	RangeTblEntry *entry = rt_fetch(varno, level->query->rtable);

	if (memreg_attached_may_guard(entry) && memreg_lineage_concerns(entry->relid))
		open_relation_entry(level, varno, relations);
	else if (entry->rtekind == RTE_SUBQUERY)
	{
		memreg_level_entry(level, varno)->inner =
			memreg_level_open(entry->subquery, level, relations);
		memreg_carried_decide(level, varno);
	}
}

static void
open_relation_entry(Level *level, Index varno, LevelRelations *relations)
{
	RangeTblEntry *entry = rt_fetch(varno, level->query->rtable);
	RegisteredTable table;

	if (memreg_membership_find(entry->relid, &table) && table.protected)
		open_protected(level, varno, &table, relations);
	else if (reaches_protected_children(entry) && !memreg_attached_exempt(entry))
		refuse_parent(entry->relid);
}

/*
 * One without a guard is refused, unless the user bypasses row security, a
 * referential integrity check (or memreg's own retention) reads it, or a view
 * that was declared for that: what is refused is any other view of a
 * privileged owner, say.
 */
static void
open_protected(Level *level, Index varno, const RegisteredTable *table,
			   LevelRelations *relations)
{
	RangeTblEntry *entry = rt_fetch(varno, level->query->rtable);
	LevelEntry *opened = memreg_level_entry(level, varno);

	opened->policy_quals = memreg_attached_count(level->query, varno);
	if (memreg_attached_has_guard(level->query, varno, opened->policy_quals))
	{
		if (varno != level->query->resultRelation)
			require_partitions(entry);
		opened->guarded = open_relation(entry->relid, table, relations);
		if (!opened->guarded->bypassed)
			opened->mark = table->relation;
		level->treats |= !opened->guarded->all_clear;
	}
	else if (memreg_attached_exempt(entry))
		return;
	else if (memreg_interface_reads(level->query, entry, level->view))
	{
		char *decision = memreg_decision_of_interface(level->view, entry->relid, table);

		relations->interfaces =
			list_append_unique(relations->interfaces, makeString(decision));
		opened->mark = table->relation;
	}
	else
		refuse_unguarded(entry->relid);
}

/*
 * A parent that is not protected, used with its partitions or children: what
 * is inserted into a partitioned table goes to them without a mention.
 */
static bool
reaches_protected_children(const RangeTblEntry *entry)
{
	return (entry->inh || entry->relkind == RELKIND_PARTITIONED_TABLE) &&
		memreg_lineage_above_protected(entry->relid);
}

static void
refuse_unguarded(Oid relid)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_GUARD_MISSING),
			 errmsg("table %s is protected, but the statement reaches it without its row security",
					quote_identifier(get_rel_name(relid))),
			 errdetail("Its policies were removed, or a view reads it with the rights of a role that bypasses row security."),
			 errhint("Call memreg.protect for the table again; create views over it WITH (security_invoker), or declare them with memreg.declare_view.")));
}

/*
 * A partitioned table without its partitions is empty.  That is what COPY of
 * one by its name becomes under row security, and nobody wants a file of it.
 */
static void
require_partitions(const RangeTblEntry *entry)
{
	if (entry->relkind == RELKIND_PARTITIONED_TABLE && !entry->inh)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNTREATED_STATEMENT),
				 errmsg("partitioned table %s holds no rows by itself",
						quote_identifier(get_rel_name(entry->relid))),
				 errhint("Use COPY (SELECT ...) TO, or leave out ONLY.")));
}

static void
refuse_parent(Oid relid)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_GUARD_MISSING),
			 errmsg("table %s is not protected, but has partitions or children that are",
					quote_identifier(get_rel_name(relid))),
			 errhint("Register and protect the topmost table of the inheritance tree, or query the protected table itself.")));
}

/* Whether the user may act for the purpose is asked once for each register. */
static GuardedRelation *
open_relation(Oid relid, const RegisteredTable *table, LevelRelations *relations)
{
	GuardedRelation *neighbour = NULL;
	GuardedRelation *guarded;
	ListCell *cell;

	foreach(cell, relations->opened)
	{
		guarded = lfirst(cell);
		if (guarded->relid == relid)
			return guarded;
		if (strcmp(guarded->table.register_name, table->register_name) == 0)
			neighbour = guarded;
	}
	guarded = neighbour == NULL ? memreg_guarded_open(relid, table)
								: memreg_opened_find(relid, neighbour->purpose.id);
	relations->opened = lappend(relations->opened, guarded);
	return guarded;
}
