-- Promise 2: what each treatment shows of each kind of column, and what a column gets that nobody thought of.
\i test/policy/register.sql
SELECT plan(46);

-- Declared or not.
SELECT is(seen('researcher', 'research', 'SELECT email, note FROM app.member WHERE nickname = ''one'''), '(,)', 'what is not declared, or has no category, is withheld');
SELECT is(seen('researcher', 'research', 'SELECT score FROM app.member WHERE nickname = ''one'''), '(10)', 'what is about nobody is clear');
SELECT isnt(seen('researcher', 'research', 'SELECT id FROM app.member WHERE nickname = ''one'''), '(1)', 'the key is a pseudonym');
SELECT is(seen('clerk', 'billing', 'SELECT id, email, zip, note FROM app.member WHERE nickname = ''one'''), '(1,CANARY1@example.com,CANARY00100,)', 'one purpose''s treatments are not another''s');
SELECT memreg.create_purpose('community', 'bare', 'legal_obligation'), memreg.grant_access('clerk', 'community', 'bare');
SELECT is(seen('clerk', 'bare', 'SELECT email, nickname, zip, score FROM app.member WHERE score = 10'), '(,,,10)', 'a purpose without any treatment');
SELECT is(seen('clerk', 'bare', 'SELECT count(*), count(id), min(id) = 1 FROM app.member'), '(6,6,f)', 'the key is a pseudonym there too');
SELECT memreg.set_treatment('community', 'bare', 'subject_key', 'withhold');
SELECT is(seen('clerk', 'bare', 'SELECT count(*), count(id) FROM app.member'), '(6,0)', 'unless it is withheld');
SECURITY LABEL FOR memreg ON COLUMN app.member.id IS 'nonpersonal';
SELECT is(seen('clerk', 'bare', 'SELECT count(id) FROM app.member'), '(0)', 'a label of the key''s column changes nothing');
SECURITY LABEL FOR memreg ON COLUMN app.member.note IS 'subject_key';
SELECT is(seen('researcher', 'research', 'SELECT count(note) FROM app.member WHERE note ~ ''^p1-'''), '(2)', 'on another column it is a category like others');
SECURITY LABEL FOR memreg ON COLUMN app.member.note IS 'nickname';
SELECT is(seen('researcher', 'research', 'SELECT nickname, note FROM app.member ORDER BY score, nickname'), '(one,CANARY1) (three,) (two,CANARY2)', 'a label binds at once');
SECURITY LABEL FOR memreg ON COLUMN app.member.note IS NULL;
SELECT is(seen('researcher', 'research', 'SELECT count(note) FROM app.member'), '(0)', 'and so does its removal');

-- Pseudonyms: NULL stays NULL, equal stays equal, tables join, purposes do not.
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(DISTINCT zip), count(DISTINCT id) FROM app.member'), '(3,2,3)', 'equal values have equal pseudonyms');
SELECT is(seen('researcher', 'research', 'SELECT bool_and(zip ~ ''^p1-[0-9a-z]{24}$'') FROM app.member'), '(t)', 'in their own form');
SELECT memreg.grant_consent('community', 5::bigint, 'research');
SELECT is(seen('researcher', 'research', 'SELECT zip IS NULL FROM app.member WHERE score = 50'), '(t)', 'NULL stays NULL');
SELECT memreg.withdraw_consent('community', 5::bigint, 'research');
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member m JOIN app.visit v ON v.member_id = m.id JOIN app.answer a ON a.member_id = m.id'), '(12)', 'keys of different tables join');
SELECT is(seen('researcher', 'research', 'SELECT zip FROM app.member WHERE nickname = ''one'''),
	(SELECT format('(%s)', memreg.pseudonym('community/research', 'CANARY00100'))), 'they are those of the purpose''s own scope');
SELECT memreg.create_scope('shared'), memreg.create_scope('another (one)');
SELECT memreg.set_treatment('community', 'bare', 'address', 'pseudonym(shared)'), memreg.set_treatment('community', 'bare', 'nickname', 'pseudonym(another (one))');
SELECT is(seen('clerk', 'bare', 'SELECT zip, nickname FROM app.member WHERE score = 10'),
	(SELECT format('(%s,%s)', memreg.pseudonym('shared', 'CANARY00100'), memreg.pseudonym('another (one)', 'one'))), 'or of the scope that is named');
