-- Known answers: sealed values and subjects' pseudonyms, byte by byte, from an implementation that shares no code with memreg.
--
-- The expected values were computed once with test/known/formats.py, which test/t/crypto_python.pl holds against published
-- vectors. Subkeys are those of pseudonym_known.sql.
--
--   master key      the public one of test/server.conf
--   scope keys      bytes 40 to 5f (version 1) and 60 to 7f (2), wrapped with nonces a0 to b7 and c0 to d7
--   register's key  bytes 80 to 9f, wrapped with nonce e0 to f7
--   secret          bytes 20 to 3f, wrapped with nonce 00 to 17 under subkey 12 of the register's key
--   random form     sealed with nonce 00 to 17
CREATE EXTENSION memreg;
SELECT plan(41);

SELECT memreg.create_register('members', 'Member register', 'Nobody') \g /dev/null
INSERT INTO memreg.scope (scope, version, register_id) SELECT 'known answers', 2, NULL::int UNION ALL SELECT 'members/', 1, register_id FROM memreg.register;
INSERT INTO memreg.scope_key (scope_id, version, wrapped_key, master_fingerprint)
SELECT s.scope_id, k.version, wrapped, '\x0e43a6bbe5db094d4077335a38e73f56'
  FROM memreg.scope s JOIN (VALUES
	('known answers', 1, '\xa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b731cf3c9374d09555e515a495bfbac943d802cad8f9412efb8f2674f50a8b145f4a581ea203b85eebf6004e8f4e5edec8'::bytea),
	('known answers', 2, '\xc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d732c58d635662adfdded6d7c0ead26d690d9752749851dcdc65c580e40a2d8cb0a6eef2caeeb2e38650c08a872b72291d'),
	('members/', 1, '\xe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f711879d40d2e3942dfac96c6a83f7eaa9580aca6f7892768a88c287262525079ca5cd2f32a1f635a8b0e1e91acdfcce24')
	) k (scope, version, wrapped) USING (scope);

CREATE TABLE answer (name text, value text, context text, same text, random text);
INSERT INTO answer VALUES
	('the empty string', '', '',
	 's2-ujDKWBUDSibvG-JPpWp2IwKUgmG0q6MF',
	 'r2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXpMA6O1spnvqIswbN8gc5iQ'),
	('one character', 'a', '',
	 's2-pteiBasufkgt5-_0US4q4bl1Sx_XMNtCQQ',
	 'r2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXV2wFEp69SOTBYrGX3P63VTs'),
	('one character with a context', 'a', 'app.member.email',
	 's2-C99XZ4lu7fhaJUE5LhimxxwMeqGNJKry_A',
	 'r2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXVx0fKVwVURYEg3CLr9GSoE8'),
	('value and context the other way round', 'app.member.email', 'a',
	 's2-0gctEwAMdQMxH-yhEjMqc_TQJIuuR56q1OA3yXm2H1Xqj9XTsgTD8A',
	 'r2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXVzPJCmMyklaA7XB7nMK59n8BmVFarag56b_sc7thKdk'),
	('the same characters parted otherwise', 'pp.member.email', 'aa',
	 's2-4IjSNVAjfTeMI61n9G4CUDvuh_0y5xW60X8huuos3Gj383yM0wax',
	 'r2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXRjOXSWs6nVGXsTtzkMq8KQT67L5NMhUM-2s8WHeFag'),
	('a made-up number', '+358 40 123 4567', 'app.phone.number',
	 's2-D0m1XuY77AmichbjaPYf-DG5Sg28CV2YcyMSib2jvHzcVJyQ5DG-AQ',
	 'r2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXHXCMHC5jzxTUrW0-xZbmrR0sp8HRzmzS8s-qcSZd3n8'),
	('two to four bytes a character', 'äö€😀', 'Ä',
	 's2-ut7V-wCMZXRwKeEHai7GpMXsaAXA_4ulNgZP9rXmbPo68TA',
	 'r2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYX9ed6kuzVU8R6B960FJrp__RlRz6wZxoGOL2n'),
	('64 bytes', repeat('x', 64), '',
	 's2-X5werxtVowoMv1Tu5suLwGiLfk7iGkrrpSsjCUrwOpS-8kbxe-hT1jQLp2DRzJNlcv4bdmKtLo96KElq-HhmyQpeCMR_wi0SYQU_fuAphmcHI3Y-uR3vrw',
	 'r2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXTjvBXHYvh0yd5yZmiduo4gWO5Dx_nBZEthaDTmqK_lWvkVKZlrhuAu6wJP6D-qkLglcU9VVlH0ZNjGk5StvYiFI19JQsbfWEA9PAOwseU_s'),
	('65 bytes', repeat('x', 65), '',
	 's2-abQHO25sDZOK0jxktbo6qrU-MdUwry7nvzbUqAeOroMNkEdwiyP4WZb6Kkx2IZrBj4DsAMClUcH0_0yKHix1C2-C_l_jX6CQZmaq4Af9VVosahBwWa2S0nQ',
	 'r2-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXTjvBXHYvh0yd5yZmiduo4gWO5Dx_nBZEthaDTmqK_lWvkVKZlrhuAu6wJP6D-qkLglcU9VVlH0ZNjGk5StvYiP7Gow6llVer0KJeG2oMxDaN');

