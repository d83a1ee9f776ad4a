/*
 * treat_generalize.c
 *		The treatment "generalize": a coarser value of the same type.
 *
 * generalize(year, 10, ip 24 48, letters 1): the forms (generalize/form.c) that
 * serve the columns of a category, which may be of several types.
 *
 * What is put into the query are the functions of the module generalize, which
 * everybody may call, as they tell nothing but what is in their arguments.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/extension.h"
#include "generalize/form.h"
#include "policy/treatment.h"
#include "policy/typed.h"

/* IPv6 addresses that are written with an IPv4 address in the last of their bits (RFC 4291, section 2.5.5.1). */
#define IPV4_COMPATIBLE_BITS 96
#define IPV4_COMPATIBLE_CHARS ((int) sizeof("::255.255.255.255") - 1)

/* A function that generalizes values of a type in a form. */
typedef struct Generalization
{
	GeneralizeFormKind form;
	Oid type;
	const char *function;
	List *(*arguments)(const GeneralizeForm *form, Oid type); /* behind the value */
} Generalization;

static bool parse(Treatment *treatment, const char *rest);
static bool suits_basic(const Treatment *treatment, Oid type, int32 room);
static Expr *apply_basic(const Treatment *treatment, Expr *subject, Expr *value);
static const Generalization *find(const Treatment *treatment, Oid type,
								  const GeneralizeForm **form);
static bool holds_width(const GeneralizeForm *form, Oid type);
static Expr *call(const char *function, Expr *value, List *arguments);
static Oid look_up(const char *function, int count, const Oid *types);
static List *calendar_arguments(const GeneralizeForm *form, Oid type);
static List *width_arguments(const GeneralizeForm *form, Oid type);
static List *ip_arguments(const GeneralizeForm *form, Oid type);
static List *count_arguments(const GeneralizeForm *form, Oid type);
static Expr *integer(int number);
static Expr *string(const char *word);

const TreatmentKind memreg_treatment_generalize = {.name = "generalize",
												   .parse = parse,
												   .suits = memreg_typed_suits,
												   .apply = memreg_typed_apply,
												   .suits_basic = suits_basic,
												   .apply_basic = apply_basic};

static const Generalization generalizations[] = {
	{FORM_CALENDAR, DATEOID, "generalize_date", calendar_arguments},
	{FORM_CALENDAR, TIMESTAMPOID, "generalize_timestamp", calendar_arguments},
	{FORM_CALENDAR, TIMESTAMPTZOID, "generalize_timestamp", calendar_arguments},
	{FORM_WIDTH, INT2OID, "generalize_number", width_arguments},
	{FORM_WIDTH, INT4OID, "generalize_number", width_arguments},
	{FORM_WIDTH, INT8OID, "generalize_number", width_arguments},
	{FORM_WIDTH, NUMERICOID, "generalize_number", width_arguments},
	{FORM_WIDTH, FLOAT4OID, "generalize_number", width_arguments},
	{FORM_WIDTH, FLOAT8OID, "generalize_number", width_arguments},
	{FORM_IP, INETOID, "truncate_ip", ip_arguments},
	{FORM_IP, TEXTOID, "truncate_ip", ip_arguments},
	{FORM_POSTAL_CODE, TEXTOID, "postal_area", count_arguments},
	{FORM_LETTERS, TEXTOID, "first_letters", count_arguments},
};

static bool
parse(Treatment *treatment, const char *rest)
{
	size_t length = strlen(rest);

	if (length < 3 || rest[0] != '(' || rest[length - 1] != ')')
		return false;
	treatment->forms_text = pnstrdup(rest + 1, length - 2);
	treatment->forms = memreg_form_parse(treatment->forms_text);
	return treatment->forms != NIL;
}

/* No form makes a text longer, but for one of addresses: ::6464:6464 is ::100.100.100.100. */
static bool
suits_basic(const Treatment *treatment, Oid type, int32 room)
{
	const GeneralizeForm *form;

	if (type == JSONBOID)
		return true;
	return find(treatment, type, &form) != NULL &&
		(form->kind != FORM_IP || form->bits.ipv6 <= IPV4_COMPATIBLE_BITS ||
		 room == MEMREG_TYPED_ANY_ROOM || room >= IPV4_COMPATIBLE_CHARS);
}

