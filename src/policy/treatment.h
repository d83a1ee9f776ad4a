/*
 * treatment.h
 *		What a purpose sees of a column: the list of treatments.
 */
#ifndef MEMREG_POLICY_TREATMENT_H
#define MEMREG_POLICY_TREATMENT_H

#include "lib/stringinfo.h"
#include "nodes/primnodes.h"

#include "registry/catalog.h"

typedef struct Treatment Treatment;

/* For whom, and in which row, values are treated. */
typedef struct TreatmentContext
{
	const Purpose *purpose;
	Expr *subject; /* the row's subject key, as it is stored */
} TreatmentContext;

/* One treatment; treatment.c lists them. */
typedef struct TreatmentKind
{
	const char *name;
	bool injective; /* different values are treated differently, equal ones alike */

	/* Take what stands behind the name; false: it is not well-formed. */
	bool (*parse)(Treatment *treatment, const char *rest);

	/* Can it treat values of a type? */
	bool (*suits)(const Treatment *treatment, Oid type, int32 typmod);

	/* Turn a value into what is shown of it, of the same type; NULL stays NULL. */
	Expr *(*apply)(const Treatment *treatment, const TreatmentContext *context, Expr *value);

	/* Kinds that leave domains, arrays and the like to typed.c treat these types. */
	bool (*suits_basic)(const Treatment *treatment, Oid type, int32 room);
	Expr *(*apply_basic)(const Treatment *treatment, const TreatmentContext *context,
						 Expr *value);

	/* What else than the declaration decides what is shown; NULL: nothing. */
	void (*describe)(const Treatment *treatment, const Purpose *purpose, StringInfo text);
} TreatmentKind;

/* A treatment as it applies to one column. */
struct Treatment
{
	const TreatmentKind *kind;
	const char *declared; /* as memreg.set_treatment was given it; NULL: it was not */

	const char *scope;      /* pseudonym: the scope it names; NULL: the purpose's own */
	const char *forms_text; /* generalize: its argument */
	List *forms;            /* generalize: the argument, of GeneralizeForm */
	const char *consent;    /* clear if consent: to which purpose */
	Treatment *otherwise;   /* clear if consent, JSON keys: what else is shown */
	List *keys;             /* JSON keys: of TreatedKey */
};

extern const TreatmentKind memreg_treatment_clear;
extern const TreatmentKind memreg_treatment_withhold;
extern const TreatmentKind memreg_treatment_if_consent;
extern const TreatmentKind memreg_treatment_pseudonym;
extern const TreatmentKind memreg_treatment_generalize;

extern bool memreg_treatment_parse(const char *declared, Treatment *treatment);
extern bool memreg_treatment_suits(const Treatment *treatment, Oid type, int32 typmod);
extern Expr *memreg_treatment_apply(const Treatment *treatment,
									const TreatmentContext *context, Expr *value);
extern void memreg_treatment_describe(const Treatment *treatment, const Purpose *purpose,
									  StringInfo text);

/* Is what it shows the value itself, for every row? */
static inline bool
memreg_treatment_is_clear(const Treatment *treatment)
{
	return treatment->kind == &memreg_treatment_clear;
}

#endif /* MEMREG_POLICY_TREATMENT_H */
