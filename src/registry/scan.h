/*
 * scan.h
 *		Reading a table of memreg whole, row by row.
 */
#ifndef MEMREG_REGISTRY_SCAN_H
#define MEMREG_REGISTRY_SCAN_H

#include "postgres.h"

typedef struct ScannedRow ScannedRow;
typedef void (*ScannedRowVisitor)(ScannedRow *row, void *arg);

extern void memreg_scan_table(const char *name, ScannedRowVisitor visit, void *arg);
extern bool memreg_scan_is_null(ScannedRow *row, const char *column);
extern Datum memreg_scan_value(ScannedRow *row, const char *column);
extern char *memreg_scan_text(ScannedRow *row, const char *column);

#endif /* MEMREG_REGISTRY_SCAN_H */
