/*
 * ident.c
 *		SQL functions over Finnish identifiers.
 *
 * Invariant: the answer depends on the value alone, and no value makes them
 * raise an error: they are declared IMMUTABLE and LEAKPROOF.
 */
#include "postgres.h"

#include "fmgr.h"

#include "core/compat.h"
#include "ident/business_id.h"
#include "ident/hetu.h"

typedef bool (*TextTest)(const char *text, size_t length);

static Datum answer(FunctionCallInfo fcinfo, TextTest test);

PG_FUNCTION_INFO_V1(memreg_is_hetu);
PG_FUNCTION_INFO_V1(memreg_contains_hetu);
PG_FUNCTION_INFO_V1(memreg_is_business_id);

Datum
memreg_is_hetu(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, memreg_ident_is_hetu);
}

Datum
memreg_contains_hetu(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, memreg_ident_contains_hetu);
}

Datum
memreg_is_business_id(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, memreg_ident_is_business_id);
}

static Datum
answer(FunctionCallInfo fcinfo, TextTest test)
{
	text *value = PG_GETARG_TEXT_PP(0);
	bool result = test(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_BOOL(result);
}
