-- category: what a register's categories of personal data are

-- Declaring is optional: a category is whatever columns are labelled with. What is declared here tells nobody's rows
-- apart; it is for the notice, for memreg.check, and for purposes that may see no more than aggregates.

CREATE TABLE memreg.category (
	register text NOT NULL,
	category text NOT NULL CHECK (category <> ''),
	special boolean NOT NULL DEFAULT false,
	identifying boolean NOT NULL DEFAULT false,
	quasi_identifying boolean NOT NULL DEFAULT false,
	free_text boolean NOT NULL DEFAULT false,
	technical boolean NOT NULL DEFAULT false,
	source text,
	mandatory boolean,
	description text,
	PRIMARY KEY (register, category)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.category', '');
SELECT memreg.announce_changes_of('memreg.category'::regclass);
SELECT memreg.refer('memreg.category', 'memreg.register', 'register');
COMMENT ON TABLE memreg.category IS 'What is declared of categories of personal data; those that columns are labelled with need not be here';
COMMENT ON COLUMN memreg.category.special IS 'A special category: health, beliefs, origin and the others of GDPR Art. 9(1)';
COMMENT ON COLUMN memreg.category.identifying IS 'Tells by itself who somebody is: a name, an e-mail address, a customer number (GDPR Art. 4(1))';
COMMENT ON COLUMN memreg.category.quasi_identifying IS 'Singles people out together with others: a district, a birth year (GDPR recital 26)';
COMMENT ON COLUMN memreg.category.free_text IS 'People may write anything in it, their own and others'' names included';
COMMENT ON COLUMN memreg.category.technical IS 'Arises from the use of a service: IP addresses, logs';
COMMENT ON COLUMN memreg.category.source IS 'Where the data comes from (GDPR Art. 14(2)(f))';
COMMENT ON COLUMN memreg.category.mandatory IS 'Whether the subject must provide it (GDPR Art. 13(2)(e)); false: it is volunteered, null: not said';

CREATE FUNCTION memreg.require_category_name(category text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF category IS NULL OR category !~ '^[a-z][a-z0-9_]{0,62}$' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR322',
			MESSAGE = 'a category is a name of lower-case letters, digits and underscores',
			HINT = 'Use the category that the columns are labelled with, such as ''contact''.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_category_name(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_category_name(text) IS 'Fails unless a category can have that name';

CREATE FUNCTION memreg.require_consistent_category(declared memreg.category) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reason text;
	advice text;
BEGIN
	IF declared.category = 'nonpersonal' THEN
		reason := 'the category nonpersonal is about nobody and cannot be declared';
		advice := 'Label the columns with a category of their own.';
	ELSIF num_nulls(declared.special, declared.identifying, declared.quasi_identifying, declared.free_text, declared.technical) > 0 THEN
		reason := format('a flag of category %s cannot be NULL', quote_ident(declared.category));
		advice := 'Say true or false of special, identifying, quasi_identifying, free_text and technical; mandatory alone can be left open.';
	ELSIF declared.quasi_identifying AND declared.category = 'subject_key' THEN
		reason := 'the category subject_key is identifying, so it is not quasi_identifying';
		advice := 'Leave quasi_identifying out: a subject key tells by itself who somebody is.';
	ELSIF declared.quasi_identifying AND declared.identifying THEN
		reason := format('category %s cannot be both identifying and quasi_identifying', quote_ident(declared.category));
		advice := 'Say identifying of what tells by itself who somebody is, and quasi_identifying of what does so together with others.';
	ELSE
		RETURN;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'MR325', MESSAGE = reason, HINT = advice;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_consistent_category(memreg.category) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_consistent_category(memreg.category) IS
	'Fails if what would be declared of a category contradicts itself or is left open';

CREATE FUNCTION memreg.declare_category(
	register text,
	category text,
	special boolean DEFAULT false,
	identifying boolean DEFAULT false,
	quasi_identifying boolean DEFAULT false,
	free_text boolean DEFAULT false,
	technical boolean DEFAULT false,
	source text DEFAULT NULL,
	mandatory boolean DEFAULT NULL,
	description text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	declared memreg.category;
BEGIN
	PERFORM memreg.require_register(register);
	PERFORM memreg.require_category_name(category);
	declared := ROW(register, category, special, identifying, quasi_identifying, free_text, technical, source, mandatory, description);
	PERFORM memreg.require_consistent_category(declared);
	declared.identifying := identifying OR category = 'subject_key';
	INSERT INTO memreg.category SELECT declared.*
	ON CONFLICT ON CONSTRAINT category_pkey DO UPDATE
		SET special = excluded.special, identifying = excluded.identifying, quasi_identifying = excluded.quasi_identifying,
			free_text = excluded.free_text, technical = excluded.technical,
			source = excluded.source, mandatory = excluded.mandatory, description = excluded.description;
END
$$;
REVOKE ALL ON FUNCTION memreg.declare_category(text, text, boolean, boolean, boolean, boolean, boolean, text, boolean, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.declare_category(text, text, boolean, boolean, boolean, boolean, boolean, text, boolean, text) IS
	'Declares what a category of a register is, where its data comes from and whether it must be given; a second call replaces the first';

CREATE FUNCTION memreg.withdraw_category(register text, category text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM memreg.require_register(register);
	DELETE FROM memreg.category c
	 WHERE c.register = withdraw_category.register AND c.category = withdraw_category.category;
	IF NOT FOUND THEN
		RAISE NOTICE 'category % of register % was not declared', coalesce(quote_ident(category), 'NULL'), quote_ident(register);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.withdraw_category(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.withdraw_category(text, text) IS
	'Takes back what was declared of a category; labels and treatments stay';

CREATE FUNCTION memreg.identifies(register text, category text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_identifies' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.identifies(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.identifies(text, text) IS
	'Whether a column of that category tells who somebody is: declared so, the subject key, or without a category';
