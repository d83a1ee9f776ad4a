-- Included by the tests named equivalence_*: what a query gives over protected tables is what it gives over a copy of
-- them that was treated before.
--
-- Schema app holds three registers, one for each type of subject key. There are three purposes, and for each a schema
-- of its name with the same tables, filled in plain SQL with what the purpose must see:
--
--   research    of role researcher, rests on consent. Members 1, 2, 3, 5 and 8 consent, 4 has withdrawn, the others
--               were never asked. Keys are pseudonyms, and there is every kind of treatment.
--   care        of role clerk, rests on legitimate interests. Members 7 and 10 object. Keys are clear, so it can write.
--   statistics  of role analyst, rests on a legal obligation: everybody's rows, without keys, and coarser.
--
-- Members 1, 3, 8 and 9 consent to be contacted, which decides about their addresses.
--
-- same(query) runs a query as the purpose's role with search_path = app and once more with that of the copy, and
-- compares what comes. Plans and ways of running it vary; what it changes is taken back. A query of a test finds
-- something, or the test must say that it finds nothing; and one that memreg refuses stands in refused(query, sqlstate).
-- Pseudonyms are others in each run: say nothing => NULL where their order decides, but for that with 'p1-5' and the like.
--
-- Whatever holds the word CANARY, or a number that begins with 88000000, must never reach the researcher.
SET client_min_messages = warning;
SET jit = off; -- what costs much by decree would be compiled first
SET statement_timeout = '60s';
CREATE EXTENSION memreg;

CREATE ROLE app_owner;
CREATE ROLE researcher;
CREATE ROLE clerk;
CREATE ROLE analyst;
CREATE SCHEMA app AUTHORIZATION app_owner;
CREATE SCHEMA research AUTHORIZATION app_owner;
CREATE SCHEMA care AUTHORIZATION app_owner;
CREATE SCHEMA statistics AUTHORIZATION app_owner;
CREATE SCHEMA lab;
GRANT ALL ON SCHEMA app, lab TO researcher, clerk, analyst;
GRANT ALL ON SCHEMA research TO researcher;
GRANT ALL ON SCHEMA care TO clerk;
GRANT ALL ON SCHEMA statistics TO analyst;
GRANT USAGE ON SCHEMA lab TO app_owner;
CREATE DOMAIN lab.handle AS text;

-- The tables, four times.
SELECT $tables$
	CREATE TABLE member (
		id bigint PRIMARY KEY,
		invited_by bigint,
		email text,
		name text,
		zip text,
		born date,
		score int NOT NULL DEFAULT 0,
		height numeric(5, 2),
		ip inet,
		last_seen timestamptz,
		note varchar(40),
		tags text[],
		details jsonb,
		income int,
		handle lab.handle,
		pin char(40)
	);
	CREATE INDEX ON member (zip);
	CREATE INDEX ON member (score);
	CREATE INDEX ON member (lower(name));
	CREATE TABLE visit (
		visit_id bigint PRIMARY KEY,
		member_id bigint REFERENCES member ON DELETE CASCADE,
		zip text,
		page text,
		minutes int,
		at timestamptz,
		ip inet
	);
	CREATE INDEX ON visit (member_id);
	CREATE INDEX ON visit (zip);
	-- Partitions in another order of columns, and partitioned again.
	CREATE TABLE answer (
		answered date NOT NULL,
		member_id bigint NOT NULL,
		question int NOT NULL,
		body text,
		points numeric
	) PARTITION BY RANGE (answered);
	CREATE TABLE answer_2024 PARTITION OF answer FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
	CREATE TABLE answer_2025 (gone text, points numeric, question int NOT NULL, gone_too int, body text, member_id bigint NOT NULL, answered date NOT NULL);
	ALTER TABLE answer_2025 DROP gone, DROP gone_too;
	ALTER TABLE answer ATTACH PARTITION answer_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
	CREATE TABLE answer_rest PARTITION OF answer DEFAULT PARTITION BY LIST (question);
	CREATE TABLE answer_rest_1 PARTITION OF answer_rest FOR VALUES IN (1);
	CREATE TABLE answer_rest_n PARTITION OF answer_rest DEFAULT;
	CREATE INDEX ON answer (member_id);
	-- Partitioned by the key itself.
	CREATE TABLE score (member_id bigint NOT NULL, game text, points int) PARTITION BY HASH (member_id);
	CREATE TABLE score_0 PARTITION OF score FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE score_1 PARTITION OF score FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	-- A parent with children.
	CREATE TABLE event (event_id int NOT NULL, member_id bigint, what text, cost int);
	CREATE TABLE call (phone text, minutes int) INHERITS (event);
	-- Keys of the other types.
	CREATE TABLE patient (person uuid PRIMARY KEY, code text, ward text, diagnosis text);
	CREATE TABLE dose (dose_id int PRIMARY KEY, person uuid, drug text, amount numeric);
	CREATE TABLE client (nick text PRIMARY KEY, title text, phone text);
	CREATE TABLE deal (deal_id int PRIMARY KEY, nick text, amount numeric);
	GRANT ALL ON ALL TABLES IN SCHEMA :schema TO :roles;
