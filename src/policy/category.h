/*
 * category.h
 *		Names of categories of personal data.
 */
#ifndef MEMREG_POLICY_CATEGORY_H
#define MEMREG_POLICY_CATEGORY_H

#include <stdbool.h>

/* Can a category have this name? */
extern bool memreg_category_is_name(const char *text);

#endif /* MEMREG_POLICY_CATEGORY_H */
