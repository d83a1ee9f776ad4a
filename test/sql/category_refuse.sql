-- What declaring categories refuses, and what protect says about columns: each with an SQLSTATE, a message and a hint
-- of its own, and nothing changes.
CREATE EXTENSION memreg;
\i test/attempt.sql
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_purpose('members', 'research', 'consent');

-- Names
SELECT attempt(format('SELECT memreg.declare_category(%L, ''contact'')', register)) FROM unnest('{nowhere,NULL}'::text[]) AS register;
SELECT attempt(format('SELECT memreg.declare_category(''members'', %L)', category))
  FROM unnest(ARRAY['', 'Contact', 'e-mail', '1st', '_x', 'ä', 'two words', E'line\n', repeat('x', 64), NULL]) AS category;
SELECT attempt(format('SELECT memreg.declare_category(''members'', %L, technical => true)', category))
  FROM unnest(ARRAY['x', repeat('x', 63)]) AS category;

-- Contradictions
SELECT attempt($$SELECT memreg.declare_category('members', 'contact', identifying => true, quasi_identifying => true)$$);
SELECT attempt($$SELECT memreg.declare_category('members', 'subject_key', quasi_identifying => true)$$);
SELECT attempt(format($$SELECT memreg.declare_category('members', 'nonpersonal', %s)$$, said))
  FROM unnest('{special => true,identifying => true,technical => true,"source => ''a list''","mandatory => false"}'::text[]) AS said;
SELECT attempt($$SELECT memreg.declare_category('members', 'nonpersonal')$$);
SELECT attempt(format('SELECT memreg.declare_category(''members'', ''contact'', %s => NULL)', flag))
  FROM unnest('{special,identifying,quasi_identifying,free_text,technical}'::text[]) AS flag;
SELECT attempt($$SELECT memreg.declare_category('members', 'contact', source => NULL, mandatory => NULL, description => NULL)$$);

-- Taking back
SELECT attempt($$SELECT memreg.withdraw_category('nowhere', 'contact')$$);
SELECT memreg.withdraw_category('members', 'contact');
SELECT memreg.withdraw_category('members', 'Contact');
SELECT memreg.withdraw_category('members', NULL);
SELECT count(*) FROM memreg.category;

-- What protect says about columns
CREATE SCHEMA app;
CREATE TABLE app.member (id bigint PRIMARY KEY, email text, "The name" text, born date);
CREATE TABLE app."Senior member" ("Since when" date, title text) INHERITS (app.member);
CREATE TABLE app.junior (guardian text) INHERITS (app.member);
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app."Senior member".email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.junior.guardian IS 'contact';
SELECT memreg.add_table('members', 'app.member', 'id', root => true);
SELECT memreg.protect('app.member');
SELECT memreg.set_treatment('members', 'research', 'tenure', 'pseudonym');
SECURITY LABEL FOR memreg ON COLUMN app."Senior member"."Since when" IS 'tenure';
SELECT memreg.protect('app.member');
SELECT memreg.set_treatment('members', 'research', 'tenure', 'withhold');
SECURITY LABEL FOR memreg ON COLUMN app.member."The name" IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.member.born IS 'contact';
SELECT memreg.protect('app.member');
SELECT memreg.set_treatment('members', 'research', 'tenure', 'pseudonym');
SELECT memreg.set_treatment('members', 'research', 'Tenure', 'clear');
SELECT memreg.set_treatment('members', 'research', NULL, 'clear');

-- Who may
CREATE ROLE clerk;
SET ROLE clerk;
SELECT memreg.declare_category('members', 'contact');
SELECT memreg.withdraw_category('members', 'contact');
SELECT memreg.identifies('members', 'contact');
SELECT * FROM memreg.category;
