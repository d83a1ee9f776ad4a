/*
 * category_declared.h
 *		What is declared of categories of personal data.
 */
#ifndef MEMREG_POLICY_CATEGORY_DECLARED_H
#define MEMREG_POLICY_CATEGORY_DECLARED_H

#include <stdbool.h>

/* Does a column of this category (NULL: of none) tell who somebody is? */
extern bool memreg_category_identifies(const char *register_name, const char *category);

#endif /* MEMREG_POLICY_CATEGORY_DECLARED_H */
