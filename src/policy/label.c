/*
 * label.c
 *		Security labels: the category of personal data that a column holds.
 *
 * SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact';
 *
 * Labels travel with pg_dump and are restored before memreg's own tables have
 * rows, so the provider looks at their form only.  What a label means for a
 * purpose is decided when a statement is planned.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_seclabel.h"
#include "commands/seclabel.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "core/errors.h"
#include "core/extension.h"
#include "policy/label.h"
#include "registry/membership.h"

#define PROVIDER "memreg"

static void check_label(const ObjectAddress *object, const char *label);
static void require_label_right(Oid relation);

void
memreg_label_init(void)
{
	register_label_provider(PROVIDER, check_label);
}

/*
 * Called before a label is set or (NULL) removed.  A label changes no catalog
 * entry that plans depend on, so the registry's change is announced here.
 */
static void
check_label(const ObjectAddress *object, const char *label)
{
	ColumnLabel parsed;

	if (label != NULL && (object->classId != RelationRelationId || object->objectSubId == 0))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_LABEL),
				 errmsg("memreg labels columns only"),
				 errhint("Use SECURITY LABEL FOR memreg ON COLUMN table.column IS 'category'.")));
	if (label != NULL && !memreg_label_parse(label, &parsed))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_LABEL),
				 errmsg("a label is a category, a name of lower-case letters, digits and underscores"),
				 errhint("Label the column with a category such as 'contact', one of JSON objects perhaps with those of its keys: 'background {age: demographics}'; NULL removes the label.")));
	if (object->classId == RelationRelationId)
		require_label_right(object->objectId);
	memreg_extension_changed();
}

/*
 * Once a table is protected its labels decide who sees what, which is no
 * longer for the table's owner to say.
 */
static void
require_label_right(Oid relation)
{
	RegisteredTable table;

	if (memreg_membership_find(relation, &table) && table.protected &&
		!has_privs_of_role(GetUserId(), memreg_extension_owner()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the labels of protected table %s can be changed by the owner of extension memreg only",
						quote_identifier(get_rel_name(relation)))));
}

/*
 * The labels of a relation's columns: element n - 1 for column n, without
 * category where there is none.  One index scan.
 */
ColumnLabel *
memreg_label_read(Oid relation, int columns)
{
	ColumnLabel *labels = palloc0(sizeof(ColumnLabel) * Max(columns, 1));
	Relation catalog = table_open(SecLabelRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&keys[0], Anum_pg_seclabel_objoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relation));
	ScanKeyInit(&keys[1], Anum_pg_seclabel_classoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	scan = systable_beginscan(catalog, SecLabelObjectIndexId, true, NULL, lengthof(keys),
							  keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		int column = ((FormData_pg_seclabel *) GETSTRUCT(tuple))->objsubid;
		bool isnull;
		Datum provider = heap_getattr(tuple, Anum_pg_seclabel_provider,
									  RelationGetDescr(catalog), &isnull);
		Datum label =
			heap_getattr(tuple, Anum_pg_seclabel_label, RelationGetDescr(catalog), &isnull);

		if (column >= 1 && column <= columns &&
			strcmp(TextDatumGetCString(provider), PROVIDER) == 0)
			(void) memreg_label_parse(TextDatumGetCString(label), &labels[column - 1]);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return labels;
}
