/*
 * kept_subjects.h
 *		Subjects of a register whose rows stay, whatever their terms.
 */
#ifndef MEMREG_RETENTION_KEPT_SUBJECTS_H
#define MEMREG_RETENTION_KEPT_SUBJECTS_H

#include "consent/lookup.h"

/* Held, or restricted. */
#define KEEPING_STATES 2

typedef struct KeptSubjects
{
	int32 register_id;
	Oid type; /* of the register's subject keys */
	SubjectLookup states[KEEPING_STATES];
} KeptSubjects;

extern void memreg_kept_subjects_lock(void);
extern void memreg_kept_subjects_lock_for_session(void);
extern void memreg_kept_subjects_unlock_for_session(void);
extern void memreg_kept_subjects_open(KeptSubjects *kept, int32 register_id, Oid type);
extern bool memreg_kept_subjects_have(const KeptSubjects *kept, Datum subject);
extern uint64 memreg_kept_subjects_count(const KeptSubjects *kept);
extern List *memreg_kept_subjects_all(const KeptSubjects *kept);

#endif /* MEMREG_RETENTION_KEPT_SUBJECTS_H */
