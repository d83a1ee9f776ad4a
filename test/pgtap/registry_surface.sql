-- What the extension puts into a database, whatever the module: who may run or read it, that it is described,
-- that nothing can be smuggled into it, and that a dump carries all of it.
CREATE EXTENSION memreg;
SELECT plan(80);

CREATE VIEW part AS
	SELECT d.classid, d.objid, (pg_identify_object(d.classid, d.objid, 0)).type,
		   pg_describe_object(d.classid, d.objid, 0) AS description
	  FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid AND e.extname = 'memreg'
	 WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e';
CREATE VIEW routine AS
	SELECT p.* FROM pg_proc p JOIN part ON part.classid = 'pg_proc'::regclass AND part.objid = p.oid;
CREATE VIEW relation AS
	SELECT c.* FROM pg_class c JOIN part ON part.classid = 'pg_class'::regclass AND part.objid = c.oid;
CREATE ROLE anybody;

-- Functions

SELECT set_eq($$SELECT oid::regprocedure::text FROM routine WHERE has_function_privilege('anybody', oid, 'EXECUTE')$$,
	ARRAY[
		-- raise an error, whoever calls them
		'memreg.guard_table(regclass)',
		'memreg.guard_row(regclass,bigint)',
		'memreg.guard_row(regclass,uuid)',
		'memreg.guard_row(regclass,text)',
		'memreg.guard_command(regclass,text)',
		-- cannot be called from SQL
		'memreg.check_ground(internal,integer,bigint)',
		'memreg.check_ground(internal,integer,uuid)',
		'memreg.check_ground(internal,integer,text)',
		'memreg.treat_if_ground(internal,integer,bigint,anyelement)',
		'memreg.treat_if_ground(internal,integer,uuid,anyelement)',
		'memreg.treat_if_ground(internal,integer,text,anyelement)',
		'memreg.treat_pseudonym(internal,integer,bigint)',
		'memreg.treat_pseudonym(internal,integer,uuid)',
		'memreg.treat_pseudonym(internal,integer,text)',
		'memreg.treat_pseudonym(internal,integer,integer)',
		'memreg.treat_pseudonym(internal,integer,smallint)',
		'memreg.treat_pseudonym(internal,integer,bytea)',
		'memreg.treat_pseudonym(internal,integer,jsonb)',
		'memreg.treat_json_keys(internal,jsonb,text[],jsonb[],jsonb)',
		'memreg.own_subject_bigint(internal,integer)',
		'memreg.own_subject_uuid(internal,integer)',
		'memreg.own_subject_text(internal,integer)',
		-- ask for a right on the scope
		'memreg.pseudonym(text,text)',
		'memreg.pseudonym_uuid(text,text)',
		'memreg.pseudonym_uuid(text,uuid)',
		'memreg.pseudonym_bigint(text,bigint)',
		'memreg.pseudonym_integer(text,integer)',
		'memreg.pseudonym_smallint(text,smallint)',
		'memreg.pseudonym_bytea(text,bytea)',
		'memreg.pseudonyms(text,text)',
		'memreg.pseudonyms_uuid(text,text)',
		'memreg.pseudonyms_uuid(text,uuid)',
		'memreg.pseudonyms_bigint(text,bigint)',
		'memreg.pseudonym_email(text,text,boolean,boolean)',
		'memreg.pseudonym_phone(text,text,boolean)',
		'memreg.pseudonym_postal_code(text,text,boolean)',
		'memreg.pseudonym_ip(text,inet)',
		'memreg.pseudonym_ip(text,text,boolean)',
		'memreg.shift_date(text,text,date,integer)',
		'memreg.shift_date(text,text,timestamp without time zone,integer)',
		'memreg.shift_date(text,text,timestamp with time zone,integer)',
		'memreg.shift_date(text,bigint,date,integer)',
		'memreg.shift_date(text,bigint,timestamp without time zone,integer)',
		'memreg.shift_date(text,bigint,timestamp with time zone,integer)',
		'memreg.shift_date(text,uuid,date,integer)',
		'memreg.shift_date(text,uuid,timestamp without time zone,integer)',
		'memreg.shift_date(text,uuid,timestamp with time zone,integer)',
		'memreg.seal(text,text,text)',
		'memreg.seal_random(text,text,text)',
		'memreg.unseal(text,text,text,text)',
		'memreg.subject_pseudonym(text,text,bigint)',
		'memreg.subject_pseudonym(text,text,uuid)',
		'memreg.subject_pseudonym(text,text,text)',
		'memreg.nickname(text,text,text)',
		'memreg.pseudonym_name(text,text,text)',
		-- look at nothing but their arguments
		'memreg.enough_subjects(bigint,integer)',
		'memreg.enough_subjects(uuid,integer)',
		'memreg.enough_subjects(text,integer)',
		'memreg.is_remainder()',
		'memreg.is_hetu(text)',
		'memreg.contains_hetu(text)',
		'memreg.is_business_id(text)',
		'memreg.refuse_hetu()',
		'memreg.token_digest(text)',
		'memreg.generalize_date(date,text)',
		'memreg.generalize_timestamp(timestamp without time zone,text)',
		'memreg.generalize_timestamp(timestamp with time zone,text)',
		'memreg.age_band(date,date,integer)',
		'memreg.generalize_number(smallint,smallint)',
		'memreg.generalize_number(integer,integer)',
		'memreg.generalize_number(bigint,bigint)',
		'memreg.generalize_number(numeric,numeric)',
		'memreg.generalize_number(real,real)',
		'memreg.generalize_number(double precision,double precision)',
		'memreg.generalize_json(jsonb,text)',
		'memreg.number_band(numeric,numeric)',
		'memreg.postal_area(text,integer)',
		'memreg.first_letters(text,integer)',
		'memreg.truncate_ip(inet,integer,integer)',
		'memreg.truncate_ip(text,integer,integer)',
		'memreg.canonical_email(text)'],
	'everybody may run these functions and no others');
