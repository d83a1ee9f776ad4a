/*
 * number.c
 *		Integers and double precision numbers as the lower bound of their band.
 *
 * Bands begin at multiples of their width: with 1000, 1234 is in the band that
 * begins at 1000, and -1 in the one that begins at -1000.
 *
 * Invariant: the result is never greater than the value, and the same for all
 * values of one band.  A lower bound that the type cannot hold is the least
 * number of the type.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "generalize/granularity.h"
#include "generalize/number.h"

/* So many bands from zero, those of doubles are about as narrow as doubles are apart. */
#define BANDS_MAX ((double) (INT64CONST(1) << 51))

static void require_width(bool possible);

PG_FUNCTION_INFO_V1(memreg_number_generalized_smallint);
PG_FUNCTION_INFO_V1(memreg_number_generalized_int);
PG_FUNCTION_INFO_V1(memreg_number_generalized_bigint);
PG_FUNCTION_INFO_V1(memreg_number_generalized_real);
PG_FUNCTION_INFO_V1(memreg_number_generalized_double);

/* memreg.generalize_number(value, width), one for each type. */
Datum
memreg_number_generalized_smallint(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT16((int16) memreg_generalize_integer(PG_GETARG_INT16(0),
													  PG_GETARG_INT16(1), PG_INT16_MIN));
}

Datum
memreg_number_generalized_int(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) memreg_generalize_integer(PG_GETARG_INT32(0),
													  PG_GETARG_INT32(1), PG_INT32_MIN));
}

Datum
memreg_number_generalized_bigint(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(
		memreg_generalize_integer(PG_GETARG_INT64(0), PG_GETARG_INT64(1), PG_INT64_MIN));
}

/*
 * Rounding to the next real keeps the invariant: a value that is a real itself
 * is not between the lower bound and the real that this is rounded to.
 */
Datum
memreg_number_generalized_real(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT4(
		(float4) memreg_generalize_double(PG_GETARG_FLOAT4(0), PG_GETARG_FLOAT4(1)));
}

Datum
memreg_number_generalized_double(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(memreg_generalize_double(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1)));
}

int64
memreg_generalize_integer(int64 value, int64 width, int64 least)
{
	int64 above;

	require_width(width > 0);

	above = value % width;
	if (above < 0)
		above += width;
	return value < least + above ? least : value - above;
}

/*
 * NaN and the infinities stay as they are, and so does a number whose bands
 * would be narrower than doubles are apart.
 *
 * The band's number is found without a rounding error: fmod() is exact, what
 * it leaves is a multiple of the width but for its last bit, and up to
 * BANDS_MAX that does not move the quotient to another integer.  Multiplying
 * it again rounds alike for all values of the band, and never beyond a value.
 */
double
memreg_generalize_double(double value, double width)
{
	double above;
	double band;

	require_width(width > 0 && !isinf(width));

	if (isnan(value) || isinf(value) || fabs(value / width) > BANDS_MAX)
		return value;

	above = fmod(value, width);
	band = rint((value - above) / width);
	if (above < 0)
		band -= 1;
	return band * width;
}

static void
require_width(bool possible)
{
	if (!possible)
		memreg_granularity_refuse("the width of a band is out of range",
								  "Use a finite number greater than zero.");
}
