/*
 * spi.h
 *		The one way memreg's C code runs SQL on its own tables.
 */
#ifndef MEMREG_CORE_SPI_H
#define MEMREG_CORE_SPI_H

#include "executor/spi.h"

/* The arguments of one statement, in order. */
#define MEMREG_SPI_MAX_ARGS 16

typedef struct MemregArgs
{
	int count;
	Oid types[MEMREG_SPI_MAX_ARGS];
	Datum values[MEMREG_SPI_MAX_ARGS];
	char nulls[MEMREG_SPI_MAX_ARGS];
} MemregArgs;

extern void memreg_spi_arg(MemregArgs *args, Oid type, Datum value);
extern void memreg_spi_arg_text(MemregArgs *args, const char *value);
extern void memreg_spi_arg_null(MemregArgs *args, Oid type);
extern uint64 memreg_spi_run(const char *sql, const MemregArgs *args);
extern uint64 memreg_spi_run_latest(const char *sql, const MemregArgs *args);
extern Datum memreg_spi_value(uint64 row, int column, bool *isnull);
extern char *memreg_spi_text(uint64 row, int column);

#endif /* MEMREG_CORE_SPI_H */
