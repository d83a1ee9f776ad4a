-- Known answers: pseudonyms that keep a shape, from an implementation that shares no code with memreg.
--
-- The expected values were computed once, in Python, as those of pseudonym_known.sql: BLAKE2b with hashlib.blake2b,
-- SipHash-2-4 written after Aumasson and Bernstein and held against its published vector, addresses in text by the
-- module ipaddress.
--
--   scope key     bytes 40 to 5f, wrapped under the public master key of test/server.conf
--   e-mail        subkey 7 of it: keyed BLAKE2b of 16 bytes, of the canonical form; 20 characters of base 32
--   IP            subkey 10, a half for IPv4 and one for IPv6: SipHash of family, number of bits, bits in front
--   dates         subkey 11: keyed BLAKE2b of 16 bytes, of kind (1 text, 2 bigint, 3 uuid), max_days in 4 bytes, subject
--   digits        subkeys 32 to 41: the permutation below a bound; its tweak is in hexadecimal FFCCCCCCCCCCCCNN, with
--                 F the form (1 international, 2 national, 3 local, 4 postal code), C the country code, N the digits
CREATE EXTENSION memreg;
SELECT plan(94);

INSERT INTO memreg.scope (scope) VALUES ('known answers');
INSERT INTO memreg.scope_key (scope_id, version, wrapped_key, master_fingerprint)
SELECT scope_id, 1,
	'\xa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b731cf3c9374d09555e515a495bfbac943d802cad8f9412efb8f2674f50a8b145f4a581ea203b85eebf6004e8f4e5edec8',
	'\x0e43a6bbe5db094d4077335a38e73f56'
  FROM memreg.scope;

CREATE TABLE email (address text, pseudonym text, with_domain text);
INSERT INTO email VALUES
	('aino@example.org', 'csn462xct5zsv5j71j6y@pseudonym.invalid', 'csn462xct5zsv5j71j6y@example.org'),
	(' Aino@EXAMPLE.org ', 'csn462xct5zsv5j71j6y@pseudonym.invalid', 'csn462xct5zsv5j71j6y@example.org'),
	('o''neil+tag@sub.example.com', 'ayj47rbt5xn892ns6h0p@pseudonym.invalid', 'ayj47rbt5xn892ns6h0p@sub.example.com'),
	('ä@example.fi', '1hvm1e5aymj7c6spsfs9@pseudonym.invalid', '1hvm1e5aymj7c6spsfs9@example.fi'),
	('aino@ääkkönen.example', 'jv0mvys0arfh4j4b1zvg@pseudonym.invalid', 'jv0mvys0arfh4j4b1zvg@ääkkönen.example');
SELECT is(memreg.pseudonym_email('known answers', address), pseudonym, 'e-mail: ' || address) FROM email;
SELECT is(memreg.pseudonym_email('known answers', address, keep_domain => true), with_domain, 'with its domain: ' || address) FROM email;

CREATE TABLE phone (number text, pseudonym text);
INSERT INTO phone VALUES
	('+358 40 123 4567', '+358 39 268 6487'),
	('+358401234567', '+358392686487'),
	('00358 40 123-4567', '00358 39 268-6487'),
	('+1 (212) 555-0123', '+1 (265) 250-9309'),
	('+7 495 000.00.00', '+7 520 236.39.76'),
	('+44 20 7946 0000', '+44 60 8953 5493'),
	('+354 555 0123', '+354 457 6146'),
	('+3581', '+3580'),
	('+99912', '+99977'),
	('040 123 4567', '028 878 8827'),
	('(09) 310 0000', '(02) 738 0627'),
	('09/310-0000', '02/738-0627'),
	('012', '072'),
	('112', '775'),
	('116117', '726578'),
	('123456789012345', '410159920992468'),
	('012345678901234', '063908976555961'),
	('+123456789012345', '+110215015952477'),
	('00123456789012345', '00110215015952477'),
	(' 040 1234567 ', ' 028 8788827 '),
	('+358 000 000', '+358 832 393'),
	(U&'+358\00A040\00A01234567', U&'+358\00A039\00A02686487');
SELECT is(memreg.pseudonym_phone('known answers', number), pseudonym, 'phone: ' || number) FROM phone;

CREATE TABLE postal (code text, pseudonym text);
INSERT INTO postal VALUES
	('00000', '64575'), ('00100', '94934'), ('00101', '81642'), ('33100', '81666'), ('99999', '91354');
