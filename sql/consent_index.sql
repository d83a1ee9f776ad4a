-- consent_index: the image of what stands that is kept in shared memory

-- Whose state has changed, for those who keep an image; what it is now, the state tables say. Trimmed, and not dumped.
CREATE TABLE memreg.consent_feed (
	xid xid8 NOT NULL,
	kind smallint NOT NULL,
	owner int NOT NULL,
	subjects text[] COLLATE "C"
);
CREATE INDEX consent_feed_xid ON memreg.consent_feed (xid);
COMMENT ON TABLE memreg.consent_feed IS 'Subjects whose consent, objection, restriction or hold was changed lately, by transaction';
COMMENT ON COLUMN memreg.consent_feed.kind IS '0: consent, 1: objection, 2: restriction, 3: hold';
COMMENT ON COLUMN memreg.consent_feed.owner IS 'Purpose, or register where it is about restrictions or holds';
COMMENT ON COLUMN memreg.consent_feed.subjects IS 'NULL: so many were changed that an image is better made anew';

CREATE TABLE memreg.consent_feed_trim (
	trimmed_before xid8 NOT NULL,
	next_before xid8 NOT NULL,
	next_at timestamptz NOT NULL
);
INSERT INTO memreg.consent_feed_trim
VALUES (pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()),
		pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()), pg_catalog.now());
COMMENT ON TABLE memreg.consent_feed_trim IS 'Up to where memreg.consent_feed has been trimmed, and will be next';
COMMENT ON COLUMN memreg.consent_feed_trim.next_before IS 'All transactions before this one had ended at next_at';

-- A publication of all tables takes them along; what a publisher's feed says is of no use here.
ALTER TABLE memreg.consent_feed REPLICA IDENTITY FULL;
ALTER TABLE memreg.consent_feed_trim REPLICA IDENTITY FULL;
CREATE FUNCTION memreg.ignore_replicated() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION memreg.ignore_replicated() FROM PUBLIC;
COMMENT ON FUNCTION memreg.ignore_replicated() IS 'Trigger: what a subscription brings is not for this table';
CREATE TRIGGER ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON memreg.consent_feed
	FOR EACH ROW EXECUTE FUNCTION memreg.ignore_replicated();
CREATE TRIGGER ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON memreg.consent_feed_trim
	FOR EACH ROW EXECUTE FUNCTION memreg.ignore_replicated();
ALTER TABLE memreg.consent_feed ENABLE REPLICA TRIGGER ignore_replicated;
ALTER TABLE memreg.consent_feed_trim ENABLE REPLICA TRIGGER ignore_replicated;

-- Who empties the feed takes names away that images may still need.
CREATE FUNCTION memreg.note_feed_truncated() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE memreg.consent_feed_trim t SET trimmed_before = pg_snapshot_xmax(pg_current_snapshot());
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION memreg.note_feed_truncated() FROM PUBLIC;
COMMENT ON FUNCTION memreg.note_feed_truncated() IS 'Trigger: an image that is older than this is loaded anew';
CREATE TRIGGER note_truncated AFTER TRUNCATE ON memreg.consent_feed
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.note_feed_truncated();
ALTER TABLE memreg.consent_feed ENABLE ALWAYS TRIGGER note_truncated;

CREATE FUNCTION memreg.trim_consent_feed() RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	present memreg.consent_feed_trim;
	bound xid8;
	trimmed bigint;
BEGIN
	-- An image that was refreshed in the last ten minutes needs nothing that had ended by then.
	SELECT t.* INTO present FROM memreg.consent_feed_trim t
	 WHERE t.next_at < now() - interval '10 minutes' FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	-- Somebody's commit waits for this, so not too many at once.
	SELECT f.xid INTO bound FROM memreg.consent_feed f
	 WHERE f.xid < present.next_before ORDER BY f.xid OFFSET 10000 LIMIT 1;
	IF NOT FOUND THEN
		bound := present.next_before;
		present.next_before := pg_snapshot_xmin(pg_current_snapshot());
		present.next_at := now();
	END IF;
	DELETE FROM memreg.consent_feed f WHERE f.xid < bound;
	GET DIAGNOSTICS trimmed = ROW_COUNT;
	UPDATE memreg.consent_feed_trim t
	   SET trimmed_before = greatest(t.trimmed_before, bound), next_before = present.next_before, next_at = present.next_at;
	RETURN trimmed;
END
$$;
REVOKE ALL ON FUNCTION memreg.trim_consent_feed() FROM PUBLIC;
COMMENT ON FUNCTION memreg.trim_consent_feed() IS
	'Deletes some of what is long past from memreg.consent_feed; returns the number of rows. Commits call it now and then';

-- Nobody opens this relation: its invalidation tells every backend that something has changed in the state tables.
CREATE TABLE memreg.consent_proxy ();
COMMENT ON TABLE memreg.consent_proxy IS 'Holds nothing; stands for the states of all subjects in the caches of the server';

