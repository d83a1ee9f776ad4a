/*
 * label.h
 *		Security labels: the category of personal data that a column holds.
 */
#ifndef MEMREG_POLICY_LABEL_H
#define MEMREG_POLICY_LABEL_H

#include "policy/label_text.h"

/* Columns about nobody, and the subject column, have categories of their own. */
#define MEMREG_CATEGORY_NONPERSONAL "nonpersonal"
#define MEMREG_CATEGORY_SUBJECT_KEY "subject_key"

extern void memreg_label_init(void);
extern ColumnLabel *memreg_label_read(Oid relation, int columns);

#endif /* MEMREG_POLICY_LABEL_H */
