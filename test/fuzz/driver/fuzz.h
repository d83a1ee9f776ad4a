/*
 * fuzz.h
 *		What every fuzz target is: one function that looks at one input.
 */
#ifndef MEMREG_FUZZ_DRIVER_FUZZ_H
#define MEMREG_FUZZ_DRIVER_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The name is libFuzzer's.  Returns 0; what must not be ends the process. */
extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(property)                                                          \
	do                                                                             \
	{                                                                              \
		if (!(property))                                                           \
		{                                                                          \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #property); \
			abort();                                                               \
		}                                                                          \
	} while (0)

#endif /* MEMREG_FUZZ_DRIVER_FUZZ_H */
