/*
 * extension.c
 *		The installed extension: its schema, owner, relations and functions.
 *
 * Everything memreg caches hangs on one table, memreg.proxy, that holds no
 * rows and that nobody reads.  Whoever changes the registry invalidates the
 * proxy's relcache entry; the callback here then raises the generation, and
 * each cache compares the generation it was filled in with the present one.
 * An invalidation reaches other backends at the next statement, standbys
 * after replay, and nobody when the change is rolled back.
 *
 * DROP EXTENSION drops the proxy, and so raises the generation too.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/errors.h"
#include "core/extension.h"

#define EXTENSION_NAME "memreg"
#define PROXY_NAME "proxy"

/* What is known of the extension in this database; filled on first use. */
static struct
{
	Oid schema;
	Oid owner;
	Oid proxy; /* InvalidOid: not known, look it up */
} extension;

/* 0 is never a present generation, so a zeroed cache is never fresh. */
static uint64 generation = 1;

static void forget_extension(Datum arg, Oid relid);
static bool look_up_extension(void);
static bool read_extension_row(Oid *schema, Oid *owner);

void
memreg_extension_init(void)
{
	CacheRegisterRelcacheCallback(forget_extension, (Datum) 0);
}

/* Relcache callback; InvalidOid means that anything may have changed. */
static void
forget_extension(Datum arg, Oid relid)
{
	if (relid != InvalidOid && relid != extension.proxy)
		return;
	extension.proxy = InvalidOid;
	generation++;
}

/*
 * Is the extension installed in this database?  Costs a comparison when it is
 * and two negative catalog cache look-ups when it is not.
 */
bool
memreg_extension_exists(void)
{
	/* Its own script makes its tables one by one. */
	if (creating_extension && CurrentExtensionObject == get_extension_oid(EXTENSION_NAME, true))
		return false;
	return OidIsValid(extension.proxy) || look_up_extension();
}

static bool
look_up_extension(void)
{
	Oid schema;
	Oid proxy;

	if (!OidIsValid(MyDatabaseId))
		return false;
	schema = get_namespace_oid(EXTENSION_NAME, true);
	if (!OidIsValid(schema))
		return false;
	proxy = get_relname_relid(PROXY_NAME, schema);
	if (!OidIsValid(proxy))
		return false;

	/* A schema of that name that the extension did not make is not ours. */
	if (!read_extension_row(&extension.schema, &extension.owner) || extension.schema != schema)
		return false;
	extension.proxy = proxy;
	return true;
}

static bool
read_extension_row(Oid *schema, Oid *owner)
{
	Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(EXTENSION_NAME));
	scan = systable_beginscan(catalog, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_extension row = (Form_pg_extension) GETSTRUCT(tuple);

		*schema = row->extnamespace;
		*owner = row->extowner;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return HeapTupleIsValid(tuple);
}

/* Fail unless the extension is installed in this database. */
void
memreg_extension_require(void)
{
	if (!memreg_extension_exists())
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_EXTENSION_MISSING),
				 errmsg("extension memreg is not installed in this database"),
				 errhint("Run CREATE EXTENSION memreg as a superuser.")));
}

/* Changes whenever anything in the registry may have changed. */
uint64
memreg_extension_generation(void)
{
	return generation;
}

/* The proxy relation: plans that depend on the registry name it. */
Oid
memreg_extension_proxy(void)
{
	memreg_extension_require();
	return extension.proxy;
}

Oid
memreg_extension_owner(void)
{
	memreg_extension_require();
	return extension.owner;
}

/* The OID of a table or index of the extension, by name. */
Oid
memreg_extension_relation(const char *name)
{
	Oid relid;

	memreg_extension_require();
	relid = get_relname_relid(name, extension.schema);
	if (!OidIsValid(relid))
		elog(ERROR, "relation memreg.%s is missing", name);
	return relid;
}

/* The OID of a function of the extension, by name and exact argument types. */
Oid
memreg_extension_function(const char *name, int nargs, const Oid *args)
{
	List *qualified;

	memreg_extension_require();
	qualified = list_make2(makeString(get_namespace_name(extension.schema)),
						   makeString(pstrdup(name)));
	return LookupFuncName(qualified, nargs, args, false);
}

/*
 * Tell every backend, once this transaction commits, that the registry has
 * changed; this backend learns it at its next command.
 */
void
memreg_extension_changed(void)
{
	if (memreg_extension_exists())
		CacheInvalidateRelcacheByRelid(extension.proxy);
}

/*
 * Work as the extension's owner for a while, in an operation that can neither
 * change its user nor leave anything behind in the session.  An error takes
 * the user back by itself (subtransaction or transaction abort).
 */
MemregCaller
memreg_extension_become_owner(void)
{
	MemregCaller caller;

	GetUserIdAndSecContext(&caller.user, &caller.context);
	SetUserIdAndSecContext(memreg_extension_owner(),
						   caller.context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION);
	return caller;
}

void
memreg_extension_become_caller(MemregCaller caller)
{
	SetUserIdAndSecContext(caller.user, caller.context);
}