SELECT is(memreg.seal('known answers', value, context), same, 'sealed: ' || name) FROM answer;
SELECT is(memreg.unseal('known answers', same, 'Test', context), value, 'opened: ' || name) FROM answer;
SELECT is(memreg.unseal('known answers', random, 'Test', context), value, 'opened, of the random form: ' || name) FROM answer;
SELECT matches(memreg.seal_random('known answers', 'a', 'app.member.email'), '^r2-[A-Za-z0-9_-]{55}$', 'the random form has as many characters');
SELECT is(memreg.unseal('known answers', 's1-ZsMwNGRIsJ6J3u3Z4TxrmQhu-aKpOn7WJA', 'Test'), 'a', 'what was sealed with version 1 opens');
SELECT unnest(ARRAY[
	is(length(t), 1398137, 'a megabyte becomes so many characters'),
	is(left(t, 40), 's2-oYG2SsvB_2TC-nQ40XbbRxrPKQVZ1DILPjsoD', 'which begin so'),
	is(memreg.token_digest(t), '\x1d35566a886972c1137ae793bd3c7bac', 'and whose digest is that')])
  FROM memreg.seal('known answers', repeat('x', 1048576)) t;

SELECT is(memreg.token_digest('s2-pteiBasufkgt5-_0US4q4bl1Sx_XMNtCQQ'), '\x633e6de7630a34572ef0db8e591b6b07', 'digest of a token');
SELECT is((SELECT array_agg(token_digest ORDER BY unsealing_id) FROM memreg.unsealing
			WHERE version = 2 AND token_digest = '\x633e6de7630a34572ef0db8e591b6b07'), ARRAY['\x633e6de7630a34572ef0db8e591b6b07'::bytea], 'as the ledger names it');

-- Subjects' pseudonyms. The secret of one and of the least key, which is the same one here
INSERT INTO memreg.subject_secret (register_id, subject, wrapped_secret) SELECT register_id, subject, wrapped
  FROM memreg.register, (VALUES
	('1', '\x000102030405060708090a0b0c0d0e0f10111213141516177077f94fa1f2a3042d1f5183e397d82964300c8917cef71a2861a3f432f4b03e6f4b0946c7aa20e674feec39c015339a'::bytea),
	('-9223372036854775808', '\x000102030405060708090a0b0c0d0e0f10111213141516177077f94fa1f2a3042d1f5183e397d82964300c8917cef71a2861a3f432f4b03e826d0e7be8cc9922b2dedc694293d322'),
	('2', '\x000102030405060708090a0b0c0d0e0f10111213141516177077f94fa1f2a3042d1f5183e397d82964300c8917cef71a2861a3f432f4b03e6f4b0946c7aa20e674feec39c015339a')
	) s (subject, wrapped);
SELECT is(memreg.subject_pseudonym('known answers', 'members', 1), '5e10ea24-b965-86cc-879b-5137b4abcea0', 'a subject''s pseudonym');
SELECT is(memreg.subject_pseudonym('known answers', 'members', -9223372036854775808), '5e10ea24-b965-86cc-879b-5137b4abcea0', 'it is made of the secret alone');
UPDATE memreg.scope SET version = 1 WHERE scope = 'known answers';
SELECT is(memreg.subject_pseudonym('known answers', 'members', 1), '1462cddc-5476-8270-bf19-a6497a3dfe9b', 'and of the scope''s key');
SELECT throws_ok($$SELECT memreg.subject_pseudonym('known answers', 'members', 2)$$, 'MR103', NULL, 'a wrapped secret belongs to one subject');

SELECT throws_ok(format('UPDATE memreg.subject_secret SET wrapped_secret = overlay(wrapped_secret PLACING %L FROM %s); SELECT memreg.subject_pseudonym(''known answers'', ''members'', 1)',
						'\x00'::bytea, at), 'MR103', NULL, 'a changed byte of it is noticed, at ' || at) FROM unnest('{24,25,72}'::int[]) at;
SELECT * FROM finish();
