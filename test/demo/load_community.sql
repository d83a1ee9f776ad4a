-- The made-up members of register A: activity over two years, 27 % of them
-- inactive for more than six months.
SET session_replication_role = replica; -- rows are made from their parents: no need to look each up
SET ROLE community;

INSERT INTO community.member
SELECT i,
	   demo.plain(demo.choose(i, 1, demo.words('given')) || '.' || demo.choose(i, 2, demo.words('family')))
		   || i || '@example.org',
	   demo.choose(i, 3, demo.words('trait')) || demo.choose(i, 4, demo.words('animal')) || i % 1000,
	   1930 + 10 * demo.dice(i, 5, 8),
	   demo.choose(i, 6, demo.words('district')),
	   CASE WHEN demo.dice(i, 7, 10) < 7 THEN demo.choose(i, 8, demo.words('life')) END,
	   concat_ws(', ', demo.choose(i, 9, demo.words('service')),
				 CASE WHEN demo.dice(i, 10, 2) = 0 THEN demo.choose(i, 11, demo.words('service')) END),
	   active_at - (730 - idle) * demo.fraction(i, 12) * interval '1 day',
	   active_at
FROM generate_series(1, 80000) AS i,
	 LATERAL (SELECT CASE WHEN demo.dice(i, 13, 100) < 27 THEN 190 + 530 * demo.fraction(i, 14)
						  ELSE 175 * demo.fraction(i, 14) ^ 2 END) AS d(idle),
	 LATERAL (SELECT now() - idle * interval '1 day') AS a(active_at);

INSERT INTO community.contact_details
SELECT member_id, demo.choose(member_id, 1, demo.words('given')), demo.choose(member_id, 2, demo.words('family')),
	   demo.choose(member_id, 21, demo.words('street')) || ' ' || 1 + demo.dice(member_id, 22, 120),
	   to_char(100 + 10 * demo.dice(member_id, 23, 90), 'FM00000'), 'Helsinki', demo.phone(member_id)
FROM community.member
WHERE demo.dice(member_id, 20, 100) < 35;

INSERT INTO community.task
SELECT i, 'Tehtävä ' || i || ': ' || demo.choose(i, 30, demo.words('service')) FROM generate_series(1, 60) AS i;
INSERT INTO community.answer
SELECT i, member_id, 1 + demo.dice(i, 32, 60), joined_at + (last_active_at - joined_at) * demo.fraction(i, 33),
	   demo.choose(i, 34, demo.words('opinion')) || '. ' || demo.choose(i, 35, demo.words('wish'))
FROM (SELECT *, row_number() OVER () AS i
	  FROM community.member, generate_series(1, demo.dice(member_id, 31, 9))) AS answering;

INSERT INTO community.session
SELECT i, CASE WHEN i % 3 = 0 THEN 'individual' ELSE 'group' END, current_date - demo.dice(i, 40, 730)
FROM generate_series(1, 400) AS i;
INSERT INTO community.attendance
SELECT 1 + demo.dice(member_id, 42, 400), member_id, demo.dice(member_id, 43, 10) < 8
FROM community.contact_details WHERE demo.dice(member_id, 41, 100) < 60;
INSERT INTO community.reward
SELECT row_number() OVER (ORDER BY member_id), member_id, 'gift card', 20 + 5 * demo.dice(member_id, 44, 5),
	   held_on + interval '10 days'
FROM community.attendance JOIN community.session USING (session_id)
WHERE attended;

INSERT INTO community.ip_log
SELECT row_number() OVER (ORDER BY member_id, visit), member_id,
	   CASE WHEN demo.dice(member_id, 50, 4) = 0 THEN inet '2001:db8::' + demo.dice(member_id, 51, 1000000)
			ELSE inet '198.51.100.0' + demo.dice(member_id, 52, 256) END,
	   greatest(joined_at, last_active_at - visit * visit * demo.fraction(member_id, 53) * interval '1 day')
FROM community.member, generate_series(0, 4) AS visit
WHERE last_active_at > now() - interval '90 days';

CREATE INDEX ON community.answer (member_id);
CREATE INDEX ON community.attendance (member_id);
CREATE INDEX ON community.reward (member_id);
CREATE INDEX ON community.ip_log (member_id);
CREATE INDEX ON community.member (last_active_at);
CREATE INDEX ON community.ip_log (seen_at);
ANALYZE community.member, community.contact_details, community.answer, community.attendance, community.reward,
	community.ip_log;
RESET ROLE;
