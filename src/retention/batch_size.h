/*
 * batch_size.h
 *		How many rows a batch takes, so that its transaction lasts as long as it should.
 */
#ifndef MEMREG_RETENTION_BATCH_SIZE_H
#define MEMREG_RETENTION_BATCH_SIZE_H

/* Plain data.  Milliseconds. */
typedef struct BatchSize
{
	int rows;     /* at most so many in the next batch */
	double fixed; /* what a batch takes however few its rows are, as far as known */
	double compared_rows; /* a batch to compare others with; 0: there was none */
	double compared_milliseconds;
	int ones; /* batches of one row without a break */
} BatchSize;

extern void memreg_batch_size_start(BatchSize *size);
extern void memreg_batch_size_shrink(BatchSize *size);
extern void memreg_batch_size_learn(BatchSize *size, double rows, double milliseconds,
									double wanted);

#endif /* MEMREG_RETENTION_BATCH_SIZE_H */
