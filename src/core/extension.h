/*
 * extension.h
 *		The installed extension: its schema, owner, relations and functions.
 */
#ifndef MEMREG_CORE_EXTENSION_H
#define MEMREG_CORE_EXTENSION_H

#include "postgres.h"

/* The user to return to when work as the extension's owner is done. */
typedef struct MemregCaller
{
	Oid user;
	int context;
} MemregCaller;

extern void memreg_extension_init(void);
extern bool memreg_extension_exists(void);
extern void memreg_extension_require(void);
extern uint64 memreg_extension_generation(void);
extern Oid memreg_extension_proxy(void);
extern Oid memreg_extension_owner(void);
extern Oid memreg_extension_relation(const char *name);
extern Oid memreg_extension_function(const char *name, int nargs, const Oid *args);
extern void memreg_extension_changed(void);
extern MemregCaller memreg_extension_become_owner(void);
extern void memreg_extension_become_caller(MemregCaller caller);

#endif /* MEMREG_CORE_EXTENSION_H */
