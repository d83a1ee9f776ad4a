-- What holds for nicknames and made-up names whatever the key and the chance.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(68);

CREATE FUNCTION declare_register() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.create_register('neighbours', 'Another register', 'Example City');
	PERFORM memreg.create_register('people', 'Register of persons', 'Example City', 'text');
	PERFORM memreg.create_register('companies', 'Customer register', 'Example City', 'uuid');
	PERFORM memreg.create_scope('one', 'First recipient'), memreg.create_scope('two', 'Second recipient');
	CREATE ROLE extractor;
	CREATE ROLE clerk;
	PERFORM memreg.grant_scope('extractor', 'one');
END $$;
SELECT declare_register() \g /dev/null

CREATE TABLE sample AS
	SELECT 'value ' || g AS value FROM generate_series(1, 2000) g
	UNION ALL SELECT v FROM unnest(ARRAY['', ' ', E'\n', 'ä', 'NULL', repeat('x', 127), repeat('y', 1000000)]) v;

-- Form
CREATE TABLE language (language text, letters text);
INSERT INTO language VALUES ('fi', 'a-zåäö'), ('sv', 'a-zåäöé'), ('en', 'a-z');
SELECT is_empty(format($$SELECT n FROM (SELECT memreg.nickname('one', value, %1$L) FROM sample) s (n)
						  WHERE n !~ '^[A-ZÅÄÖ][%2$s]{1,15} [A-ZÅÄÖ][%2$s]{1,15} (1[0-2][0-9]{2}|2[1-9][0-9]{2}|[3-9][0-9]{3})$'$$, language, letters),
				'a nickname is an adjective, a noun and four digits that are no year: ' || language) FROM language;
SELECT is_empty(format($$SELECT n FROM (SELECT memreg.pseudonym_name('one', value, %1$L) FROM sample) s (n)
						  WHERE n !~ '^[A-ZÅÄÖ][%2$s]{1,15} [A-ZÅÄÖ][%2$s]{1,15}$'$$, language, letters),
				'a made-up name is a given name and a family name: ' || language) FROM language;
SELECT is(memreg.nickname('one', NULL), NULL, 'nothing has no nickname');
SELECT is(memreg.pseudonym_name('one', NULL), NULL, 'nor a made-up name');
SELECT is(memreg.nickname('one', 'x', NULL), NULL, 'nor is there one in no language');
SELECT isnt(memreg.nickname('one', ''), NULL, 'the empty string has one');
SELECT isnt(memreg.pseudonym_name('one', ''), NULL, 'of both kinds');

-- The same for the same, another for another
SELECT is_empty($$SELECT value FROM sample WHERE memreg.nickname('one', value) <> memreg.nickname('one', value || '', 'fi')$$, 'the same value has the same');
SELECT is_empty($$SELECT value FROM sample WHERE memreg.pseudonym_name('one', value) <> memreg.pseudonym_name('one', value || '', 'fi')$$, 'and the same name');
-- 2,007 values among 2^29: that more than ten pairs meet has a chance below 10^-30.
SELECT cmp_ok((SELECT count(DISTINCT memreg.nickname('one', value)) FROM sample), '>', (SELECT count(*) - 10 FROM sample), 'another value another');
SELECT cmp_ok((SELECT count(*) FROM sample WHERE memreg.nickname('one', value) = memreg.nickname('two', value)), '<', 10::bigint, 'two scopes are unrelated');
SELECT cmp_ok((SELECT count(*) FROM sample WHERE memreg.pseudonym_name('one', value) = memreg.pseudonym_name('two', value)), '<', 20::bigint, 'also of names');
SELECT is((SELECT count(*) FROM sample WHERE right(memreg.nickname('one', value, 'fi'), 4) <> right(memreg.nickname('one', value, 'sv'), 4)), 0::bigint,
		  'the number is the same in every language');
SELECT is_empty($$SELECT memreg.nickname('one', value, 'fi') FROM sample INTERSECT SELECT memreg.nickname('one', value, 'en') FROM sample$$, 'the words are not');
SELECT isnt(memreg.nickname('one', 'ä'), memreg.nickname('one', E'a\u0308'), 'nothing is normalized');
SELECT isnt(memreg.nickname('one', 'a'), memreg.nickname('one', 'A'), 'nor folded');
SELECT is((SELECT count(*)::int FROM (SELECT memreg.nickname(scope, 'x', language) FROM unnest('{one,two,one,two}'::text[], '{fi,fi,sv,sv}'::text[]) u (scope, language) GROUP BY 1) d), 4,
		  'scope and language may change from row to row');

