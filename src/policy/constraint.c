/*
 * constraint.c
 *		The columns that a constraint is over.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_constraint.h"
#include "utils/array.h"
#include "utils/syscache.h"

#include "policy/constraint.h"

/*
 * The columns of a constraint, less FirstLowInvalidHeapAttributeNumber, where 0
 * stands for an expression; and, if asked for, its relation.  NULL: there is no
 * such constraint.
 */
Bitmapset *
memreg_constraint_columns(Oid constraint, Oid *relation)
{
	HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	Bitmapset *columns = NULL;
	bool isnull;
	Datum numbers;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	if (relation != NULL)
		*relation = ((Form_pg_constraint) GETSTRUCT(tuple))->conrelid;
	numbers = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conkey, &isnull);
	if (!isnull)
	{
		ArrayType *array = DatumGetArrayTypeP(numbers);

		for (int i = 0; i < ARR_DIMS(array)[0]; i++)
			columns = bms_add_member(columns,
									 ((int16 *) ARR_DATA_PTR(array))[i] -
										 FirstLowInvalidHeapAttributeNumber);
	}
	ReleaseSysCache(tuple);
	return columns;
}
