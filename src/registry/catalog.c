/*
 * catalog.c
 *		The registry as C code sees it: cached, always fresh.
 *
 * The registry's tables are small and change rarely, so a backend reads them
 * whole on first use and again after any change (core/extension.c tells).
 * They are read directly with a snapshot of their own: what is committed
 * counts, whatever snapshot the caller's transaction holds.
 *
 * What a function returns is copied to the caller's memory: an invalidation
 * may replace the cache at any next call.
 */
#include "postgres.h"

#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/extension.h"
#include "registry/catalog.h"
#include "registry/scan.h"

typedef struct CachedRegister
{
	int32 id;
	char *name;
	Oid subject_type;
} CachedRegister;

typedef struct CachedGrant
{
	char *role;
	TimestampTz until; /* DT_NOEND: no end */
} CachedGrant;

typedef struct CachedPurpose
{
	Purpose purpose;
	List *grants; /* of CachedGrant */
} CachedPurpose;

static struct
{
	uint64 generation; /* 0: never filled */
	MemoryContext memory;
	List *registers; /* of CachedRegister */
	List *purposes;  /* of CachedPurpose */
	List *tables;    /* of RegisteredTable */
} cache;

static bool copy_purpose(const CachedPurpose *known, Purpose *found);
static CachedRegister *cached_register(const char *name);
static CachedPurpose *cached_purpose(int32 id);
static bool refresh(void);
static void fill(void);
static void load_register(ScannedRow *row, void *arg);
static void load_purpose(ScannedRow *row, void *arg);
static void load_table(ScannedRow *row, void *arg);
static void load_grant(ScannedRow *row, void *arg);
static LegalBasis parse_basis(const char *name);

/* A table by the OID it was registered with; false: it was not. */
bool
memreg_registry_table(Oid relation, RegisteredTable *found)
{
	ListCell *cell;

	if (!refresh())
		return false;
	foreach(cell, cache.tables)
	{
		RegisteredTable *table = lfirst(cell);

		if (table->relation != relation)
			continue;
		*found = *table;
		found->register_name = pstrdup(table->register_name);
		found->subject = pstrdup(table->subject);
		return true;
	}
	return false;
}

/* The relations that memreg.protect has been called for, as a list of OIDs. */
List *
memreg_registry_protected(void)
{
	List *relations = NIL;
	ListCell *cell;

	if (!refresh())
		return NIL;
	foreach(cell, cache.tables)
	{
		RegisteredTable *table = lfirst(cell);

		if (table->protected)
			relations = lappend_oid(relations, table->relation);
	}
	return relations;
}

/* A register's tables that have one row for each subject, as a list of OIDs. */
List *
memreg_registry_roots(const char *register_name)
{
	List *relations = NIL;
	ListCell *cell;

	if (!refresh())
		return NIL;
	foreach(cell, cache.tables)
	{
		RegisteredTable *table = lfirst(cell);

		if (table->root && strcmp(table->register_name, register_name) == 0)
			relations = lappend_oid(relations, table->relation);
	}
	return relations;
}

/* A register's purpose by name; false: there is none of that name. */
bool
memreg_registry_find_purpose(const char *register_name, const char *name, Purpose *found)
{
	ListCell *cell;

	if (!refresh())
		return false;
	foreach(cell, cache.purposes)
	{
		CachedPurpose *known = lfirst(cell);

		if (strcmp(known->purpose.register_name, register_name) == 0 &&
			strcmp(known->purpose.name, name) == 0)
			return copy_purpose(known, found);
	}
	return false;
}

/* A purpose by its id; false: there is none. */
bool
memreg_registry_purpose(int32 id, Purpose *found)
{
	CachedPurpose *known = refresh() ? cached_purpose(id) : NULL;

	return known != NULL && copy_purpose(known, found);
}

static bool
copy_purpose(const CachedPurpose *known, Purpose *found)
{
	*found = known->purpose;
	found->register_name = pstrdup(known->purpose.register_name);
	found->name = pstrdup(known->purpose.name);
	return true;
}

static CachedPurpose *
cached_purpose(int32 id)
{
	ListCell *cell;

	foreach(cell, cache.purposes)
	{
		CachedPurpose *known = lfirst(cell);

		if (known->purpose.id == id)
			return known;
	}
	return NULL;
}

/* A register's id; false: no such register. */
bool
memreg_registry_register_id(const char *register_name, int32 *id)
{
	CachedRegister *known = refresh() ? cached_register(register_name) : NULL;

	if (known == NULL)
		return false;
	*id = known->id;
	return true;
}

/* The type of a register's subject keys; false: no such register. */
bool
memreg_registry_subject_type(const char *register_name, Oid *type)
{
	CachedRegister *known = refresh() ? cached_register(register_name) : NULL;

	if (known == NULL)
		return false;
	*type = known->subject_type;
	return true;
}

/* The same by the register's id. */
bool
memreg_registry_subject_type_by_id(int32 register_id, Oid *type)
{
	ListCell *cell;

	if (!refresh())
		return false;
	foreach(cell, cache.registers)
	{
		CachedRegister *known = lfirst(cell);

		if (known->id != register_id)
			continue;
		*type = known->subject_type;
		return true;
	}
	return false;
}

static CachedRegister *
cached_register(const char *name)
{
	ListCell *cell;

	foreach(cell, cache.registers)
	{
		CachedRegister *known = lfirst(cell);

		if (strcmp(known->name, name) == 0)
			return known;
	}
	return NULL;
}

/*
 * May this role act for the purpose now?  A grant to a role counts for its
 * members as PostgreSQL counts privileges; an expired grant does not count.
 */