-- All words and numbers are as likely. Chi-square of so many classes has a normal distribution, with as its mean the
-- classes less one, and twice that as its variance; ten standard deviations are not exceeded in a lifetime of runs.
CREATE FUNCTION chi_square_deviates(classes int, query text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE
	found int;
	chi_square float;
	total float;
BEGIN
	EXECUTE format('WITH counted AS (SELECT count(*)::float AS n FROM (%s) q (class) GROUP BY class)
					SELECT count(*), sum(n), sum(n * n) * %s / sum(n) - sum(n) FROM counted', query, classes)
	   INTO found, total, chi_square;
	RETURN CASE WHEN found <= classes THEN abs(chi_square - (classes - 1)) / sqrt(2 * (classes - 1)) END;
END $$;
CREATE TABLE drawn AS SELECT memreg.nickname('one', g::text, 'sv') AS nickname FROM generate_series(1, 655360) g;
SELECT cmp_ok(chi_square_deviates(65536, $$SELECT left(nickname, -5) FROM drawn$$), '<', 10::float, 'adjectives and nouns are uniform, in 65,536 classes');
SELECT cmp_ok(chi_square_deviates(8192, $$SELECT right(nickname, 4) FROM drawn$$), '<', 10::float, 'so are numbers, in 8,192');
SELECT is((SELECT count(DISTINCT right(nickname, 4))::int FROM drawn), 8192, 'which all occur');
SELECT cmp_ok(chi_square_deviates(65536, $$SELECT split_part(nickname, ' ', 1) || (n - CASE WHEN n < 1300 THEN 1000 ELSE 1800 END) % 256 FROM drawn, CAST(right(nickname, 4) AS int) n$$), '<', 10::float,
			  'adjectives and numbers go together by chance');
SELECT cmp_ok(chi_square_deviates(32768, $$SELECT memreg.pseudonym_name('one', g::text) FROM generate_series(1, 327680) g$$), '<', 10::float, 'names are uniform, in 32,768 classes');

-- Assigned ones: each held by one subject of the register
SELECT is((SELECT count(DISTINCT memreg.assign_nickname('members', g)) FROM generate_series(1, 20000) g), 20000::bigint, 'no two of 20,000 get the same');
SELECT is((SELECT count(*) FROM memreg.nickname), 20000::bigint, 'they are stored');
SELECT is_empty($$SELECT subject FROM memreg.nickname WHERE subject LIKE '%42' AND nickname <> memreg.assign_nickname('members', subject)$$, 'and stay');
SELECT is(memreg.assign_nickname('members', 7, 'en'), (SELECT nickname FROM memreg.nickname WHERE subject = '7'), 'whatever the language of the next call');
SELECT cmp_ok(chi_square_deviates(8192, $$SELECT right(nickname, 4) FROM memreg.nickname$$), '<', 10::float, 'they are uniform too');
SELECT is(memreg.assign_nickname('members', '7'), memreg.assign_nickname('members', 7), 'a subject may be given as text');
SELECT is(memreg.assign_nickname('companies', upper(u)), memreg.assign_nickname('companies', u::uuid), 'a uuid in upper case is the same')
  FROM (VALUES ('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301')) v (u);
SELECT isnt(memreg.assign_nickname('people', 'a'), memreg.assign_nickname('people', 'A'), 'a subject of type text is not');
SELECT matches(memreg.assign_nickname('neighbours', 1, 'en'), '^[A-Z][a-z]+ [A-Z][a-z]+ [0-9]{4}$', 'in English');
SELECT is((SELECT language FROM memreg.nickname JOIN memreg.register USING (register_id) WHERE register = 'neighbours'), 'en', 'which is known of it');
SELECT isnt(memreg.assign_nickname('neighbours', 2), memreg.assign_nickname('members', 2), 'a subject of the same key in another register has another');

-- Random, so that the master key tells nothing of it
SELECT cmp_ok((SELECT count(DISTINCT memreg.new_nickname('fi')) FROM generate_series(1, 1000)), '>', 990::bigint, 'a new one is another each time');

-- Chosen ones
SELECT is(memreg.choose_nickname('members', 1, E' \t Saukko '), 'Saukko', 'a chosen one is trimmed');
SELECT is(memreg.assign_nickname('members', 1), 'Saukko', 'and stands instead of the one before');
SELECT is((SELECT language FROM memreg.nickname JOIN memreg.register USING (register_id) WHERE register = 'members' AND subject = '1'), NULL, 'of no language');
SELECT is(memreg.choose_nickname('members', 1, 'SAUKKO'), 'SAUKKO', 'its subject may write it otherwise');
SELECT is(memreg.choose_nickname('neighbours', 1, 'saukko'), 'saukko', 'and somebody in another register may have it');
SELECT is(memreg.choose_nickname('members', 100001, repeat('ä', 60)), repeat('ä', 60), 'who had none may choose too');
SELECT is(memreg.choose_nickname('members', 1, 'Ilves'), 'Ilves', 'it can be changed');
SELECT is(memreg.choose_nickname('members', 2, 'saukko'), 'saukko', 'and leaves the one before to others');

-- What counts as the same
SELECT is(memreg.nickname_key(one), memreg.nickname_key(other), 'the same: ' || name)
  FROM (VALUES ('case', 'Saukko', 'sAUKKO'), ('case beyond ASCII', 'Äiti Öö Žizňová Ñandú', 'äiti öö žizňová ñandú'),
			   ('Greek and Cyrillic case', 'ΑΙΝΟ ΆΈΏ АЙНО Ёлка', 'αινο άέώ айно ёлка'), ('forms of a letter', 'Äiti', E'A\u0308iti'),
			   ('compatible letters', E'\uFB01lm \uFF21', 'film a'), ('blanks', E'a \u00A0\u2003b', 'a b'),
			   ('what cannot be seen', E'Sau\u200Bk\u00ADko\uFEFF', 'Saukko')) v (name, one, other);
SELECT isnt(memreg.nickname_key(one), memreg.nickname_key(other), 'not the same: ' || name)
  FROM (VALUES ('a letter less', 'Saukko', 'Sauko'), ('a diaeresis', 'Äiti', 'Aiti'), ('a blank', 'a b', 'ab'),
			   ('letters of two scripts', 'Saukko', E'S\u0430ukko')) v (name, one, other);

-- Released ones
SELECT is(memreg.release_nickname('members', 1), true, 'one is released');
SELECT is(memreg.release_nickname('members', 1), false, 'once');
SELECT is(memreg.choose_nickname('members', 3, 'ILVES'), 'ILVES', 'and may be chosen by somebody else');
SELECT matches(memreg.assign_nickname('members', 1), '^\S+ \S+ [0-9]{4}$', 'its subject gets a new one');

-- Without rights
SET ROLE clerk;
SELECT throws_ok($$SELECT memreg.nickname('one', 'x')$$, 'MR115', NULL, 'who has no right on the scope makes no nicknames');
SELECT throws_ok($$SELECT memreg.pseudonym_name('one', 'x')$$, 'MR115', NULL, 'nor names');
SELECT throws_ok($$SELECT memreg.assign_nickname('members', 1)$$, '42501', NULL, 'who was granted nothing assigns none');
RESET ROLE;
GRANT EXECUTE ON FUNCTION memreg.assign_nickname(text, bigint, text) TO clerk;
CREATE TABLE seen (by text, nickname text);
GRANT INSERT ON seen TO clerk, extractor;
SET ROLE clerk;
INSERT INTO seen SELECT 'clerk', memreg.assign_nickname('members', 8);
SET ROLE extractor;
INSERT INTO seen SELECT 'extractor', memreg.nickname('one', 'x');
RESET ROLE;
SELECT is((SELECT nickname FROM seen WHERE by = 'clerk'), memreg.assign_nickname('members', 8), 'who may call the function needs no right on tables');
SELECT is((SELECT nickname FROM seen WHERE by = 'extractor'), memreg.nickname('one', 'x'), 'who has a right on the scope makes nicknames');

-- Limits
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER all_taken BEFORE INSERT ON memreg.nickname FOR EACH ROW EXECUTE FUNCTION nothing();
SELECT throws_ok($$SELECT memreg.assign_nickname('people', 'new')$$, 'MR131', NULL, 'it is not tried forever');
DROP TRIGGER all_taken ON memreg.nickname;

-- A new key
CREATE TABLE was AS SELECT value, memreg.nickname('two', value) AS nickname FROM sample;
SELECT memreg.rotate_scope('two') \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM was WHERE memreg.nickname('two', value) = nickname), '<', 10::bigint, 'with a new key all nicknames are others');
SELECT * FROM finish();
