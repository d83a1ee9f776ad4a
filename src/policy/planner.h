/*
 * planner.h
 *		The planner hook: treats every statement over protected tables.
 */
#ifndef MEMREG_POLICY_PLANNER_H
#define MEMREG_POLICY_PLANNER_H

extern void memreg_planner_init(void);

#endif /* MEMREG_POLICY_PLANNER_H */
