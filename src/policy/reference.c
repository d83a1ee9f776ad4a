/*
 * reference.c
 *		What stands in a query for references to a protected relation's columns.
 *
 * Of the same type, and computed from the same row: what is put in copies the
 * reference's own marks, which say in which query level, behind which outer
 * joins and of which version of the row it is.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "policy/reference.h"

static Var *sibling(const GuardedRelation *guarded, const Var *reference, AttrNumber column);

/* What stands for a reference to a column, or to a system column, in a query. */
Expr *
memreg_reference_column(const GuardedRelation *guarded, const Var *column)
{
	Var *value = (Var *) copyObject(column);

	/* ctid, xmin and the like tell one row from another as the key does. */
	if (column->varattno < 0)
		return column->varattno == TableOidAttributeNumber ||
				memreg_guarded_is_clear(guarded, guarded->subject)
			? (Expr *) value
			: (Expr *) makeNullConst(column->vartype, column->vartypmod, column->varcollid);

	return memreg_treatment_apply(&memreg_guarded_column(guarded, column->varattno)->treatment,
								  (Expr *) sibling(guarded, column, guarded->subject),
								  (Expr *) value);
}

/*
 * What stands for a reference to the whole row: a row of what stands for its
 * columns.  Where an outer join has found no row there is none, not one of
 * NULLs; the row's table tells.
 */
Expr *
memreg_reference_row(const GuardedRelation *guarded, const Var *row)
{
	RowExpr *columns = makeNode(RowExpr);
	NullTest *missing = makeNode(NullTest);
	CaseWhen *none = makeNode(CaseWhen);
	CaseExpr *either = makeNode(CaseExpr);

	for (AttrNumber column = 1; column <= guarded->column_count; column++)
	{
		const char *name = memreg_guarded_column(guarded, column)->name;

		/* Of a dropped column the executor looks at no more than that it is there. */
		columns->args =
			lappend(columns->args,
					name == NULL
						? (Expr *) makeNullConst(INT4OID, -1, InvalidOid)
						: memreg_reference_column(guarded, sibling(guarded, row, column)));
		columns->colnames =
			lappend(columns->colnames, makeString(pstrdup(name == NULL ? "" : name)));
	}
	columns->row_typeid = row->vartype;
	columns->row_format = COERCE_IMPLICIT_CAST;
	columns->location = -1;

	missing->arg = (Expr *) sibling(guarded, row, TableOidAttributeNumber);
	missing->nulltesttype = IS_NULL;
	missing->location = -1;
	none->expr = (Expr *) missing;
	none->result = (Expr *) makeNullConst(row->vartype, -1, InvalidOid);
	none->location = -1;
	either->casetype = row->vartype;
	either->args = list_make1(none);
	either->defresult = (Expr *) columns;
	either->location = -1;
	return (Expr *) either;
}

/* A reference to another column of the row that a reference is to. */
static Var *
sibling(const GuardedRelation *guarded, const Var *reference, AttrNumber column)
{
	Var *other = (Var *) copyObject(reference);

	other->varattno = column;
	other->varattnosyn = column;
	other->vartype = OIDOID;
	other->vartypmod = -1;
	other->varcollid = InvalidOid;
	if (column > 0)
	{
		other->vartype = memreg_guarded_column(guarded, column)->type;
		other->vartypmod = memreg_guarded_column(guarded, column)->typmod;
		other->varcollid = memreg_guarded_column(guarded, column)->collation;
	}
	return other;
}
