-- A copy of plain.visit under the two policies that one would write by hand, a role for each.
CREATE TABLE handwritten.visit (LIKE plain.visit INCLUDING ALL);
INSERT INTO handwritten.visit SELECT * FROM plain.visit;
VACUUM (FREEZE, ANALYZE) handwritten.visit;

ALTER TABLE handwritten.visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_exists ON handwritten.visit TO by_exists
	USING (EXISTS (SELECT FROM handwritten.consent c WHERE c.subject = visit.subject));
CREATE POLICY by_in ON handwritten.visit TO by_in
	USING (subject IN (SELECT c.subject FROM handwritten.consent c));
GRANT USAGE ON SCHEMA handwritten TO by_exists, by_in;
GRANT SELECT ON ALL TABLES IN SCHEMA handwritten TO by_exists, by_in;
