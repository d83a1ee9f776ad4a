-- What scopes and pseudonyms refuse: each with an SQLSTATE, a message and a hint of its own, and nothing changes.
CREATE EXTENSION memreg;
\i test/attempt.sql

SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_purpose('members', 'research', 'consent');
SELECT memreg.create_scope('university', 'Research at a made-up university');
SELECT memreg.create_scope('old');
SELECT memreg.destroy_scope('old');
CREATE TABLE before AS SELECT md5(string_agg(s::text || k, '' ORDER BY k.scope_id, k.version)) AS content FROM memreg.scope s JOIN memreg.scope_key k USING (scope_id);

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
SELECT attempt($$SELECT memreg.pseudonym_bigint('nothing', 1)$$);
SELECT attempt($$SELECT memreg.pseudonym_uuid('old', '00000000-0000-0000-0000-000000000000'::uuid)$$);
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
SELECT md5(string_agg(s::text || k, '' ORDER BY k.scope_id, k.version)) = content AS unchanged
  FROM memreg.scope s JOIN memreg.scope_key k USING (scope_id), before GROUP BY content;

-- The error tells nothing of the value.
CREATE ROLE clerk;
SET ROLE clerk;
SELECT attempt($$SELECT memreg.pseudonym('university', '130200A9129')$$);
RESET ROLE;
