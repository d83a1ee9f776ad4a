-- generalize: values made coarser, and e-mail addresses in one form

CREATE FUNCTION memreg.generalize_date(value date, unit text) RETURNS date
	AS 'MODULE_PATHNAME', 'memreg_date_generalized' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_date(date, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_date(date, text) IS
	'The first day of the month, quarter, year or decade that a date is in; infinity stays as it is';

CREATE FUNCTION memreg.generalize_timestamp(value timestamp, unit text) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'memreg_timestamp_generalized' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_timestamp(timestamp, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_timestamp(timestamp, text) IS
	'The begin of the month, quarter, year or decade that a timestamp is in; infinity stays as it is';

CREATE FUNCTION memreg.generalize_timestamp(value timestamptz, unit text) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'memreg_timestamp_generalized' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_timestamp(timestamptz, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_timestamp(timestamptz, text) IS
	'The begin, in UTC whatever the session''s time zone, of the month, quarter, year or decade that a timestamp is in in UTC; '
	'infinity stays as it is';

CREATE FUNCTION memreg.age_band(born date, on_date date, width int DEFAULT 10) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_age_band' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.age_band(date, date, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.age_band(date, date, int) IS
	'The band, like 30-39, of the age in whole years on a day; NULL before birth and for infinite dates. '
	'Whoever was born on 29 February turns a year older on 1 March where the year has no such day';

CREATE FUNCTION memreg.generalize_number(value smallint, width smallint) RETURNS smallint
	AS 'MODULE_PATHNAME', 'memreg_number_generalized_smallint' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_number(smallint, smallint) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_number(smallint, smallint) IS
	'The lower bound of the band that a number is in: the greatest multiple of the width that is not greater; '
	'-32768 where that would be less';

CREATE FUNCTION memreg.generalize_number(value int, width int) RETURNS int
	AS 'MODULE_PATHNAME', 'memreg_number_generalized_int' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_number(int, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_number(int, int) IS
	'The lower bound of the band that a number is in: the greatest multiple of the width that is not greater; '
	'-2147483648 where that would be less';

CREATE FUNCTION memreg.generalize_number(value bigint, width bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_number_generalized_bigint' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_number(bigint, bigint) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_number(bigint, bigint) IS
	'The lower bound of the band that a number is in: the greatest multiple of the width that is not greater; '
	'-9223372036854775808 where that would be less';

CREATE FUNCTION memreg.generalize_number(value numeric, width numeric) RETURNS numeric
	AS 'MODULE_PATHNAME', 'memreg_number_generalized_numeric' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_number(numeric, numeric) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_number(numeric, numeric) IS
	'The lower bound of the band that a number is in: the greatest multiple of the width that is not greater, without trailing zeros; '
	'-Infinity where the type cannot hold it. NaN and the infinities stay as they are';

CREATE FUNCTION memreg.generalize_number(value real, width real) RETURNS real
	AS 'MODULE_PATHNAME', 'memreg_number_generalized_real' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_number(real, real) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_number(real, real) IS
	'The lower bound of the band that a number is in: the greatest multiple of the width that is not greater, as the nearest real; '
	'-Infinity where the type cannot hold it. NaN and the infinities stay as they are';

CREATE FUNCTION memreg.generalize_number(value double precision, width double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'memreg_number_generalized_double' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_number(double precision, double precision) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_number(double precision, double precision) IS
	'The lower bound of the band that a number is in: the greatest multiple of the width that is not greater; '
	'-Infinity where the type cannot hold it. NaN, the infinities, and numbers more than 2^51 widths from zero stay as they are';

CREATE FUNCTION memreg.number_band(value numeric, width numeric) RETURNS numrange
	AS 'MODULE_PATHNAME', 'memreg_number_band' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.number_band(numeric, numeric) TO PUBLIC;
COMMENT ON FUNCTION memreg.number_band(numeric, numeric) IS
	'The band that a number is in, like [30,40): between two multiples of the width, the upper one not included; '
	'a bound that the type cannot hold is infinite. NULL for NaN and the infinities';

CREATE FUNCTION memreg.postal_area(postal_code text, digits int DEFAULT 2) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_postal_area' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.postal_area(text, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.postal_area(text, int) IS
	'The first digits of a Finnish postal code; NULL for anything but five digits, with or without FI- or AX- before them and blanks around. '
	'Says nothing about whether the code was given to a place';

CREATE FUNCTION memreg.first_letters(value text, letters int DEFAULT 1) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_first_letters' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.first_letters(text, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.first_letters(text, int) IS
	'The first characters of a text, each with the combining marks U+0300 to U+036F that follow it (those in UTF-8 only)';

CREATE FUNCTION memreg.truncate_ip(address inet, ipv4_bits int DEFAULT 24, ipv6_bits int DEFAULT 48) RETURNS inet
	AS 'MODULE_PATHNAME', 'memreg_truncate_ip' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.truncate_ip(inet, int, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.truncate_ip(inet, int, int) IS
	'The network of so many bits that an address is in, or its own network if that is larger. '
	'An IPv4-mapped IPv6 address (RFC 4291) becomes IPv4; of one of 6to4 (RFC 3056) no more than ipv4_bits of the IPv4 address in it remain';

CREATE FUNCTION memreg.truncate_ip(address text, ipv4_bits int DEFAULT 24, ipv6_bits int DEFAULT 48) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_truncate_ip_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.truncate_ip(text, int, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.truncate_ip(text, int, int) IS
	'The address, without netmask, of the network of so many bits that an address is in; as for inet otherwise. '
	'NULL for anything but one address, without netmask or zone, and with or without blanks around';

CREATE FUNCTION memreg.generalize_json(value jsonb, forms text) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'memreg_generalize_json' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.generalize_json(jsonb, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.generalize_json(jsonb, text) IS
	'A JSON text, number, or array of such, made coarser in the forms given, like year, 10, ip 24 48, postal_code 3, letters 1: '
	'dates (YYYY-MM-DD), numbers, addresses, codes, other texts. What no form serves is null; an object is NULL';

CREATE FUNCTION memreg.canonical_email(address text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_canonical_email' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.canonical_email(text) TO PUBLIC;
COMMENT ON FUNCTION memreg.canonical_email(text) IS
	'The one form of an e-mail address that its spellings share: without blanks around, in Unicode''s form NFC where the database is in UTF-8, '
	'letters of ASCII in lower case. Dots, tags and the letters of international domains stay. '
	'NULL for what has not the form local@domain of RFC 5321 and RFC 6531; quoted local parts and address literals are left out';