SELECT is(memreg.pseudonym_postal_code('known answers', code), pseudonym, 'postal code: ' || code) FROM postal;

CREATE TABLE ip (address inet, pseudonym inet);
INSERT INTO ip VALUES
	('0.0.0.0', '122.79.206.96'),
	('255.255.255.255', '141.185.210.8'),
	('192.0.2.1', '166.247.241.249'),
	('192.0.2.2', '166.247.241.250'),
	('192.0.3.1', '166.247.240.64'),
	('10.0.0.0/8', '115.56.166.157/8'),
	('192.0.2.1/24', '166.247.241.249/24'),
	('::', '78d6:8110:928e:b3e9:3b03:891b:fb0:227a'),
	('::1', '78d6:8110:928e:b3e9:3b03:891b:fb0:227b'),
	('2001:db8::1', '4341:da40:681c:9beb:e7f4:5ad:382:adc5'),
	('2001:db8::2', '4341:da40:681c:9beb:e7f4:5ad:382:adc6'),
	('2001:db8:1::/48', '4341:da40:681d:3bd2:f9a5:f7d9:d9bf:11a4/48'),
	('::ffff:192.0.2.1', '166.247.241.249'),
	('::ffff:192.0.2.0/120', '166.247.241.248/24'),
	('::fffe:192.0.2.1', '78d6:8110:928e:b3e9:3b03:7e26:a317:ff2'),
	('::ffff:0:0/95', '78d6:8110:928e:b3e9:3b03:7e27:9c2c:30c8/95');
SELECT is(memreg.pseudonym_ip('known answers', address), pseudonym, 'IP: ' || address) FROM ip;
SELECT is(memreg.pseudonym_ip('known answers', host(address)), host(pseudonym), 'IP in text: ' || address)
  FROM ip WHERE masklen(address) IN (32, 128);

CREATE TABLE shift (subject text, type regtype, max_days int, days int);
INSERT INTO shift VALUES
	('', 'text', 1, -1), ('', 'text', 30, 1), ('', 'text', 180, -167), ('', 'text', 36500, -21324),
	('42', 'text', 1, -1), ('42', 'text', 30, -30), ('42', 'text', 180, 80), ('42', 'text', 36500, -11831),
	('äö€', 'text', 1, -1), ('äö€', 'text', 30, -9), ('äö€', 'text', 180, -166), ('äö€', 'text', 36500, -25667),
	('42', 'bigint', 1, -1), ('42', 'bigint', 30, -27), ('42', 'bigint', 180, -13), ('42', 'bigint', 36500, -32063),
	('-1', 'bigint', 1, -1), ('-1', 'bigint', 30, -23), ('-1', 'bigint', 180, 29), ('-1', 'bigint', 36500, -17319),
	('-9223372036854775808', 'bigint', 1, -1), ('-9223372036854775808', 'bigint', 30, 12), ('-9223372036854775808', 'bigint', 180, 64), ('-9223372036854775808', 'bigint', 36500, 34099),
	('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', 'uuid', 1, -1), ('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', 'uuid', 30, -2), ('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', 'uuid', 180, 72), ('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', 'uuid', 36500, -28017);
CREATE FUNCTION shifted(subject text, type regtype, value timestamp, max_days int) RETURNS timestamp LANGUAGE plpgsql AS $$
DECLARE
	moved timestamp;
BEGIN
	EXECUTE format('SELECT memreg.shift_date(''known answers'', %L::%s, %L::timestamp, %s)', subject, type, value, max_days) INTO moved;
	RETURN moved;
END $$;
SELECT is(shifted(subject, type, '2026-02-01 12:34:56.789', max_days) - timestamp '2026-02-01 12:34:56.789', make_interval(days => days),
		  format('%s subject %s, at most %s days', type, subject, max_days)) FROM shift;
SELECT is(memreg.shift_date('known answers', 42, date '2026-02-01'), date '2026-02-01' + days, 'a date')
  FROM shift WHERE (subject, type, max_days) = ('42', 'bigint'::regtype, 180);
SELECT is(memreg.shift_date('known answers', 42, timestamptz '2026-02-01 12:00+02'), timestamptz '2026-02-01 12:00+02' + make_interval(hours => 24 * days), 'a timestamptz')
  FROM shift WHERE (subject, type, max_days) = ('42', 'bigint'::regtype, 180);
SELECT * FROM finish();
