/*
 * catalog.h
 *		The registry as C code sees it: cached, always fresh.
 */
#ifndef MEMREG_REGISTRY_CATALOG_H
#define MEMREG_REGISTRY_CATALOG_H

#include "nodes/pg_list.h"

/* A registered table. */
typedef struct RegisteredTable
{
	Oid relation;
	char *register_name;
	char *subject;    /* name of the subject column */
	Oid subject_type; /* bigint, uuid or text */
	bool protected;
	bool root; /* has one row for each subject */
} RegisteredTable;

/* Legal bases of GDPR Art. 6(1), and what a later version may have added. */
typedef enum LegalBasis
{
	BASIS_UNKNOWN,
	BASIS_CONSENT,
	BASIS_CONTRACT,
	BASIS_LEGAL_OBLIGATION,
	BASIS_VITAL_INTERESTS,
	BASIS_PUBLIC_TASK,
	BASIS_LEGITIMATE_INTERESTS
} LegalBasis;

typedef struct Purpose
{
	int32 id;
	int32 register_id;
	char *register_name;
	char *name;
	LegalBasis basis;
	bool own;             /* reaches the session's own subject only */
	bool restricted_data; /* may process data whose processing is restricted */
	bool anonymous_data;  /* sees rows that name no subject */
	int32 smallest_group; /* sees aggregates over as many subjects only; 0: rows as well */
	bool remainder;       /* smaller groups are shown together */
} Purpose;

extern bool memreg_registry_table(Oid relation, RegisteredTable *found);
extern List *memreg_registry_protected(void);
extern List *memreg_registry_roots(const char *register_name);
extern bool memreg_registry_find_purpose(const char *register_name, const char *name,
										 Purpose *found);
extern bool memreg_registry_purpose(int32 id, Purpose *found);
extern bool memreg_registry_register_id(const char *register_name, int32 *id);
extern bool memreg_registry_subject_type(const char *register_name, Oid *type);
extern bool memreg_registry_subject_type_by_id(int32 register_id, Oid *type);
extern bool memreg_registry_access_granted(Oid role, int32 purpose_id);

#endif /* MEMREG_REGISTRY_CATALOG_H */
