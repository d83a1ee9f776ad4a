/*
 * batch_size.c
 *		How many rows a batch takes, so that its transaction lasts as long as it should.
 *
 * A batch takes some time however few its rows are: it opens the table, writes
 * the history, commits.  Where that alone lasts longer than a batch should,
 * smaller ones would make the work longer by much, and transactions hardly
 * shorter; with one row each there is no way back.  So two batches of different
 * sizes tell what is fixed, and the rows get at least as much time as that.
 *
 * No part of the server is needed here.
 */
#include <math.h>

#include "retention/batch_size.h"

#define FIRST 100 /* rows: nobody knows yet what triggers make of them */
#define LARGEST 50000
#define GROW_BY 2.0
#define SHRINK_BY 8.0

/* Sizes that differ by less tell nothing but noise. */
#define DIFFERENT 1.25

/* One comparison counts for so much; a checkpoint or a busy machine disturbs many. */
#define WEIGHT 0.3

/* After so many batches of one row, two are tried, for a comparison. */
#define MOST_ONES 16

static void compare(BatchSize *size, double rows, double milliseconds);
static double within(double value, double lowest, double highest);

void
memreg_batch_size_start(BatchSize *size)
{
	*size = (BatchSize){.rows = FIRST};
}

/* The batch was in somebody's way. */
void
memreg_batch_size_shrink(BatchSize *size)
{
	size->rows = (int) fmax(size->rows / SHRINK_BY, 1);
}

/* A batch of so many rows, at least one, has taken so long, and should take what is wanted. */
void
memreg_batch_size_learn(BatchSize *size, double rows, double milliseconds, double wanted)
{
	double for_rows;
	double a_row;

	compare(size, rows, milliseconds);
	for_rows = fmax(wanted - size->fixed, size->fixed);
	a_row = fmax(milliseconds - size->fixed, 0.001) / rows;
	size->rows = (int) within(for_rows / a_row, fmax(size->rows / SHRINK_BY, 1),
							  fmin(size->rows * GROW_BY, LARGEST));
	size->ones = size->rows == 1 ? size->ones + 1 : 0;
	if (size->ones == MOST_ONES)
	{
		size->rows = 2;
		size->ones = 0;
	}
}

/* The line through two batches begins at what is fixed. */
static void
compare(BatchSize *size, double rows, double milliseconds)
{
	double more = fmax(rows, size->compared_rows);
	double less = fmin(rows, size->compared_rows);

	if (more < less * DIFFERENT)
		return;
	if (less > 0)
	{
		double a_row =
			(milliseconds - size->compared_milliseconds) / (rows - size->compared_rows);
		double fixed = within(milliseconds - a_row * rows, 0,
							  fmin(milliseconds, size->compared_milliseconds));

		size->fixed += WEIGHT * (fixed - size->fixed);
	}
	size->compared_rows = rows;
	size->compared_milliseconds = milliseconds;
}

static double
within(double value, double lowest, double highest)
{
	return fmin(fmax(value, lowest), highest);
}
