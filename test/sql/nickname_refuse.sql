-- What nicknames and made-up names refuse: each with an SQLSTATE, a message and a hint of its own, and nothing changes.
CREATE EXTENSION memreg;
\i test/attempt.sql
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_register('companies', 'Customer register', 'Example City', 'uuid');
SELECT memreg.create_register('people', 'Another register', 'Example City', 'text');
SELECT memreg.create_scope('university', 'Research at a made-up university');
SELECT memreg.create_scope('old');
SELECT memreg.destroy_scope('old');
SELECT memreg.choose_nickname('members', 1, 'Saukko');
SELECT memreg.choose_nickname('members', 2, 'Äiti');
CREATE TABLE before AS SELECT md5(string_agg(n::text, '' ORDER BY n.subject)) AS content FROM memreg.nickname n;

-- Nicknames and names of values
SELECT attempt(format('SELECT memreg.%s(%L, ''value'')', function, scope))
  FROM unnest('{nickname,pseudonym_name}'::text[]) AS function, unnest('{nothing,old}'::text[]) AS scope;
SELECT attempt(format('SELECT memreg.%s(''university'', ''value'', %L)', function, language))
  FROM unnest('{nickname,pseudonym_name}'::text[]) AS function, unnest('{de,FI,"",fi_FI}'::text[]) AS language;

-- Nicknames of subjects
SELECT attempt($$SELECT memreg.assign_nickname('nowhere', 1)$$);
SELECT attempt($$SELECT memreg.assign_nickname('nowhere', 'x')$$);
SELECT attempt($$SELECT memreg.assign_nickname(NULL, 1)$$);
SELECT attempt($$SELECT memreg.assign_nickname('members', NULL::bigint)$$);
SELECT attempt($$SELECT memreg.assign_nickname('members', 'Aino Esimerkki')$$);
SELECT attempt($$SELECT memreg.assign_nickname('companies', 1)$$);
SELECT attempt($$SELECT memreg.assign_nickname('companies', '0b5e6a5c')$$);
SELECT attempt($$SELECT memreg.assign_nickname('people', repeat('x', 1025))$$);
SELECT attempt($$SELECT memreg.assign_nickname('members', 3, 'de')$$);
SELECT attempt($$SELECT memreg.assign_nickname('members', 1, 'de')$$);
SELECT attempt($$SELECT memreg.assign_nickname('members', 3, NULL)$$);
SELECT attempt($$SELECT memreg.assign_nickname('members', 3)$$);
SELECT attempt($$SELECT memreg.release_nickname('nowhere', 1)$$);
SELECT attempt($$SELECT memreg.release_nickname('members', NULL::bigint)$$);
SELECT attempt($$SELECT memreg.release_nickname('companies', 1)$$);
SELECT attempt($$SELECT memreg.release_nickname('members', 3)$$);

-- Chosen ones
SELECT attempt($$SELECT memreg.choose_nickname('nowhere', 1, 'Ilves')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', NULL::bigint, 'Ilves')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, NULL)$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, '')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, '   ')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, repeat('ä', 61))$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, ' ' || repeat('ä', 60) || ' ')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, E'Il\nves')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, E'Il\tves')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, E'Il\u2028ves')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, E'Il\u0085ves')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, E'Il\u202Eves')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, E'\u200B\u00AD')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 3, 'Il ves')$$);

-- Taken ones: the message tells nothing of the subject and the nickname
SELECT attempt(format('SELECT memreg.choose_nickname(''members'', 3, %L)', nickname))
  FROM unnest(ARRAY['Saukko', 'saukko', ' SAUKKO ', E'Sau\u200Bkko', 'äiti', 'ÄITI', E'A\u0308iti', 'Aiti', 'Saukko 2']) AS nickname;
SELECT attempt($$SELECT memreg.choose_nickname('members', 2, 'Saukko')$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 1, 'SAUKKO')$$);
SELECT attempt($$SELECT memreg.choose_nickname('people', '3', 'Saukko')$$);

-- Nothing has changed.
SELECT md5(string_agg(n::text, '' ORDER BY n.subject)) = content AS unchanged FROM memreg.nickname n, before GROUP BY content;

-- What is closed to others, and the table itself
CREATE ROLE clerk;
SET ROLE clerk;
SELECT attempt($$SELECT memreg.nickname('university', 'Aino Esimerkki')$$);
SELECT attempt($$SELECT memreg.pseudonym_name('university', 'Aino Esimerkki')$$);
SELECT attempt($$SELECT memreg.assign_nickname('members', 1)$$);
SELECT attempt($$SELECT memreg.choose_nickname('members', 1, 'Ilves')$$);
SELECT attempt($$SELECT memreg.release_nickname('members', 1)$$);
SELECT attempt($$SELECT memreg.new_nickname('fi')$$);
SELECT attempt($$SELECT * FROM memreg.nickname$$);
RESET ROLE;
SELECT attempt($$DELETE FROM memreg.register WHERE register = 'members'$$);
