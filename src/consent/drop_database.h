/*
 * drop_database.h
 *		The image of a dropped database goes with it.
 */
#ifndef MEMREG_CONSENT_DROP_DATABASE_H
#define MEMREG_CONSENT_DROP_DATABASE_H

extern void memreg_drop_database_init(void);

#endif /* MEMREG_CONSENT_DROP_DATABASE_H */
