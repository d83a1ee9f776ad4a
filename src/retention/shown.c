/*
 * shown.c
 *		What a worker shows of itself: pg_stat_activity and the process title.
 *
 * Rule, table and numbers: nothing of a person.  A session that called
 * memreg.run_retention() shows its own statement, and
 * memreg.retention_progress tells how far it is.
 */
#include "postgres.h"

#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/memutils.h"
#include "utils/ps_status.h"

#include "retention/shown.h"
#include "retention/worker.h"

static int32 present_rule;
static char present_table[2 * NAMEDATALEN + 8];
static uint64 rows_due;

static void show(const char *format, ...) pg_attribute_printf(1, 2);

/* It finds out what is due by a rule. */
void
memreg_shown_look(int32 rule, const char *table)
{
	if (!memreg_worker_is_this())
		return;
	present_rule = rule;
	strlcpy(present_table, table, sizeof(present_table));
	show("memreg: retention rule %d: looking at %s", rule, table);
	set_ps_display(psprintf("%s rule %d", get_database_name(MyDatabaseId), rule));
}

/* It has found so many rows, and is going to remove them. */
void
memreg_shown_remove(uint64 due)
{
	rows_due = due;
	memreg_shown_progress(0);
}

void
memreg_shown_progress(uint64 removed)
{
	if (memreg_worker_is_this())
		show("memreg: retention rule %d: removing from %s, " UINT64_FORMAT
			 " of " UINT64_FORMAT " rows",
			 present_rule, present_table, removed, rows_due);
}

/* It is between rules. */
void
memreg_shown_rest(void)
{
	if (!memreg_worker_is_this())
		return;
	show("memreg: retention");
	set_ps_display(get_database_name(MyDatabaseId));
}

static void
show(const char *format, ...)
{
	char text[4 * NAMEDATALEN + 128];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	pgstat_report_activity(STATE_RUNNING, text);
}
