/*
 * treatment.h
 *		What a purpose sees of a column: the list of treatments.
 */
#ifndef MEMREG_POLICY_TREATMENT_H
#define MEMREG_POLICY_TREATMENT_H

#include "nodes/primnodes.h"

#include "registry/catalog.h"

typedef struct Treatment Treatment;

/* One treatment; memreg_treatment_kinds in treatment.c lists them. */
typedef struct TreatmentKind
{
	const char *name;
	bool takes_scope;        /* may name a scope in parentheses */
	bool (*suits)(Oid type); /* can it treat a column of this type? */
	Expr *(*apply)(const Treatment *treatment, Var *column);
} TreatmentKind;

/* A treatment as it applies to one column. */
struct Treatment
{
	const TreatmentKind *kind;
	const char *scope; /* the scope it names; NULL: the purpose's own */
	int32 scope_id;    /* 0: not looked up yet */
};

extern const TreatmentKind memreg_treatment_clear;
extern const TreatmentKind memreg_treatment_withhold;
extern const TreatmentKind memreg_treatment_pseudonym;

extern void memreg_treatment_parse(const char *declared, Treatment *treatment);

#endif /* MEMREG_POLICY_TREATMENT_H */