-- Which error says so depends on the minor version.
SELECT throws_ok(format('SELECT %s(%s)', p.oid::regproc,
						(SELECT string_agg(format('NULL::%s', t::regtype), ', ' ORDER BY n)
						   FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n))),
				 NULL, NULL, 'SQL cannot call ' || p.oid::regprocedure)
  FROM routine p WHERE 'internal'::regtype = ANY (p.proargtypes) ORDER BY p.oid;
SELECT throws_ok(format('SELECT %s(%s)', p.oid::regproc,
						(SELECT string_agg(CASE t WHEN 'internal'::regtype THEN 'NULL' ELSE format('NULL::%s', t::regtype) END, ', ' ORDER BY n)
						   FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n))),
				 NULL, NULL, 'nor with a NULL of no type ' || p.oid::regprocedure)
  FROM routine p WHERE 'internal'::regtype = ANY (p.proargtypes) ORDER BY p.oid;
SELECT is_empty($$SELECT oid::regprocedure FROM routine
				   WHERE prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
				'every SECURITY DEFINER function fixes its search_path');
SELECT is_empty($$SELECT p.oid::regprocedure FROM routine p JOIN pg_language l ON l.oid = p.prolang
				   WHERE l.lanname NOT IN ('c', 'internal')
					 AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
				'and so does every function that is not in C');
SELECT is_empty($$SELECT p.oid::regprocedure FROM routine p JOIN pg_language l ON l.oid = p.prolang
				   WHERE l.lanname = 'c' AND p.prosecdef$$,
				'functions in C choose their user themselves');
