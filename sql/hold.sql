-- hold: subjects whose rows retention leaves alone

-- A fourth kind beside those of consent.sql, with the same two tables. GDPR Art. 17(3): data need not be erased while it
-- is necessary for a legal claim or a legal obligation.

CREATE TABLE memreg.hold_event (
	event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	register_id int NOT NULL,
	subject text COLLATE "C",
	number int NOT NULL,
	act text NOT NULL CHECK (act IN ('held', 'released')),
	changed boolean NOT NULL,
	until timestamptz,
	reason text CHECK (act = 'released' OR coalesce(reason, '') <> ''),
	actor text,
	login_role name NOT NULL,
	acting_role name NOT NULL,
	happened_at timestamptz NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('memreg.hold_event', '');
SELECT memreg.refer('memreg.hold_event', 'memreg.register', 'register_id');
SELECT pg_catalog.pg_extension_config_dump('memreg.hold_event_event_id_seq', '');
CREATE INDEX hold_event_subject ON memreg.hold_event (register_id, subject, number);
SELECT memreg.append_only('memreg.hold_event', 'hold', 'release_hold');
COMMENT ON TABLE memreg.hold_event IS 'Ledger of holds and their end; append-only';
COMMENT ON COLUMN memreg.hold_event.changed IS 'False when it only repeated what stood already, or less of it';
COMMENT ON COLUMN memreg.hold_event.until IS 'The end that was asked for; NULL: none';
COMMENT ON COLUMN memreg.hold_event.reason IS 'What the data is still needed for, or why it is no longer';

CREATE TABLE memreg.hold_state (
	register_id int NOT NULL,
	subject text COLLATE "C" NOT NULL,
	held boolean NOT NULL,
	expires_at timestamptz,
	changed_at timestamptz NOT NULL,
	events int NOT NULL,
	changed boolean NOT NULL,
	PRIMARY KEY (register_id, subject)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.hold_state', '');
SELECT memreg.refer('memreg.hold_state', 'memreg.register', 'register_id');
COMMENT ON TABLE memreg.hold_state IS 'Whose data is held now: the outcome of the ledger';
COMMENT ON COLUMN memreg.hold_state.expires_at IS 'When the hold ends by itself: the latest end of those that were given, NULL if one had none';

CREATE VIEW memreg.hold AS
	SELECT r.register, s.subject, s.held AND coalesce(s.expires_at > clock_timestamp(), true) AS stands,
		   s.held, s.expires_at AS until, s.changed_at, s.events
	  FROM memreg.hold_state s
	  JOIN memreg.register r USING (register_id);
COMMENT ON VIEW memreg.hold IS
	'Whose data is held in which register, and until when; it names subjects, so nobody sees it but whom you grant it to';

DO $do$
DECLARE
	key text;
BEGIN
	FOREACH key IN ARRAY '{bigint,uuid,text}'::text[] LOOP
		EXECUTE format($sql$
			CREATE FUNCTION memreg.hold(
				register text, subject %1$s, reason text,
				until timestamptz DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_hold' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.hold(text, %1$s, text, timestamptz) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.hold(text, %1$s, text, timestamptz) IS
				'Records that retention is to leave a subject''s rows alone, until a time if given; a later end, or none, prevails. Returns the ledger''s event';

			CREATE FUNCTION memreg.release_hold(
				register text, subject %1$s, reason text DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_release_hold' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.release_hold(text, %1$s, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.release_hold(text, %1$s, text) IS
				'Records that a hold has ended, for whatever reasons the subject was held; returns the ledger''s event';

			CREATE FUNCTION memreg.is_held(register text, subject %1$s) RETURNS boolean
				AS 'MODULE_PATHNAME', 'memreg_is_held' LANGUAGE C STABLE PARALLEL SAFE COST 50;
			REVOKE ALL ON FUNCTION memreg.is_held(text, %1$s) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.is_held(text, %1$s) IS
				'Whether the subject''s rows in the register are held now: not released, not past the hold''s end';
		$sql$, key);
	END LOOP;
END
$do$;
