/*
 * column_follow.c
 *		Pseudonym columns follow renamed columns.
 */
#include "postgres.h"

#include "fmgr.h"

#include "core/rename.h"

PG_FUNCTION_INFO_V1(memreg_follow_pseudonym_column);

/* The pseudonym columns whose side a rename of relation $1 or type $2 reaches. */
#define RENAMED(side)                                         \
	" (SELECT r.ctid FROM memreg.pseudonym_column r"          \
	"   WHERE r." side " = $3"                                \
	"     AND (r.relation IN (SELECT memreg.descendants($1))" \
	"          OR r.relation IN (SELECT c.oid FROM pg_class c WHERE c.reloftype = $2)))"

#define FOLLOW(fcinfo, side)                                                            \
	memreg_rename_follow(fcinfo, "SELECT FROM" RENAMED(side) " r WHERE $4 IS NOT NULL", \
						 "UPDATE memreg.pseudonym_column SET " side                     \
						 " = $4 WHERE ctid IN" RENAMED(side))

/* memreg.follow_pseudonym_column(): event trigger on ddl_command_end. */
Datum
memreg_follow_pseudonym_column(PG_FUNCTION_ARGS)
{
	FOLLOW(fcinfo, "source");
	FOLLOW(fcinfo, "target");
	PG_RETURN_NULL();
}