$tables$ AS tables \gset
SET ROLE app_owner;
\set schema app
\set roles researcher,clerk,analyst
SET search_path = app;
:tables
\set schema research
\set roles researcher
SET search_path = research;
:tables
\set schema care
\set roles clerk
SET search_path = care;
:tables
\set schema statistics
\set roles analyst
SET search_path = statistics;
:tables
RESET search_path;

INSERT INTO app.member VALUES
	(880000001, NULL, 'aino@example.com', 'Aino', 'CANARY00100', '1961-02-03', 10, 170.25, '198.51.100.1', '2025-01-01 08:00+00', 'CANARY1', '{red,CANARY}', '{"a": "CANARY", "b": 1, "c": ["CANARY"]}'),
	(880000002, 880000001, 'CANARY2@example.com', 'Eero', 'CANARY00100', '1965-05-06', 20, 180.50, '198.51.100.2', '2025-02-01 09:30+00', 'CANARY2', '{blue}', '{"b": 2}'),
	(880000003, 880000001, NULL, 'Ilta', 'CANARY00200', '1984-07-08', 20, NULL, '2001:db8::3', NULL, NULL, NULL, NULL),
	(880000004, 880000001, 'CANARY4@example.com', 'CANARY', 'CANARY00100', '1990-09-10', 40, 160.00, '198.51.100.4', '2025-03-01 10:00+00', 'CANARY4', '{CANARY}', '{"a": "CANARY"}'),
	(880000005, 880000002, 'CANARY5@example.com', 'Aino', NULL, NULL, 30, 170.25, NULL, '2025-01-01 08:00+00', 'CANARY5', '{}', '{"a": null}'),
	(880000006, 880000005, NULL, 'CANARY', 'CANARY00200', '1955-11-12', 60, 150.75, '198.51.100.6', '2025-04-01 11:00+00', 'CANARY6', '{CANARY}', '{"b": 3}'),
	(880000007, 880000006, 'CANARY7@example.com', 'CANARY', 'CANARY00300', '1999-12-31', 70, 199.00, '198.51.100.7', NULL, NULL, NULL, NULL),
	(880000008, 880000004, 'unto@example.com', NULL, 'CANARY00200', '1965-05-06', 0, 165.00, '198.51.100.8', '2025-05-01 12:00+00', 'CANARY1', '{red,NULL}', '["CANARY"]'),
	(880000009, 880000008, 'venla@example.com', 'CANARY', 'CANARY00100', '1970-01-01', 20, 170.25, '198.51.100.9', '2025-01-01 08:00+00', 'CANARY9', '{red}', '{"b": 1}'),
	(880000010, NULL, 'CANARY10@example.com', 'CANARY', NULL, '1984-07-08', 10, NULL, NULL, NULL, NULL, NULL, '{}');
UPDATE app.member SET income = nullif(988137 + (id % 10) * 411, 989370), handle = 'CANARY' || id % 3, pin = 'CANARY' || id % 4;
ALTER TABLE app.member ADD UNIQUE (email);
INSERT INTO app.visit
	SELECT n, CASE WHEN n % 13 > 0 THEN 880000001 + n % 10 END,
		   CASE n % 5 WHEN 0 THEN 'CANARY00100' WHEN 1 THEN 'CANARY00200' WHEN 2 THEN 'CANARY00900' WHEN 3 THEN '' END,
		   CASE WHEN n % 13 > 0 AND n % 10 IN (0, 1, 2, 4, 7) THEN 'page ' || n % 4 ELSE 'CANARY' END,
		   nullif(n % 7, 0) * 5, timestamptz '2025-01-01 00:00+00' + n * interval '11 hours', ('192.0.2.' || n)::inet
	  FROM generate_series(1, 40) n;
INSERT INTO app.answer
	SELECT day, 880000000 + m, q, 'CANARY' || m, CASE WHEN q < 3 THEN m + q / 2.0 END
	  FROM generate_series(1, 10) m, generate_series(1, 3) q,
		   unnest('{2023-06-01,2024-03-03,2024-12-31,2025-01-01,2026-02-02}'::date[]) day
	 WHERE (m + q + extract(month FROM day)::int) % 3 > 0;
INSERT INTO app.score SELECT 880000001 + n % 10, CASE n % 3 WHEN 0 THEN 'chess' WHEN 1 THEN 'go' END, n * 7 % 11 FROM generate_series(1, 25) n;
INSERT INTO app.event SELECT n, CASE WHEN n < 9 THEN 880000000 + n END, 'what ' || n % 3, n * 10 FROM generate_series(1, 10) n;
INSERT INTO app.call SELECT 100 + n, 880000000 + n, 'call', n, CASE WHEN n IN (1, 3, 8, 9) THEN '555' ELSE 'CANARY555' END || n, n % 4 FROM generate_series(1, 10) n;
INSERT INTO app.patient SELECT ('88000000-0000-4000-8000-00000000000' || n)::uuid, format('CANARY00%s00', n % 3),
	CASE n % 3 WHEN 0 THEN 'north' WHEN 1 THEN 'south' END, 'CANARY' FROM generate_series(1, 8) n;
