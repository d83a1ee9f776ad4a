-- Included by tests of what is refused: each statement with what came of it.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on

-- Runs a statement, says what came of it, and takes it back.
CREATE FUNCTION attempt(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	RETURN NEXT statement;
	EXECUTE statement;
	RAISE EXCEPTION USING ERRCODE = 'TEST0', MESSAGE = 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT '    ' || CASE SQLSTATE WHEN 'TEST0' THEN message ELSE SQLSTATE || ': ' || message END;
	IF detail <> '' THEN
		RETURN NEXT '    DETAIL: ' || detail;
	END IF;
	IF hint <> '' THEN
		RETURN NEXT '    HINT: ' || hint;
	END IF;
END $$;
