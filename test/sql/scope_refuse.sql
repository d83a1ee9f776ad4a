-- What versions of scopes, rights on them, sealed values and subjects' pseudonyms refuse: each with an SQLSTATE, a message
-- and a hint of its own, none of which tells a value, and nothing changes.
CREATE EXTENSION memreg;
\i test/attempt.sql

SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_register('people', 'Another register', 'Example City', 'text');
SELECT memreg.create_purpose('members', 'research', 'consent');
SELECT memreg.create_scope('university');
SELECT memreg.create_scope('phones');
SELECT memreg.rotate_scope('phones');
SELECT memreg.rotate_scope('phones');
SELECT memreg.retire_scope_version('phones', 1);
SELECT memreg.create_scope('old');
SELECT memreg.destroy_scope('old');
SELECT memreg.subject_pseudonym('university', 'members', 1) IS NOT NULL AS made;
CREATE ROLE extractor;
CREATE ROLE clerk;
SELECT memreg.grant_scope('extractor', 'phones');
SELECT memreg.grant_scope('clerk', 'phones', 'reverse');
CREATE TABLE member (id bigint PRIMARY KEY);
CREATE VIEW stored AS
	SELECT md5(string_agg(s::text || k, '' ORDER BY k.scope_id, k.version)) || (SELECT coalesce(string_agg(r::text, ''), '') FROM memreg.scope_right r)
		   || (SELECT count(*) FROM memreg.unsealing) || (SELECT string_agg(s::text, '') FROM memreg.subject_secret s) AS content
	  FROM memreg.scope s JOIN memreg.scope_key k USING (scope_id);
CREATE TABLE before AS TABLE stored;

-- Versions
SELECT attempt(format('SELECT memreg.rotate_scope(%L)', scope)) FROM unnest('{nothing,Phones,"",NULL,old,members/,members/research}'::text[]) scope;
SELECT attempt(format('SELECT memreg.retire_scope_version(%L, %s)', scope, version))
  FROM (VALUES ('nothing', '1'), (NULL, '1'), ('old', '1'), ('phones', '1'), ('phones', '2'), ('phones', '3'), ('phones', '4'), ('phones', '0'), ('phones', '-1'), ('phones', 'NULL'), ('members/', '1'), ('members/research', '1')) v (scope, version);
SELECT attempt(format('SELECT memreg.destroy_scope(%L)', scope)) FROM unnest('{members/,members/research,old}'::text[]) scope;