INSERT INTO app.dose SELECT n, ('88000000-0000-4000-8000-00000000000' || 1 + n % 8)::uuid, 'drug ' || n % 3, n / 2.0 FROM generate_series(1, 20) n;
INSERT INTO app.client SELECT 'CANARY nick ' || n, 'title ' || n % 2, 'CANARY555' FROM generate_series(1, 6) n;
INSERT INTO app.deal SELECT n, CASE WHEN n % 7 > 0 THEN 'CANARY nick ' || n % 7 END, n * 10 FROM generate_series(1, 14) n;
RESET ROLE;

-- Which columns hold what, and what each purpose sees of it.
DO $$
DECLARE
	label record;
BEGIN
	FOR label IN SELECT * FROM (VALUES
		('member', 'invited_by', 'subject_key'), ('member', 'email', 'contact'), ('member', 'name', 'name'),
		('member', 'zip', 'address'), ('member', 'born', 'birth'), ('member', 'score', 'activity'),
		('member', 'height', 'body'), ('member', 'ip', 'network'), ('member', 'last_seen', 'activity'),
		('member', 'note', 'comment'), ('member', 'tags', 'interest'), ('member', 'details', 'detail {a: address, b: demographics}'),
		('member', 'income', 'income'), ('member', 'handle', 'comment'), ('member', 'pin', 'comment'),
		('visit', 'visit_id', 'nonpersonal'), ('visit', 'zip', 'address'), ('visit', 'page', 'activity'),
		('visit', 'minutes', 'activity'), ('visit', 'at', 'moment'), ('visit', 'ip', 'network'),
		('answer', 'answered', 'nonpersonal'), ('answer', 'question', 'nonpersonal'), ('answer', 'body', 'opinion'), ('answer', 'points', 'activity'),
		('score', 'game', 'nonpersonal'), ('score', 'points', 'activity'),
		('event', 'event_id', 'nonpersonal'), ('event', 'what', 'nonpersonal'), ('event', 'cost', 'activity'),
		('call', 'phone', 'contact'), ('call', 'minutes', 'activity'),
		('patient', 'code', 'code'), ('patient', 'ward', 'nonpersonal'), ('patient', 'diagnosis', 'health'),
		('dose', 'dose_id', 'nonpersonal'), ('dose', 'drug', 'nonpersonal'), ('dose', 'amount', 'nonpersonal'),
		('client', 'title', 'nonpersonal'), ('client', 'phone', 'contact'),
		('deal', 'deal_id', 'nonpersonal'), ('deal', 'amount', 'nonpersonal')) l(relation, "column", category)
	LOOP
		EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.%I.%I IS %L', label.relation, label."column", label.category);
	END LOOP;
END
$$;
SELECT memreg.create_register(r, 'Persons', 'An association', t)
  FROM (VALUES ('community', 'bigint'::regtype), ('hospital', 'uuid'), ('market', 'text')) v(r, t) \g /dev/null
SELECT memreg.create_purpose(r, 'research', 'consent'), memreg.create_purpose(r, 'care', 'legitimate_interests'),
	   memreg.create_purpose(r, 'statistics', 'legal_obligation'), memreg.create_purpose(r, 'newsletter', 'consent')
  FROM unnest('{community,hospital,market}'::text[]) r \g /dev/null
SELECT memreg.create_scope('shared') \g /dev/null
SELECT memreg.set_treatment(r, p, c, t) FROM (VALUES
	('community', 'research', 'name', 'clear'), ('community', 'research', 'address', 'pseudonym'), ('community', 'research', 'activity', 'clear'),
	('community', 'research', 'birth', 'generalize(year)'), ('community', 'research', 'body', 'generalize(10)'),
	('community', 'research', 'network', 'generalize(ip 24)'), ('community', 'research', 'moment', 'generalize(month)'),
	('community', 'research', 'contact', 'clear if consent to newsletter else generalize(letters 1)'),
	('community', 'research', 'comment', 'pseudonym'), ('community', 'research', 'interest', 'pseudonym(shared)'),
	('community', 'research', 'demographics', 'generalize(2)'), ('community', 'research', 'income', 'generalize(1000)'),
	('hospital', 'research', 'code', 'pseudonym(shared)'),
	('community', 'care', 'subject_key', 'clear'), ('community', 'care', 'name', 'clear'), ('community', 'care', 'activity', 'clear'),
	('community', 'care', 'address', 'pseudonym(shared)'), ('community', 'care', 'opinion', 'clear'), ('community', 'care', 'body', 'clear'),
	('community', 'care', 'contact', 'clear if consent to newsletter'), ('community', 'care', 'moment', 'clear'), ('community', 'care', 'demographics', 'clear'),
	('community', 'care', 'income', 'clear if consent to newsletter else generalize(500)'),
	('hospital', 'care', 'subject_key', 'clear'), ('hospital', 'care', 'health', 'clear'),
	('market', 'care', 'subject_key', 'clear'),
	('community', 'statistics', 'subject_key', 'withhold'), ('community', 'statistics', 'name', 'generalize(letters 1)'),
	('community', 'statistics', 'address', 'generalize(letters 9)'), ('community', 'statistics', 'activity', 'clear'),
	('community', 'statistics', 'birth', 'generalize(decade)'), ('community', 'statistics', 'moment', 'generalize(quarter)'),
	('community', 'statistics', 'network', 'generalize(ip 8 16)'), ('community', 'statistics', 'income', 'generalize(5000)'),
	('community', 'statistics', 'demographics', 'generalize(3)'), ('community', 'statistics', 'interest', 'generalize(letters 3)'),
	('hospital', 'statistics', 'subject_key', 'pseudonym'), ('hospital', 'statistics', 'health', 'clear'),
	('market', 'statistics', 'subject_key', 'generalize(letters 6)')) t(r, p, c, t) \g /dev/null
