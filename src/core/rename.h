/*
 * rename.h
 *		Tables of memreg that name columns follow when these are renamed.
 */
#ifndef MEMREG_CORE_RENAME_H
#define MEMREG_CORE_RENAME_H

#include "fmgr.h"

extern void memreg_rename_follow(FunctionCallInfo fcinfo, const char *find,
								 const char *update);

#endif /* MEMREG_CORE_RENAME_H */