SELECT isnt(memreg.pseudonym('shared', 'x'), memreg.pseudonym('community/research', 'x'), 'scopes differ');
SELECT memreg.destroy_scope('shared');
SELECT is(seen('clerk', 'bare', 'SELECT zip FROM app.member'), 'MR113', 'a destroyed scope is an error');
SELECT is(seen('clerk', 'bare', 'SELECT score FROM app.member WHERE score = 10'), '(10)', 'where the column is asked for');
DELETE FROM memreg.scope_key k USING memreg.scope s WHERE s.scope_id = k.scope_id AND s.scope = 'another (one)';
DELETE FROM memreg.scope WHERE scope = 'another (one)';
SELECT is(seen('clerk', 'bare', 'SELECT nickname FROM app.member'), 'MR110', 'so is a missing one');

-- What a later version may have declared here.
INSERT INTO memreg.treatment VALUES ('community', 'bare', 'contact', 'generalize(year)');
SELECT is(seen('clerk', 'bare', 'SELECT count(email) FROM app.member'), '(0)', 'an unknown treatment withholds');
UPDATE memreg.treatment SET treatment = 'pseudonym' WHERE purpose = 'bare' AND category = 'contact';
SELECT is(seen('clerk', 'bare', 'SELECT count(ip) FROM app.visit'), '(0)', 'one that does not suit the type withholds');
SELECT is(seen('clerk', 'bare', 'SELECT count(email) FROM app.member'), '(5)', 'and treats where it does');

-- System columns tell rows apart as the key does.
SELECT is(seen('researcher', 'research', 'SELECT ctid, xmin, xmax, cmin, cmax FROM app.member LIMIT 1'), '(,,,,)', 'system columns are withheld with the key');
SELECT is(seen('researcher', 'research', 'SELECT score FROM app.member WHERE ctid = ''(0,1)'' OR xmin = xmin'), '', 'in conditions');
SELECT is(seen('researcher', 'research', 'SELECT DISTINCT tableoid::regclass FROM app.member'), '(app.member)', 'but for the table''s own');
SELECT is(seen('clerk', 'billing', 'SELECT count(ctid), count(xmin) FROM app.member'), '(6,6)', 'and are there with the clear key');

-- Generated columns are as strict as what they read.
ALTER TABLE app.member ADD shout text GENERATED ALWAYS AS (upper(email)) STORED, ADD twice int GENERATED ALWAYS AS (score * 2) STORED,
	ADD mixed text GENERATED ALWAYS AS (nickname || coalesce(zip, '')) STORED, ADD fixed int GENERATED ALWAYS AS (7) STORED;
SECURITY LABEL FOR memreg ON COLUMN app.member.shout IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.member.twice IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.member.mixed IS 'nickname';
SECURITY LABEL FOR memreg ON COLUMN app.member.fixed IS 'nonpersonal';
SELECT is(seen('researcher', 'research', 'SELECT shout, twice, mixed, fixed FROM app.member WHERE score = 10'), '(,20,,7)', 'generated columns');
SELECT is(seen('clerk', 'billing', 'SELECT shout, twice, mixed, fixed FROM app.member WHERE score = 10'), '(CANARY1@EXAMPLE.COM,20,oneCANARY00100,7)', 'where all they read is clear');
SELECT is(touched('researcher', 'research', 'UPDATE app.member SET score = 5'), '3', 'writing what they read');
SELECT CASE WHEN current_setting('server_version_num')::int < 180000 THEN 'STORED' ELSE 'VIRTUAL' END AS kind \gset
ALTER TABLE app.visit ADD virtual text GENERATED ALWAYS AS (host(ip)) :kind, ADD harmless text GENERATED ALWAYS AS (page || '!') :kind;
SECURITY LABEL FOR memreg ON COLUMN app.visit.virtual IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.visit.harmless IS 'nonpersonal';
SELECT is(seen('researcher', 'research', 'SELECT virtual, harmless FROM app.visit WHERE visit_id = 6'), '(,"page 2!")', 'virtual ones, where the server has them');
SELECT is(seen('researcher', 'research', 'SELECT visit_id FROM app.visit WHERE virtual = ''192.0.2.6'''), '', 'in conditions');
SELECT is(seen('clerk', 'billing', 'SELECT virtual, harmless FROM app.visit WHERE visit_id = 6'), '(192.0.2.6,"page 2!")', 'where all they read is clear');

