/*
 * clock.c
 *		A library to preload: a server whose clock can be set.
 *
 * The file that CLOCK_OFFSET names holds, as an int64, how many microseconds
 * its clock is ahead.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

static const volatile int64_t *offset;

__attribute__((constructor)) static void
map_offset(void)
{
	const char *name = getenv("CLOCK_OFFSET");
	int file = name == NULL ? -1 : open(name, O_RDONLY);
	void *mapped = file < 0 ? MAP_FAILED
							: mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, file, 0);

	if (mapped != MAP_FAILED)
		offset = mapped;
	if (file >= 0)
		close(file);
}

int
gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	static int (*real)(struct timeval *, void *) = NULL;
	int64_t now;

	if (real == NULL)
		real = (int (*)(struct timeval *, void *)) dlsym(RTLD_NEXT, "gettimeofday");
	if (real(time, zone) != 0)
		return -1;
	now = time->tv_sec * INT64_C(1000000) + time->tv_usec + (offset == NULL ? 0 : *offset);
	time->tv_sec = now / 1000000;
	time->tv_usec = now % 1000000;
	return 0;
}
