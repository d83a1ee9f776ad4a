/*
 * ground_scan.h
 *		Sequential scans whose only condition is the ground of their rows.
 */
#ifndef MEMREG_POLICY_GROUND_SCAN_H
#define MEMREG_POLICY_GROUND_SCAN_H

#include "nodes/execnodes.h"

extern void memreg_ground_scan_speed_up(PlanState *plan, int flags);

#endif /* MEMREG_POLICY_GROUND_SCAN_H */
