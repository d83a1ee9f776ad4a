/*
 * rewritten.h
 *		A statement's text, as far as the rewriter takes it.
 */
#ifndef MEMREG_POLICY_REWRITTEN_H
#define MEMREG_POLICY_REWRITTEN_H

#include "nodes/pg_list.h"

extern List *memreg_rewritten_queries(const char *text);

#endif /* MEMREG_POLICY_REWRITTEN_H */
