/*
 * json_value.h
 *		Treating the scalars of a JSON value.
 */
#ifndef MEMREG_GENERALIZE_JSON_VALUE_H
#define MEMREG_GENERALIZE_JSON_VALUE_H

#include "postgres.h"

#include "utils/jsonb.h"

/* What stands for a scalar that is not null; NULL: null does. */
typedef JsonbValue *(*JsonScalarTreatment)(const JsonbValue *scalar, void *arg);

extern Jsonb *memreg_json_value_treat(Jsonb *value, JsonScalarTreatment treat, void *arg);

extern text *memreg_json_value_text(const JsonbValue *scalar);
extern JsonbValue *memreg_json_value_of_text(text *value);

#endif /* MEMREG_GENERALIZE_JSON_VALUE_H */
