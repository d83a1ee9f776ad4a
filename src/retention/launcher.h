/*
 * launcher.h
 *		The background process that starts retention workers.
 */
#ifndef MEMREG_RETENTION_LAUNCHER_H
#define MEMREG_RETENTION_LAUNCHER_H

#include "postgres.h"

extern void memreg_launcher_register(void);
extern PGDLLEXPORT void memreg_retention_launcher_main(Datum arg);

#endif /* MEMREG_RETENTION_LAUNCHER_H */
