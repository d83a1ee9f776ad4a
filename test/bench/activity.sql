-- Visits of members, twice: a table whose rows tell of activity, and one that is like it but for that. members: how many.
CREATE SCHEMA plain;
CREATE SCHEMA tracked;
CREATE TABLE plain.member (id bigint PRIMARY KEY);
INSERT INTO plain.member SELECT generate_series(1, :members);
CREATE TABLE plain.visit (
	visit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	member bigint NOT NULL REFERENCES plain.member,
	at timestamptz NOT NULL DEFAULT now(),
	page text
);
CREATE INDEX ON plain.visit (member);
CREATE TABLE tracked.visit (LIKE plain.visit INCLUDING ALL);
ALTER TABLE tracked.visit ADD FOREIGN KEY (member) REFERENCES plain.member;

SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'tracked.visit', 'member');
SELECT memreg.track_activity('tracked.visit');
INSERT INTO plain.visit (member) SELECT id FROM plain.member;
INSERT INTO tracked.visit (member) SELECT id FROM plain.member;
VACUUM (FREEZE, ANALYZE);
