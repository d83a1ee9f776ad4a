/*
 * key_source.h
 *		Reading a key from a command or a file.
 */
#ifndef MEMREG_CRYPTO_KEY_SOURCE_H
#define MEMREG_CRYPTO_KEY_SOURCE_H

#include <sys/types.h>

/* Room for a key and for noticing that there was more than a key. */
#define KEY_SOURCE_MAX 128

extern ssize_t memreg_key_source_command(const char *command, int timeout, char *output,
										 char *failure, size_t failure_size);
extern ssize_t memreg_key_source_file(const char *path, char *output, char *failure,
									  size_t failure_size);

#endif /* MEMREG_CRYPTO_KEY_SOURCE_H */
