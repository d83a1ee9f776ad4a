/*
 * kind.h
 *		What can stand for a subject: a consent, an objection, a restriction, a hold.
 */
#ifndef MEMREG_CONSENT_KIND_H
#define MEMREG_CONSENT_KIND_H

#include "postgres.h"

/* The numbers are kept in memreg.consent_feed. */
typedef enum StateKind
{
	STATE_CONSENT,     /* to a purpose, GDPR Art. 6(1)(a) */
	STATE_OBJECTION,   /* to a purpose, Art. 21 */
	STATE_RESTRICTION, /* in a whole register, Art. 18 */
	STATE_HOLD,        /* in a whole register: retention leaves its rows, Art. 17(3)(e) */
	STATE_KINDS
} StateKind;

/*
 * The table that holds what stands now.  Its first columns are the same for
 * all kinds: whose (purpose or register), subject, whether it stands; then,
 * where it can end by date, when.
 */
typedef struct StateTable
{
	const char *kind; /* as SQL names it */
	const char *name;
	const char *primary_key;
	const char *expiry_index; /* NULL: it cannot end by date */
	bool of_register;         /* it is about a whole register; else about a purpose */
} StateTable;

enum
{
	STATE_OWNER = 1,
	STATE_SUBJECT = 2,
	STATE_FLAG = 3,
	STATE_EXPIRES = 4
};

extern const StateTable memreg_state_tables[STATE_KINDS];

extern bool memreg_state_subject_type(StateKind kind, int32 owner, Oid *type);

#endif /* MEMREG_CONSENT_KIND_H */
