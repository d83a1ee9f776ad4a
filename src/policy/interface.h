/*
 * interface.h
 *		Views that were declared official interfaces.
 */
#ifndef MEMREG_POLICY_INTERFACE_H
#define MEMREG_POLICY_INTERFACE_H

#include "nodes/parsenodes.h"

extern Oid memreg_interface_view_of(Query *query, Query *around, Oid view_around);
extern bool memreg_interface_reads(Query *query, RangeTblEntry *entry, Oid view);
extern bool memreg_interface_declared(Oid view);

#endif /* MEMREG_POLICY_INTERFACE_H */
