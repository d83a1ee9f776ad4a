/*
 * interface.c
 *		Views that were declared official interfaces.
 *
 * A view whose owner bypasses row security reads protected tables as they are
 * stored, and is refused for that.  Declared (memreg.declare_view) it may: its
 * own words then decide what it shows, a statistic say, to those who may act
 * for the session's purpose.
 *
 * Only what the view itself reads passes, for as long as it is the view that
 * was declared: owner, options and definition as they were.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "core/errors.h"
#include "core/extension.h"
#include "policy/interface.h"
#include "registry/scan.h"

typedef struct Declaration
{
	Oid view;
	char *definition; /* NULL: none was found */
} Declaration;

static void find_declaration(ScannedRow *row, void *arg);
static char *present_definition(Oid view);

/*
 * Does a declared view read this range table entry, with the rights of an
 * owner who bypasses row security, and do no more than read it?  The view is
 * the innermost one that the query level belongs to, InvalidOid if there is
 * none.
 */
bool
memreg_interface_reads(Query *query, RangeTblEntry *entry, Oid view)
{
	Oid reader;

	if (!OidIsValid(view) || memreg_rte_permissions(query, entry)->requiredPerms != ACL_SELECT)
		return false;
	reader = memreg_rte_permissions(query, entry)->checkAsUser;
	return OidIsValid(reader) && memreg_owns_relation(view, reader) &&
		has_bypassrls_privilege(reader) && memreg_interface_declared(view);
}

/*
 * The view whose expansion a query is, else the view that the level around it
 * belongs to.  A view that is written to, by triggers, is no place to read.
 */
Oid
memreg_interface_view_of(Query *query, Query *around, Oid view_around)
{
	ListCell *cell;

	foreach(cell, around->rtable)
	{
		RangeTblEntry *entry = lfirst(cell);
		Oid view = memreg_rte_view(entry);

		if (!OidIsValid(view) || entry->subquery != query)
			continue;
		if (around->resultRelation > 0 &&
			rt_fetch(around->resultRelation, around->rtable)->relid == view)
			return InvalidOid;
		return view;
	}
	return view_around;
}

/* Is the view declared?  Fails if it is another view by now than the one declared. */
bool
memreg_interface_declared(Oid view)
{
	Declaration declaration = {.view = view};

	memreg_scan_table("declared_view", find_declaration, &declaration);
	if (declaration.definition == NULL)
		return false;
	if (strcmp(declaration.definition, present_definition(view)) != 0)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_VIEW_CHANGED),
				 errmsg("view %s was declared an official interface, but has changed since",
						quote_identifier(get_rel_name(view))),
				 errdetail("Its definition, its options or its owner are not those that were declared."),
				 errhint("Look at the view; then memreg.declare_view declares it as it is now, and memreg.withdraw_view takes the declaration back.")));
	return true;
}

static void
find_declaration(ScannedRow *row, void *arg)
{
	Declaration *declaration = arg;

	if (DatumGetObjectId(memreg_scan_value(row, "view")) == declaration->view)
		declaration->definition = memreg_scan_text(row, "definition");
}

/*
 * What memreg.view_definition says now.  The rewriter has used the newest
 * definition, so that is the one to look at, also under an older snapshot.
 */
static char *
present_definition(Oid view)
{
	Oid function = memreg_extension_function("view_definition", 1, (Oid[]){REGCLASSOID});
	char *definition;

	PushActiveSnapshot(GetCatalogSnapshot(RelationRelationId));
	definition = TextDatumGetCString(OidFunctionCall1(function, ObjectIdGetDatum(view)));
	PopActiveSnapshot();
	return definition;
}
