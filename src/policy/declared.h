/*
 * declared.h
 *		Which treatment is declared for a purpose and category.
 */
#ifndef MEMREG_POLICY_DECLARED_H
#define MEMREG_POLICY_DECLARED_H

#include "policy/treatment.h"

extern void memreg_declared_treatment(const Purpose *purpose, const char *category,
									  Treatment *treatment);

#endif /* MEMREG_POLICY_DECLARED_H */