CREATE FUNCTION memreg.note_state_change() RETURNS trigger
	AS 'MODULE_PATHNAME', 'memreg_note_state_change' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.note_state_change() FROM PUBLIC;
COMMENT ON FUNCTION memreg.note_state_change() IS
	'Trigger of the state tables: names the subject in memreg.consent_feed and tells every backend';

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON memreg.consent_state
	FOR EACH ROW EXECUTE FUNCTION memreg.note_state_change('consent');
CREATE TRIGGER note_truncate AFTER TRUNCATE ON memreg.consent_state
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.note_state_change('consent');
ALTER TABLE memreg.consent_state ENABLE ALWAYS TRIGGER note_change, ENABLE ALWAYS TRIGGER note_truncate;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON memreg.objection_state
	FOR EACH ROW EXECUTE FUNCTION memreg.note_state_change('objection');
CREATE TRIGGER note_truncate AFTER TRUNCATE ON memreg.objection_state
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.note_state_change('objection');
ALTER TABLE memreg.objection_state ENABLE ALWAYS TRIGGER note_change, ENABLE ALWAYS TRIGGER note_truncate;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON memreg.restriction_state
	FOR EACH ROW EXECUTE FUNCTION memreg.note_state_change('restriction');
CREATE TRIGGER note_truncate AFTER TRUNCATE ON memreg.restriction_state
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.note_state_change('restriction');
ALTER TABLE memreg.restriction_state ENABLE ALWAYS TRIGGER note_change, ENABLE ALWAYS TRIGGER note_truncate;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON memreg.hold_state
	FOR EACH ROW EXECUTE FUNCTION memreg.note_state_change('hold');
CREATE TRIGGER note_truncate AFTER TRUNCATE ON memreg.hold_state
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.note_state_change('hold');
ALTER TABLE memreg.hold_state ENABLE ALWAYS TRIGGER note_change, ENABLE ALWAYS TRIGGER note_truncate;

