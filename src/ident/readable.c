/*
 * readable.c
 *		Decides for a type whether its values can hold text, and how a scan
 *		reads them.
 *
 * Invariant: fails towards reading.  Only types known to hold no free text are
 * left out; an unknown type is read through its output function.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/lsyscache.h"

#include "ident/readable.h"

static Readable readable_if(Oid part);
static bool is_textless_category(char category);

Readable
memreg_ident_readable(Oid type)
{
	Oid base = getBaseType(type);
	char category;
	bool preferred;

	if (base == JSONOID || base == JSONBOID)
		return READ_JSON;
	if (base == BYTEAOID || base == UUIDOID)
		return READ_NOT;
	if (IsBinaryCoercible(base, TEXTOID))
		return READ_BYTES; /* text, varchar, char, citext */

	if (OidIsValid(get_element_type(base)))
		return readable_if(get_element_type(base));
	if (OidIsValid(get_range_subtype(base)))
		return readable_if(get_range_subtype(base));
	if (OidIsValid(get_multirange_range(base)))
		return readable_if(get_multirange_range(base));

	get_type_category_preferred(base, &category, &preferred);
	return is_textless_category(category) ? READ_NOT : READ_OUTPUT;
}

/* A value made of parts shows them in its own output. */
static Readable
readable_if(Oid part)
{
	return memreg_ident_readable(part) == READ_NOT ? READ_NOT : READ_OUTPUT;
}

static bool
is_textless_category(char category)
{
	switch (category)
	{
		case TYPCATEGORY_BITSTRING:
		case TYPCATEGORY_BOOLEAN:
		case TYPCATEGORY_DATETIME:
		case TYPCATEGORY_ENUM: /* its labels are schema, not data */
		case TYPCATEGORY_GEOMETRIC:
		case TYPCATEGORY_NETWORK:
		case TYPCATEGORY_NUMERIC:
		case TYPCATEGORY_TIMESPAN:
			return true;
		default:
			return false;
	}
}
