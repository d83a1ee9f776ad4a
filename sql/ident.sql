-- ident: Finnish identifiers, and the trigger that refuses identity codes

CREATE FUNCTION memreg.is_hetu(code text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_is_hetu' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
GRANT EXECUTE ON FUNCTION memreg.is_hetu(text) TO PUBLIC;
COMMENT ON FUNCTION memreg.is_hetu(text) IS
	'Is the whole text a well-formed Finnish personal identity code (DDMMYYCZZZQ)? '
	'The century signs of 2023 included, letters in either case, individual numbers 002 to 999 (900 to 999 are temporary codes). '
	'Says nothing about whether the code was ever given to anyone. '
	'Source: Government Decree 128/2010 section 2 as amended by 690/2022; Digital and Population Data Services Agency';

CREATE FUNCTION memreg.contains_hetu(content text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_contains_hetu' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
GRANT EXECUTE ON FUNCTION memreg.contains_hetu(text) TO PUBLIC;
COMMENT ON FUNCTION memreg.contains_hetu(text) IS
	'Does a well-formed Finnish personal identity code stand anywhere in the text? '
	'A piece of a longer number or of a hexadecimal identifier does not count; a code with a typographic dash does. '
	'Source: as for memreg.is_hetu(text)';

CREATE FUNCTION memreg.is_business_id(business_id text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_is_business_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
GRANT EXECUTE ON FUNCTION memreg.is_business_id(text) TO PUBLIC;
COMMENT ON FUNCTION memreg.is_business_id(text) IS
	'Is the whole text a well-formed Finnish business ID (NNNNNNN-C, weights 7 9 10 5 8 4 2 modulo 11)? '
	'The older form of six digits, short for a leading zero, passes too. '
	'Says nothing about whether the business exists. '
	'Source: Finnish Patent and Registration Office and Tax Administration, Business Information System';

CREATE FUNCTION memreg.refuse_hetu() RETURNS trigger
	AS 'MODULE_PATHNAME', 'memreg_refuse_hetu' LANGUAGE C;
GRANT EXECUTE ON FUNCTION memreg.refuse_hetu() TO PUBLIC;
COMMENT ON FUNCTION memreg.refuse_hetu() IS
	'For a trigger BEFORE INSERT OR UPDATE FOR EACH ROW: refuses, with SQLSTATE MR501, a row in which a column that can hold text '
	'holds a personal identity code. INSERT reads every such column, UPDATE those whose value changes; arguments name the columns to read instead';
