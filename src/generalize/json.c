/*
 * json.c
 *		JSON values made coarser, each scalar by the form that serves it.
 *
 * Numbers by the width of a band.  Strings by the first form that makes
 * something of them: a date (YYYY-MM-DD) by the calendar, an address by its
 * network, and so on.  What no form serves is null.
 *
 * Invariant: no value makes it raise an error.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"

#include "core/compat.h"
#include "generalize/form.h"
#include "generalize/granularity.h"
#include "generalize/json_value.h"
#include "generalize/numeric.h"
#include "generalize/text.h"

#define DATE_CHARS 10 /* of YYYY-MM-DD */

PG_FUNCTION_INFO_V1(memreg_generalize_json);

static List *call_forms(FunctionCallInfo fcinfo);
static JsonbValue *generalize_scalar(const JsonbValue *scalar, void *forms);
static JsonbValue *generalize_number(Numeric value, const GeneralizeForm *form);
static text *generalize_string(const text *value, const GeneralizeForm *form);
static text *generalize_date(const text *value, CalendarUnit unit);
static bool read_digits(const char *digits, int count, int *number);

/* memreg.generalize_json(value jsonb, forms text) → jsonb. */
Datum
memreg_generalize_json(PG_FUNCTION_ARGS)
{
	Jsonb *result = memreg_json_value_treat(PG_GETARG_JSONB_P(0), generalize_scalar,
											call_forms(fcinfo));

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(result);
}

/* Parsed once for a call site whose forms are a constant. */
static List *
call_forms(FunctionCallInfo fcinfo)
{
	List *forms = fcinfo->flinfo->fn_extra;
	MemoryContext old;

	if (forms != NIL)
		return forms;
	old = MemoryContextSwitchTo(get_fn_expr_arg_stable(fcinfo->flinfo, 1)
									? fcinfo->flinfo->fn_mcxt
									: CurrentMemoryContext);
	forms = memreg_form_parse(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	MemoryContextSwitchTo(old);
	if (forms == NIL)
		memreg_granularity_refuse("the forms of a generalization are ill-formed",
								  "Use forms like year, 10, ip 24 48, postal_code 3 or letters 1, with commas between them.");
	if (get_fn_expr_arg_stable(fcinfo->flinfo, 1))
		fcinfo->flinfo->fn_extra = forms;
	return forms;
}

static JsonbValue *
generalize_scalar(const JsonbValue *scalar, void *forms)
{
	ListCell *cell;

	foreach(cell, (List *) forms)
	{
		const GeneralizeForm *form = lfirst(cell);
		JsonbValue *result = NULL;

		if (scalar->type == jbvNumeric)
			result = generalize_number(scalar->val.numeric, form);
		else if (scalar->type == jbvString)
			result = memreg_json_value_of_text(
				generalize_string(memreg_json_value_text(scalar), form));
		if (result != NULL)
			return result;
	}
	return NULL;
}

/* A lower bound that is infinite is no number of JSON's. */
static JsonbValue *
generalize_number(Numeric value, const GeneralizeForm *form)
{
	JsonbValue *result;
	Numeric width;
	Numeric lower;

	if (form->kind != FORM_WIDTH)
		return NULL;
	width = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(form->word),
												ObjectIdGetDatum(InvalidOid),
												Int32GetDatum(-1)));
	lower = memreg_generalize_numeric(value, width);
	if (numeric_is_nan(lower) || numeric_is_inf(lower))
		return NULL;
	result = palloc0(sizeof(JsonbValue));
	result->type = jbvNumeric;
	result->val.numeric = lower;
	return result;
}

static text *
generalize_string(const text *value, const GeneralizeForm *form)
{
	switch (form->kind)
	{
		case FORM_CALENDAR:
			return generalize_date(value, form->unit);
		case FORM_IP:
			return memreg_generalize_ip_text(value, &form->bits);
		case FORM_POSTAL_CODE:
			return memreg_generalize_postal_code(value, form->count);
		case FORM_LETTERS:
			return memreg_generalize_letters(value, form->count);
		default:
			return NULL;
	}
}

/* NULL: the text is no day of the Gregorian calendar in ISO 8601's form. */
static text *
generalize_date(const text *value, CalendarUnit unit)
{
	const char *digits = VARDATA_ANY(value);
	int year;
	int month;
	int day;
	DateADT date;

	if (VARSIZE_ANY_EXHDR(value) != DATE_CHARS || digits[4] != '-' || digits[7] != '-' ||
		!read_digits(digits, 4, &year) || !read_digits(digits + 5, 2, &month) ||
		!read_digits(digits + 8, 2, &day) || year < 1 || month < 1 ||
		month > MONTHS_PER_YEAR || day < 1 || day > day_tab[isleap(year)][month - 1])
		return NULL;
	date = memreg_generalize_date(date2j(year, month, day) - POSTGRES_EPOCH_JDATE, unit);
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return cstring_to_text(psprintf("%04d-%02d-%02d", year, month, day));
}

static bool
read_digits(const char *digits, int count, int *number)
{
	*number = 0;
	for (int i = 0; i < count; i++)
	{
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		*number = *number * 10 + digits[i] - '0';
	}
	return true;
}
