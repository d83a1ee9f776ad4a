/*
 * numeric.c
 *		Numeric values as the lower bound of their band, and the band itself.
 *
 * Bands begin at multiples of their width, as in number.c, and are computed
 * without rounding.  Bounds come without trailing zeros, which would tell with
 * how many digits the value was written.
 *
 * Invariant: a value has a band whatever it is.  A bound that is too large for
 * the type is infinite.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#include "core/compat.h"
#include "generalize/granularity.h"
#include "generalize/numeric.h"

typedef struct NumericBand
{
	Numeric lower;
	Numeric upper;
} NumericBand;

static void require_width(Numeric width);
static bool is_finite(Numeric value);
static NumericBand band_of(Numeric value, Numeric width);
static Numeric bound(Numeric exact, bool overflow, double otherwise);
static int sign_of(Numeric value);

PG_FUNCTION_INFO_V1(memreg_number_generalized_numeric);
PG_FUNCTION_INFO_V1(memreg_number_band);

/* memreg.generalize_number(value numeric, width numeric) → numeric. */
Datum
memreg_number_generalized_numeric(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(memreg_generalize_numeric(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1)));
}

/* memreg.number_band(value numeric, width numeric) → numrange, without its upper bound. */
Datum
memreg_number_band(PG_FUNCTION_ARGS)
{
	Numeric value = PG_GETARG_NUMERIC(0);
	Numeric width = PG_GETARG_NUMERIC(1);
	NumericBand band;
	RangeBound lower = {.inclusive = true, .lower = true};
	RangeBound upper = {.inclusive = false};

	require_width(width);
	if (!is_finite(value))
		PG_RETURN_NULL();

	band = band_of(value, width);
	lower.val = NumericGetDatum(band.lower);
	upper.val = NumericGetDatum(band.upper);
	PG_RETURN_RANGE_P(memreg_make_range(lookup_type_cache(NUMRANGEOID, TYPECACHE_RANGE_INFO),
										&lower, &upper));
}

/* NaN and the infinities stay as they are. */
Numeric
memreg_generalize_numeric(Numeric value, Numeric width)
{
	require_width(width);
	return is_finite(value) ? band_of(value, width).lower : value;
}

static void
require_width(Numeric width)
{
	if (!is_finite(width) || sign_of(width) <= 0)
		memreg_granularity_refuse("the width of a band is out of range",
								  "Use a finite number greater than zero.");
}

static bool
is_finite(Numeric value)
{
	return !numeric_is_nan(value) && !numeric_is_inf(value);
}

/* The remainder is exact, and has the sign of the value. */
static NumericBand
band_of(Numeric value, Numeric width)
{
	Numeric beyond = numeric_mod_opt_error(value, width, NULL);
	Numeric multiple = numeric_sub_opt_error(value, beyond, NULL);
	bool overflow = false;
	NumericBand band;

	if (sign_of(beyond) < 0)
	{
		Numeric lower = numeric_sub_opt_error(multiple, width, &overflow);

		band.lower = bound(lower, overflow, -get_float8_infinity());
		band.upper = bound(multiple, false, 0);
	}
	else
	{
		Numeric upper = numeric_add_opt_error(multiple, width, &overflow);

		band.lower = bound(multiple, false, 0);
		band.upper = bound(upper, overflow, get_float8_infinity());
	}
	return band;
}

static Numeric
bound(Numeric exact, bool overflow, double otherwise)
{
	if (overflow)
		return DatumGetNumeric(DirectFunctionCall1(float8_numeric, Float8GetDatum(otherwise)));
	return DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(exact)));
}

static int
sign_of(Numeric value)
{
	Datum zero = NumericGetDatum(int64_to_numeric(0));

	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(value), zero));
}
