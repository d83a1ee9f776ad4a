/*
 * follow.c
 *		Retention rules follow renamed columns.
 */
#include "postgres.h"

#include "fmgr.h"

#include "core/rename.h"

PG_FUNCTION_INFO_V1(memreg_follow_since_column);

/*
 * The relations that a rename of relation $1 or type $2 reaches: a parent's
 * column renames the children's too.
 */
#define RENAMED                                               \
	" (SELECT u.rule_id FROM memreg.retention_rule u"         \
	"   WHERE u.since = $3"                                   \
	"     AND (u.relation IN (SELECT memreg.descendants($1))" \
	"          OR u.relation IN (SELECT c.oid FROM pg_class c WHERE c.reloftype = $2)))"

/* memreg.follow_since_column(): event trigger on ddl_command_end. */
Datum
memreg_follow_since_column(PG_FUNCTION_ARGS)
{
	memreg_rename_follow(fcinfo, "SELECT FROM" RENAMED " r WHERE $4 IS NOT NULL",
						 "UPDATE memreg.retention_rule SET since = $4"
						 " WHERE rule_id IN" RENAMED);
	PG_RETURN_NULL();
}
