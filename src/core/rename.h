/*
 * rename.h
 *		What an ALTER TABLE … RENAME COLUMN has just renamed.
 */
#ifndef MEMREG_CORE_RENAME_H
#define MEMREG_CORE_RENAME_H

#include "fmgr.h"

typedef struct RenamedColumn
{
	Oid			relation;
	const char *before;
	const char *after;
} RenamedColumn;

extern bool memreg_rename_read(FunctionCallInfo fcinfo, RenamedColumn *renamed);

#endif							/* MEMREG_CORE_RENAME_H */