SELECT set_eq($$SELECT oid::regprocedure::text FROM routine WHERE prosecdef$$,
	ARRAY[
		'memreg.forget_activity_column()',
		'memreg.retention_is_open(timestamp with time zone)',
		'memreg.rule_is_paused(integer)',
		'memreg.due_reason(memreg.retention_rule,bigint,bigint)',
		'memreg.rule_wording(integer)',
		'memreg.rule_overdue(integer)',
		'memreg.rule_remains(integer)',
		'memreg.snapshot_holders()',
		'memreg.physical_status(bigint,regclass)',
		'memreg.verify_retention_records(text,bigint,bytea)',
		'memreg.forget_dropped()',
		'memreg.forget_since_column()',
		'memreg.forget_dropped_view()',
		'memreg.forget_pseudonym_column()',
		'memreg.assign_nickname(text,bigint,text)',
		'memreg.assign_nickname(text,uuid,text)',
		'memreg.assign_nickname(text,text,text)',
		'memreg.choose_nickname(text,bigint,text)',
		'memreg.choose_nickname(text,uuid,text)',
		'memreg.choose_nickname(text,text,text)',
		'memreg.release_nickname(text,bigint)',
		'memreg.release_nickname(text,uuid)',
		'memreg.release_nickname(text,text)',
		'memreg.why(regclass,bigint,regrole,text)',
		'memreg.why(regclass,uuid,regrole,text)',
		'memreg.why(regclass,text,regrole,text)',
		'memreg.forget_detached_partition()',
		'memreg.look_at_partitions(integer)',
		'memreg.approve_run(bigint)',
		'memreg.look_at_rule(integer)'],
	'these functions run as their owner and no others');
SELECT is_empty($$SELECT oid::regprocedure FROM routine WHERE proleakproof
					 AND oid::regprocedure::text NOT IN ('memreg.is_hetu(text)', 'memreg.contains_hetu(text)', 'memreg.is_business_id(text)')$$,
				'no other function is called before row security');
SELECT is_empty($$SELECT p.oid::regprocedure FROM routine p JOIN pg_language l ON l.oid = p.prolang
				   WHERE l.lanname = 'c' AND p.probin <> '$libdir/memreg'$$,
				'functions in C are in memreg''s library');
SELECT is_empty($$SELECT oid::regprocedure FROM routine WHERE proparallel = 's' AND provolatile = 'v' AND proname <> 'seal_random'$$,
				'what changes something never runs in a parallel worker');

CREATE FUNCTION called_with_nulls(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is_empty($$
	SELECT p.oid::regprocedure, called_with_nulls(call) FROM routine p,
		   LATERAL (SELECT format('%s %s(%s)', CASE p.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END, p.oid::regproc,
								  string_agg(format('NULL::%s', t::regtype), ', ' ORDER BY n)) AS call
					  FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n)) c
	 WHERE p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND NOT 'internal'::regtype = ANY (p.proargtypes)
	   AND p.proname NOT IN ('announce_changes_of', 'refer', 'append_only', 'create_guards', 'add_scope', 'make_register_scope', 'watch_root', 'unwatch_root', 'make_pseudonym_trigger') -- for the install script and for other functions
	   AND called_with_nulls(call) !~ '^(accepted|MR...)$'$$,
	'NULL for every argument is accepted or refused in so many words');

-- Tables, views, sequences

SELECT is_empty($$SELECT c.oid::regclass, privilege FROM relation c,
						 unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS privilege
				   WHERE c.relkind IN ('r', 'v', 'p', 'm') AND has_table_privilege('anybody', c.oid, privilege)$$,
				'ordinary roles neither read nor write a table or view');
SELECT is_empty($$SELECT c.oid::regclass, a.attname FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid
				   WHERE a.attacl IS NOT NULL$$,
				'nor a column of one');
SELECT is_empty($$SELECT c.oid::regclass FROM relation c
				   WHERE CASE c.relkind WHEN 'S' THEN has_sequence_privilege('anybody', c.oid, 'USAGE, SELECT, UPDATE') END$$,
				'nor a sequence');
SELECT ok(NOT has_schema_privilege('anybody', 'memreg', 'CREATE'), 'nor do they create anything in the schema');
SELECT set_eq($$SELECT c.oid::regclass::text FROM relation c, aclexplode(c.relacl) a
				 WHERE a.grantee <> c.relowner$$,
	ARRAY['memreg.retention_run', 'memreg.retention_partition', 'memreg.retention_partition_due', 'memreg.retention_progress', 'memreg.retention_due', 'memreg.retention_announcement', 'memreg.retention_health', 'memreg.retention_database', 'memreg.snapshot_holder',
		  'memreg.consent_index', 'memreg.consent_index_progress', 'memreg.key_status'],
	'whoever monitors the server sees runs, the index and nothing else');