-- A column that is added, renamed, dropped.
ALTER TABLE app.visit ADD agent text DEFAULT 'CANARY';
SELECT is(seen('researcher', 'research', 'SELECT count(agent) FROM app.visit'), '(0)', 'a new column is withheld');
ALTER TABLE app.visit RENAME ip TO address;
SELECT is(seen('researcher', 'research', 'SELECT count(address) FROM app.visit'), '(0)', 'a renamed one keeps its category');
ALTER TABLE app.visit RENAME page TO other;
ALTER TABLE app.visit RENAME address TO page;
SELECT is(seen('researcher', 'research', 'SELECT count(page), count(other) FROM app.visit'), '(0,6)', 'also when names are exchanged');
ALTER TABLE app.visit DROP page CASCADE;
ALTER TABLE app.visit ADD page text DEFAULT 'CANARY';
SELECT is(seen('researcher', 'research', 'SELECT count(page) FROM app.visit'), '(0)', 'one that is made again has no category');
ALTER TABLE app.member RENAME id TO member_id;
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(member_id) FROM app.member WHERE member_id <> 1'), '(3,3)', 'a renamed key stays the key');
ALTER TABLE app.member RENAME score TO id;
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member WHERE id = 10'), '(1)', 'whatever takes its name');
ALTER TABLE app.answer RENAME member_id TO who;
SELECT is(seen('researcher', 'research', 'SELECT count(who) FROM ' || t), n, 'of partitions too: ' || t) FROM (VALUES ('app.answer', '(6)'), ('app.answer_2025', '(3)')) s(t, n);

-- Keys of other types.
CREATE TABLE app.by_uuid (id uuid PRIMARY KEY, secret text);
CREATE TABLE app.by_text (id text PRIMARY KEY, secret text);
INSERT INTO app.by_uuid SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'CANARY' FROM generate_series(1, 3) n;
INSERT INTO app.by_text VALUES ('', 'CANARY'), ('a', 'CANARY'), ('Ä' || repeat('x', 3000), 'CANARY'), (repeat('y', 1024), 'CANARY');
GRANT ALL ON app.by_uuid, app.by_text TO researcher;
DO $$
DECLARE
	kind text;
BEGIN
	FOREACH kind IN ARRAY ARRAY['uuid', 'text'] LOOP
		PERFORM memreg.create_register('by ' || kind, 'Members', 'An association', kind::regtype);
		PERFORM memreg.create_purpose('by ' || kind, 'research', 'consent');
		PERFORM memreg.add_table('by ' || kind, ('app.by_' || kind)::regclass, 'id');
		PERFORM memreg.grant_access('researcher', 'by ' || kind, 'research');
		PERFORM memreg.protect(('app.by_' || kind)::regclass);
	END LOOP;
	PERFORM memreg.grant_consent('by uuid', '00000000-0000-0000-0000-000000000002'::uuid, 'research');
	PERFORM memreg.grant_consent('by text', ''::text, 'research');
	PERFORM memreg.grant_consent('by text', repeat('y', 1024), 'research');
END
$$;
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(id), count(secret), bool_or(id::text ~ ''^0000'') FROM app.by_uuid'), '(1,1,0,f)', 'uuid');
SELECT is(seen('researcher', 'research', 'SELECT count(*), bool_and(id ~ ''^p1-''), count(secret) FROM app.by_text'), '(2,t,0)', 'text: empty, and as long as a key may be');
SELECT is(seen('researcher', 'research', 'SELECT a.id IS NULL FROM app.by_text a JOIN app.by_uuid b ON true WHERE a.id < ''q'''), '(f) (f)', 'tables of two registers in one query');
SELECT memreg.revoke_access('researcher', 'by uuid', 'research');
SELECT is(seen('researcher', 'research', 'SELECT FROM app.by_text, app.by_uuid'), 'MR302', 'need a grant in both');
SELECT * FROM finish();
