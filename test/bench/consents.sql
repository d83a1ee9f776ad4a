-- Consents of three in four of :subjects subjects, whose key is of type :key, and a
-- protected table with 10,000 of those who consent, numbered by place.
CREATE SCHEMA protected;
GRANT USAGE ON SCHEMA protected TO analyst;

\ir keys.sql

SELECT memreg.create_register('members', 'Members', 'An association', :'key');
SELECT memreg.create_purpose('members', 'research', 'consent');
SELECT memreg.grant_access('analyst', 'members', 'research');
SELECT memreg.set_treatment('members', 'research', 'subject_key', 'clear');

INSERT INTO memreg.consent_state (purpose_id, subject, granted, changed_at, events, changed)
SELECT purpose_id, bench.subject_key(n), true, now(), 1, true
  FROM generate_series(1, :subjects::bigint) n, memreg.purpose WHERE bench.consents(n);
VACUUM (FREEZE, ANALYZE) memreg.consent_state;

CREATE TABLE protected.person (id :key PRIMARY KEY, place int UNIQUE);
INSERT INTO protected.person
SELECT bench.subject_key(n), row_number() OVER (ORDER BY n)
  FROM generate_series(1, :subjects::bigint) n WHERE bench.consents(n) LIMIT 10000;
VACUUM (FREEZE, ANALYZE) protected.person;
GRANT SELECT ON protected.person TO analyst;
SECURITY LABEL FOR memreg ON COLUMN protected.person.place IS 'nonpersonal';
SELECT memreg.add_table('members', 'protected.person', 'id', root => true);
SELECT memreg.protect('protected.person');
