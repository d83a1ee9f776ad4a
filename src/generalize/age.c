/*
 * age.c
 *		Ages in bands of years.
 *
 * An age is in whole years, as age() counts them: whoever was born on
 * 29 February turns a year older on 1 March where the year has no such day.
 * There is no age before birth, nor where either day is infinite.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "generalize/age.h"
#include "generalize/granularity.h"

#define BAND_BYTES 32

static bool whole_years(DateADT born, DateADT on_date, int *years);

PG_FUNCTION_INFO_V1(memreg_age_band);

/* memreg.age_band(born date, on_date date, width int) → text, such as 30-39. */
Datum
memreg_age_band(PG_FUNCTION_ARGS)
{
	text *band = memreg_generalize_age(PG_GETARG_DATEADT(0), PG_GETARG_DATEADT(1),
									   PG_GETARG_INT32(2));

	if (band == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(band);
}

text *
memreg_generalize_age(DateADT born, DateADT on_date, int width)
{
	char band[BAND_BYTES];
	int years;
	int first;

	if (width < 1 || width > MEMREG_AGE_WIDTH_MAX)
		memreg_granularity_refuse("the width of an age band is out of range",
								  "Use 1 to 200 years.");
	if (!whole_years(born, on_date, &years))
		return NULL;

	first = years - years % width;
	if (width == 1)
		snprintf(band, sizeof(band), "%d", first);
	else
		snprintf(band, sizeof(band), "%d-%d", first, first + width - 1);
	return cstring_to_text(band);
}

static bool
whole_years(DateADT born, DateADT on_date, int *years)
{
	int birth_year;
	int birth_month;
	int birth_day;
	int year;
	int month;
	int day;

	if (DATE_NOT_FINITE(born) || DATE_NOT_FINITE(on_date) || on_date < born)
		return false;

	j2date(born + POSTGRES_EPOCH_JDATE, &birth_year, &birth_month, &birth_day);
	j2date(on_date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	*years = year - birth_year;
	if (month < birth_month || (month == birth_month && day < birth_day))
		--*years;
	return true;
}
