-- shape: pseudonyms that keep the shape of what they stand for

CREATE FUNCTION memreg.pseudonym_email(scope text, address text, keep_domain boolean DEFAULT false, strict boolean DEFAULT false) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_email' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 30;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_email(text, text, boolean, boolean) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_email(text, text, boolean, boolean) IS
	'Pseudonym of an e-mail address in a scope as an address that is never delivered, like k3f0a6vx2h9qd8w5rjtn@pseudonym.invalid (RFC 2606): '
	'keyed BLAKE2b of the canonical form, 100 bits. keep_domain keeps the domain: such an address may be delivered. '
	'NULL for what is no address, or an error if strict';

CREATE FUNCTION memreg.pseudonym_phone(scope text, phone text, strict boolean DEFAULT false) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_phone' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 30;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_phone(text, text, boolean) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_phone(text, text, boolean) IS
	'Pseudonym of a telephone number in a scope as a telephone number: +358 40 123 4567 becomes something like +358 97 304 1186. '
	'Country code (ITU-T E.164), a leading 0 or 00, length and separators stay; the other digits are permuted, so that two of one form, country and length never get the same. '
	'NULL for what is no telephone number, or an error if strict';

CREATE FUNCTION memreg.pseudonym_postal_code(scope text, postal_code text, strict boolean DEFAULT false) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_postal_code' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 40;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_postal_code(text, text, boolean) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_postal_code(text, text, boolean) IS
	'Pseudonym of a Finnish postal code in a scope as five digits: a keyed permutation of all numbers of five digits. '
	'NULL for what is no postal code, or an error if strict';

CREATE FUNCTION memreg.pseudonym_ip(scope text, address inet) RETURNS inet
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_ip' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 50;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_ip(text, inet) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_ip(text, inet) IS
	'Pseudonym of an IP address in a scope as an IP address: two that share their first k bits, and no more, have pseudonyms that do '
	'(Xu, Fan, Ammar and Moon, ICNP 2002). The netmask stays; an IPv4-mapped IPv6 address counts as the IPv4 address';

CREATE FUNCTION memreg.pseudonym_ip(scope text, address text, strict boolean DEFAULT false) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_ip_text' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 60;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_ip(text, text, boolean) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_ip(text, text, boolean) IS
	'The same for an IP address in text; NULL for what is no address, as one with a netmask or zone is none, or an error if strict';

CREATE FUNCTION memreg.shift_date(scope text, subject text, value date, max_days int DEFAULT 180) RETURNS date
	AS 'MODULE_PATHNAME', 'memreg_shift_date_of_text' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.shift_date(text, text, date, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.shift_date(text, text, date, int) IS
	'A date moved by a number of days that is the same for all dates of one subject in a scope: one of -max_days to max_days, but 0, each as likely '
	'as any other (max_days is 1 to 36500; another one draws another number). Infinity stays; NULL beyond the range of the type';

CREATE FUNCTION memreg.shift_date(scope text, subject text, value timestamp, max_days int DEFAULT 180) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'memreg_shift_timestamp_of_text' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.shift_date(text, text, timestamp, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.shift_date(text, text, timestamp, int) IS
	'The same for a timestamp: its time of day stays';

CREATE FUNCTION memreg.shift_date(scope text, subject text, value timestamptz, max_days int DEFAULT 180) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'memreg_shift_timestamp_of_text' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.shift_date(text, text, timestamptz, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.shift_date(text, text, timestamptz, int) IS
	'The same for a timestamp with time zone: moved by days of 24 hours, in UTC';

CREATE FUNCTION memreg.shift_date(scope text, subject bigint, value date, max_days int DEFAULT 180) RETURNS date
	AS 'MODULE_PATHNAME', 'memreg_shift_date_of_bigint' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.shift_date(text, bigint, date, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.shift_date(text, bigint, date, int) IS
	'The same of a subject with a bigint key, which is another subject than its text';

CREATE FUNCTION memreg.shift_date(scope text, subject bigint, value timestamp, max_days int DEFAULT 180) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'memreg_shift_timestamp_of_bigint' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.shift_date(text, bigint, timestamp, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.shift_date(text, bigint, timestamp, int) IS
	'The same for a timestamp of a subject with a bigint key: its time of day stays';

CREATE FUNCTION memreg.shift_date(scope text, subject bigint, value timestamptz, max_days int DEFAULT 180) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'memreg_shift_timestamp_of_bigint' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.shift_date(text, bigint, timestamptz, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.shift_date(text, bigint, timestamptz, int) IS
	'The same for a timestamp with time zone of a subject with a bigint key: moved by days of 24 hours, in UTC';

CREATE FUNCTION memreg.shift_date(scope text, subject uuid, value date, max_days int DEFAULT 180) RETURNS date
	AS 'MODULE_PATHNAME', 'memreg_shift_date_of_uuid' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.shift_date(text, uuid, date, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.shift_date(text, uuid, date, int) IS
	'The same of a subject with a uuid key, which is another subject than its text';

CREATE FUNCTION memreg.shift_date(scope text, subject uuid, value timestamp, max_days int DEFAULT 180) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'memreg_shift_timestamp_of_uuid' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.shift_date(text, uuid, timestamp, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.shift_date(text, uuid, timestamp, int) IS
	'The same for a timestamp of a subject with a uuid key: its time of day stays';

CREATE FUNCTION memreg.shift_date(scope text, subject uuid, value timestamptz, max_days int DEFAULT 180) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'memreg_shift_timestamp_of_uuid' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.shift_date(text, uuid, timestamptz, int) TO PUBLIC;
COMMENT ON FUNCTION memreg.shift_date(text, uuid, timestamptz, int) IS
	'The same for a timestamp with time zone of a subject with a uuid key: moved by days of 24 hours, in UTC';
