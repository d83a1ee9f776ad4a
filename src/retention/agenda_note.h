/*
 * agenda_note.h
 *		A change of rules or schedules comes to the launcher's knowledge.
 */
#ifndef MEMREG_RETENTION_AGENDA_NOTE_H
#define MEMREG_RETENTION_AGENDA_NOTE_H

extern void memreg_agenda_note_init(void);

#endif /* MEMREG_RETENTION_AGENDA_NOTE_H */
