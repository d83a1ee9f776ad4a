/*
 * kind.c
 *		What can stand for a subject: a consent, an objection, a restriction, a hold.
 */
#include "postgres.h"

#include "consent/kind.h"
#include "registry/catalog.h"

const StateTable memreg_state_tables[STATE_KINDS] = {
	[STATE_CONSENT] = {"consent", "consent_state", "consent_state_pkey",
					   "consent_state_expires", false},
	[STATE_OBJECTION] = {"objection", "objection_state", "objection_state_pkey", NULL, false},
	[STATE_RESTRICTION] = {"restriction", "restriction_state", "restriction_state_pkey",
						   NULL, true},
	[STATE_HOLD] = {"hold", "hold_state", "hold_state_pkey", "hold_state_expires", true},
};

/* The type of the subject keys of a purpose or register; false: unknown. */
bool
memreg_state_subject_type(StateKind kind, int32 owner, Oid *type)
{
	Purpose purpose;

	if (!memreg_state_tables[kind].of_register)
	{
		if (!memreg_registry_purpose(owner, &purpose))
			return false;
		owner = purpose.register_id;
	}
	return memreg_registry_subject_type_by_id(owner, type);
}
