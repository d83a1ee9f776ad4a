-- What scopes and pseudonyms refuse: each with an SQLSTATE, a message and a hint of its own, and nothing changes.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
CREATE EXTENSION memreg;

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

SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_purpose('members', 'research', 'consent');
SELECT memreg.create_scope('university', 'Research at a made-up university');
SELECT memreg.create_scope('old');
SELECT memreg.destroy_scope('old');
CREATE TABLE before AS SELECT md5(string_agg(s::text, '' ORDER BY s.scope_id)) AS content FROM memreg.scope s;

-- Scopes
SELECT attempt($$SELECT memreg.create_scope('university')$$);
SELECT attempt($$SELECT memreg.create_scope('old')$$);
SELECT attempt($$SELECT memreg.create_scope('')$$);
SELECT attempt($$SELECT memreg.create_scope('members/research')$$);
SELECT attempt($$SELECT memreg.create_scope('/')$$);
SELECT attempt($$SELECT memreg.create_scope(NULL)$$);
SELECT attempt($$SELECT memreg.create_scope('new', NULL)$$);
SELECT attempt($$SELECT memreg.destroy_scope('nothing')$$);
SELECT attempt($$SELECT memreg.destroy_scope('University')$$);
SELECT attempt($$SELECT memreg.destroy_scope('')$$);
SELECT attempt($$SELECT memreg.destroy_scope(NULL)$$);
SELECT attempt($$SELECT memreg.destroy_scope('members/research')$$);
SELECT attempt($$SELECT memreg.destroy_scope('old')$$);

-- Pseudonyms
SELECT attempt(format('SELECT memreg.%s(%L, ''value'')', function, scope))
  FROM unnest('{pseudonym,pseudonym_uuid}'::text[]) AS function, unnest('{nothing,University,"",old}'::text[]) AS scope;
SELECT memreg.pseudonym(NULL, 'value') IS NULL AS no_scope, memreg.pseudonym('university', NULL) IS NULL AS no_value,
	   memreg.pseudonym_uuid(NULL, 'value') IS NULL AS no_scope, memreg.pseudonym_uuid('university', NULL) IS NULL AS no_value;

-- Treatments by scope
SELECT attempt(format('SELECT memreg.set_treatment(''members'', ''research'', ''contact'', %L)', treatment))
  FROM unnest('{pseudonym(nothing),pseudonym(old),pseudonym(),pseudonym(university,pseudonym university,pseudonym(university) ,
				Pseudonym(university),pseudonym(university),pseudonym}'::text[]) AS treatment;
SELECT attempt($$SELECT memreg.make_purpose_scope('members', 'nothing')$$);
SELECT attempt($$SELECT memreg.make_purpose_scope('nowhere', 'research')$$);
SELECT attempt($$SELECT memreg.make_purpose_scope(NULL, 'research')$$);
SELECT attempt($$SELECT memreg.make_purpose_scope('members', NULL)$$);
SELECT memreg.make_purpose_scope('members', 'research');

-- Nothing has changed.
SELECT md5(string_agg(s::text, '' ORDER BY s.scope_id)) = content AS unchanged FROM memreg.scope s, before GROUP BY content;

-- The error tells nothing of the value.
CREATE ROLE clerk;
SET ROLE clerk;
SELECT attempt($$SELECT memreg.pseudonym('university', '130200A9129')$$);
RESET ROLE;
