/*
 * agenda.h
 *		When a worker is to look into each database.
 */
#ifndef MEMREG_RETENTION_AGENDA_H
#define MEMREG_RETENTION_AGENDA_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/* What is known of one database. */
typedef struct AgendaEntry
{
	Oid database;           /* InvalidOid: free */
	TimestampTz looked_at;  /* a worker has said what follows; 0: none has yet */
	TimestampTz due_at;     /* when something may be due; DT_NOEND: nothing will */
	TimestampTz changed_at; /* rules or schedules have changed since; 0: not */
	uint64 changes;         /* how often they have */
	bool unfinished;        /* the worker ended for others to have their turn */
	bool read_only;         /* the worker found it so, and said so */
	int failures;           /* workers started since one has said anything */
	uint64 starts;          /* of workers, since the server was started */
} AgendaEntry;

typedef struct AgendaReport
{
	uint64 changes; /* memreg_agenda_changes, before anything was looked at */
	TimestampTz due_at;
	bool unfinished;
	bool read_only;
} AgendaReport;

extern void memreg_agenda_init(void);
extern void memreg_agenda_attach_launcher(void);
extern TimestampTz memreg_agenda_due(Oid database);
extern bool memreg_agenda_start(Oid database);
extern void memreg_agenda_take_start_back(Oid database, TimestampTz due);
extern void memreg_agenda_keep(const List *databases);
extern void memreg_agenda_set_crowded(bool crowded);
extern bool memreg_agenda_is_crowded(void);
extern uint64 memreg_agenda_changes(void);
extern bool memreg_agenda_was_read_only(void);
extern void memreg_agenda_report(const AgendaReport *report);
extern void memreg_agenda_change(void);
extern List *memreg_agenda_entries(void);
extern TimestampTz memreg_agenda_entry_due(const AgendaEntry *entry);

#endif /* MEMREG_RETENTION_AGENDA_H */
