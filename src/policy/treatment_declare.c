/*
 * treatment_declare.c
 *		What memreg.set_treatment and memreg.protect ask of a treatment.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "policy/treatment.h"

PG_FUNCTION_INFO_V1(memreg_treatment_is_known);
PG_FUNCTION_INFO_V1(memreg_treatment_suits_type);
PG_FUNCTION_INFO_V1(memreg_treatment_names);

static const Treatment *last_resort(const Treatment *treatment);
static Datum asked_purposes(const Treatment *treatment);

/* memreg.treatment_is_known(treatment text) → boolean. */
Datum
memreg_treatment_is_known(PG_FUNCTION_ARGS)
{
	Treatment treatment;

	PG_RETURN_BOOL(memreg_treatment_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &treatment));
}

/* memreg.treatment_suits(treatment text, type regtype, typmod int) → boolean. */
Datum
memreg_treatment_suits_type(PG_FUNCTION_ARGS)
{
	Treatment treatment;

	PG_RETURN_BOOL(memreg_treatment_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &treatment) &&
				   memreg_treatment_suits(&treatment, PG_GETARG_OID(1), PG_GETARG_INT32(2)));
}

/*
 * memreg.treatment_names(treatment text, OUT scope text, OUT own_scope boolean,
 * OUT consents text[]): the scope that it names, whether it uses the purpose's
 * own, and the purposes whose consent it asks for.
 */
Datum
memreg_treatment_names(PG_FUNCTION_ARGS)
{
	Treatment treatment;
	const Treatment *last;
	TupleDesc descriptor;
	Datum values[3] = {0};
	bool nulls[3] = {true, false, false};

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	memreg_treatment_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &treatment);
	last = last_resort(&treatment);
	if (last->scope != NULL)
	{
		values[0] = CStringGetTextDatum(last->scope);
		nulls[0] = false;
	}
	values[1] =
		BoolGetDatum(last->kind == &memreg_treatment_pseudonym && last->scope == NULL);
	values[2] = asked_purposes(&treatment);
	PG_RETURN_DATUM(
		HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}

/* What is shown where no condition holds. */
static const Treatment *
last_resort(const Treatment *treatment)
{
	while (treatment->otherwise != NULL)
		treatment = treatment->otherwise;
	return treatment;
}

/* One after the other, as text[]. */
static Datum
asked_purposes(const Treatment *treatment)
{
	ArrayBuildState *purposes = initArrayResult(TEXTOID, CurrentMemoryContext, false);

	for (; treatment != NULL; treatment = treatment->otherwise)
		if (treatment->consent != NULL)
			purposes = accumArrayResult(purposes, CStringGetTextDatum(treatment->consent),
										false, TEXTOID, CurrentMemoryContext);
	return makeArrayResult(purposes, CurrentMemoryContext);
}
