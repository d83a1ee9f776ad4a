-- Known answers: nicknames and made-up names, from an implementation that shares no code with memreg.
--
-- The expected values were computed once, in Python: BLAKE2b with hashlib.blake2b, as test/pgtap/pseudonym_known.sql
-- describes, with the words read from src/pseudonym/words_*.c as text.
--
--   scope key  bytes 40 to 5f, wrapped for the scope "known answers" as pseudonym_known.sql has it
--   nickname   subkey 9 of the scope key; of 16 bytes of hash the first is the adjective, the second the noun, and the
--              next two, big end first, modulo 8192 the number: 0 is 1000, 299 is 1299, 300 is 2100, 8191 is 9991
--   name       subkey 8 of the scope key; of 16 bytes of hash the first modulo 128 is the given name, the second the
--              family name
CREATE EXTENSION memreg;
SELECT plan(54);

INSERT INTO memreg.scope (scope) VALUES ('known answers');
INSERT INTO memreg.scope_key (scope_id, version, wrapped_key, master_fingerprint)
SELECT scope_id, 1,
	'\xa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b731cf3c9374d09555e515a495bfbac943d802cad8f9412efb8f2674f50a8b145f4a581ea203b85eebf6004e8f4e5edec8',
	'\x0e43a6bbe5db094d4077335a38e73f56'
  FROM memreg.scope;

CREATE TABLE answer (name text, value text,
	nickname_fi text, nickname_sv text, nickname_en text, name_fi text, name_sv text, name_en text);
INSERT INTO answer VALUES
	('the empty string', '',
	 'Kuparinen Ahma 6077', 'Gåtfull Alm 6077', 'Frosty Alder 6077',
	 'Alma Varpula', 'Bertil Åkerstig', 'Anna Windbourne'),
	('one character', 'a',
	 'Huomaavainen Kantele 3640', 'Erfaren Gräsand 3640', 'Chipper Ember 3640',
	 'Heli Viljakunnas', 'Fredrik Ängfors', 'Edward Wintermore'),
	('a made-up name', 'Aino Esimerkki',
	 'Neuvokas Vene 3730', 'Lyckosam Zebra 3730', 'Laughing Warbler 3730',
	 'Päivi Katajaniitty', 'Per Forsrud', 'Matilda Eldershaw'),
	('two to four bytes a character', 'äö€😀',
	 'Vakaa Lohi 8352', 'Trofast Lavendel 8352', 'Swift Kite 8352',
	 'Heikki Sarasalmi', 'Filip Strömdahl', 'Douglas Sedgeside'),
	('a megabyte', repeat('x', 1048576),
	 'Arvokas Kuusi 5539', 'Artig Kittel 5539', 'Agile Harvest 5539',
	 'Eero Peurakangas', 'Dagny Norrlid', 'Bridget Mereside'),
	('a composed character', U&'\00C4',
	 'Sinnikäs Pihlaja 4903', 'Rolig Rimfrost 4903', 'Quaint Orchid 4903',
	 'Viljo Rantalehto', 'Yngve Sjösten', 'Viola Ploverside'),
	('the same, decomposed', U&'A\0308',
	 'Kaukainen Lehto 5997', 'Frostig Kvarn 5997', 'Dazzling Jasmine 5997',
	 'Sirkka Saravuori', 'Sune Strömfors', 'Robin Sedgeworth'),
	('a low number', 'value 1',
	 'Toiveikas Tammi 1061', 'Spänstig Tiger 1061', 'Sociable Star 1061',
	 'Otto Lehmusoja', 'Moa Hjortstig', 'Lucy Heatherbeck'),
	('a capital that is not ASCII', 'value 582',
	 'Älykäs Avain 9393', 'Öppen Björn 9393', 'Zippy Beacon 9393',
	 'Tellervo Koivuvirta', 'Torsten Granåker', 'Sarah Fernbeck');
SELECT is(memreg.nickname('known answers', value), nickname_fi, 'nickname of ' || name) FROM answer;
SELECT is(memreg.nickname('known answers', value, 'sv'), nickname_sv, 'in Swedish: ' || name) FROM answer;
SELECT is(memreg.nickname('known answers', value, 'en'), nickname_en, 'in English: ' || name) FROM answer;
SELECT is(memreg.pseudonym_name('known answers', value), name_fi, 'made-up name of ' || name) FROM answer;
SELECT is(memreg.pseudonym_name('known answers', value, 'sv'), name_sv, 'in Swedish: ' || name) FROM answer;
SELECT is(memreg.pseudonym_name('known answers', value, 'en'), name_en, 'in English: ' || name) FROM answer;
SELECT * FROM finish();
