-- Promise 2 for each treatment and kind of column: queries that come close to what is left out.
\i test/policy/equivalence.sql
SELECT * FROM no_plan();

-- Everything, for every purpose, as columns, as rows, sorted, grouped, and written to a table.
SELECT same(format(q, t), p) FROM unnest('{member,visit,answer,score,event,call,patient,dose,client,deal}'::text[]) t, unnest('{research,care,statistics}'::text[]) p,
	unnest(ARRAY['SELECT * FROM %s', 'SELECT t FROM %s t', 'SELECT DISTINCT * FROM %s', 'SELECT count(*), count(t) FROM %s t']) q;
SELECT same(format(q, c), p, ordered, nothing)
  FROM unnest('{id,invited_by,email,name,zip,born,height,ip,last_seen,note,tags,income,handle,pin}'::text[]) c, unnest('{research,care,statistics}'::text[]) p,
	(VALUES ('SELECT %s, count(*) FROM member GROUP BY %1$s', false, false),
			('SELECT min(%s), max(%1$s) FROM member WHERE %1$s IS NOT NULL', false, false),
			('SELECT a.%s, b.score FROM member a JOIN member b ON a.%1$s = b.%1$s', false, NULL),
			('SELECT a.%s, b.%1$s FROM member a FULL JOIN (SELECT %1$s FROM member WHERE score > 10) b USING (%1$s)', false, false),
			('SELECT %s FROM member ORDER BY %1$s', true, false)) t(q, ordered, nothing);

-- Dates.
SELECT same($$SELECT name FROM member WHERE born = '1961-01-01'$$);
SELECT same($$SELECT name FROM member WHERE born = '1961-02-03'$$, nothing => true);
SELECT same($$SELECT name FROM member WHERE born > '1961-01-01' AND born < '1962-01-01'$$, nothing => true);
SELECT same($$SELECT name FROM member WHERE extract(month FROM born) <> 1 OR extract(day FROM born) > 1$$, nothing => true);
SELECT same($$SELECT born - DATE '1960-01-01', to_char(born, 'YYYY-MM-DD'), date_trunc('month', born), born::timestamp, daterange(born, NULL) FROM member$$);
SELECT same($$SELECT count(*) FROM member a JOIN member b ON a.born < b.born AND b.born < a.born + 700$$);
SELECT same($$SELECT born, rank() OVER (ORDER BY born), count(*) OVER (ORDER BY born RANGE BETWEEN '5 years' PRECEDING AND CURRENT ROW) FROM member$$, 'statistics');
SELECT same($$SELECT at, count(*) FROM visit GROUP BY at ORDER BY at$$, ordered => true);
SELECT same($$SELECT visit_id FROM visit WHERE at > '2025-01-01 00:00+00'$$, nothing => true);
SELECT same($$SELECT visit_id, at AT TIME ZONE 'Europe/Helsinki', extract(epoch FROM at), at::date, at + '1 hour' FROM visit$$);
SELECT same_steps(ARRAY[$$SET LOCAL timezone = 'Pacific/Auckland'$$, 'SELECT DISTINCT at, at::date FROM visit ORDER BY 1']);
SELECT same_steps(ARRAY[$$SET LOCAL datestyle = 'German'$$, $$SELECT born, at FROM member, visit WHERE born = '01.01.1961' ORDER BY 1, 2$$]);

-- Numbers.
SELECT same($$SELECT name FROM member WHERE height = 170$$);
SELECT same($$SELECT name FROM member WHERE height BETWEEN 170.1 AND 179.9 OR height = 170.25$$, nothing => true);
SELECT same($$SELECT sum(height), avg(height), stddev(height), height_sum FROM member, LATERAL (SELECT height * 2 AS height_sum) x GROUP BY height_sum$$);
SELECT same($$SELECT income, income % 1000, income / 7, width_bucket(income, 0, 1000000, 10), income::float8, numrange(income, NULL) FROM member$$);
SELECT same($$SELECT income FROM member WHERE income % 1000 <> 0$$, nothing => true);
SELECT same($$SELECT income FROM member WHERE income % 1000 <> 0$$, 'care');
SELECT same($$SELECT a.income, b.income FROM member a JOIN member b ON a.income > b.income AND a.income < b.income + 1000$$, nothing => NULL);
SELECT same($$SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY income), percentile_disc(0.3) WITHIN GROUP (ORDER BY height) FROM member$$);

