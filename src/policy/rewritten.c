/*
 * rewritten.c
 *		A statement's text, as far as the rewriter takes it.
 *
 * Names are looked up, and row security attached, for the current user.
 */
#include "postgres.h"

#include "tcop/tcopprot.h"
#include "utils/inval.h"

#include "core/compat.h"
#include "core/errors.h"
#include "policy/rewritten.h"

static void locate_error(void *text);
static Node *planned_part(Node *statement);
pg_noreturn static void refuse_statement(void);

/*
 * What the planner would be given of a statement: a query or, where rules add
 * some, more.  Fails if the text is another number of statements than one, or
 * one that is not planned.
 */
List *
memreg_rewritten_queries(const char *text)
{
	ErrorContextCallback context = {.previous = error_context_stack,
									.callback = locate_error,
									.arg = unconstify(char *, text)};
	List *statements;
	List *queries;
	RawStmt *statement;
	Oid *parameter_types = NULL;
	int parameters = 0;
	ListCell *cell;

	AcceptInvalidationMessages();
	error_context_stack = &context;
	statements = pg_parse_query(text);
	if (list_length(statements) != 1)
		refuse_statement();
	statement = linitial(statements);
	statement->stmt = planned_part(statement->stmt);
	queries = pg_analyze_and_rewrite_varparams(statement, text, &parameter_types,
											   &parameters, NULL);
	error_context_stack = context.previous;
	foreach(cell, queries)
	{
		Query *query = lfirst(cell);

		/* Rules can notify. */
		if (query->commandType == CMD_UTILITY && !IsA(query->utilityStmt, NotifyStmt))
			refuse_statement();
	}
	return queries;
}

/* An error in the query is one in an argument, not in the statement that calls us. */
static void
locate_error(void *text)
{
	int position = geterrposition();

	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(text);
}

/* The part of a statement that is planned: the statement itself, or its query. */
static Node *
planned_part(Node *statement)
{
	Node *query = NULL;

	switch (nodeTag(statement))
	{
		case T_ExplainStmt:
			query = ((ExplainStmt *) statement)->query;
			break;
		case T_DeclareCursorStmt:
			query = ((DeclareCursorStmt *) statement)->query;
			break;
		case T_CreateTableAsStmt:
			query = ((CreateTableAsStmt *) statement)->query;
			break;
		case T_PrepareStmt:
			query = ((PrepareStmt *) statement)->query;
			break;
		case T_CopyStmt:
			query = ((CopyStmt *) statement)->query;
			break;
		default:
			break;
	}
	return query == NULL ? statement : planned_part(query);
}

static void
refuse_statement(void)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_NOT_EXPLAINED),
			 errmsg("the text to explain is not one statement that can be planned"),
			 errhint("Pass one SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE, or one statement around such a query.")));
}
