/*
 * rename.c
 *		The registry follows renamed subject columns.
 */
#include "postgres.h"

#include "fmgr.h"

#include "core/rename.h"

PG_FUNCTION_INFO_V1(memreg_follow_rename);

/* The registered tables that a rename of relation $1 or type $2 reaches. */
#define RENAMED                                               \
	" (SELECT t.relation FROM memreg.registered_table t"      \
	"   WHERE t.subject = $3"                                 \
	"     AND (t.relation IN (SELECT memreg.descendants($1))" \
	"          OR t.relation IN (SELECT c.oid FROM pg_class c WHERE c.reloftype = $2)))"

/* memreg.follow_rename(): event trigger on ddl_command_end. */
Datum
memreg_follow_rename(PG_FUNCTION_ARGS)
{
	memreg_rename_follow(fcinfo, "SELECT FROM" RENAMED " r WHERE $4 IS NOT NULL",
						 "UPDATE memreg.registered_table SET subject = $4"
						 " WHERE relation IN" RENAMED);
	PG_RETURN_NULL();
}