-- Addresses.
SELECT same($$SELECT name FROM member WHERE ip = '198.51.100.0/24'$$);
SELECT same($$SELECT name FROM member WHERE ip = '198.51.100.1' OR ip << '198.51.100.0/25' OR host(ip) LIKE '%1'$$, nothing => true);
SELECT same($$SELECT masklen(ip), network(ip), broadcast(ip), host(ip), family(ip), abbrev(ip), ip & '255.255.255.255', ip - '198.51.100.0', set_masklen(ip, 32) FROM member WHERE family(ip) = 4$$);
SELECT same($$SELECT m.name, count(*) FROM member m JOIN visit v ON v.ip <<= set_masklen(m.ip, 8) OR v.ip = m.ip GROUP BY m.name$$, nothing => NULL);
SELECT same($$SELECT m.name, count(*) FROM member m JOIN visit v ON v.ip << set_masklen(m.ip, 1) GROUP BY m.name$$, 'statistics', nothing => NULL);

-- In clear for some, by their consent.
SELECT same($$SELECT id, email FROM member WHERE email LIKE '%@example.com'$$);
SELECT same($$SELECT name FROM member WHERE email LIKE 'CANARY%' OR length(email) > 20$$, nothing => true);
SELECT same($$SELECT email FROM member WHERE email IN ('aino@example.com', 'CANARY2@example.com', 'C')$$);
SELECT same($$SELECT a.id, b.phone, a.email FROM member a JOIN call b ON b.member_id = a.id WHERE b.phone LIKE '555%' OR a.email = 'C'$$);
SELECT same($$SELECT m.email, count(*) FROM member m LEFT JOIN visit v ON v.member_id = m.id GROUP BY m.email HAVING max(m.email) IS NOT NULL$$);
SELECT same($$SELECT v.visit_id, m.email FROM visit v LEFT JOIN member m ON m.id = v.member_id AND m.score > 10$$);
SELECT same($$SELECT v.visit_id, m.email, m.income FROM visit v LEFT JOIN member m ON m.id = v.member_id AND m.score > 10$$, 'care');
SELECT same($$SELECT v.visit_id, m.email FROM visit v FULL JOIN member m ON m.id = v.member_id AND m.score > 10 ORDER BY m.email, v.visit_id$$, 'care', ordered => true);
SELECT same($$SELECT (SELECT max(n.email) FROM member n WHERE n.invited_by = m.id), m.email FROM member m$$);
SELECT same($$SELECT email FROM (SELECT email, id FROM member OFFSET 0) s WHERE id IN (SELECT member_id FROM call WHERE phone > '5')$$);
SELECT same($$SELECT event_id, phone FROM call WHERE phone ~ '^555'$$, 'care');
SELECT same($$SELECT member_id, sum(minutes), max(phone) FROM call GROUP BY member_id$$);
SELECT same($$SELECT income, count(*) FROM member GROUP BY income$$, 'care');
SELECT same_write($$UPDATE member SET name = email, score = coalesce(income, 0) RETURNING id, name, email, income$$);
SELECT same_write($$UPDATE member SET name = email WHERE email IS NOT NULL RETURNING *$$, 'research');
SELECT same_write($$DELETE FROM member WHERE email LIKE '%@%' RETURNING email$$, 'research');
SELECT same_write($$INSERT INTO member (id, name) VALUES (880000050, 'Oona') RETURNING email, income, id$$);
SELECT same_write($$INSERT INTO member AS m (id, name) VALUES (880000001, 'Oona'), (880000002, 'Olli') ON CONFLICT (id) DO UPDATE SET name = m.email || excluded.name RETURNING m.email, m.name$$);
SELECT refused($$UPDATE member SET email = 'x' WHERE id = 880000001$$, 'MR310', 'care');