-- Rights
SELECT attempt(format('SELECT memreg.%s(%s)', function, arguments))
  FROM unnest('{grant_scope,revoke_scope}'::text[]) function, unnest(ARRAY['''nobody'', ''phones''', 'NULL, ''phones''', '0, ''phones''', '''extractor'', ''nothing''', '''extractor'', NULL', '''extractor'', ''old''',
	'''extractor'', ''phones'', ''read''', '''extractor'', ''phones'', NULL', '''extractor'', ''phones'', ''Reverse''', '''extractor'', ''phones'', ''reverse''', '''extractor'', ''members/research''']) arguments;
SELECT attempt($$SELECT memreg.grant_scope('extractor', 'phones', until => now())$$);
SELECT attempt($$SELECT memreg.grant_scope('extractor', 'phones', until => '-infinity')$$);
SELECT attempt($$SELECT memreg.grant_scope('extractor', 'phones', until => 'infinity')$$);

-- Pseudonyms of every version
SELECT attempt(format('SELECT memreg.%s(%L, %s)', function, scope, value))
  FROM (VALUES ('pseudonyms', '''130200A9129'''), ('pseudonyms_uuid', '''130200A9129''::text'), ('pseudonyms_uuid', 'gen_random_uuid()'), ('pseudonyms_bigint', '1302009129')) f (function, value),
	   unnest('{nothing,"",old,university}'::text[]) scope;

-- Sealed values
SELECT attempt(format('SELECT memreg.%s(%L, ''130200A9129'')', function, scope)) FROM unnest('{seal,seal_random}'::text[]) function, unnest('{nothing,old,phones}'::text[]) scope;
SELECT attempt(format('SELECT memreg.unseal(%L, %L, %L)', scope, token, reason))
  FROM (VALUES ('nothing', 's2-AAAA', 'Test'), ('old', 's1-' || repeat('A', 32), 'Test'), ('phones', 's1-' || repeat('A', 32), 'Test'), ('phones', 's4-' || repeat('A', 32), 'Test'),
	('phones', 's3-' || repeat('A', 32), 'Test'), ('phones', 'r3-' || repeat('A', 54), 'Test'), ('phones', '130200A9129', 'Test'), ('phones', '', 'Test'), ('phones', 's3-' || repeat('A', 32), NULL),
	('phones', 's3-' || repeat('A', 32), ''), ('phones', 's3-' || repeat('A', 32), E' \t '), ('phones', NULL, 'Test'), (NULL, 's3-AAAA', 'Test')) u (scope, token, reason);
SELECT attempt($$SELECT memreg.unseal('phones', memreg.seal('phones', '130200A9129', 'one'), 'Test', 'two')$$);
SELECT attempt($$SELECT memreg.unseal('university', memreg.seal('phones', '130200A9129'), 'Test')$$);
SELECT attempt($$SELECT memreg.unseal('phones', memreg.seal('phones', '130200A9129'))$$);
SELECT attempt($$SELECT memreg.unseal('phones', memreg.seal('phones', '130200A9129'), 'Test')$$);
SELECT attempt($$SET LOCAL transaction_read_only = on; SELECT memreg.unseal('phones', memreg.seal('phones', '130200A9129'), 'Test')$$);
SELECT attempt($$DELETE FROM memreg.unsealing$$);
SELECT attempt($$SELECT memreg.token_digest(NULL)$$);

-- Subjects
SELECT attempt(format('SELECT memreg.subject_pseudonym(%s)', arguments))
  FROM unnest(ARRAY['''nothing'', ''members'', 1', '''old'', ''members'', 1', '''university'', ''nothing'', 1', '''university'', ''members'', ''130200A9129''', '''university'', ''members'', gen_random_uuid()',
	'''university'', ''people'', 1302009129', '''university'', ''people'', ''130200A9129''', '''university'', ''people'', repeat(''x'', 1025)', '''university'', ''members'', NULL::bigint', 'NULL, ''members'', 1', '''university'', NULL, 1']) arguments;
SELECT attempt(format('SELECT memreg.forget_subject_secret(%s)', arguments))
  FROM unnest(ARRAY['''nothing'', 1', '''members'', ''130200A9129''', '''people'', 1302009129', '''members'', 2', '''members'', NULL::bigint', 'NULL, 1']) arguments;
SELECT attempt($$SET LOCAL transaction_read_only = on; SELECT memreg.subject_pseudonym('university', 'members', 2)$$);
SELECT attempt($$SET LOCAL transaction_read_only = on; SELECT memreg.subject_pseudonym('university', 'people', 'x')$$);
SELECT attempt($$SET LOCAL transaction_read_only = on; SELECT memreg.subject_pseudonym('university', 'members', 1)$$);
SELECT attempt($$UPDATE memreg.subject_secret SET wrapped_secret = '\x00'; SELECT memreg.subject_pseudonym('university', 'members', 1)$$);
SELECT attempt($$UPDATE memreg.subject_secret SET subject = '2'; SELECT memreg.subject_pseudonym('university', 'members', 2)$$);
SELECT attempt($$DELETE FROM memreg.register WHERE register = 'members'$$);
SELECT attempt($$CREATE TRIGGER t BEFORE DELETE ON member FOR EACH ROW EXECUTE FUNCTION memreg.forget_subject(); INSERT INTO member VALUES (1); DELETE FROM member$$);
SELECT attempt($$CREATE TRIGGER t AFTER DELETE ON member FOR EACH STATEMENT EXECUTE FUNCTION memreg.forget_subject(); DELETE FROM member$$);
SELECT attempt($$CREATE TRIGGER t AFTER DELETE ON member FOR EACH ROW EXECUTE FUNCTION memreg.forget_subject(); INSERT INTO member VALUES (1); DELETE FROM member$$);
SELECT attempt($$SELECT memreg.forget_subject()$$);

-- Keys
SELECT attempt(format('SELECT memreg.rewrap_keys(%s)', at_most)) FROM unnest('{NULL,0,1,-1}'::text[]) at_most;
SELECT attempt($$SELECT memreg.rewrapped_scope_key('phones', 1, '\x00', memreg.present_fingerprint())$$);
SELECT attempt($$SELECT memreg.rewrapped_scope_key('phones', 1, decode(repeat('00', 72), 'hex'), '\x00')$$);
SELECT attempt($$SELECT memreg.rewrapped_scope_key('phones', 1, decode(repeat('00', 72), 'hex'), decode(repeat('00', 16), 'hex'))$$);
SELECT attempt($$SELECT memreg.rewrapped_scope_key('phones', 1, decode(repeat('00', 72), 'hex'), memreg.present_fingerprint())$$);
SELECT attempt($$SELECT memreg.rewrapped_scope_key('university', 2, k.wrapped_key, k.master_fingerprint) FROM memreg.scope_key k JOIN memreg.scope s USING (scope_id) WHERE scope = 'university'$$);
SELECT attempt($$SELECT memreg.rewrapped_scope_key('University', 1, k.wrapped_key, k.master_fingerprint) FROM memreg.scope_key k JOIN memreg.scope s USING (scope_id) WHERE scope = 'university'$$);
SELECT attempt($$DELETE FROM memreg.scope_key; SELECT memreg.pseudonym('university', 'x')$$);
SELECT attempt($$DELETE FROM memreg.scope WHERE scope = 'university'$$);
SELECT attempt($$UPDATE memreg.scope_key SET master_fingerprint = decode(repeat('00', 16), 'hex') WHERE version = 3; SELECT memreg.create_scope('new')$$);

-- Nothing has changed.
SELECT s.content = b.content AS unchanged FROM stored s, before b;

-- Without a right
SET ROLE clerk;
SELECT attempt(format('SELECT memreg.%s(''phones'', %s)', function, value))
  FROM (VALUES ('pseudonym', '''130200A9129'''), ('pseudonym_uuid', '''130200A9129''::text'), ('pseudonym_bigint', '1302009129'), ('pseudonyms', '''130200A9129'''), ('pseudonyms_uuid', '''130200A9129''::text'),
	('pseudonyms_uuid', 'gen_random_uuid()'), ('pseudonyms_bigint', '1302009129'), ('seal', '''130200A9129'''), ('seal_random', '''130200A9129'''), ('subject_pseudonym', '''members'', 1302009129')) f (function, value);
SELECT attempt($$SELECT memreg.rotate_scope('phones')$$);
SELECT attempt($$SELECT memreg.grant_scope('clerk', 'phones')$$);
SELECT attempt($$SELECT memreg.rewrap_keys()$$);
SELECT attempt($$SELECT memreg.forget_subject_secret('members', 1)$$);
SELECT attempt($$TABLE memreg.unsealing$$);
SELECT attempt($$TABLE memreg.key_status$$);
SET ROLE extractor;
SELECT attempt($$SELECT memreg.unseal('phones', memreg.seal('phones', '130200A9129'), 'Test')$$);
RESET ROLE;
