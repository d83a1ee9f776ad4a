-- Ways past enforcement that were tried and found open once: each must stay closed.
\i test/policy/register.sql
SELECT plan(8);
SELECT memreg.create_purpose('community', 'mine', 'contract', reach => 'own');
SELECT memreg.set_treatment('community', 'mine', category, 'clear') FROM unnest('{subject_key,contact,nickname,address}'::text[]) category;
SELECT memreg.grant_access('clerk', 'community', 'mine');

-- A subject token that has expired opens nothing, whenever it is set.
SELECT memreg.issue_subject_token('community', 1::bigint, '10 minutes') AS good,
	memreg.issue_subject_token('community', 5::bigint, '1 millisecond') AS expired,
	memreg.issue_subject_token('community', 2::bigint, '10 minutes') AS other \gset
SELECT pg_sleep(0.002) \gset
SELECT set_config('memreg.subject', :'good', false) \gset
SELECT is(seen('clerk', 'mine', 'SELECT id FROM app.member'), '(1)', 'a good token');
SELECT is(seen('clerk', 'mine', format('SELECT id FROM app.member WHERE (SELECT set_config(''memreg.subject'', %L, true) IS NOT NULL)', :'expired')),
	'MR342', 'an expired one that the statement itself sets');
SELECT is(touched('clerk', 'mine', format('UPDATE app.member SET nickname = ''x'' WHERE (SELECT set_config(''memreg.subject'', %L, true) IS NOT NULL)', :'expired')),
	'MR342', 'an expired one that an UPDATE sets');
SELECT is(touched('clerk', 'mine', format('DELETE FROM app.member WHERE (SELECT set_config(''memreg.subject'', %L, true) IS NOT NULL)', :'expired')),
	'MR342', 'an expired one that a DELETE sets');
CREATE FUNCTION fetched(token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	own CURSOR FOR SELECT id FROM app.member;
	found bigint;
BEGIN
	OPEN own;
	PERFORM set_config('memreg.subject', token, true);
	FETCH own INTO found;
	RETURN found;
END
$$;
SELECT is(seen('clerk', 'mine', format('SELECT fetched(%L)', :'expired')), 'MR342', 'an expired one that is set between OPEN and FETCH');
SELECT is(seen('clerk', 'mine', format('SELECT fetched(%L)', :'good')), '(1)', 'a good one set once more');

-- A statement that a function starts in a parallel worker is looked at like any other.
CREATE TABLE app.number AS SELECT n FROM generate_series(1, 20000) n;
GRANT SELECT ON app.number TO researcher;
ANALYZE app.number;
CREATE FUNCTION lab.names() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
	RETURN (SELECT string_agg(nickname, ',' ORDER BY nickname) FROM app.member);
END
$$;
CREATE FUNCTION lab.names_without_purpose() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE SET memreg.purpose = '' AS $$
BEGIN
	RETURN lab.names();
END
$$;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
SELECT is(seen('researcher', 'research', 'SELECT DISTINCT lab.names() FROM app.number WHERE n % 5000 = 0'), '("one,three,two")', 'a function in a worker');
SELECT is(seen('researcher', 'research', 'SELECT DISTINCT lab.names() || lab.names_without_purpose() FROM app.number WHERE n % 5000 = 0'),
	'MR301', 'whose kept plan has lost its purpose');
SELECT * FROM finish();