SELECT memreg.add_table('community', 'app.member', 'id', root => true),
	   memreg.add_table('hospital', 'app.patient', 'person', root => true), memreg.add_table('market', 'app.client', 'nick', root => true) \g /dev/null
SELECT memreg.add_table('community', t, 'member_id') FROM unnest('{app.visit,app.answer,app.score,app.event}'::regclass[]) t \g /dev/null
SELECT memreg.add_table('hospital', 'app.dose', 'person'), memreg.add_table('market', 'app.deal', 'nick') \g /dev/null
SELECT memreg.grant_access('researcher', r, 'research'), memreg.grant_access('clerk', r, 'care'),
	   memreg.grant_access('analyst', r, 'statistics') FROM unnest('{community,hospital,market}'::text[]) r \g /dev/null
SELECT memreg.grant_consent('community', 880000000 + m, 'research') FROM unnest('{1,2,3,4,5,8}'::bigint[]) m \g /dev/null
SELECT memreg.withdraw_consent('community', 880000004::bigint, 'research') \g /dev/null
SELECT memreg.grant_consent('community', 880000000 + m, 'newsletter') FROM unnest('{1,3,8,9}'::bigint[]) m \g /dev/null
SELECT memreg.grant_consent('hospital', ('88000000-0000-4000-8000-00000000000' || n)::uuid, 'research'),
	   memreg.grant_consent('market', 'CANARY nick ' || n, 'research') FROM generate_series(1, 4) n \g /dev/null
SELECT memreg.object_to('community', 880000000 + m, 'care') FROM unnest('{7,10}'::bigint[]) m \g /dev/null
SELECT memreg.object_to('market', 'CANARY nick 1'::text, 'care') \g /dev/null
SELECT memreg.protect(relation) FROM memreg.registered_table ORDER BY relation \g /dev/null

