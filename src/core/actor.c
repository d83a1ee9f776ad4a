/*
 * actor.c
 *		Who acts, as ledgers keep it.
 *
 * Behind one pooled login stand many people: the application says for whom it
 * acts, and ledgers keep it beside the roles that PostgreSQL knows.  It is a
 * note, not a proof.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/guc.h"

#include "core/actor.h"

static char *actor = NULL;

void
memreg_actor_init(void)
{
	DefineCustomStringVariable("memreg.actor",
							   "Whom the application acts for, as a note in ledgers.",
							   NULL, &actor, "", PGC_USERSET, 0, NULL, NULL, NULL);
}

/* Append three text arguments: the actor (or NULL), the login role, the current role. */
void
memreg_actor_args(MemregArgs *args)
{
	memreg_spi_arg_text(args, actor[0] == '\0' ? NULL : actor);
	memreg_spi_arg_text(args, GetUserNameFromId(GetSessionUserId(), false));
	memreg_spi_arg_text(args, GetUserNameFromId(GetUserId(), false));
}