-- Arrays, element by element; JSON, key by key.
SELECT same($$SELECT name, tags[1], tags[2:3], cardinality(tags), array_to_string(tags, ','), array_position(tags, NULL) FROM member$$);
SELECT same($$SELECT t, count(*) FROM member, unnest(tags) t GROUP BY t$$);
SELECT same($$SELECT name FROM member WHERE tags @> '{red}' OR 'CANARY' = ANY (tags) OR tags && '{blue}'$$, nothing => true);
SELECT same($$SELECT a.name, b.name FROM member a JOIN member b ON a.tags && b.tags$$);
SELECT same($$SELECT p.code, t FROM member, unnest(tags) t LEFT JOIN patient p ON p.code = t$$);
SELECT same($$SELECT details, details -> 'a', details ->> 'b', details ? 'c', jsonb_typeof(details), details #> '{a}', details['b'] FROM member$$);
SELECT same($$SELECT name FROM member WHERE details @> '{"a": "CANARY"}' OR details ->> 'a' = 'CANARY' OR details @? '$.c'$$, nothing => true);
SELECT same($$SELECT k, count(*), min(v::text) FROM member, jsonb_each(CASE jsonb_typeof(details) WHEN 'object' THEN details END) e(k, v) GROUP BY k$$);
SELECT same($$SELECT m.name, v.visit_id FROM member m JOIN visit v ON v.zip = m.details ->> 'a'$$, nothing => true);
SELECT same($$SELECT details, count(*) FROM member GROUP BY details$$, 'statistics');
SELECT same($$SELECT (details ->> 'b')::int + 1, jsonb_set(details, '{b}', '9'), details - 'a', jsonb_path_query_array(details, '$.*') FROM member$$, 'care');

-- varchar, char, a domain: the pseudonym of what they hold.
SELECT same($$SELECT a.name, b.name, a.note FROM member a JOIN member b ON a.note = b.note AND a.id <> b.id$$);
SELECT same($$SELECT a.id, b.id, a.note = b.handle, a.handle = b.pin, a.pin = b.note FROM member a JOIN member b ON a.note = b.handle OR a.handle = b.pin OR a.pin = b.note$$);
SELECT same($$SELECT a.id, b.id FROM member a JOIN member b ON a.pin = b.pin WHERE a.id < b.id$$, nothing => NULL);
SELECT same($$SELECT handle, note || '!', pin || '!', length(pin), octet_length(pin), note::varchar(5), pin::char(5), rpad(handle, 40, '.') FROM member$$);
-- Where the planner folds what is withheld, the type is still of the length that was announced.
SELECT same($$SELECT coalesce(note, note), coalesce(pin, pin), coalesce(height, height) FROM member$$, 'statistics');
SELECT same($$SELECT coalesce(s.note, s.pin), coalesce(s.other, s.note) FROM (SELECT a.note, b.note AS other, b.pin FROM member a LEFT JOIN member b ON a.score = b.score) s$$, 'statistics');
SELECT same($$SELECT coalesce(note, note), count(*) FROM member GROUP BY coalesce(note, note) HAVING coalesce(note, note) IS NULL ORDER BY coalesce(note, note)$$, p)
  FROM unnest('{research,statistics}'::text[]) p;
SELECT same($$SELECT a.note, b.note, note FROM member a FULL JOIN member b USING (note)$$, p) FROM unnest('{research,statistics}'::text[]) p;
CREATE TYPE lab.noted AS (note varchar(40));
CALL make($$CREATE FUNCTION notes() RETURNS SETOF lab.noted LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT coalesce(note, note) FROM member; END'$$, 'statistics');
SELECT same($$SELECT note, count(*) FROM notes() GROUP BY note$$, 'statistics');
SELECT same($$SELECT name FROM member WHERE note = 'CANARY1' OR pin LIKE 'CANARY%' OR handle = 'CANARY1' OR pin = 'CANARY1'$$, nothing => true);
SELECT same($$SELECT count(DISTINCT note), count(DISTINCT pin), count(DISTINCT handle) FROM member$$);

-- Comparing columns under one pseudonym, which memreg does by their keys: with NULLs, behind outer joins, in every place.
SELECT same($$SELECT m.id = v.member_id, m.id <> v.member_id, m.zip = v.zip, m.zip IS DISTINCT FROM v.zip, m.invited_by IS NOT DISTINCT FROM v.member_id FROM member m, visit v$$);
SELECT same($$SELECT m.id = v.member_id, m.id IS DISTINCT FROM v.member_id, v.visit_id FROM visit v LEFT JOIN member m ON m.zip = v.zip$$);
SELECT same($$SELECT v.visit_id, m.id, v.zip = m.zip FROM visit v LEFT JOIN member m ON m.id = v.member_id AND v.zip <> m.zip WHERE (m.zip = v.zip) IS NOT TRUE$$);
SELECT same($$SELECT a.id, b.id FROM member a JOIN member b ON (a.zip = b.zip) = (a.invited_by = b.invited_by)$$);
SELECT same($$SELECT CASE WHEN a.zip = b.zip THEN a.name ELSE b.zip END, nullif(a.zip, b.zip), a.zip = ANY (ARRAY[b.zip, 'x']), a.id IN (b.id, b.invited_by) FROM member a, member b$$);
SELECT same($$SELECT CASE a.id WHEN b.invited_by THEN 1 WHEN b.id THEN 2 ELSE 3 END FROM member a, member b$$);
SELECT same($$SELECT count(*) FILTER (WHERE a.id = b.invited_by), bool_or(a.zip = b.zip), sum((a.id = b.id)::int) FROM member a, member b$$);
SELECT same($$SELECT (a.id, a.zip) = (b.invited_by, b.zip), (a.id, a.zip) <> (b.invited_by, b.zip), (a.id, a.zip) < (b.invited_by, b.zip), ROW(a.id) IS DISTINCT FROM ROW(b.id) FROM member a, member b$$);
SELECT same($$SELECT a.id, (SELECT count(*) FROM visit v WHERE v.member_id = a.id AND (SELECT v.zip = a.zip)) FROM member a$$);
SELECT same($$SELECT a.zip = b.zip AS same, count(*) FROM member a, member b GROUP BY a.zip = b.zip HAVING bool_or(a.zip = b.zip) IS NOT FALSE$$, nothing => NULL);
SELECT same($$SELECT a.id FROM member a, member b WHERE a.id = b.invited_by AND a.id = (SELECT min(id) FROM member)$$, nothing => NULL);
SELECT same($$SELECT a.id, b.id FROM member a, member b WHERE a.id = b.invited_by AND a.id > 0$$, nothing => NULL);
SELECT same($$SELECT a.id FROM member a WHERE a.id = 880000001 OR a.id = a.invited_by$$, nothing => true);
SELECT same($$SELECT a.id FROM member a, member b WHERE a.id = b.id AND b.id = 880000001$$, nothing => true);
SELECT same($$SELECT a.id FROM member a, (VALUES (880000001::bigint)) v(k) WHERE a.id = v.k$$, nothing => true);
SELECT same($$SELECT a.id FROM member a JOIN lab.basket b ON a.id = b.k OR a.zip = b.t$$, nothing => true);
SELECT same($$SELECT a.id FROM member a WHERE a.zip = (SELECT b.zip FROM member b WHERE b.id = a.invited_by)$$);
SELECT same($$SELECT s.z FROM (SELECT zip AS z, id FROM member) s JOIN (SELECT zip AS z, member_id FROM visit) t ON s.z = t.z AND s.id = t.member_id$$);
SELECT same($$SELECT a.note FROM member a JOIN member b ON a.note = b.note AND a.handle = b.handle$$);
SELECT same($$SELECT a.name FROM member a JOIN member b ON a.note = b.note::text AND a.handle::text = b.handle$$);
SELECT same($$SELECT a.name FROM member a JOIN member b ON a.note COLLATE "C" = b.note AND a.zip COLLATE "C" = b.zip$$);
SELECT same($$SELECT p.person, d.dose_id FROM patient p JOIN dose d ON p.person = d.person AND p.person <> '00000000-0000-0000-0000-000000000000'$$);
SELECT same($$SELECT m.id FROM member m JOIN patient p ON p.code = ANY (m.tags) OR p.code = m.zip$$, nothing => true);

-- A key that several share is none.
SELECT same($$SELECT zip, born, count(*) FROM member GROUP BY zip, born$$, 'statistics');
SELECT same($$SELECT nick, count(*) FROM client GROUP BY nick$$, 'statistics');
SELECT same($$SELECT c.nick, d.nick, count(*) FROM client c FULL JOIN deal d USING (nick) GROUP BY 1, 2$$, 'statistics');
SELECT same($$SELECT a.score, b.score FROM member a JOIN member b ON a.id = b.id$$, 'statistics', nothing => true);
SELECT same($$SELECT a.score FROM member a LEFT JOIN member b ON a.id = b.id$$, 'statistics');
SELECT same($$SELECT a.title FROM client a LEFT JOIN client b ON a.nick = b.nick$$, 'statistics');
SELECT same($$SELECT a.title FROM client a JOIN client b ON a.nick = b.nick$$, 'statistics');
SELECT same($$SELECT d.deal_id, (SELECT count(*) FROM client c WHERE c.nick = d.nick) FROM deal d$$, 'statistics');
SELECT same($$SELECT title FROM client WHERE nick IN (SELECT nick FROM deal)$$, 'statistics');
SELECT same($$SELECT DISTINCT d.nick FROM deal d JOIN client c ON c.nick = d.nick$$, 'statistics');
SELECT is(left((outcome('statistics', 'app', 'default', q))[1], 5), 'MR311', q) FROM unnest(ARRAY[
	'SELECT id, zip FROM member GROUP BY id', 'SELECT nick, title FROM client GROUP BY nick', 'SELECT c.title FROM client c JOIN deal d USING (nick) GROUP BY c.nick']) q;
SELECT is(outcome('statistics', 'app', 'default', 'SELECT DISTINCT ctid, xmin FROM client'), '{"(,)"}', 'system columns are those of the key');
SELECT * FROM finish();
