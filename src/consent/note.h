/*
 * note.h
 *		Changes of states are noted when they are made.
 */
#ifndef MEMREG_CONSENT_NOTE_H
#define MEMREG_CONSENT_NOTE_H

extern void memreg_note_init(void);

#endif /* MEMREG_CONSENT_NOTE_H */
