/*
 * corpus.c
 *		Feeds a fuzz target its corpus, in TAP: make check, without libFuzzer.
 *
 * Linked to the target NAME, it is called NAME, and the files are those of
 * test/fuzz/corpus/NAME below the present directory.
 */
#include <dirent.h>
#include <string.h>

#include "fuzz.h"

#define PATH_BYTES 1024

static int is_input(const struct dirent *entry);
static void feed(const char *path);

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	char directory[PATH_BYTES / 2];
	char path[PATH_BYTES];
	struct dirent **inputs;
	int count;

	snprintf(directory, sizeof(directory), "test/fuzz/corpus/%s",
			 slash == NULL ? argv[0] : slash + 1);
	count = scandir(directory, &inputs, is_input, alphasort);
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++)
	{
		snprintf(path, sizeof(path), "%s/%s", directory, inputs[i]->d_name);
		feed(path);
		printf("ok %d - %s\n", i + 1, inputs[i]->d_name);
	}
	return count <= 0 || argc > 1;
}

static int
is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In memory of just its size, so that a checker notices a step beyond. */
static void
feed(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	REQUIRE(file != NULL && fseek(file, 0, SEEK_END) == 0);
	size = ftell(file);
	rewind(file);
	data = malloc((size_t) size + (size == 0));
	REQUIRE(data != NULL && fread(data, 1, (size_t) size, file) == (size_t) size);
	fclose(file);
	LLVMFuzzerTestOneInput(data, (size_t) size);
	free(data);
}
