-- Ten tables twice, in the schemas plain and protected: five of notes about people, and five of topics that these refer
-- to. In protected the notes are under memreg: the purpose "research" sees their columns as several treatments have
-- them, "accounts" sees all of them in clear. protected: whether there is a memreg.
CREATE SCHEMA plain;
CREATE SCHEMA protected;
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA plain, protected, bench TO analyst;

\ir planning_time.sql

SELECT format('CREATE TABLE %1$I.topic_%2$s (topic_id int PRIMARY KEY, title text NOT NULL);
	INSERT INTO %1$I.topic_%2$s SELECT n, ''topic '' || n FROM generate_series(1, 20) n;
	CREATE TABLE %1$I.note_%2$s (note_id bigint PRIMARY KEY, person_id bigint NOT NULL, name text, email text, phone text,
		born date, district text, note text, noted_at timestamptz, amount int, topic_id int);
	INSERT INTO %1$I.note_%2$s
	SELECT n, n / 2, ''name '' || n, n || ''@example.org'', ''+358 40 '' || n, date ''1950-01-01'' + n, ''district '' || n %% 30,
		   ''a note'', now(), n %% 1000, 1 + n %% 20 FROM generate_series(1, 1000) n;
	CREATE INDEX ON %1$I.note_%2$s (person_id);', schema, n)
  FROM unnest(ARRAY['plain', 'protected']) schema, generate_series(1, 5) n \gexec
GRANT SELECT ON ALL TABLES IN SCHEMA plain, protected TO analyst;
VACUUM (FREEZE, ANALYZE);

\if :protected
SELECT memreg.create_register('people', 'People', 'An association');
SELECT memreg.create_purpose('people', 'letters', 'consent');
SELECT memreg.create_purpose('people', name, 'contract'), memreg.grant_access('analyst', 'people', name)
  FROM unnest(ARRAY['research', 'accounts']) name;
SELECT memreg.set_treatment('people', 'accounts', category, 'clear')
  FROM unnest(ARRAY['subject_key', 'identity', 'contact', 'birth', 'place', 'activity', 'free_text']) category;
SELECT memreg.set_treatment('people', 'research', category, treatment)
  FROM (VALUES ('identity', 'pseudonym'), ('contact', 'clear if consent to letters'), ('birth', 'generalize(year)'),
			   ('place', 'clear'), ('activity', 'clear'), ('free_text', 'withhold')) treatments (category, treatment);

SELECT memreg.add_table('people', format('protected.note_%s', n)::regclass, 'person_id') FROM generate_series(1, 5) n;
SELECT format('SECURITY LABEL FOR memreg ON COLUMN protected.note_%s.%I IS %L', n, label[1], label[2])
  FROM generate_series(1, 5) n,
	   (VALUES (ARRAY['note_id', 'nonpersonal']), (ARRAY['name', 'identity']), (ARRAY['email', 'contact']),
			   (ARRAY['phone', 'contact']), (ARRAY['born', 'birth']), (ARRAY['district', 'place']),
			   (ARRAY['note', 'free_text']), (ARRAY['noted_at', 'activity']), (ARRAY['amount', 'activity']),
			   (ARRAY['topic_id', 'nonpersonal'])) labels (label) \gexec
SELECT memreg.protect(format('protected.note_%s', n)::regclass) FROM generate_series(1, 5) n;
\endif
