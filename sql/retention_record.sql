-- retention_record: what retention has removed, and what proves it

CREATE FUNCTION memreg.rule_wording(rule int) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET intervalstyle = postgres AS $$
	SELECT own.action || coalesce(' of category ' || own.category, '') || string_agg(
			   CASE WHEN r.rule_id = rule THEN '' ELSE format(', and by rule %s', r.rule_id) END
			   || format(' %s from %s in time zone %s', r.term, memreg.term_start(r), r.time_zone), '' ORDER BY r.rule_id <> rule, r.rule_id)
	  FROM memreg.retention_rule own JOIN memreg.retention_rule r USING (relation, stage)
	 WHERE own.rule_id = rule AND r.category IS NOT DISTINCT FROM own.category AND (own.category IS NULL OR r.action = own.action)
	 GROUP BY own.action, own.category
$$;
REVOKE ALL ON FUNCTION memreg.rule_wording(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.rule_wording(int) TO pg_monitor;
COMMENT ON FUNCTION memreg.rule_wording(int) IS
	'A retention rule in words, and the others of its table that keep a row for longer: action, terms, starts, time zones';

-- While a run is at work

CREATE TABLE memreg.run_tally (
	run_id bigint PRIMARY KEY,
	rule_id int NOT NULL,
	register_id int NOT NULL,
	relation text NOT NULL,
	wording text,
	rows bigint NOT NULL DEFAULT 0,
	first_at timestamptz,
	last_at timestamptz,
	rows_digest bytea,
	nonce bytea,
	first_xid xid8,
	last_xid xid8,
	last_lsn pg_lsn,
	cluster bigint NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('memreg.run_tally', '');
COMMENT ON TABLE memreg.run_tally IS
	'What runs that have not ended have removed until now; each becomes a record in memreg.retention_record';

-- When it has ended

CREATE TABLE memreg.retention_record (
	register_id int NOT NULL,
	number bigint NOT NULL,
	run bigint NOT NULL UNIQUE,
	rule int NOT NULL,
	wording text,
	relation text NOT NULL,
	started_at timestamptz,
	finished_at timestamptz,
	outcome text,
	cutoff timestamptz,
	rows bigint NOT NULL,
	first_at timestamptz,
	last_at timestamptz,
	rows_digest bytea,
	nonce bytea,
	first_xid xid8,
	last_xid xid8,
	last_lsn pg_lsn,
	cluster bigint NOT NULL,
	previous bytea,
	chain bytea NOT NULL,
	digest bytea,
	PRIMARY KEY (register_id, number)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.retention_record', '');
SELECT memreg.refer('memreg.retention_record', 'memreg.register', 'register_id');
SELECT memreg.append_only('memreg.retention_record', 'run_retention');
COMMENT ON TABLE memreg.retention_record IS
	'What each retention run has removed (GDPR Art. 5(2)): append-only, linked in a chain, sealed; outlives rule, table and run, holds no personal data';
COMMENT ON COLUMN memreg.retention_record.number IS 'Counts the records of one register from 1';
COMMENT ON COLUMN memreg.retention_record.wording IS 'The rule at that time, in words';
COMMENT ON COLUMN memreg.retention_record.outcome IS 'How the run ended; the rows are gone in any case';
COMMENT ON COLUMN memreg.retention_record.first_at IS 'Earliest time, in the column that the term ran from, of the rows removed';
COMMENT ON COLUMN memreg.retention_record.last_at IS 'Latest such time';
COMMENT ON COLUMN memreg.retention_record.rows_digest IS
	'Keyed digest of the rows, by subject and time, in whatever order they went; null: the key was absent, or the rows are anonymous';
COMMENT ON COLUMN memreg.retention_record.nonce IS 'What the digest was made with beside the key';
COMMENT ON COLUMN memreg.retention_record.first_xid IS 'The run''s transactions lie between this one and last_xid, with others among them';
COMMENT ON COLUMN memreg.retention_record.last_lsn IS 'Where the removal ends in WAL: recovery to a point before it brings rows back';
COMMENT ON COLUMN memreg.retention_record.cluster IS 'System identifier of the server cluster that transactions and WAL belong to';
COMMENT ON COLUMN memreg.retention_record.previous IS 'chain of the record before';
COMMENT ON COLUMN memreg.retention_record.chain IS 'Hash over all that stands here, previous among it';
COMMENT ON COLUMN memreg.retention_record.digest IS 'Keyed digest of chain; null: the key was absent';

-- A record is this row and its seal, in this order of columns.
CREATE VIEW memreg.coming_record AS
	SELECT t.register_id, coalesce(l.number, 0) + 1 AS number, t.run_id AS run, t.rule_id AS rule, t.wording, t.relation,
		   r.started_at, r.finished_at, r.outcome, r.cutoff, t.rows, t.first_at, t.last_at, t.rows_digest, t.nonce,
		   t.first_xid, t.last_xid, t.last_lsn, t.cluster, l.chain AS previous
	  FROM memreg.run_tally t
	  LEFT JOIN memreg.run r USING (run_id)
	  LEFT JOIN LATERAL (SELECT p.number, p.chain FROM memreg.retention_record p
						  WHERE p.register_id = t.register_id ORDER BY p.number DESC LIMIT 1) l ON true;
COMMENT ON VIEW memreg.coming_record IS 'What would the record of a run that has not ended say if it ended now?';

CREATE FUNCTION memreg.record_state(record memreg.retention_record) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_record_state_of' LANGUAGE C STABLE STRICT;
REVOKE ALL ON FUNCTION memreg.record_state(memreg.retention_record) FROM PUBLIC;
COMMENT ON FUNCTION memreg.record_state(memreg.retention_record) IS
	'What a record says of itself: good, altered, unsealed (it has no digest), unknown (there is no key to look at it with)';

CREATE FUNCTION memreg.verify_retention_records(register text DEFAULT NULL, noted bigint DEFAULT NULL, noted_chain bytea DEFAULT NULL)
	RETURNS TABLE (severity text, of_register text, number bigint, run bigint, finding text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF verify_retention_records.register IS NOT NULL THEN
		PERFORM memreg.require_register(verify_retention_records.register);
	END IF;
	RETURN QUERY
	WITH looked_at AS (
		SELECT g.register, r.number, r.run, memreg.record_state(r) AS state, r.previous, r.digest IS NOT NULL AS sealed,
			   lag(r.number, 1, 0::bigint) OVER w AS number_before, lag(r.chain) OVER w AS chain_before,
			   max(r.number) FILTER (WHERE r.digest IS NOT NULL) OVER (PARTITION BY r.register_id) AS last_sealed
		  FROM memreg.retention_record r JOIN memreg.register g USING (register_id)
		 WHERE g.register = verify_retention_records.register OR verify_retention_records.register IS NULL
		WINDOW w AS (PARTITION BY r.register_id ORDER BY r.number))
	SELECT 'error', l.register, l.number, l.run,
		   CASE WHEN l.number = l.number_before + 2 THEN format('record %s is missing', l.number_before + 1)
				ELSE format('records %s to %s are missing', l.number_before + 1, l.number - 1) END
	  FROM looked_at l WHERE l.number > l.number_before + 1
	UNION ALL
	SELECT 'error', l.register, l.number, l.run, 'not linked to the record before: one of the two was altered, or another was taken out or put in'
	  FROM looked_at l WHERE l.number = l.number_before + 1 AND l.previous IS DISTINCT FROM l.chain_before
	UNION ALL
	SELECT CASE l.state WHEN 'altered' THEN 'error' ELSE 'warning' END, l.register, l.number, l.run,
		   CASE l.state WHEN 'altered' THEN 'altered after it was written, or sealed with another key'
						ELSE 'its seal cannot be looked at: the key is not available' END
	  FROM looked_at l WHERE l.state IN ('altered', 'unknown')
	UNION ALL
	SELECT 'warning', l.register, l.number, l.run, 'not sealed, nor any record after it: the key was absent'
	  FROM looked_at l WHERE NOT l.sealed AND l.number > coalesce(l.last_sealed, 0)
	UNION ALL
	SELECT 'error', g.register, NULL, u.run_id, 'the run has removed rows, and its record is missing'
	  FROM memreg.run u
	  LEFT JOIN memreg.registered_table g ON g.relation = to_regclass(u.relation)
	 WHERE u.rows_removed > 0 AND (g.register = verify_retention_records.register OR verify_retention_records.register IS NULL)
	   AND NOT EXISTS (SELECT FROM memreg.retention_record r WHERE r.run = u.run_id)
	   AND NOT EXISTS (SELECT FROM memreg.run_tally y WHERE y.run_id = u.run_id)
	UNION ALL
	SELECT 'error', verify_retention_records.register, noted, NULL, 'there is no such record with the chain that was noted'
	 WHERE noted IS NOT NULL
	   AND NOT EXISTS (SELECT FROM memreg.retention_record r JOIN memreg.register g USING (register_id)
						WHERE g.register = verify_retention_records.register AND r.number = noted AND r.chain = noted_chain)
	 ORDER BY 2, 3, 4;
END
$$;
REVOKE ALL ON FUNCTION memreg.verify_retention_records(text, bigint, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.verify_retention_records(text, bigint, bytea) TO pg_monitor;
COMMENT ON FUNCTION memreg.verify_retention_records(text, bigint, bytea) IS
	'What is wrong with the records of retention runs, of one register or of all; nothing if they are whole, and the record noted elsewhere is among them';

-- Are these the rows of a record?

CREATE FUNCTION memreg.digest_row(internal, memreg.retention_record, "any", "any") RETURNS internal
	AS 'MODULE_PATHNAME', 'memreg_digest_row' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.digest_row(internal, memreg.retention_record, "any", "any") FROM PUBLIC;
COMMENT ON FUNCTION memreg.digest_row(internal, memreg.retention_record, "any", "any") IS 'Transition function of memreg.retention_digest';

CREATE FUNCTION memreg.digest_end(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_digest_end' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.digest_end(internal) FROM PUBLIC;
COMMENT ON FUNCTION memreg.digest_end(internal) IS 'Final function of memreg.retention_digest';

CREATE AGGREGATE memreg.retention_digest(record memreg.retention_record, subject "any", at "any") (
	SFUNC = memreg.digest_row, STYPE = internal, SSPACE = 256, FINALFUNC = memreg.digest_end);
REVOKE ALL ON FUNCTION memreg.retention_digest(memreg.retention_record, "any", "any") FROM PUBLIC;
COMMENT ON AGGREGATE memreg.retention_digest(memreg.retention_record, "any", "any") IS
	'The digest that the record would have if these were the rows removed, by subject key and by the time that the term ran from';
