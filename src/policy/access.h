/*
 * access.h
 *		May the current user act for the session's purpose?
 */
#ifndef MEMREG_POLICY_ACCESS_H
#define MEMREG_POLICY_ACCESS_H

#include "registry/catalog.h"

extern void memreg_access_require(const char *register_name, Purpose *purpose);
extern void memreg_access_recheck(int32 purpose_id);

#endif /* MEMREG_POLICY_ACCESS_H */
