/*
 * actor.h
 *		Who acts, as ledgers keep it.
 */
#ifndef MEMREG_CORE_ACTOR_H
#define MEMREG_CORE_ACTOR_H

#include "core/spi.h"

extern void memreg_actor_init(void);
extern void memreg_actor_args(MemregArgs *args);

#endif /* MEMREG_CORE_ACTOR_H */
