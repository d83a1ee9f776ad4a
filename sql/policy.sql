-- policy: guards, treatments, and protect, which puts a table under them

-- What the policies of protected tables hold. These functions do nothing but raise an error, so that a server
-- without memreg refuses the table; memreg's planner hook replaces them before they are called.

CREATE FUNCTION memreg.guard_table(relation regclass) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_guard' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION memreg.guard_table(regclass) IS
	'Guard of a protected table; folded, and so raised, when a server without memreg plans a query of the table';
CREATE FUNCTION memreg.guard_row(relation regclass, subject bigint) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_guard' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION memreg.guard_row(regclass, bigint) IS
	'Guard of a protected table''s rows; memreg replaces it by the check of the purpose''s ground';
CREATE FUNCTION memreg.guard_row(relation regclass, subject uuid) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_guard' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION memreg.guard_row(regclass, uuid) IS
	'Guard of a protected table''s rows; memreg replaces it by the check of the purpose''s ground';
CREATE FUNCTION memreg.guard_row(relation regclass, subject text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_guard' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION memreg.guard_row(regclass, text) IS
	'Guard of a protected table''s rows; memreg replaces it by the check of the purpose''s ground';
CREATE FUNCTION memreg.guard_command(relation regclass, command text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_guard' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION memreg.guard_command(regclass, text) IS
	'Guard of a command on a protected table; stands for true only where the table has no other permissive policies for it';

-- What the planner hook puts into queries. The first argument keeps SQL from calling them; every role may run them.

CREATE FUNCTION memreg.ground_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'memreg_ground_support' LANGUAGE C STRICT;
REVOKE ALL ON FUNCTION memreg.ground_support(internal) FROM PUBLIC;
COMMENT ON FUNCTION memreg.ground_support(internal) IS
	'Planner support: which share of a table''s rows memreg.check_ground lets through';
CREATE FUNCTION memreg.check_ground(internal, purpose_id int, subject bigint) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_check_ground_bigint' LANGUAGE C STABLE PARALLEL SAFE COST 2 SUPPORT memreg.ground_support;
COMMENT ON FUNCTION memreg.check_ground(internal, int, bigint) IS 'Inserted by memreg: has the purpose a ground for this subject?';
CREATE FUNCTION memreg.check_ground(internal, purpose_id int, subject uuid) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_check_ground_uuid' LANGUAGE C STABLE PARALLEL SAFE COST 2 SUPPORT memreg.ground_support;
COMMENT ON FUNCTION memreg.check_ground(internal, int, uuid) IS 'Inserted by memreg: has the purpose a ground for this subject?';
CREATE FUNCTION memreg.check_ground(internal, purpose_id int, subject text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_check_ground_text' LANGUAGE C STABLE PARALLEL SAFE COST 2 SUPPORT memreg.ground_support;
COMMENT ON FUNCTION memreg.check_ground(internal, int, text) IS 'Inserted by memreg: has the purpose a ground for this subject?';
CREATE FUNCTION memreg.treat_if_ground(internal, purpose_id int, subject bigint, value anyelement) RETURNS anyelement
	AS 'MODULE_PATHNAME', 'memreg_treat_if_ground_bigint' LANGUAGE C STABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION memreg.treat_if_ground(internal, int, bigint, anyelement) IS
	'Inserted by memreg: a value, where the purpose has a ground for this subject';
CREATE FUNCTION memreg.treat_if_ground(internal, purpose_id int, subject uuid, value anyelement) RETURNS anyelement
	AS 'MODULE_PATHNAME', 'memreg_treat_if_ground_uuid' LANGUAGE C STABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION memreg.treat_if_ground(internal, int, uuid, anyelement) IS
	'Inserted by memreg: a value, where the purpose has a ground for this subject';
CREATE FUNCTION memreg.treat_if_ground(internal, purpose_id int, subject text, value anyelement) RETURNS anyelement
	AS 'MODULE_PATHNAME', 'memreg_treat_if_ground_text' LANGUAGE C STABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION memreg.treat_if_ground(internal, int, text, anyelement) IS
	'Inserted by memreg: a value, where the purpose has a ground for this subject';
CREATE FUNCTION memreg.treat_pseudonym(internal, scope_id int, value bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_treat_pseudonym_bigint' LANGUAGE C STABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION memreg.treat_pseudonym(internal, int, bigint) IS 'Inserted by memreg: a subject key''s pseudonym';
CREATE FUNCTION memreg.treat_pseudonym(internal, scope_id int, value uuid) RETURNS uuid
	AS 'MODULE_PATHNAME', 'memreg_treat_pseudonym_uuid' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION memreg.treat_pseudonym(internal, int, uuid) IS 'Inserted by memreg: a subject key''s pseudonym';
CREATE FUNCTION memreg.treat_pseudonym(internal, scope_id int, value text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_treat_pseudonym_text' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION memreg.treat_pseudonym(internal, int, text) IS 'Inserted by memreg: a value''s pseudonym';
CREATE FUNCTION memreg.treat_pseudonym(internal, scope_id int, value integer) RETURNS integer
	AS 'MODULE_PATHNAME', 'memreg_treat_pseudonym_integer' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION memreg.treat_pseudonym(internal, int, integer) IS 'Inserted by memreg: a value''s pseudonym';
CREATE FUNCTION memreg.treat_pseudonym(internal, scope_id int, value smallint) RETURNS smallint
	AS 'MODULE_PATHNAME', 'memreg_treat_pseudonym_smallint' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION memreg.treat_pseudonym(internal, int, smallint) IS 'Inserted by memreg: a value''s pseudonym';
CREATE FUNCTION memreg.treat_pseudonym(internal, scope_id int, value bytea) RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_treat_pseudonym_bytea' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION memreg.treat_pseudonym(internal, int, bytea) IS 'Inserted by memreg: a value''s pseudonym';
CREATE FUNCTION memreg.treat_pseudonym(internal, scope_id int, value jsonb) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'memreg_treat_pseudonym_jsonb' LANGUAGE C STABLE PARALLEL SAFE COST 40;
COMMENT ON FUNCTION memreg.treat_pseudonym(internal, int, jsonb) IS 'Inserted by memreg: pseudonyms of the texts and numbers in a JSON value';
CREATE FUNCTION memreg.treat_json_keys(internal, value jsonb, keys text[], treated jsonb[], others jsonb) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'memreg_treat_json_keys' LANGUAGE C STABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION memreg.treat_json_keys(internal, jsonb, text[], jsonb[], jsonb) IS
	'Inserted by memreg: a JSON object put together again from the treated values of its keys';
CREATE FUNCTION memreg.own_subject_bigint(internal, register_id int) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_own_subject_bigint' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION memreg.own_subject_bigint(internal, int) IS 'Inserted by memreg: the subject that the session acts for';
CREATE FUNCTION memreg.own_subject_uuid(internal, register_id int) RETURNS uuid
	AS 'MODULE_PATHNAME', 'memreg_own_subject_uuid' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION memreg.own_subject_uuid(internal, int) IS 'Inserted by memreg: the subject that the session acts for';
CREATE FUNCTION memreg.own_subject_text(internal, register_id int) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_own_subject_text' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION memreg.own_subject_text(internal, int) IS 'Inserted by memreg: the subject that the session acts for';

CREATE FUNCTION memreg.refuse_foreign_trigger() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'memreg_refuse_foreign_trigger' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.refuse_foreign_trigger() FROM PUBLIC;
COMMENT ON FUNCTION memreg.refuse_foreign_trigger() IS
	'Event trigger: only the owner of a protected table gives it triggers, as these see rows as they are stored';
CREATE EVENT TRIGGER memreg_refuse_foreign_trigger ON ddl_command_end
	WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION memreg.refuse_foreign_trigger();
ALTER EVENT TRIGGER memreg_refuse_foreign_trigger ENABLE ALWAYS;

-- Treatments

CREATE TABLE memreg.treatment (
	register text NOT NULL,
	purpose text NOT NULL,
	category text NOT NULL CHECK (category <> ''),
	treatment text NOT NULL,
	PRIMARY KEY (register, purpose, category)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.treatment', '');
SELECT memreg.announce_changes_of('memreg.treatment'::regclass);
SELECT memreg.refer('memreg.treatment', 'memreg.purpose', 'register', 'purpose');
COMMENT ON TABLE memreg.treatment IS
	'What each purpose sees of each category of personal data; what is not declared is withheld';

CREATE FUNCTION memreg.treatment_is_known(treatment text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_treatment_is_known' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.treatment_is_known(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.treatment_is_known(text) IS 'Whether a treatment is well-formed and on memreg''s list';
CREATE FUNCTION memreg.treatment_suits(treatment text, type regtype, typmod int DEFAULT -1) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_treatment_suits_type' LANGUAGE C STABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.treatment_suits(text, regtype, int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.treatment_suits(text, regtype, int) IS
	'Whether a treatment can be applied to a column of a type, with the modifier (pg_attribute.atttypmod) that holds its length';
CREATE FUNCTION memreg.treatment_names(treatment text, OUT scope text, OUT own_scope boolean, OUT consents text[])
	AS 'MODULE_PATHNAME', 'memreg_treatment_names' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.treatment_names(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.treatment_names(text) IS
	'What a treatment names: a scope, or the purpose''s own; and the purposes whose consent it asks for, one after the other';

CREATE FUNCTION memreg.label_category(label text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_label_category' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.label_category(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.label_category(text) IS 'The category that a security label of memreg''s gives its column';
CREATE FUNCTION memreg.label_keys(label text) RETURNS TABLE (key text, category text)
	AS 'MODULE_PATHNAME', 'memreg_label_keys' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.label_keys(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.label_keys(text) IS 'The keys of JSON objects that a security label of memreg''s gives categories of their own';

-- A column's category is what the registered table's label of that name says, in partitions and children too; what
-- only these have goes by their own label (guarded.c reads them alike).
CREATE VIEW memreg.labelled_column AS
	SELECT t.register, a.attrelid::regclass AS relation, a.attname AS "column", a.attnum, a.atttypid::regtype AS type,
		   l.category, a.atttypmod AS typmod, t.relation AS registered,
		   k.special, l.category = 'subject_key' OR k.identifying AS identifying, k.quasi_identifying,
		   k.free_text, k.technical, k.source, k.mandatory, k.description
	  FROM memreg.registered_table t
	  JOIN memreg.registered_relation m ON m.registered = t.relation
	  JOIN pg_catalog.pg_attribute a ON a.attrelid = m.relation AND a.attnum > 0 AND NOT a.attisdropped
	  LEFT JOIN pg_catalog.pg_seclabel s ON s.classoid = 'pg_catalog.pg_class'::regclass
		   AND s.objoid = a.attrelid AND s.objsubid = a.attnum AND s.provider = 'memreg'
	 CROSS JOIN LATERAL (SELECT CASE WHEN a.attname = t.subject THEN 'subject_key' ELSE memreg.label_category(s.label) END) l(category)
	  LEFT JOIN memreg.category k ON k.register = t.register AND k.category = l.category
	  LEFT JOIN pg_catalog.pg_attribute o ON o.attrelid = t.relation AND o.attrelid <> a.attrelid AND o.attname = a.attname
	 WHERE o.attnum IS NULL;
COMMENT ON VIEW memreg.labelled_column IS
	'Columns of registered tables, and those that their children add, the category of each and what is declared of it; a column without a category is withheld from every purpose';
COMMENT ON COLUMN memreg.labelled_column.registered IS 'The registered table: the relation itself, or the one that it is a child of';

CREATE VIEW memreg.labelled_key AS
	SELECT c.register, c.relation, c."column", c.attnum, c.type, k.key, k.category, c.typmod, c.registered
	  FROM memreg.labelled_column c
	  JOIN pg_catalog.pg_seclabel l ON l.classoid = 'pg_catalog.pg_class'::regclass
		   AND l.objoid = c.relation AND l.objsubid = c.attnum AND l.provider = 'memreg'
	 CROSS JOIN LATERAL memreg.label_keys(l.label) k;
COMMENT ON VIEW memreg.labelled_key IS
	'Keys of JSON objects in columns of registered tables that have a category of their own; the other keys go by the column''s';

CREATE VIEW memreg.unsuitable_treatment AS
	SELECT c.register, c.relation, c."column", c.attnum, c.key, c.type, d.purpose, d.treatment, c.registered
	  FROM (SELECT n.register, n.relation, n."column", n.attnum, NULL AS key, n.type, n.category, n.typmod, n.registered
			  FROM memreg.labelled_column n
			 UNION ALL
			SELECT k.register, k.relation, k."column", k.attnum, k.key, k.type, k.category, k.typmod, k.registered
			  FROM memreg.labelled_key k) c
	  JOIN memreg.treatment d ON d.register = c.register AND d.category = c.category
	 WHERE NOT memreg.treatment_suits(d.treatment, c.type, c.typmod)
		OR c.key IS NOT NULL AND c.type <> 'jsonb'::regtype;
COMMENT ON VIEW memreg.unsuitable_treatment IS
	'Columns, and keys of JSON objects in them, whose type a declared treatment cannot be applied to, so that they are withheld';

CREATE FUNCTION memreg.require_suitable_treatments(register text, relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unsuitable memreg.unsuitable_treatment;
BEGIN
	SELECT u.* INTO unsuitable
	  FROM memreg.unsuitable_treatment u
	  JOIN memreg.registered_table t ON t.relation = u.registered
	 WHERE u.register = require_suitable_treatments.register
	   AND (t.protected AND require_suitable_treatments.relation IS NULL
			OR u.registered = require_suitable_treatments.relation)
	 ORDER BY u.relation, u.attnum, u.key NULLS FIRST, u.purpose
	 LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR321',
			MESSAGE = format('column %s%s of table %s has type %s, which treatment %s of purpose %s cannot be applied to',
							 quote_ident(unsuitable."column"), coalesce(' (key ' || quote_ident(unsuitable.key) || ')', ''),
							 unsuitable.relation, unsuitable.type,
							 quote_literal(unsuitable.treatment), quote_ident(unsuitable.purpose)),
			HINT = CASE WHEN unsuitable.key IS NOT NULL AND unsuitable.type <> 'jsonb'::regtype
						THEN 'Name keys in the labels of columns of type jsonb only.'
						ELSE 'Give the column another category, or the category another treatment.' END;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_suitable_treatments(text, regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_suitable_treatments(text, regclass) IS
	'Fails if a label and a treatment do not suit the type of a column of a table or its children; relation NULL: on any protected table of the register';

CREATE FUNCTION memreg.require_named(register text, scope text, consents text[]) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked memreg.purpose;
	purpose_name text;
BEGIN
	IF scope IS NOT NULL
	   AND NOT EXISTS (SELECT FROM memreg.scope s WHERE s.scope = require_named.scope AND s.destroyed_at IS NULL) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR110',
			MESSAGE = format('pseudonym scope %s does not exist', quote_ident(scope)),
			HINT = 'Create it with memreg.create_scope.';
	END IF;
	FOREACH purpose_name IN ARRAY coalesce(consents, '{}') LOOP
		asked := memreg.require_purpose(register, purpose_name);
		IF asked.basis <> 'consent' OR asked.reach = 'own' THEN
			RAISE EXCEPTION USING
				ERRCODE = 'MR024',
				MESSAGE = format(CASE WHEN asked.basis <> 'consent' THEN 'purpose %s does not rest on consent'
									  ELSE 'purpose %s reaches the session''s own subject only' END, quote_ident(purpose_name)),
				HINT = 'A column can be clear if a subject has consented to a purpose that reaches every subject and whose legal basis is consent.';
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_named(text, text, text[]) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_named(text, text, text[]) IS
	'Fails unless the scope exists, and the purposes of the register can be asked for consent, that a treatment names; NULL: it names none';

CREATE FUNCTION memreg.set_treatment(register text, purpose text, category text, treatment text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	named record;
BEGIN
	PERFORM memreg.require_purpose(register, purpose);
	PERFORM memreg.require_category_name(category);
	IF treatment IS NULL OR NOT memreg.treatment_is_known(treatment) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR320',
			MESSAGE = format('treatment %s is unknown', coalesce(quote_literal(treatment), 'NULL')),
			HINT = 'Use ''clear'', ''withhold'', ''pseudonym'', ''pseudonym(scope)'', ''generalize(year)'' and the like, or ''clear if consent to purpose else'' one of them.';
	ELSIF category = 'nonpersonal' AND treatment <> 'clear' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR322',
			MESSAGE = 'the category nonpersonal is always clear',
			HINT = 'Label the columns with a category of their own to treat them.';
	END IF;
	named := memreg.treatment_names(treatment);
	PERFORM memreg.require_named(register, named.scope, named.consents);
	IF named.own_scope AND NOT memreg.make_purpose_scope(register, purpose) THEN
		PERFORM memreg.require_preload();
		RAISE EXCEPTION USING
			ERRCODE = 'MR101',
			MESSAGE = 'the master key is not available',
			HINT = 'Set memreg.master_key_command or memreg.master_key_file to a source of 64 hexadecimal digits and restart the server.';
	END IF;
	INSERT INTO memreg.treatment (register, purpose, category, treatment)
	VALUES (set_treatment.register, set_treatment.purpose, set_treatment.category, set_treatment.treatment)
	ON CONFLICT ON CONSTRAINT treatment_pkey DO UPDATE SET treatment = excluded.treatment;
	PERFORM memreg.require_suitable_treatments(register, NULL);
END
$$;
REVOKE ALL ON FUNCTION memreg.set_treatment(text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.set_treatment(text, text, text, text) IS
	'Declares what a purpose sees of a category: clear, withhold, pseudonym (the purpose''s own scope), pseudonym(scope), generalize(forms), '
	'or clear if consent to another purpose else one of these';

-- Protection

CREATE FUNCTION memreg.require_own_triggers(relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	foreign_trigger record;
BEGIN
	SELECT t.tgname, t.tgrelid::regclass AS relation, o.rolname INTO foreign_trigger
	  FROM memreg.descendants(require_own_triggers.relation) m(member)
	  JOIN pg_class c ON c.oid = m.member
	  JOIN pg_trigger t ON t.tgrelid = m.member AND NOT t.tgisinternal
	  JOIN pg_proc f ON f.oid = t.tgfoid AND f.proowner <> c.relowner
	  JOIN pg_roles o ON o.oid = f.proowner AND NOT o.rolsuper
	 LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR330',
			MESSAGE = format('trigger %I of table %s runs a function of role %I, who does not own the table',
							 foreign_trigger.tgname, foreign_trigger.relation, foreign_trigger.rolname),
			DETAIL = 'A trigger''s function is handed rows as they are stored.',
			HINT = 'Drop the trigger, or give its function to the owner of the table.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_own_triggers(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_own_triggers(regclass) IS
	'Fails if a trigger of the table, a partition or child runs a function of somebody else than its owner or a superuser';

CREATE FUNCTION memreg.drop_guards(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	policy name;
BEGIN
	FOR policy IN
		SELECT p.polname FROM pg_policy p
		 WHERE p.polrelid = drop_guards.relation
		   AND p.polname IN ('memreg_table', 'memreg_row', 'memreg_select', 'memreg_insert', 'memreg_update', 'memreg_delete')
	LOOP
		EXECUTE format('DROP POLICY %I ON %s', policy, relation);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION memreg.drop_guards(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.drop_guards(regclass) IS 'Drops memreg''s policies of one relation';

CREATE FUNCTION memreg.create_guards(relation regclass, registered regclass, subject name) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
	EXECUTE format('CREATE POLICY memreg_table ON %s AS RESTRICTIVE USING (memreg.guard_table(%L::regclass))',
				   relation, registered);
	EXECUTE format('CREATE POLICY memreg_row ON %s AS RESTRICTIVE USING (memreg.guard_row(%L::regclass, %I))',
				   relation, registered, subject);
	EXECUTE format('CREATE POLICY memreg_select ON %s FOR SELECT USING (memreg.guard_command(%L::regclass, ''SELECT''))',
				   relation, registered);
	EXECUTE format('CREATE POLICY memreg_insert ON %s FOR INSERT WITH CHECK (memreg.guard_command(%L::regclass, ''INSERT''))',
				   relation, registered);
	EXECUTE format('CREATE POLICY memreg_update ON %s FOR UPDATE USING (memreg.guard_command(%L::regclass, ''UPDATE''))',
				   relation, registered);
	EXECUTE format('CREATE POLICY memreg_delete ON %s FOR DELETE USING (memreg.guard_command(%L::regclass, ''DELETE''))',
				   relation, registered);
END
$$;
REVOKE ALL ON FUNCTION memreg.create_guards(regclass, regclass, name) FROM PUBLIC;
COMMENT ON FUNCTION memreg.create_guards(regclass, regclass, name) IS
	'Turns row security of one relation on, forced, and creates memreg''s policies';

CREATE FUNCTION memreg.is_guarded(relation regclass) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_is_guarded' LANGUAGE C STABLE STRICT;
REVOKE ALL ON FUNCTION memreg.is_guarded(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.is_guarded(regclass) IS
	'Whether row security of a registered table, partition or child stands as memreg.protect makes it; NULL: it is none';

CREATE FUNCTION memreg.protect(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	registered memreg.registered_table;
	subject_type regtype;
	member regclass;
	unlabelled text;
BEGIN
	PERFORM memreg.require_preload();
	PERFORM memreg.lock_table(relation, exclusive => true);
	registered := memreg.require_table(relation);
	subject_type := (memreg.require_register(registered.register)).subject_type;
	PERFORM memreg.require_subject_column(relation, registered.subject, subject_type);
	PERFORM memreg.require_single_registration(relation);
	PERFORM memreg.require_own_triggers(relation);
	PERFORM memreg.require_suitable_treatments(registered.register, relation);

	FOR member IN SELECT memreg.descendants(relation) LOOP
		PERFORM memreg.drop_guards(member);
		PERFORM memreg.create_guards(member, relation, registered.subject);
	END LOOP;
	UPDATE memreg.registered_table t SET protected = true WHERE t.relation = protect.relation;

	PERFORM memreg.make_purpose_scope(p.register, p.purpose)
	   FROM memreg.purpose p WHERE p.register = registered.register;
	SELECT string_agg(CASE WHEN c.relation = c.registered THEN quote_ident(c."column") ELSE format('%s.%I', c.relation, c."column") END,
					  ', ' ORDER BY c.relation <> c.registered, c.relation, c.attnum) INTO unlabelled
	  FROM memreg.labelled_column c WHERE c.registered = protect.relation AND c.category IS NULL;
	IF unlabelled IS NOT NULL THEN
		RAISE NOTICE 'columns without a category are withheld from every purpose: %', unlabelled
			USING HINT = 'Give each a category with SECURITY LABEL FOR memreg ON COLUMN; ''nonpersonal'' says that it is about nobody.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.protect(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.protect(regclass) IS
	'Puts a registered table, its partitions and children under memreg: rows and columns only as the session''s purpose may see them. Call it again after adding partitions';

CREATE FUNCTION memreg.unprotect(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	member regclass;
BEGIN
	PERFORM memreg.lock_table(relation, exclusive => true);
	-- One whose subject column was dropped is in no register any more, but its guards stand.
	IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = unprotect.relation AND p.polname = 'memreg_table') THEN
		PERFORM memreg.require_table(relation);
	END IF;
	FOR member IN SELECT memreg.descendants(relation) LOOP
		PERFORM memreg.drop_guards(member);
		IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = member) THEN
			EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', member);
		END IF;
	END LOOP;
	UPDATE memreg.registered_table t SET protected = false WHERE t.relation = unprotect.relation;
END
$$;
REVOKE ALL ON FUNCTION memreg.unprotect(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.unprotect(regclass) IS
	'Takes memreg''s protection off a table: it stays in its register, and privileges and other policies alone decide';

CREATE FUNCTION memreg.remove_table(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM memreg.unprotect(relation);
	PERFORM memreg.unwatch_root(relation);
	PERFORM memreg.drop_activity_triggers(relation);
	DELETE FROM memreg.registered_table t WHERE t.relation = remove_table.relation;
END
$$;
REVOKE ALL ON FUNCTION memreg.remove_table(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.remove_table(regclass) IS
	'Takes a table out of its register, with its protection and its retention rules; its labels stay';
