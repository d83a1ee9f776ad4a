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

/* One treatment; treatment.c lists them. */
typedef struct TreatmentKind
{
	const char *name;
	bool injective; /* different values are treated differently, equal ones alike */

	/* Take what stands behind the name; false: it is not well-formed. */
	bool (*parse)(Treatment *treatment, const char *rest);

	/* Can it treat values of a type? */
	bool (*suits)(const Treatment *treatment, Oid type, int32 typmod);

	/* Look up what it names, for a purpose; what is not there is not an error.  NULL: nothing. */
	void (*resolve)(Treatment *treatment, const Purpose *purpose);

	/*
	 * Turn a value into what is shown of it, of the same type; NULL stays NULL.
	 * Both expressions become part of the result, or are copied: the subject key
	 * of the row as it is stored, and the value.
	 */
	Expr *(*apply)(const Treatment *treatment, Expr *subject, Expr *value);

	/* Kinds that leave domains, arrays and the like to typed.c treat these types. */
	bool (*suits_basic)(const Treatment *treatment, Oid type, int32 room);
	Expr *(*apply_basic)(const Treatment *treatment, Expr *subject, Expr *value);

	/* What else than the declaration decides what is shown; NULL: nothing. */
	void (*describe)(const Treatment *treatment, StringInfo text);
} TreatmentKind;

/* A treatment as it applies to one column. */
struct Treatment
{
	const TreatmentKind *kind;
	const char *declared; /* as memreg.set_treatment was given it; NULL: it was not */

	/* pseudonym */
	const char *scope; /* that it names; NULL: the purpose's own */
	int32 scope_id;    /* 0: there is none */

	/* generalize */
	const char *forms_text; /* its argument */
	List *forms;            /* the same, of GeneralizeForm */

	/* clear if consent */
	const char *consent; /* to which purpose */
	Purpose *asked;      /* that purpose; NULL: it cannot be asked for */

	/* clear if consent, JSON keys */
	Treatment *otherwise; /* what else is shown */
	List *keys;           /* of TreatedKey */
};

extern const TreatmentKind memreg_treatment_clear;
extern const TreatmentKind memreg_treatment_withhold;
extern const TreatmentKind memreg_treatment_if_consent;
extern const TreatmentKind memreg_treatment_pseudonym;
extern const TreatmentKind memreg_treatment_generalize;

extern bool memreg_treatment_parse(const char *declared, Treatment *treatment);
extern bool memreg_treatment_suits(const Treatment *treatment, Oid type, int32 typmod);
extern Expr *memreg_treatment_apply(const Treatment *treatment, Expr *subject, Expr *value);
extern void memreg_treatment_describe(const Treatment *treatment, StringInfo text);
extern void memreg_treatment_resolve(Treatment *treatment, const Purpose *purpose);

/* Is what it shows the value itself, for every row? */
static inline bool
memreg_treatment_is_clear(const Treatment *treatment)
{
	return treatment->kind == &memreg_treatment_clear;
}

#endif /* MEMREG_POLICY_TREATMENT_H */