CREATE INDEX consent_state_expires ON memreg.consent_state (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX hold_state_expires ON memreg.hold_state (expires_at) WHERE expires_at IS NOT NULL;

-- What a DBA sees of the image, and can do with it

CREATE FUNCTION memreg.consent_index_sets(
	OUT kind text, OUT owner int, OUT subjects bigint, OUT bytes bigint, OUT loaded_at timestamptz,
	OUT refreshed_at timestamptz, OUT refreshes bigint, OUT last_delta bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'memreg_consent_index_sets' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.consent_index_sets() FROM PUBLIC;
COMMENT ON FUNCTION memreg.consent_index_sets() IS 'The sets of subjects in this database''s image; memreg.consent_index shows them by name';

CREATE VIEW memreg.consent_index AS
	SELECT coalesce(p.register, r.register) AS register, p.purpose, s.kind, s.subjects, s.bytes,
		   s.loaded_at, s.refreshed_at, s.refreshes, s.last_delta
	  FROM memreg.consent_index_sets() s
	  LEFT JOIN memreg.purpose p ON s.kind IN ('consent', 'objection') AND p.purpose_id = s.owner
	  LEFT JOIN memreg.register r ON s.kind IN ('restriction', 'hold') AND r.register_id = s.owner;
COMMENT ON VIEW memreg.consent_index IS
	'What the consent index holds of this database, by purpose (restrictions and holds by register); empty until it was first used';
COMMENT ON COLUMN memreg.consent_index.refreshes IS 'Refreshes since it was loaded that changed this set';
COMMENT ON COLUMN memreg.consent_index.last_delta IS 'Subjects that the last of these changed';

CREATE FUNCTION memreg.consent_index_loads(
	OUT pid int, OUT datid oid, OUT phase text, OUT blocks_total bigint, OUT blocks_done bigint,
	OUT subjects_loaded bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'memreg_consent_index_loads' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.consent_index_loads() FROM PUBLIC;
COMMENT ON FUNCTION memreg.consent_index_loads() IS 'Loads of the consent index at work; memreg.consent_index_progress shows them by name';

CREATE VIEW memreg.consent_index_progress AS
	SELECT l.pid, l.datid, d.datname, l.phase, l.blocks_total, l.blocks_done, l.subjects_loaded
	  FROM memreg.consent_index_loads() l
	  LEFT JOIN pg_catalog.pg_database d ON d.oid = l.datid;
COMMENT ON VIEW memreg.consent_index_progress IS 'Loads of the consent index that are under way on this server';

CREATE FUNCTION memreg.consent_index_status() RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_consent_index_status' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.consent_index_status() FROM PUBLIC;
COMMENT ON FUNCTION memreg.consent_index_status() IS
	'How it stands with the consent index: ready; absent, loaded when it is needed; too large for memreg.consent_index_memory; failed, a worker will try again';

CREATE FUNCTION memreg.load_consent_index() RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_load_consent_index' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.load_consent_index() FROM PUBLIC;
COMMENT ON FUNCTION memreg.load_consent_index() IS
	'Loads this database''s consent index anew, so that the first statement does not have to; returns the number of subjects';

CREATE FUNCTION memreg.reset_consent_index() RETURNS void
	AS 'MODULE_PATHNAME', 'memreg_reset_consent_index' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.reset_consent_index() FROM PUBLIC;
COMMENT ON FUNCTION memreg.reset_consent_index() IS
	'Frees this database''s consent index; the next statement that needs it loads it anew';

CREATE FUNCTION memreg.refresh_consent_index() RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_refresh_consent_index' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.refresh_consent_index() FROM PUBLIC;
COMMENT ON FUNCTION memreg.refresh_consent_index() IS
	'Brings this database''s consent index up to date as a statement does; false: there is none now, and the tables are asked';

CREATE FUNCTION memreg.hold_consent_index() RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'memreg_hold_consent_index' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.hold_consent_index() FROM PUBLIC;
COMMENT ON FUNCTION memreg.hold_consent_index() IS
	'Brings this database''s consent index up to date and leaves it so until the transaction ends; returns when the next of its consents and holds ends, NULL if there is no index';

CREATE FUNCTION memreg.consent_index_has(kind text, owner int, subject text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_consent_index_has' LANGUAGE C STRICT;
REVOKE ALL ON FUNCTION memreg.consent_index_has(text, int, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.consent_index_has(text, int, text) IS
	'Whether the consent index itself has a subject, after memreg.refresh_consent_index in the same transaction; NULL: there is no index';

CREATE FUNCTION memreg.verify_consent_index(
	OUT register text, OUT purpose text, OUT kind text, OUT missing bigint, OUT surplus bigint) RETURNS SETOF record
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	next_end timestamptz; -- what ends earlier is not in the index
BEGIN
	LOCK TABLE memreg.consent_state, memreg.objection_state, memreg.restriction_state, memreg.hold_state IN SHARE MODE;
	next_end := memreg.hold_consent_index();
	IF next_end IS NULL THEN
		RAISE NOTICE 'there is no consent index now'
			USING HINT = 'The tables are asked for every row. See memreg.consent_index_progress and the server''s log.';
		RETURN;
	END IF;
	RETURN QUERY
	WITH stands AS (
		SELECT 'consent' AS kind, s.purpose_id AS owner, s.subject
		  FROM memreg.consent_state s WHERE s.granted AND coalesce(s.expires_at >= next_end, true)
		UNION ALL
		SELECT 'objection', s.purpose_id, s.subject FROM memreg.objection_state s WHERE s.objected
		UNION ALL
		SELECT 'restriction', s.register_id, s.subject FROM memreg.restriction_state s WHERE s.restricted
		UNION ALL
		SELECT 'hold', s.register_id, s.subject
		  FROM memreg.hold_state s WHERE s.held AND coalesce(s.expires_at >= next_end, true)
	), counted AS (
		SELECT t.kind, t.owner, count(*) AS subjects,
			   count(*) FILTER (WHERE memreg.consent_index_has(t.kind, t.owner, t.subject)) AS found
		  FROM stands t GROUP BY 1, 2
	)
	SELECT coalesce(p.register, r.register), p.purpose, k.kind, coalesce(c.subjects - c.found, 0),
		   coalesce(i.subjects, 0) - coalesce(c.found, 0)
	  FROM (SELECT n.kind, n.owner FROM counted n UNION SELECT n.kind, n.owner FROM memreg.consent_index_sets() n) k
	  LEFT JOIN counted c ON c.kind = k.kind AND c.owner = k.owner
	  LEFT JOIN memreg.consent_index_sets() i ON i.kind = k.kind AND i.owner = k.owner
	  LEFT JOIN memreg.purpose p ON k.kind IN ('consent', 'objection') AND p.purpose_id = k.owner
	  LEFT JOIN memreg.register r ON k.kind IN ('restriction', 'hold') AND r.register_id = k.owner
	 ORDER BY 1, 2, 3;
END
$$;
REVOKE ALL ON FUNCTION memreg.verify_consent_index() FROM PUBLIC;
COMMENT ON FUNCTION memreg.verify_consent_index() IS
	'Compares the consent index with the tables, subject by subject: both counts must be 0. Nobody can record anything meanwhile, and where a consent or hold ends, statements wait';

GRANT EXECUTE ON FUNCTION memreg.consent_index_sets(), memreg.consent_index_loads(), memreg.consent_index_status()
	TO pg_monitor;
GRANT SELECT ON memreg.consent_index, memreg.consent_index_progress TO pg_monitor;
