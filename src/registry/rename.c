/*
 * rename.c
 *		The registry follows renamed subject columns.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"

#include "core/rename.h"
#include "core/spi.h"

PG_FUNCTION_INFO_V1(memreg_follow_rename);

/* memreg.follow_rename(): event trigger on ddl_command_end. */
Datum
memreg_follow_rename(PG_FUNCTION_ARGS)
{
	RenamedColumn renamed;
	MemregArgs	args = {0};

	if (!memreg_rename_read(fcinfo, &renamed))
		PG_RETURN_NULL();

	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(renamed.relation));
	memreg_spi_arg_text(&args, renamed.before);
	memreg_spi_arg_text(&args, renamed.after);
	SPI_connect();
	memreg_spi_run("UPDATE memreg.registered_table SET subject = $3"
				   " WHERE relation = $1 AND subject = $2", &args);
	SPI_finish();
	PG_RETURN_NULL();
}
