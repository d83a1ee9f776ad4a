/*
 * treat_json_keys.h
 *		JSON objects whose keys have categories of their own.
 */
#ifndef MEMREG_POLICY_TREAT_JSON_KEYS_H
#define MEMREG_POLICY_TREAT_JSON_KEYS_H

#include "policy/treatment.h"

/* A declared key, and how its value is treated. */
typedef struct TreatedKey
{
	char *key;
	char *category;
	Treatment treatment;
} TreatedKey;

extern const TreatmentKind memreg_treatment_json_keys;

#endif /* MEMREG_POLICY_TREAT_JSON_KEYS_H */
