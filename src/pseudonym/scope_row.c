/*
 * scope_row.c
 *		A row of memreg.scope: a scope's name and whose it is.
 */
#include "postgres.h"

#include "pseudonym/scope_row.h"
#include "registry/scan.h"

/* A scope is looked for by whichever of these is set. */
typedef struct WantedScope
{
	int32 scope_id;
	const char *name;
	int32 purpose_id;
	int32 register_id;
	ScopeRow *row;
	bool found;
} WantedScope;

static bool find(WantedScope *wanted);
static void visit_row(ScannedRow *row, void *arg);
static bool is_wanted(const WantedScope *wanted, const ScopeRow *row);
static void read_row(ScannedRow *row, ScopeRow *scope);
static int32 read_owner(ScannedRow *row, const char *column);

/* Each finds a scope by what its name says; false: there is none. */
bool
memreg_scope_row_by_id(int32 scope_id, ScopeRow *found)
{
	WantedScope wanted = {.scope_id = scope_id, .row = found};

	return find(&wanted);
}

bool
memreg_scope_row_by_name(const char *name, ScopeRow *found)
{
	WantedScope wanted = {.name = name, .row = found};

	return find(&wanted);
}

bool
memreg_scope_row_by_purpose(int32 purpose_id, ScopeRow *found)
{
	WantedScope wanted = {.purpose_id = purpose_id, .row = found};

	return find(&wanted);
}

bool
memreg_scope_row_by_register(int32 register_id, ScopeRow *found)
{
	WantedScope wanted = {.register_id = register_id, .row = found};

	return find(&wanted);
}

static bool
find(WantedScope *wanted)
{
	memreg_scan_table("scope", visit_row, wanted);
	return wanted->found;
}

static void
visit_row(ScannedRow *row, void *arg)
{
	WantedScope *wanted = arg;
	ScopeRow present;

	read_row(row, &present);
	if (!is_wanted(wanted, &present))
		return;
	*wanted->row = present;
	wanted->found = true;
}

static bool
is_wanted(const WantedScope *wanted, const ScopeRow *row)
{
	if (wanted->name != NULL)
		return strcmp(row->name, wanted->name) == 0;
	if (wanted->purpose_id != 0)
		return row->purpose_id == wanted->purpose_id;
	if (wanted->register_id != 0)
		return row->register_id == wanted->register_id;
	return row->scope_id == wanted->scope_id;
}

static void
read_row(ScannedRow *row, ScopeRow *scope)
{
	scope->scope_id = DatumGetInt32(memreg_scan_value(row, "scope_id"));
	scope->version = DatumGetInt32(memreg_scan_value(row, "version"));
	scope->name = memreg_scan_text(row, "scope");
	scope->purpose_id = read_owner(row, "purpose_id");
	scope->register_id = read_owner(row, "register_id");
	scope->destroyed = !memreg_scan_is_null(row, "destroyed_at");
}

static int32
read_owner(ScannedRow *row, const char *column)
{
	return memreg_scan_is_null(row, column) ? 0
											: DatumGetInt32(memreg_scan_value(row, column));
}
