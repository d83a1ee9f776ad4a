-- Visits of subjects whose key is of type :key, in two tables of the same layout:
-- plain.visit, and protected.visit under memreg. :visits rows of :subjects subjects,
-- in no order; three subjects in four consent to "research".
CREATE SCHEMA plain;
CREATE SCHEMA protected;
CREATE SCHEMA handwritten;
GRANT USAGE ON SCHEMA plain, protected TO analyst;

\ir keys.sql

CREATE TABLE plain.visit (id bigint PRIMARY KEY, subject :key NOT NULL, amount int NOT NULL, page text NOT NULL);
INSERT INTO plain.visit
SELECT n, bench.subject_key(1 + (hashint8extended(n, 0) & 9223372036854775807) % :subjects), n % 1000, 'page ' || n % 100
  FROM generate_series(1, :visits::bigint) n;
CREATE TABLE protected.visit (LIKE plain.visit INCLUDING ALL);
INSERT INTO protected.visit SELECT * FROM plain.visit;
GRANT SELECT ON plain.visit, protected.visit TO analyst;
VACUUM (FREEZE, ANALYZE) plain.visit, protected.visit;

CREATE TABLE handwritten.consent (subject :key PRIMARY KEY);
INSERT INTO handwritten.consent
SELECT bench.subject_key(n) FROM generate_series(1, :subjects::bigint) n WHERE bench.consents(n);
VACUUM (FREEZE, ANALYZE) handwritten.consent;

SELECT memreg.create_register('members', 'Members', 'An association', :'key');
SELECT memreg.create_purpose('members', 'research', 'consent');
SELECT memreg.grant_access('analyst', 'members', 'research');
SELECT memreg.add_table('members', 'protected.visit', 'subject');
SELECT memreg.set_treatment('members', 'research', 'subject_key', 'clear');
SECURITY LABEL FOR memreg ON COLUMN protected.visit.id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN protected.visit.amount IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN protected.visit.page IS 'nonpersonal';

INSERT INTO memreg.consent_state (purpose_id, subject, granted, changed_at, events, changed)
SELECT purpose_id, subject, true, now(), 1, true FROM handwritten.consent, memreg.purpose;
VACUUM (FREEZE, ANALYZE) memreg.consent_state;
SELECT memreg.protect('protected.visit');