bool
memreg_registry_access_granted(Oid role, int32 purpose_id)
{
	TimestampTz now = GetCurrentTimestamp();
	CachedPurpose *known = refresh() ? cached_purpose(purpose_id) : NULL;
	ListCell *cell;

	if (known == NULL)
		return false;
	foreach(cell, known->grants)
	{
		CachedGrant *granted = lfirst(cell);
		Oid granted_role = get_role_oid(granted->role, true);

		if (OidIsValid(granted_role) && granted->until > now &&
			has_privs_of_role(role, granted_role))
			return true;
	}
	return false;
}

/* Bring the cache up to date; false: the extension is not installed here. */
static bool
refresh(void)
{
	if (!memreg_extension_exists())
		return false;
	while (cache.generation != memreg_extension_generation())
		fill();
	return true;
}

/* Read everything anew; on error the cache stays as stale as it was. */
static void
fill(void)
{
	uint64 generation = memreg_extension_generation();
	MemoryContext memory =
		AllocSetContextCreate(TopMemoryContext, "memreg registry", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;

	/* A half-filled cache is never fresh: its generation is 0. */
	cache.generation = 0;
	cache.registers = cache.purposes = cache.tables = NIL;
	if (cache.memory != NULL)
		MemoryContextDelete(cache.memory);
	cache.memory = memory;

	old = MemoryContextSwitchTo(memory);
	memreg_scan_table("register", load_register, NULL);
	memreg_scan_table("purpose", load_purpose, NULL);
	memreg_scan_table("registered_table", load_table, NULL);
	memreg_scan_table("access_grant", load_grant, NULL);
	MemoryContextSwitchTo(old);

	cache.generation = generation;
}

static void
load_register(ScannedRow *row, void *arg)
{
	CachedRegister *known = palloc(sizeof(CachedRegister));

	known->id = DatumGetInt32(memreg_scan_value(row, "register_id"));
	known->name = memreg_scan_text(row, "register");
	known->subject_type = DatumGetObjectId(memreg_scan_value(row, "subject_type"));
	cache.registers = lappend(cache.registers, known);
}

static void
load_purpose(ScannedRow *row, void *arg)
{
	CachedPurpose *known = palloc0(sizeof(CachedPurpose));
	CachedRegister *owner;

	known->purpose.id = DatumGetInt32(memreg_scan_value(row, "purpose_id"));
	known->purpose.register_name = memreg_scan_text(row, "register");
	known->purpose.name = memreg_scan_text(row, "purpose");
	known->purpose.basis = parse_basis(memreg_scan_text(row, "basis"));
	known->purpose.own = strcmp(memreg_scan_text(row, "reach"), "own") == 0;
	known->purpose.restricted_data = DatumGetBool(memreg_scan_value(row, "restricted_data"));
	known->purpose.anonymous_data = DatumGetBool(memreg_scan_value(row, "anonymous_data"));
	if (!memreg_scan_is_null(row, "smallest_group"))
		known->purpose.smallest_group =
			DatumGetInt32(memreg_scan_value(row, "smallest_group"));
	known->purpose.remainder =
		strcmp(memreg_scan_text(row, "small_groups"), "remainder") == 0;
	owner = cached_register(known->purpose.register_name);
	known->purpose.register_id = owner == NULL ? 0 : owner->id;
	cache.purposes = lappend(cache.purposes, known);
}

static void
load_table(ScannedRow *row, void *arg)
{
	RegisteredTable *table = palloc(sizeof(RegisteredTable));
	CachedRegister *owner;

	table->relation = DatumGetObjectId(memreg_scan_value(row, "relation"));
	table->register_name = memreg_scan_text(row, "register");
	table->subject = pstrdup(NameStr(*DatumGetName(memreg_scan_value(row, "subject"))));
	table->protected = DatumGetBool(memreg_scan_value(row, "protected"));
	table->root = DatumGetBool(memreg_scan_value(row, "root"));
	owner = cached_register(table->register_name);
	table->subject_type = owner == NULL ? InvalidOid : owner->subject_type;

	cache.tables = lappend(cache.tables, table);
}

static void
load_grant(ScannedRow *row, void *arg)
{
	const char *register_name = memreg_scan_text(row, "register");
	const char *name = memreg_scan_text(row, "purpose");
	CachedGrant *granted = palloc(sizeof(CachedGrant));
	ListCell *cell;

	granted->role = pstrdup(NameStr(*DatumGetName(memreg_scan_value(row, "role"))));
	granted->until = memreg_scan_is_null(row, "until")
		? DT_NOEND
		: DatumGetTimestampTz(memreg_scan_value(row, "until"));
	foreach(cell, cache.purposes)
	{
		CachedPurpose *known = lfirst(cell);

		if (strcmp(known->purpose.register_name, register_name) == 0 &&
			strcmp(known->purpose.name, name) == 0)
			known->grants = lappend(known->grants, granted);
	}
}

static LegalBasis
parse_basis(const char *name)
{
	static const char *const names[] = {
		[BASIS_CONSENT] = "consent",
		[BASIS_CONTRACT] = "contract",
		[BASIS_LEGAL_OBLIGATION] = "legal_obligation",
		[BASIS_VITAL_INTERESTS] = "vital_interests",
		[BASIS_PUBLIC_TASK] = "public_task",
		[BASIS_LEGITIMATE_INTERESTS] = "legitimate_interests",
	};

	for (int i = BASIS_CONSENT; i < lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			return (LegalBasis) i;
	return BASIS_UNKNOWN;
}