-- Descriptions

SELECT is_empty($$SELECT description FROM part
				   WHERE classid IN ('pg_proc'::regclass, 'pg_class'::regclass)
					 AND NOT (classid = 'pg_class'::regclass AND objid IN (SELECT oid FROM pg_class WHERE relkind IN ('i', 'S')))
					 AND coalesce(obj_description(objid, classid::regclass::name), '') = ''$$,
				'every function, table and view has a description');
SELECT is_empty($$SELECT description FROM part
				   WHERE obj_description(objid, classid::regclass::name) ~ '(\.$|^[a-z])'
					 AND obj_description(objid, classid::regclass::name) !~ '^memreg'$$,
				'that begins with a capital and ends without a full stop');
SELECT isnt(obj_description('memreg'::regnamespace, 'pg_namespace'), NULL, 'so has the schema');

-- What the registry relies on

SELECT is_empty($$SELECT description FROM part
				   WHERE classid = 'pg_event_trigger'::regclass
					 AND objid IN (SELECT oid FROM pg_event_trigger WHERE evtenabled <> 'A')$$,
				'event triggers fire for replicated changes too');
SELECT is_empty($$SELECT t.tgrelid::regclass, t.tgname FROM pg_trigger t JOIN relation c ON c.oid = t.tgrelid
				   WHERE NOT t.tgisinternal AND t.tgenabled <> 'A' AND t.tgname !~ '^((truncate_)?referred_by_|forget_(rules|pauses|activity_source|anonymous_subjects|run_partitions)$|ignore_replicated$|merge_replicated$)'$$,
				'and so do triggers, but for those that restores must not fire or that only subscriptions do');
SELECT set_eq($$SELECT t.tgrelid::regclass::text FROM pg_trigger t WHERE t.tgname = 'announce_change'$$,
	ARRAY['memreg.register', 'memreg.purpose', 'memreg.registered_table', 'memreg.access_grant', 'memreg.category', 'memreg.treatment',
		  'memreg.scope', 'memreg.scope_key', 'memreg.scope_right', 'memreg.pseudonym_column', 'memreg.declared_view', 'memreg.activity_source'],
	'these tables are cached and announce their changes');

-- Dumps

CREATE VIEW dumped AS
	SELECT unnest(extconfig)::regclass AS relation, unnest(extcondition) AS condition
	  FROM pg_extension WHERE extname = 'memreg';
SELECT set_eq($$SELECT c.oid::regclass::text FROM relation c
				 WHERE c.relkind IN ('r', 'S') AND c.oid NOT IN (SELECT relation FROM dumped)$$,
	ARRAY['memreg.proxy', 'memreg.retention_state', 'memreg.consent_proxy', 'memreg.consent_feed',
		  'memreg.consent_feed_trim', 'memreg.retention_announcement', 'memreg.retention_announcement_announcement_id_seq'],
	'a dump carries every table and sequence but these');
SELECT is_empty($$SELECT relation FROM dumped WHERE condition <> ''$$, 'and all of their rows');
SELECT is_empty($$SELECT d.relation FROM dumped d JOIN pg_attribute a ON a.attrelid = d.relation AND a.attnum > 0
				   WHERE a.atttypid IN ('oid'::regtype, 'regproc'::regtype, 'regrole'::regtype, 'regnamespace'::regtype)$$,
				'no column holds an OID, which would mean something else elsewhere');
SELECT is_empty($$SELECT relation FROM dumped WHERE relation NOT IN (SELECT oid FROM relation)$$,
				'nothing dumped belongs to anybody else');

-- The extension itself

SELECT is((SELECT extrelocatable FROM pg_extension WHERE extname = 'memreg'), false, 'the extension stays in its schema');
SELECT throws_ok('ALTER EXTENSION memreg SET SCHEMA public', '0A000', NULL, 'and cannot be moved');
SELECT * FROM finish();
