/*
 * activity_seen.h
 *		Subjects whose activity is stored already, as this backend remembers.
 */
#ifndef MEMREG_RETENTION_ACTIVITY_SEEN_H
#define MEMREG_RETENTION_ACTIVITY_SEEN_H

#include "postgres.h"

#include "consent/subject_key.h"
#include "datatype/timestamp.h"

extern void memreg_seen_init(void);
extern SubjectKey memreg_seen_key(Oid type, Datum subject);
extern bool memreg_seen_covers(int32 register_id, const SubjectKey *key, TimestampTz at);
extern void memreg_seen_make_room(void);
extern uint32 memreg_seen_epoch(void);
extern void memreg_seen_add(int32 register_id, const SubjectKey *key, TimestampTz until);

#endif /* MEMREG_RETENTION_ACTIVITY_SEEN_H */
