/*
 * term.c
 *		How long a rule keeps a row, and from when that is counted.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "core/spi.h"
#include "retention/term.h"

/* Columns of what is read */
enum
{
	TERM_RULE = 1,
	TERM_LENGTH,
	TERM_TIME_ZONE,
	TERM_SINCE,
	TERM_EVENT,
	TERM_PURPOSE,
	TERM_START_AT,
	TERM_GRACE
};

static RetentionTerm read_term(uint64 row);

/*
 * The terms of all rules of the same stage on a rule's table, the rule's own
 * first, in the caller's memory.  Returns how many; 0: there is no such rule.
 */
int
memreg_term_read_all(int32 rule, RetentionTerm **terms)
{
	MemoryContext memory = CurrentMemoryContext;
	MemregArgs args = {0};
	int count;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	count =
		(int) memreg_spi_run("SELECT r.rule_id, r.term, r.time_zone, r.since::text, r.event,"
							 " r.purpose_id, r.start_at, r.grace"
							 " FROM " TERMS_OF_STAGE " ORDER BY r.rule_id <> $1, r.rule_id",
							 &args);
	MemoryContextSwitchTo(memory);
	*terms = palloc0(sizeof(RetentionTerm) * Max(count, 1));
	for (int i = 0; i < count; i++)
		(*terms)[i] = read_term(i);
	return count;
}

static RetentionTerm
read_term(uint64 row)
{
	RetentionTerm term = {0};
	char *event = memreg_spi_text(row, TERM_EVENT);
	bool isnull;
	Datum value;

	term.rule = DatumGetInt32(memreg_spi_value(row, TERM_RULE, &isnull));
	term.length = *DatumGetIntervalP(memreg_spi_value(row, TERM_LENGTH, &isnull));
	term.time_zone = memreg_spi_text(row, TERM_TIME_ZONE);
	term.since = memreg_spi_text(row, TERM_SINCE);
	value = memreg_spi_value(row, TERM_PURPOSE, &isnull);
	term.purpose_id = isnull ? 0 : DatumGetInt32(value);
	if (event != NULL)
		term.event = memreg_event_find(event);
	value = memreg_spi_value(row, TERM_START_AT, &isnull);
	if (!isnull)
		term.start_at = DatumGetTimestampTz(value);
	term.start = term.since != NULL ? START_COLUMN : isnull ? START_EVENT : START_FIXED;
	value = memreg_spi_value(row, TERM_GRACE, &isnull);
	term.announced = !isnull;
	if (!isnull)
		term.grace = *DatumGetIntervalP(value);
	return term;
}

/* Can no row be past the term, whatever it holds?  The cutoff has been set. */
bool
memreg_term_keeps_all(const RetentionTerm *term)
{
	return term->cutoff.instant == DT_NOBEGIN ||
		(term->start == START_FIXED && term->start_at > term->cutoff.instant);
}
