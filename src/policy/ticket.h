/*
 * ticket.h
 *		A plan's ticket: for whom and for what it was made.
 */
#ifndef MEMREG_POLICY_TICKET_H
#define MEMREG_POLICY_TICKET_H

#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"

extern void memreg_ticket_issue(Query *query, List *decisions);
extern bool memreg_ticket_is_in(const PlannedStmt *plan);
extern void memreg_ticket_bind(PlannedStmt *plan);
extern bool memreg_ticket_check(const PlannedStmt *plan);

#endif /* MEMREG_POLICY_TICKET_H */
