-- Subjects have numbers; here is what their key of type :key is, and who of them consents: three in four, at random.
CREATE SCHEMA bench;
SELECT CASE :'key' WHEN 'bigint' THEN 'number' WHEN 'uuid' THEN 'md5(number::text)::uuid' ELSE '''member '' || number' END AS key_of \gset
CREATE FUNCTION bench.subject_key(number bigint) RETURNS :key LANGUAGE sql IMMUTABLE RETURN :key_of;
CREATE FUNCTION bench.consents(number bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
	RETURN hashint8extended(number, 1) & 3 <> 0;
