/*
 * term.h
 *		How long a rule keeps a row, and from when that is counted.
 */
#ifndef MEMREG_RETENTION_TERM_H
#define MEMREG_RETENTION_TERM_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/timestamp.h"

#include "retention/cutoff.h"
#include "retention/event.h"

typedef enum TermStart
{
	START_COLUMN, /* the time in a column of the row */
	START_EVENT,  /* an event of its subject */
	START_FIXED   /* the same for all rows */
} TermStart;

typedef struct RetentionTerm
{
	int32 rule;
	Interval length;
	char *time_zone;

	TermStart start;
	char *since;          /* START_COLUMN: its name */
	RetentionEvent event; /* START_EVENT */
	int32 purpose_id;     /* START_EVENT: of a consent */
	TimestampTz start_at; /* START_FIXED */

	bool announced;         /* rows go only some time after they were announced */
	Interval grace;         /* how long */
	RetentionCutoff cutoff; /* of this run */
} RetentionTerm;

/*
 * The rules of the same stage on the table of rule $1, as r.  What becomes of a
 * category's columns can go by steps (coarser first, gone later), so each such
 * action is a stage of its own.
 */
#define TERMS_OF_STAGE                                       \
	"memreg.retention_rule r JOIN memreg.retention_rule own" \
	" ON r.relation = own.relation AND r.stage = own.stage"  \
	"  AND r.category IS NOT DISTINCT FROM own.category"     \
	"  AND (own.category IS NULL OR r.action = own.action)"  \
	"  AND own.rule_id = $1"

extern int memreg_term_read_all(int32 rule, RetentionTerm **terms);
extern bool memreg_term_keeps_all(const RetentionTerm *term);

#endif /* MEMREG_RETENTION_TERM_H */