-- The copies: rows of subjects with a ground, columns as treated, in plain SQL.
CREATE FUNCTION lab.coarse(value numeric, width numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT floor(value / width) * width';
CREATE FUNCTION lab.network(address inet, ipv4_bits int, ipv6_bits int) RETURNS inet LANGUAGE sql IMMUTABLE AS
	'SELECT network(set_masklen(address, CASE family(address) WHEN 4 THEN ipv4_bits ELSE ipv6_bits END))';
CREATE FUNCTION lab.month(t timestamptz, unit text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
	'SELECT date_trunc(unit, t AT TIME ZONE ''UTC'') AT TIME ZONE ''UTC''';
ALTER TABLE research.member ALTER height TYPE numeric; -- a band's bound has no digits behind the point
INSERT INTO research.member
	SELECT memreg.pseudonym_bigint('community/research', id), memreg.pseudonym_bigint('community/research', invited_by),
		   CASE WHEN id - 880000000 IN (1, 3, 8) THEN email ELSE left(email, 1) END, name, memreg.pseudonym('community/research', zip),
		   date_trunc('year', born)::date, score, lab.coarse(height, 10), lab.network(ip, 24, 48), last_seen, memreg.pseudonym('community/research', note),
		   CASE WHEN tags IS NOT NULL THEN ARRAY(SELECT memreg.pseudonym('shared', t) FROM unnest(tags) WITH ORDINALITY u(t, n) ORDER BY n) END,
		   CASE WHEN jsonb_typeof(details) = 'object' THEN
				(SELECT coalesce(jsonb_object_agg(k, CASE WHEN k = 'b' THEN to_jsonb(lab.coarse(v::numeric, 2)) WHEN v = 'null' THEN v
														  ELSE to_jsonb(memreg.pseudonym('community/research', v #>> '{}')) END), '{}')
				   FROM jsonb_each(details) e(k, v) WHERE k IN ('a', 'b')) END,
		   lab.coarse(income, 1000), memreg.pseudonym('community/research', handle), memreg.pseudonym('community/research', pin::text)
	  FROM app.member WHERE id - 880000000 IN (1, 2, 3, 5, 8);
INSERT INTO research.visit
	SELECT visit_id, memreg.pseudonym_bigint('community/research', member_id), memreg.pseudonym('community/research', zip), page, minutes,
		   lab.month(at, 'month'), lab.network(ip, 24, 48)
	  FROM app.visit WHERE member_id - 880000000 IN (1, 2, 3, 5, 8);
INSERT INTO research.answer
	SELECT answered, memreg.pseudonym_bigint('community/research', member_id), question, NULL, points
	  FROM app.answer WHERE member_id - 880000000 IN (1, 2, 3, 5, 8);
INSERT INTO research.score
	SELECT memreg.pseudonym_bigint('community/research', member_id), game, points FROM app.score WHERE member_id - 880000000 IN (1, 2, 3, 5, 8);
INSERT INTO research.event
	SELECT event_id, memreg.pseudonym_bigint('community/research', member_id), what, cost FROM ONLY app.event WHERE member_id - 880000000 IN (1, 2, 3, 5, 8);
INSERT INTO research.call
	SELECT event_id, memreg.pseudonym_bigint('community/research', member_id), what, cost,
		   CASE WHEN member_id - 880000000 IN (1, 3, 8) THEN phone ELSE left(phone, 1) END, minutes
	  FROM app.call WHERE member_id - 880000000 IN (1, 2, 3, 5, 8);
INSERT INTO research.patient
	SELECT memreg.pseudonym_uuid('hospital/research', person), memreg.pseudonym('shared', code), ward, NULL FROM app.patient WHERE person < '88000000-0000-4000-8000-000000000005';
INSERT INTO research.dose
	SELECT dose_id, memreg.pseudonym_uuid('hospital/research', person), drug, amount FROM app.dose WHERE person < '88000000-0000-4000-8000-000000000005';
INSERT INTO research.client SELECT memreg.pseudonym('market/research', nick), title, NULL FROM app.client WHERE nick < 'CANARY nick 5';
INSERT INTO research.deal SELECT deal_id, memreg.pseudonym('market/research', nick), amount FROM app.deal WHERE nick < 'CANARY nick 5';

INSERT INTO care.member
	SELECT id, invited_by, CASE WHEN id - 880000000 IN (1, 3, 8, 9) THEN email END, name, memreg.pseudonym('shared', zip), NULL, score, height, NULL,
		   last_seen, NULL, NULL,
		   CASE WHEN jsonb_typeof(details) = 'object' THEN
				(SELECT coalesce(jsonb_object_agg(k, CASE WHEN k = 'a' AND v <> 'null' THEN to_jsonb(memreg.pseudonym('shared', v #>> '{}')) ELSE v END), '{}')
				   FROM jsonb_each(details) e(k, v) WHERE k IN ('a', 'b')) END,
		   CASE WHEN id - 880000000 IN (1, 3, 8, 9) THEN income ELSE lab.coarse(income, 500) END, NULL, NULL
	  FROM app.member WHERE id NOT IN (880000007, 880000010);
INSERT INTO care.visit SELECT visit_id, member_id, memreg.pseudonym('shared', zip), page, minutes, at, NULL FROM app.visit WHERE member_id NOT IN (880000007, 880000010);
INSERT INTO care.answer SELECT * FROM app.answer WHERE member_id NOT IN (880000007, 880000010);
INSERT INTO care.score SELECT * FROM app.score WHERE member_id NOT IN (880000007, 880000010);
INSERT INTO care.event SELECT * FROM ONLY app.event WHERE member_id NOT IN (880000007, 880000010);
INSERT INTO care.call
	SELECT event_id, member_id, what, cost, CASE WHEN member_id - 880000000 IN (1, 3, 8, 9) THEN phone END, minutes
	  FROM app.call WHERE member_id NOT IN (880000007, 880000010);
INSERT INTO care.patient SELECT person, NULL, ward, diagnosis FROM app.patient;
INSERT INTO care.dose SELECT * FROM app.dose;
INSERT INTO care.client SELECT nick, title, NULL FROM app.client WHERE nick <> 'CANARY nick 1';
INSERT INTO care.deal SELECT * FROM app.deal WHERE nick <> 'CANARY nick 1';

-- Keys that are withheld, or the same for several, are no keys of the copy's.
ALTER TABLE statistics.member DROP CONSTRAINT member_pkey CASCADE, ALTER id DROP NOT NULL;
ALTER TABLE statistics.answer ALTER member_id DROP NOT NULL;
ALTER TABLE statistics.score ALTER member_id DROP NOT NULL;
ALTER TABLE statistics.client DROP CONSTRAINT client_pkey;
INSERT INTO statistics.member
	SELECT NULL, NULL, NULL, left(name, 1), left(zip, 9), make_date(extract(year FROM born)::int / 10 * 10, 1, 1), score, NULL,
		   lab.network(ip, 8, 16), last_seen, NULL,
		   CASE WHEN tags IS NOT NULL THEN ARRAY(SELECT left(t, 3) FROM unnest(tags) WITH ORDINALITY u(t, n) ORDER BY n) END,
		   CASE WHEN jsonb_typeof(details) = 'object' THEN
				(SELECT coalesce(jsonb_object_agg(k, CASE WHEN k = 'b' THEN to_jsonb(lab.coarse(v::numeric, 3)) WHEN v = 'null' THEN v ELSE to_jsonb(left(v #>> '{}', 9)) END), '{}')
				   FROM jsonb_each(details) e(k, v) WHERE k IN ('a', 'b')) END,
		   lab.coarse(income, 5000), NULL, NULL
	  FROM app.member;
INSERT INTO statistics.visit SELECT visit_id, NULL, left(zip, 9), page, minutes, lab.month(at, 'quarter'), lab.network(ip, 8, 16) FROM app.visit WHERE member_id IS NOT NULL;
INSERT INTO statistics.answer SELECT answered, NULL, question, NULL, points FROM app.answer;
INSERT INTO statistics.score SELECT NULL, game, points FROM app.score;
INSERT INTO statistics.event SELECT event_id, NULL, what, cost FROM ONLY app.event WHERE member_id IS NOT NULL;
INSERT INTO statistics.call SELECT event_id, NULL, what, cost, NULL, minutes FROM app.call;
INSERT INTO statistics.patient SELECT memreg.pseudonym_uuid('hospital/statistics', person), NULL, ward, diagnosis FROM app.patient;
INSERT INTO statistics.dose SELECT dose_id, memreg.pseudonym_uuid('hospital/statistics', person), drug, amount FROM app.dose;
INSERT INTO statistics.client SELECT left(nick, 6), title, NULL FROM app.client;
INSERT INTO statistics.deal SELECT deal_id, left(nick, 6), amount FROM app.deal WHERE nick IS NOT NULL;

-- What anybody may read and write, beside the registers.
CREATE TABLE lab.district (zip text, title text, fee int);
INSERT INTO lab.district SELECT memreg.pseudonym(s, z), z || t, n FROM unnest('{community/research,shared}'::text[]) s,
	unnest('{CANARY00100,CANARY00200,CANARY00400}'::text[], '{a,b,c}'::text[], '{1,2,3}'::int[]) v(z, t, n);
UPDATE lab.district SET title = right(title, 1);
CREATE TABLE lab.wave (n int PRIMARY KEY, label text);
INSERT INTO lab.wave SELECT n, CASE WHEN n % 3 > 0 THEN 'wave ' || n END FROM generate_series(0, 6) n;
CREATE TABLE lab.basket (k bigint PRIMARY KEY, t text, n int DEFAULT 0);
INSERT INTO lab.basket VALUES (1, 'page 1', 1), (2, 'page 2', 2), (20, 'Aino', 20);
GRANT ALL ON ALL TABLES IN SCHEMA lab TO researcher, clerk, analyst;
ANALYZE;

-- Rows of a statement as texts, in the order they come.
CREATE FUNCTION rows_found(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	answer record;
	rows text[] := '{}';
BEGIN
	FOR answer IN EXECUTE statement LOOP
		rows := rows || answer::text;
	END LOOP;
	RETURN rows;
END
$$;

-- The same for a statement that may have no result, which PL/pgSQL says by the one error or the other.
CREATE FUNCTION rows_of(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
	RETURN rows_found(statement);
EXCEPTION WHEN invalid_cursor_definition OR syntax_error THEN
	EXECUTE statement;
	RETURN ARRAY['done'];
END
$$;

CREATE FUNCTION role_of(purpose text) RETURNS name LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE purpose WHEN 'care' THEN 'clerk' WHEN 'statistics' THEN 'analyst' ELSE 'researcher' END::name
$$;
CREATE FUNCTION vary(how text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	setting record;
BEGIN
	FOR setting IN SELECT * FROM (VALUES
		('generic', 'plan_cache_mode', 'force_generic_plan'),
		('custom', 'plan_cache_mode', 'force_custom_plan'),
		('nested', 'enable_hashjoin', 'off'), ('nested', 'enable_mergejoin', 'off'), ('nested', 'enable_hashagg', 'off'),
		('nested', 'enable_seqscan', 'off'), ('nested', 'join_collapse_limit', '1'),
		('merge', 'enable_hashjoin', 'off'), ('merge', 'enable_nestloop', 'off'), ('merge', 'enable_hashagg', 'off'), ('merge', 'geqo_threshold', '2'),
		('parallel', 'min_parallel_table_scan_size', '0'), ('parallel', 'min_parallel_index_scan_size', '0'),
		('parallel', 'parallel_setup_cost', '0'), ('parallel', 'parallel_tuple_cost', '0'),
		('parallel', 'enable_partitionwise_join', 'on'), ('parallel', 'enable_partitionwise_aggregate', 'on')) s(way, name, value)
		WHERE way = how
	LOOP
		PERFORM set_config(setting.name, setting.value, true);
	END LOOP;
END
$$;

-- What statements give, one after the other, under a purpose and over the tables of a schema. What they change is taken
-- back. An error is an array of one: its SQLSTATE and message.
CREATE FUNCTION outcome(purpose text, place text, how text, VARIADIC statements text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	rows text[] := '{}';
	more text[];
BEGIN
	PERFORM vary(how);
	PERFORM set_config('search_path', place || ', lab, public', true), set_config('memreg.purpose', purpose, true),
			set_config('role', role_of(purpose), true);
	FOREACH statement IN ARRAY statements LOOP
		IF how IN ('generic', 'custom') THEN
			EXECUTE 'PREPARE probe AS ' || statement;
			rows := rows || rows_of('EXECUTE probe');
			DEALLOCATE probe;
		ELSIF how = 'cursor' THEN
			EXECUTE 'DECLARE probe SCROLL CURSOR FOR ' || statement;
			rows := rows || rows_found('FETCH FORWARD 3 FROM probe');
			rows := rows || rows_found('FETCH ALL FROM probe');
			EXECUTE 'CLOSE probe';
		ELSIF how = 'parallel' THEN
			-- A cursor, as FOR is one, has no parallel workers.
			EXECUTE format('SELECT coalesce(array_agg(q::text), ''{}'') FROM (%s) q', statement) INTO more;
			rows := rows || more;
		ELSIF how = 'explain' THEN
			rows := rows || rows_of('EXPLAIN (VERBOSE, COSTS off) ' || statement);
		ELSE
			rows := rows || rows_of(statement);
		END IF;
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = rows::text;
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN SQLERRM::text[];
	WHEN OTHERS THEN
		DEALLOCATE ALL;
		RETURN ARRAY[SQLSTATE || ': ' || SQLERRM];
END
$$;

CREATE FUNCTION is_error(rows text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT rows[1] ~ '^[0-9A-Z]{5}: '
$$;
CREATE FUNCTION tells(rows text[], statement text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT array_to_string(rows, ' ') ~ 'CANARY|\m88000000' AND statement !~ 'CANARY|88000000'
$$;
CREATE FUNCTION sorted(rows text[]) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY(SELECT r FROM unnest(rows) r ORDER BY r COLLATE "C")
$$;
CREATE FUNCTION is_there(since int) RETURNS boolean LANGUAGE sql STABLE AS $$
	SELECT current_setting('server_version_num')::int >= since * 10000
$$;

-- The first way of running the statements that gives something else over app than over the copy, and what; else what
-- they give.
CREATE FUNCTION compare(purpose text, ordered boolean, ways text[], statements text[], OUT way text, OUT given text[], OUT due text[])
LANGUAGE plpgsql AS $$
BEGIN
	due := outcome(purpose, purpose, 'default', VARIADIC statements);
	due := CASE WHEN ordered THEN due ELSE sorted(due) END;
	FOREACH way IN ARRAY ways LOOP
		given := outcome(purpose, 'app', way, VARIADIC statements);
		IF way = 'explain' AND NOT is_error(given) AND NOT tells(given, array_to_string(statements, ' ')) THEN
			given := due;
			CONTINUE;
		END IF;
		given := CASE WHEN ordered THEN given ELSE sorted(given) END;
		IF given IS DISTINCT FROM due OR is_error(given) OR purpose = 'research' AND tells(given, array_to_string(statements, ' ')) THEN
			RETURN;
		END IF;
	END LOOP;
	way := NULL;
END
$$;

CREATE FUNCTION judge(purpose text, ordered boolean, nothing boolean, ways text[], statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	result record;
	about text := regexp_replace(array_to_string(statements, '; '), '\s+', ' ', 'g');
BEGIN
	SELECT * INTO result FROM compare(purpose, ordered, ways, statements);
	IF is_error(result.due) THEN
		RETURN NEXT fail(about || ' -- fails over the copy: ' || result.due[1]);
	ELSIF result.way IS NOT NULL THEN
		RETURN NEXT is(result.given::text, result.due::text, format('%s -- %s', about, result.way));
	ELSIF (result.due = '{}') <> nothing AND about !~ 'p1-[1-9]' THEN -- not if that is NULL, or pseudonyms decide
		RETURN NEXT fail(about || CASE WHEN nothing THEN ' -- finds something' ELSE ' -- finds nothing' END);
	ELSE
		RETURN NEXT pass(about);
	END IF;
END
$$;

-- Starting parallel workers takes time: a third of the queries has some. Which ones, their text decides.
CREATE FUNCTION ways_of(query text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN hashtext(query) % 3 = 0 THEN '{parallel}' ELSE '{}'::text[] END || '{default,generic,custom,nested,merge,cursor,explain}'::text[]
$$;

-- Reading. ordered: the order of rows is compared too, and must be a total one. since: the first server version.
CREATE FUNCTION same(query text, purpose text DEFAULT 'research', ordered boolean DEFAULT false, nothing boolean DEFAULT false, since int DEFAULT 15)
RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	IF is_there(since) THEN
		RETURN QUERY SELECT judge(purpose, ordered, nothing, ways_of(query), ARRAY[query]);
	END IF;
END
$$;

-- Writing: what is returned, and what is in the tables afterwards.
CREATE FUNCTION same_write(statement text, purpose text DEFAULT 'care', since int DEFAULT 15) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	way text;
	due text[];
	given text[];
	state text[] := ARRAY(SELECT format('SELECT %L, * FROM %s', t, t) FROM unnest('{member,visit,answer,score,event,call,patient,dose,client,deal,basket}'::text[]) t);
	about text := regexp_replace(statement, '\s+', ' ', 'g');
BEGIN
	IF NOT is_there(since) THEN
		RETURN;
	END IF;
	due := sorted(outcome(purpose, purpose, 'default', VARIADIC statement || state));
	IF is_error(due) THEN
		RETURN NEXT fail(about || ' -- fails over the copy: ' || due[1]);
		RETURN;
	END IF;
	FOREACH way IN ARRAY '{default,generic,nested,merge}'::text[] LOOP
		given := sorted(outcome(purpose, 'app', way, VARIADIC statement || state));
		IF given IS DISTINCT FROM due OR is_error(given) OR purpose = 'research' AND tells(given, statement) THEN
			RETURN NEXT fail(about || ' -- ' || way || CASE WHEN is_error(given) THEN ': ' || given[1] ELSE '' END);
			IF is_error(given) THEN
				RETURN;
			END IF;
			RETURN NEXT diag('given, not due: ' || array_to_string(ARRAY(SELECT unnest(given) EXCEPT ALL SELECT unnest(due)), ' ', 'NULL'));
			RETURN NEXT diag('due, not given: ' || array_to_string(ARRAY(SELECT unnest(due) EXCEPT ALL SELECT unnest(given)), ' ', 'NULL'));
			RETURN;
		END IF;
	END LOOP;
	RETURN NEXT pass(about);
END
$$;

-- Several statements, one after the other, of which some have rows.
CREATE FUNCTION same_steps(steps text[], purpose text DEFAULT 'research', ordered boolean DEFAULT true, since int DEFAULT 15)
RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	IF is_there(since) THEN
		RETURN QUERY SELECT judge(purpose, ordered, false, '{default}', steps);
	END IF;
END
$$;

-- What memreg refuses by design, with the SQLSTATE, while PostgreSQL does it over the copy.
CREATE FUNCTION refused(statement text, code text, purpose text DEFAULT 'research', since int DEFAULT 15) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	about text := regexp_replace(statement, '\s+', ' ', 'g');
	due text[];
	given text[];
BEGIN
	IF NOT is_there(since) THEN
		RETURN;
	END IF;
	due := outcome(purpose, purpose, 'default', statement);
	given := outcome(purpose, 'app', 'default', statement);
	RETURN NEXT CASE WHEN is_error(due) THEN fail(about || ' -- fails over the copy: ' || due[1])
		WHEN tells(given, statement) THEN fail(about || ' -- tells something')
		ELSE is(left(given[1], 5), code, format('%s: %s', code, about)) END;
END
$$;

-- What PostgreSQL itself refuses: over both in the same way.
CREATE FUNCTION both_fail(statement text, code text, purpose text DEFAULT 'research', since int DEFAULT 15) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	about text := regexp_replace(statement, '\s+', ' ', 'g');
	due text[];
	given text[];
BEGIN
	IF NOT is_there(since) THEN
		RETURN;
	END IF;
	due := outcome(purpose, purpose, 'default', statement);
	given := outcome(purpose, 'app', 'default', statement);
	RETURN NEXT CASE WHEN tells(given, statement) THEN fail(about || ' -- tells something')
		ELSE is(ARRAY[left(given[1], 5), left(due[1], 5)], ARRAY[code, code], format('%s: %s', code, about)) END;
END
$$;

-- The same view or function in app and in the copy, made by the purpose's role.
CREATE PROCEDURE make(statement text, purpose text DEFAULT 'research', since int DEFAULT 15) LANGUAGE plpgsql AS $$
DECLARE
	place text;
BEGIN
	IF NOT is_there(since) THEN
		RETURN;
	END IF;
	FOREACH place IN ARRAY ARRAY['app', purpose] LOOP
		PERFORM set_config('role', role_of(purpose), true),
				set_config('search_path', place || ', lab, public', true), set_config('memreg.purpose', purpose, true);
		EXECUTE statement;
		PERFORM set_config('role', 'none', true), set_config('search_path', 'public', true), set_config('memreg.purpose', '', true);
	END LOOP;
END
$$;
