-- Addresses of made-up people, and a scope to make pseudonyms in. addresses: how many.
CREATE EXTENSION pgcrypto;
SELECT memreg.create_scope('bench');
CREATE SCHEMA plain;
CREATE TABLE plain.address AS
SELECT g::bigint AS id,
	   email,
	   convert_to(email, 'UTF8') AS email_bytes,
	   rpad('note ' || g, 100, 'abcdefghij') AS note,
	   '+358 40 ' || lpad((g % 10000000)::text, 7, '0') AS phone,
	   '10.0.0.0'::inet + g AS ip,
	   '2001:db8::'::inet + g * 4294967296 AS ip6
  FROM generate_series(1, :addresses) g,
	   LATERAL (SELECT format('first%s.last%s@example.org', g % 997, g)) e (email);
VACUUM (FREEZE, ANALYZE) plain.address;
