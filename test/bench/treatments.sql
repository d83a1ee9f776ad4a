-- Beside the visits: a row for each of their subjects, and purposes of one basis that see columns in several ways.
-- "research" goes on seeing all in clear.
CREATE TABLE plain.visitor AS SELECT DISTINCT subject FROM plain.visit ORDER BY subject;
ALTER TABLE plain.visitor ADD PRIMARY KEY (subject);
CREATE TABLE protected.visitor (LIKE plain.visitor INCLUDING ALL);
INSERT INTO protected.visitor SELECT * FROM plain.visitor;
GRANT SELECT ON plain.visitor, protected.visitor TO analyst;
VACUUM (FREEZE, ANALYZE) plain.visitor, protected.visitor;
SELECT memreg.add_table('members', 'protected.visitor', 'subject', root => true);
SELECT memreg.protect('protected.visitor');

SELECT memreg.create_purpose('members', name, 'contract'), memreg.grant_access('analyst', 'members', name)
  FROM unnest(ARRAY['accounts', 'visitors', 'letters']) name;
SELECT memreg.set_treatment('members', purpose, category, treatment)
  FROM (VALUES ('accounts', 'subject_key', 'clear'), ('accounts', 'activity', 'clear'),
			   ('visitors', 'activity', 'clear'),
			   ('letters', 'subject_key', 'clear'), ('letters', 'activity', 'clear if consent to research'),
			   ('research', 'activity', 'clear')) treatments (purpose, category, treatment);
SECURITY LABEL FOR memreg ON COLUMN protected.visit.amount IS 'activity';
SECURITY LABEL FOR memreg ON COLUMN protected.visit.page IS 'activity';