/* A jsonb's scalars are of several types, so its function is given all forms. */
static Expr *
apply_basic(const Treatment *treatment, Expr *subject, Expr *value)
{
	Oid type = exprType((Node *) value);
	const GeneralizeForm *form;
	const Generalization *generalization;

	if (type == JSONBOID)
		return call("generalize_json", value, list_make1(string(treatment->forms_text)));
	generalization = find(treatment, type, &form);
	return call(generalization->function, value, generalization->arguments(form, type));
}

/* By the first form that serves the type; NULL: none does. */
static const Generalization *
find(const Treatment *treatment, Oid type, const GeneralizeForm **form)
{
	ListCell *cell;

	foreach(cell, treatment->forms)
	{
		*form = lfirst(cell);
		for (int i = 0; i < lengthof(generalizations); i++)
			if (generalizations[i].form == (*form)->kind && generalizations[i].type == type &&
				((*form)->kind != FORM_WIDTH || holds_width(*form, type)))
				return &generalizations[i];
	}
	return NULL;
}

/* Bands of integers have an integer's width. */
static bool
holds_width(const GeneralizeForm *form, Oid type)
{
	uint64 most = type == INT2OID ? PG_INT16_MAX
		: type == INT4OID         ? PG_INT32_MAX
								  : PG_INT64_MAX;

	if (type != INT2OID && type != INT4OID && type != INT8OID)
		return true;
	return strchr(form->word, '.') == NULL && strlen(form->word) < 19 &&
		strtou64(form->word, NULL, 10) <= most;
}

static Expr *
call(const char *function, Expr *value, List *arguments)
{
	Oid types[3] = {InvalidOid};
	int count = 0;
	Oid collation = exprCollation((Node *) value);
	ListCell *cell;

	arguments = lcons(value, arguments);
	foreach(cell, arguments)
		types[count++] = exprType(lfirst(cell));
	return (Expr *) makeFuncExpr(look_up(function, count, types), types[0], arguments,
								 collation, collation, COERCE_EXPLICIT_CALL);
}

/*
 * The OID of a function in the list above, or of the one for jsonb; its name and
 * the value's type say which.  Looked up again after any change of the registry.
 */
static Oid
look_up(const char *function, int count, const Oid *types)
{
	static struct
	{
		const char *name;
		Oid type;
		Oid oid;
	} known[lengthof(generalizations) + 1];
	static uint64 generation = 0;
	int i = 0;

	if (generation != memreg_extension_generation())
		memset(known, 0, sizeof(known));
	generation = memreg_extension_generation();
	while (known[i].name != NULL &&
		   (strcmp(known[i].name, function) != 0 || known[i].type != types[0]))
		i++;
	if (known[i].name == NULL)
	{
		known[i].oid = memreg_extension_function(function, count, types);
		known[i].type = types[0];
		known[i].name = function;
	}
	return known[i].oid;
}

static List *
calendar_arguments(const GeneralizeForm *form, Oid type)
{
	return list_make1(string(form->word));
}

static List *
width_arguments(const GeneralizeForm *form, Oid type)
{
	Oid input;
	Oid parameter;
	int16 length;
	bool by_value;
	Datum width;

	getTypeInputInfo(type, &input, &parameter);
	get_typlenbyval(type, &length, &by_value);
	width = OidInputFunctionCall(input, form->word, parameter, -1);
	return list_make1(makeConst(type, -1, InvalidOid, length, width, false, by_value));
}

static List *
ip_arguments(const GeneralizeForm *form, Oid type)
{
	return list_make2(integer(form->bits.ipv4), integer(form->bits.ipv6));
}

static List *
count_arguments(const GeneralizeForm *form, Oid type)
{
	return list_make1(integer(form->count));
}

static Expr *
integer(int number)
{
	return (Expr *) makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
							  Int32GetDatum(number), false, true);
}

static Expr *
string(const char *word)
{
	return (Expr *) makeConst(TEXTOID, -1, InvalidOid, -1, CStringGetTextDatum(word),
							  false, false);
}
