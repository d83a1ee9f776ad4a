-- is_business_id. The IDs are computed; whose they are, if anyone's, is unknown.
CREATE EXTENSION memreg;

SELECT id, memreg.is_business_id(id) AS valid
FROM unnest(ARRAY[
	'1234567-1', '0123456-2', '123456-2', '1234567-2', '12345671', '1234567 1', 'FI12345671',
	'12345-6', '012345678-1', ' 1234567-1', '1234567-1 ', '0000000-0', '000000-0', '0000006-1', '', '-'
]) AS id;
SELECT memreg.is_business_id(NULL) IS NULL AS is_null;

-- An independent implementation over 20,000 numbers: at most one check digit is
-- right, and none where the remainder is 1.
WITH number AS (
	SELECT to_char(n * 499, 'FM0000000') AS digits FROM generate_series(1, 20000) AS n
), expected AS (
	SELECT digits, (SELECT sum(weight * substr(digits, position::int, 1)::int) % 11
					FROM unnest('{7,9,10,5,8,4,2}'::int[]) WITH ORDINALITY AS w(weight, position)) AS remainder
	FROM number
), candidate AS (
	SELECT digits || '-' || c AS id, remainder <> 1 AND c = (11 - remainder) % 11 AS valid, remainder
	FROM expected, generate_series(0, 9) AS c
)
SELECT count(*) AS candidates, count(*) FILTER (WHERE valid) AS valid,
	   count(DISTINCT substr(id, 1, 7)) FILTER (WHERE remainder = 1) AS never_given,
	   count(*) FILTER (WHERE memreg.is_business_id(id) <> valid) AS differ,
	   count(*) FILTER (WHERE id LIKE '0%' AND memreg.is_business_id(substr(id, 2)) <> valid) AS differ_short
FROM candidate;
