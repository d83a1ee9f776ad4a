/*
 * database_command.h
 *		Commands that want a database for themselves end memreg's workers in it.
 */
#ifndef MEMREG_CORE_DATABASE_COMMAND_H
#define MEMREG_CORE_DATABASE_COMMAND_H

extern void memreg_database_command_init(void);

#endif /* MEMREG_CORE_DATABASE_COMMAND_H */
