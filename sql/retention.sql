-- retention: rules, what their runs did, and the calls that start and approve them

CREATE TABLE memreg.retention_rule (
	rule_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	relation regclass NOT NULL,
	term interval NOT NULL,
	since name,
	event text CHECK (event IN ('activity', 'leaving', 'consent')),
	purpose_id int,
	start_at timestamptz,
	action text NOT NULL,
	stage text NOT NULL,
	category text,
	grace interval,
	every interval,
	time_zone text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CHECK (num_nonnulls(since, event, start_at) = 1),
	CHECK ((purpose_id IS NOT NULL) = (event IS NOT DISTINCT FROM 'consent')),
	UNIQUE NULLS NOT DISTINCT (relation, since, event, purpose_id, start_at, action, category)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.retention_rule', '');
SELECT pg_catalog.pg_extension_config_dump('memreg.retention_rule_rule_id_seq', '');
SELECT memreg.refer('memreg.retention_rule', 'memreg.purpose', 'purpose_id');
COMMENT ON TABLE memreg.retention_rule IS 'How long rows of a table are kept (GDPR Art. 5(1)(e)) and what is done then';
COMMENT ON COLUMN memreg.retention_rule.since IS 'Column that holds the time the term runs from; a row where it is null is kept';
COMMENT ON COLUMN memreg.retention_rule.event IS 'Of the row''s subject, that the term runs from: the last activity, leaving, or the end of the consent to the purpose';
COMMENT ON COLUMN memreg.retention_rule.start_at IS 'Moment that the term of every row runs from';
COMMENT ON COLUMN memreg.retention_rule.stage IS 'What the action is part of: of all rules of a table and stage the longest ground wins';
COMMENT ON COLUMN memreg.retention_rule.category IS 'Whose columns the action treats; null: it is about whole rows';
COMMENT ON COLUMN memreg.retention_rule.grace IS 'Rows are announced before, and go no earlier than so long after that; null: without announcement';
COMMENT ON COLUMN memreg.retention_rule.every IS 'A worker looks no more often; null: as memreg.retention_naptime says';
COMMENT ON COLUMN memreg.retention_rule.time_zone IS 'Where days and months are counted';

CREATE TABLE memreg.retention_state (
	rule_id int PRIMARY KEY REFERENCES memreg.retention_rule ON DELETE CASCADE,
	attempts int NOT NULL DEFAULT 0,
	looked_at timestamptz,
	next_attempt_at timestamptz NOT NULL
);
COMMENT ON TABLE memreg.retention_state IS
	'When each rule was last looked at and when a worker looks next; not dumped, so that workers know a restored rule';
COMMENT ON COLUMN memreg.retention_state.attempts IS 'Attempts counted since the last one that ended well; the wait grows with them';

CREATE TABLE memreg.run (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	rule_id int NOT NULL,
	relation text NOT NULL,
	action text NOT NULL,
	started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at timestamptz,
	cutoff timestamptz,
	outcome text NOT NULL CHECK (outcome IN ('running', 'done', 'stopped', 'failed', 'interrupted', 'dry run')),
	rows_due bigint,
	rows_total bigint,
	rows_removed bigint NOT NULL DEFAULT 0,
	rows_skipped bigint NOT NULL DEFAULT 0,
	error_sqlstate text,
	error_message text,
	approved_at timestamptz,
	approved_by name,
	approval bigint,
	stopped_by text
);
SELECT pg_catalog.pg_extension_config_dump('memreg.run', '');
SELECT pg_catalog.pg_extension_config_dump('memreg.run_run_id_seq', '');
CREATE INDEX run_rule ON memreg.run (rule_id, run_id);
COMMENT ON TABLE memreg.run IS 'History of retention runs; outlives rule and table, holds no personal data';
COMMENT ON COLUMN memreg.run.relation IS 'The table''s name at that time';
COMMENT ON COLUMN memreg.run.rows_skipped IS 'Rows past their term that somebody else had locked; the next run takes them';
COMMENT ON COLUMN memreg.run.approval IS 'The stopped run whose approval this run acts on';
COMMENT ON COLUMN memreg.run.stopped_by IS 'The setting that the run would have gone beyond';

-- Bad input

CREATE FUNCTION memreg.retention_stage(action text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_retention_stage' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.retention_stage(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.retention_stage(text) IS 'What an action is part of; fails unless memreg has that action';

-- Each part of an interval counts on its own: '1 month -31 days' is negative in
-- a long month only, and so is refused.
CREATE FUNCTION memreg.require_term(term interval) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	parts numeric[];
BEGIN
	IF isfinite(term) THEN
		parts := ARRAY[extract(year FROM term), extract(month FROM term), extract(day FROM term),
					   extract(hour FROM term), extract(minute FROM term), extract(second FROM term)];
	END IF;
	IF (SELECT coalesce(min(part) < 0 OR max(part) <= 0, true) FROM unnest(parts) part) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR401',
			MESSAGE = format('%s is no retention term', coalesce(quote_literal(term), 'NULL')),
			DETAIL = 'A term is finite and longer than nothing, and no part of it is negative.',
			HINT = 'Give a term such as ''6 months'' or ''2 years''.';
	END IF;
	PERFORM now() - term;
EXCEPTION WHEN datetime_field_overflow THEN
	RAISE EXCEPTION USING
		ERRCODE = 'MR401',
		MESSAGE = format('retention term %L reaches beyond the calendar', term),
		HINT = 'Give a term such as ''6 months'' or ''2 years''; data that is kept for good needs no rule.';
END
$$;
REVOKE ALL ON FUNCTION memreg.require_term(interval) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_term(interval) IS 'Fails unless the interval is a term that rows can be kept for';

-- A grace period and a pace are times to wait: not for ever, and not backwards.
CREATE FUNCTION memreg.require_wait(wait interval, argument text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF wait IS NOT NULL AND (wait > interval '10 years' OR wait <= interval '0'
							 OR least(extract(month FROM wait), extract(day FROM wait), extract(microseconds FROM wait)) < 0) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR408',
			MESSAGE = format('%L is no time to wait, for the argument %s', wait, argument),
			DETAIL = 'Such a time is longer than nothing and no longer than ten years, and no part of it is negative.',
			HINT = 'Give an interval such as ''14 days''.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_wait(interval, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_wait(interval, text) IS 'Fails unless the interval is one that memreg can wait, or null';

CREATE FUNCTION memreg.require_event(register text, event text, purpose text) RETURNS int
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	basis text;
BEGIN
	IF event IS NOT NULL AND event NOT IN ('activity', 'leaving', 'consent') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR409',
			MESSAGE = format('a term cannot run from event %L', event),
			HINT = 'Events are ''activity'', ''leaving'', and ''consent'' with a purpose, for its end.';
	ELSIF (purpose IS NOT NULL) <> (event IS NOT DISTINCT FROM 'consent') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR409',
			MESSAGE = CASE WHEN purpose IS NULL THEN 'a term that runs from the end of a consent needs a purpose'
						   ELSE 'only a term that runs from the end of a consent has a purpose' END,
			HINT = 'Give event => ''consent'' and the purpose that was consented to, or neither.';
	ELSIF purpose IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT p.basis INTO basis FROM memreg.purpose p WHERE (p.register, p.purpose) = (require_event.register, require_event.purpose);
	IF basis <> 'consent' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR409',
			MESSAGE = format('a term cannot run from the end of consents to purpose %s of register %s: its basis is %s',
							 quote_ident(purpose), quote_ident(register), basis),
			HINT = 'Name a purpose whose legal basis is consent.';
	END IF;
	RETURN (memreg.require_purpose(register, purpose)).purpose_id;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_event(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_event(text, text, text) IS
	'Fails unless a term can run from that event; the number of the purpose of a consent, else null';

CREATE FUNCTION memreg.require_time_column(relation regclass, since name) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	attribute pg_attribute;
BEGIN
	SELECT a.* INTO attribute FROM pg_attribute a
	 WHERE a.attrelid = relation AND a.attname = since AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR033',
			MESSAGE = format('column %s of table %s does not exist', coalesce(quote_ident(since), 'NULL'), relation),
			HINT = 'Name the column that holds the time the term runs from; an expression will not do.';
	ELSIF attribute.attgenerated = 'v' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR402',
			MESSAGE = format('a term cannot run from column %s of table %s: it is generated and not stored',
							 quote_ident(since), relation),
			HINT = 'Name a column that the table stores.';
	ELSIF NOT EXISTS (
		WITH RECURSIVE base AS (
			SELECT t.oid, t.typbasetype FROM pg_type t WHERE t.oid = attribute.atttypid
			UNION ALL
			SELECT t.oid, t.typbasetype FROM base b JOIN pg_type t ON t.oid = b.typbasetype)
		SELECT FROM base b
		 WHERE b.oid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR402',
			MESSAGE = format('a term cannot run from column %s of table %s: it has type %s',
							 quote_ident(since), relation, format_type(attribute.atttypid, attribute.atttypmod)),
			HINT = 'Name a column of type timestamp with time zone, timestamp or date.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_time_column(regclass, name) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_time_column(regclass, name) IS 'Fails unless a term can run from that column';

CREATE FUNCTION memreg.require_table_of(register text, relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_table memreg.registered_table;
BEGIN
	PERFORM memreg.require_register(register);
	found_table := memreg.require_table(relation);
	IF found_table.register <> register THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR030',
			MESSAGE = format('table %s belongs to register %s, not to %s', relation,
							 quote_ident(found_table.register), quote_ident(register)),
			HINT = 'Name the register that the table belongs to.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_table_of(text, regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_table_of(text, regclass) IS 'Fails unless the table belongs to that register';

-- Rules

-- As it is told to people.
CREATE FUNCTION memreg.term_start(rule memreg.retention_rule) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN (rule).since IS NOT NULL THEN format('column %I', (rule).since)
				WHEN (rule).event = 'activity' THEN 'the last activity'
				WHEN (rule).event = 'leaving' THEN 'leaving'
				WHEN (rule).event = 'consent'
				THEN format('the end of the consent to %I', (SELECT p.purpose FROM memreg.purpose p WHERE p.purpose_id = (rule).purpose_id))
				ELSE (rule).start_at::text END
$$;
REVOKE ALL ON FUNCTION memreg.term_start(memreg.retention_rule) FROM PUBLIC;
COMMENT ON FUNCTION memreg.term_start(memreg.retention_rule) IS 'From when the rule''s term runs, in words';

CREATE FUNCTION memreg.require_start(since name, event text, start_at timestamptz) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF num_nonnulls(since, event, start_at) <> 1 OR NOT coalesce(isfinite(start_at), true) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR400',
			MESSAGE = 'a retention term runs from one thing',
			DETAIL = format('%s of the arguments since, event and start_at were given%s.', num_nonnulls(since, event, start_at),
							CASE WHEN NOT isfinite(start_at) THEN ', and start_at is infinite' ELSE '' END),
			HINT = 'Name a column (since), or an event of subjects (event), or a moment (start_at).';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_start(name, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_start(name, text, timestamptz) IS 'Fails unless it is said, once, from when a term runs';

CREATE FUNCTION memreg.add_retention(
	register text,
	relation regclass,
	term interval,
	since name DEFAULT NULL,
	action text DEFAULT 'delete',
	time_zone text DEFAULT NULL,
	event text DEFAULT NULL,
	purpose text DEFAULT NULL,
	start_at timestamptz DEFAULT NULL,
	category text DEFAULT NULL,
	grace interval DEFAULT NULL,
	every interval DEFAULT NULL) RETURNS int
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	naptime interval := coalesce(nullif(current_setting('memreg.retention_naptime', true), ''), '1min');
	wanted memreg.retention_rule;
	present memreg.retention_rule;
BEGIN
	PERFORM memreg.lock_table(relation, exclusive => false);
	PERFORM memreg.require_table_of(register, relation);
	PERFORM memreg.require_term(term);
	PERFORM memreg.require_start(since, event, start_at);
	PERFORM memreg.require_wait(grace, 'grace'), memreg.require_wait(every, 'every');
	IF since IS NOT NULL THEN
		PERFORM memreg.require_time_column(relation, since);
	END IF;
	wanted := ROW (NULL, relation, term, since, event, memreg.require_event(register, event, purpose), start_at,
				   action, memreg.retention_stage(action), category, grace, every,
				   coalesce(time_zone, current_setting('TimeZone')), now(), session_user);
	PERFORM now() AT TIME ZONE wanted.time_zone;
	PERFORM memreg.require_action(wanted);

	SELECT r.* INTO present FROM memreg.retention_rule r
	 WHERE (r.relation, r.since, r.event, r.purpose_id, r.start_at, r.action, r.category)
		   IS NOT DISTINCT FROM (wanted.relation, wanted.since, wanted.event, wanted.purpose_id, wanted.start_at, wanted.action, wanted.category);
	IF NOT FOUND THEN
		INSERT INTO memreg.retention_rule AS r (relation, term, since, event, purpose_id, start_at, action, stage, category, grace, every, time_zone)
		VALUES (wanted.relation, wanted.term, wanted.since, wanted.event, wanted.purpose_id, wanted.start_at, wanted.action, wanted.stage,
				wanted.category, wanted.grace, wanted.every, wanted.time_zone)
		RETURNING r.* INTO present;
		INSERT INTO memreg.retention_state (rule_id, next_attempt_at) VALUES (present.rule_id, now() + naptime);
		RETURN present.rule_id;
	-- As text: '1 month' and '30 days' are equal, but not the same term.
	ELSIF (present.term::text, present.grace::text, present.every::text, present.time_zone)
		  IS DISTINCT FROM (wanted.term::text, wanted.grace::text, wanted.every::text, coalesce(time_zone, present.time_zone)) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR405',
			MESSAGE = format('another term from %s stands for table %s already: %s, counted in %s',
							 memreg.term_start(present), relation, present.term, present.time_zone),
			DETAIL = CASE WHEN num_nonnulls(present.grace, present.every) > 0
						  THEN format('Its grace period is %s, and it is run every %s.', coalesce(present.grace::text, 'none'),
									  coalesce(present.every::text, 'naptime'))
						  ELSE 'It has no grace period and no pace of its own.' END,
			HINT = format('Take it back with memreg.remove_retention(%s) first.', present.rule_id);
	END IF;
	RAISE NOTICE 'retention rule % says that already', present.rule_id;
	RETURN present.rule_id;
END
$$;
REVOKE ALL ON FUNCTION memreg.add_retention(text, regclass, interval, name, text, text, text, text, timestamptz, text, interval, interval) FROM PUBLIC;
COMMENT ON FUNCTION memreg.add_retention(text, regclass, interval, name, text, text, text, text, timestamptz, text, interval, interval) IS
	'Rows of a table go once the term has passed since the time in a column, an event of their subjects, or a moment; days and months are counted in time_zone (default: the session''s). Returns the rule''s number';

-- Tables that refer to each other in a circle are about as deep as the circles are followed.
CREATE VIEW memreg.referred_table AS
	WITH RECURSIVE edge AS (
		SELECT DISTINCT c.conrelid AS "from", c.confrelid AS "to"
		  FROM pg_catalog.pg_constraint c
		  JOIN memreg.registered_table f ON f.relation = c.conrelid
		  JOIN memreg.registered_table t ON t.relation = c.confrelid
		 WHERE c.contype = 'f' AND c.conrelid <> c.confrelid),
	step(relation, depth) AS (
		SELECT e."to", 1 FROM edge e
		UNION
		SELECT e."to", s.depth + 1 FROM step s JOIN edge e ON e."from" = s.relation WHERE s.depth < 50)
	SELECT s.relation::regclass, max(s.depth) AS depth FROM step s GROUP BY s.relation;
COMMENT ON VIEW memreg.referred_table IS 'Which registered tables do others refer to, and over how many foreign keys at most?';

-- A table is taken when no other one that is left refers to it. Of those that refer to each other in a circle any one
-- is: their constraints decide whether rows can go.
CREATE FUNCTION memreg.removal_order(register text) RETURNS SETOF regclass
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	remaining oid[] := ARRAY(SELECT t.relation FROM memreg.registered_table t WHERE t.register = removal_order.register ORDER BY t.root, t.relation);
	referring oid[];
	referred oid[];
	taken oid;
BEGIN
	WITH member AS (SELECT r.relation, m.oid FROM unnest(remaining) r(relation), memreg.descendants(r.relation) m(oid))
	SELECT array_agg(f.relation), array_agg(t.relation) INTO referring, referred
	  FROM pg_constraint c
	  JOIN member f ON f.oid = c.conrelid
	  JOIN member t ON t.oid = c.confrelid
	 WHERE c.contype = 'f' AND f.relation <> t.relation;
	WHILE remaining <> '{}' LOOP
		SELECT r.relation INTO taken
		  FROM unnest(remaining) WITH ORDINALITY AS r(relation, place)
		 ORDER BY EXISTS (SELECT FROM unnest(referring, referred) e("from", "to") WHERE e."to" = r.relation AND e."from" = ANY (remaining)), r.place
		 LIMIT 1;
		remaining := array_remove(remaining, taken);
		RETURN NEXT taken::regclass;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION memreg.removal_order(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.removal_order(text) IS
	'The tables of a register in the order in which a subject''s rows can be removed: those that refer before those they refer to';

-- The actions' own needs; the list of actions is the library's.
CREATE FUNCTION memreg.require_action(rule memreg.retention_rule) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (rule.category IS NOT NULL) <> (rule.stage = 'treatment') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR416',
			MESSAGE = CASE WHEN rule.category IS NULL THEN format('action %L needs a category whose columns it treats', rule.action)
						   ELSE format('action %L is about whole rows, not about a category', rule.action) END,
			HINT = 'Give a category with an action that treats columns, and none with others.';
	ELSIF rule.action = 'erase_subject' AND NOT (memreg.require_table(rule.relation)).root THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR417',
			MESSAGE = format('subjects cannot be erased by a rule of table %s', rule.relation),
			DETAIL = 'It has not one row for each subject: it is not registered as a root table.',
			HINT = 'Add the rule to a root table of the register, or register this one with root => true.';
	END IF;
	PERFORM memreg.require_removable(rule.relation, rule.since, rule.action);
	PERFORM memreg.require_change(rule.relation, rule.action, rule.category);
END
$$;
REVOKE ALL ON FUNCTION memreg.require_action(memreg.retention_rule) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_action(memreg.retention_rule) IS 'Fails unless the rule''s action can do what the rule says';

CREATE FUNCTION memreg.require_rule(rule int) RETURNS memreg.retention_rule
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_rule memreg.retention_rule;
BEGIN
	SELECT r.* INTO found_rule FROM memreg.retention_rule r WHERE r.rule_id = rule;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR404',
			MESSAGE = format('retention rule %s does not exist', coalesce(rule::text, 'NULL')),
			HINT = 'The table memreg.retention_rule lists those that exist.';
	END IF;
	RETURN found_rule;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_rule(int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_rule(int) IS 'The retention rule of that number, or an error that says what to do';

-- A batch in progress holds a share lock on its rule: once this has returned,
-- nothing more goes by it.
CREATE FUNCTION memreg.remove_retention(rule int) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM memreg.require_rule(rule);
	DELETE FROM memreg.retention_rule r WHERE r.rule_id = rule;
END
$$;
REVOKE ALL ON FUNCTION memreg.remove_retention(int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.remove_retention(int) IS
	'Takes a retention rule back; a run of it ends before its next batch, its history stays';

-- Runs

CREATE PROCEDURE memreg.run_retention(dry_run boolean DEFAULT false)
	AS 'MODULE_PATHNAME', 'memreg_run_retention' LANGUAGE C;
REVOKE ALL ON PROCEDURE memreg.run_retention(boolean) FROM PUBLIC;
COMMENT ON PROCEDURE memreg.run_retention(boolean) IS
	'Runs every retention rule now, in small transactions of its own; dry_run counts and removes nothing';

CREATE FUNCTION memreg.approve_run(run bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_run memreg.run;
	found_rule memreg.retention_rule;
BEGIN
	SELECT r.* INTO found_run FROM memreg.run r WHERE r.run_id = run FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR411',
			MESSAGE = format('retention run %s does not exist', coalesce(run::text, 'NULL')),
			HINT = 'The view memreg.retention_run lists the runs.';
	ELSIF found_run.outcome <> 'stopped' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR412',
			MESSAGE = format('retention run %s does not wait for an approval', run),
			DETAIL = format('Its outcome is "%s".', found_run.outcome),
			HINT = 'Approve a run whose outcome is "stopped" in the view memreg.retention_run.';
	ELSIF found_run.approved_at IS NOT NULL THEN
		RAISE NOTICE 'retention run % is approved already', run;
		RETURN;
	END IF;
	found_rule := memreg.require_rule(found_run.rule_id);
	IF current_setting('memreg.retention_two_roles')::boolean AND found_rule.created_by = session_user THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR415',
			MESSAGE = format('retention run %s takes another role''s approval', run),
			DETAIL = format('Role %I has added the rule, and memreg.retention_two_roles is on.', found_rule.created_by),
			HINT = 'Let a role approve the run that has not added its rule.';
	END IF;
	UPDATE memreg.run r SET approved_at = clock_timestamp(), approved_by = session_user WHERE r.run_id = run;
	UPDATE memreg.retention_state s SET next_attempt_at = now() WHERE s.rule_id = found_run.rule_id;
END
$$;
REVOKE ALL ON FUNCTION memreg.approve_run(bigint) FROM PUBLIC;
COMMENT ON FUNCTION memreg.approve_run(bigint) IS
	'Lets a stopped run go on: the rule''s next run removes what that run would have removed, and no more';

-- What is dropped or renamed in the application leaves no rule dangling: a rule
-- goes with its column, and with its table's registration.

CREATE FUNCTION memreg.follow_since_column() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'memreg_follow_since_column' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.follow_since_column() FROM PUBLIC;
COMMENT ON FUNCTION memreg.follow_since_column() IS 'Event trigger: retention rules follow renamed columns';
CREATE EVENT TRIGGER memreg_follow_since_column ON ddl_command_end EXECUTE FUNCTION memreg.follow_since_column();
ALTER EVENT TRIGGER memreg_follow_since_column ENABLE ALWAYS;

CREATE FUNCTION memreg.forget_rules() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM memreg.retention_rule r
	 WHERE NOT EXISTS (SELECT FROM memreg.registered_table t WHERE t.relation = r.relation);
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_rules() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_rules() IS 'Statement trigger: the rules of a table go with its registration';
CREATE TRIGGER forget_rules AFTER DELETE OR TRUNCATE ON memreg.registered_table
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.forget_rules();

CREATE FUNCTION memreg.forget_since_column() RETURNS event_trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM memreg.retention_rule r
	 WHERE r.since IS NOT NULL
	   AND NOT EXISTS (SELECT FROM pg_attribute a
						WHERE a.attrelid = r.relation AND a.attname = r.since AND NOT a.attisdropped);
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_since_column() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_since_column() IS 'Event trigger: a retention rule goes with the column its term runs from';
CREATE EVENT TRIGGER memreg_forget_since_column ON sql_drop EXECUTE FUNCTION memreg.forget_since_column();
ALTER EVENT TRIGGER memreg_forget_since_column ENABLE ALWAYS;
