/*
 * retention_batch_size.c
 *		Unit test of src/retention/batch_size.c, in TAP: whatever rows and
 *		transactions cost, batches come to last as long as they should, or to
 *		consist of work for the most part.
 *
 * cc -Isrc retention_batch_size.c src/retention/batch_size.c -lm
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "retention/batch_size.h"

/* Milliseconds, and how many rows batches are to have in the end, on average. */
typedef struct SizeCase
{
	const char *what;
	double fixed;
	double a_row;
	double wanted;
	int least;
	int most;
} SizeCase;

static const SizeCase cases[] = {
	{"rows that take no time fill the largest batch", 0.5, 0.0001, 50, 50000, 50000},
	{"rows fill the time that is wanted", 0.5, 0.02, 50, 2000, 3000},
	{"they get as long as a batch takes without any", 0.5, 0.02, 1, 15, 60},
	{"also if that is far more than is wanted", 15, 0.02, 1, 400, 1200},
	{"and if it is all that takes time", 5, 0.00001, 1, 35000, 50000},
	{"slow rows go one by one", 0.5, 1000, 50, 1, 2},
	{"rows as slow as a batch should be, too", 0.5, 50, 50, 1, 2},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BATCHES 400

static int test_number = 0;
static int failures = 0;
static unsigned int seed = 1;

static void report(bool passed, const char *what, int figure);
static int settled(const SizeCase *size_case, int first);
static double taken(const SizeCase *size_case, int rows);
static double noise(void);

int
main(void)
{
	BatchSize size;

	printf("1..%zu\n", 2 * COUNT(cases) + 3);
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		int rows = settled(&cases[i], 0);

		report(rows >= cases[i].least && rows <= cases[i].most, cases[i].what, rows);
		rows = settled(&cases[i], 1);
		report(rows >= cases[i].least && rows <= cases[i].most,
			   "from batches of one row as well", rows);
	}
	memreg_batch_size_start(&size);
	memreg_batch_size_shrink(&size);
	report(size.rows == 12,
		   "a batch that was in the way is followed by a much smaller one", size.rows);
	for (int i = 0; i < 10; i++)
		memreg_batch_size_shrink(&size);
	report(size.rows == 1, "never by none", size.rows);
	memreg_batch_size_start(&size);
	memreg_batch_size_learn(&size, 100, 0, 50);
	report(size.rows == 200,
		   "a batch that took no time at all is followed by a larger one", size.rows);
	return failures > 0;
}

/* The mean of the second half.  first: rows of the first batch, 0 for what it chooses. */
static int
settled(const SizeCase *size_case, int first)
{
	BatchSize size;
	double rows = 0;

	memreg_batch_size_start(&size);
	if (first > 0)
		size.rows = first;
	for (int i = 0; i < 2 * BATCHES; i++)
	{
		memreg_batch_size_learn(&size, size.rows, taken(size_case, size.rows),
								size_case->wanted);
		rows += i < BATCHES ? 0 : size.rows;
	}
	return (int) (rows / BATCHES);
}

/* Now and then something else holds the batch up. */
static double
taken(const SizeCase *size_case, int rows)
{
	double time = (size_case->fixed + size_case->a_row * rows) * (0.85 + 0.3 * noise());

	return noise() < 0.02 ? time * 5 : time;
}

/* From 0 to 1. */
static double
noise(void)
{
	return rand_r(&seed) / (double) RAND_MAX;
}

static void
report(bool passed, const char *what, int figure)
{
	printf("%sok %d - %s (%d)\n", passed ? "" : "not ", ++test_number, what, figure);
	if (!passed)
		failures++;
}
