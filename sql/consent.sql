-- consent: the ledgers of what subjects said, and what stands now

-- Each kind has a ledger, which is only ever appended to, and a state table with the outcome: a row for each subject.

-- Consents (GDPR Art. 7)

CREATE TABLE memreg.consent_event (
	event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	purpose_id int NOT NULL,
	subject text COLLATE "C",
	number int NOT NULL,
	act text NOT NULL CHECK (act IN ('granted', 'withdrawn')),
	changed boolean NOT NULL,
	expires_at timestamptz,
	evidence jsonb,
	wording text,
	channel text,
	actor text,
	login_role name NOT NULL,
	acting_role name NOT NULL,
	happened_at timestamptz NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('memreg.consent_event', '');
SELECT memreg.refer('memreg.consent_event', 'memreg.purpose', 'purpose_id');
SELECT pg_catalog.pg_extension_config_dump('memreg.consent_event_event_id_seq', '');
CREATE INDEX consent_event_subject ON memreg.consent_event (purpose_id, subject, number);
SELECT memreg.append_only('memreg.consent_event', 'grant_consent', 'withdraw_consent');
COMMENT ON TABLE memreg.consent_event IS
	'Ledger of consents given and withdrawn (GDPR Art. 7(1)); append-only';
COMMENT ON COLUMN memreg.consent_event.subject IS 'Subject key; in a column of its own so that it can be redacted';
COMMENT ON COLUMN memreg.consent_event.number IS 'Counts the events of one subject and purpose from 1';
COMMENT ON COLUMN memreg.consent_event.changed IS 'False when it only repeated what stood already';
COMMENT ON COLUMN memreg.consent_event.wording IS 'Version of the wording that the subject saw';
COMMENT ON COLUMN memreg.consent_event.channel IS 'How it reached the controller';
COMMENT ON COLUMN memreg.consent_event.actor IS 'Setting memreg.actor: whom the application says it acted for';

CREATE TABLE memreg.consent_state (
	purpose_id int NOT NULL,
	subject text COLLATE "C" NOT NULL,
	granted boolean NOT NULL,
	expires_at timestamptz,
	changed_at timestamptz NOT NULL,
	events int NOT NULL,
	changed boolean NOT NULL,
	PRIMARY KEY (purpose_id, subject)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.consent_state', '');
SELECT memreg.refer('memreg.consent_state', 'memreg.purpose', 'purpose_id');
COMMENT ON TABLE memreg.consent_state IS 'What stands now for each subject and purpose: the outcome of the ledger';
COMMENT ON COLUMN memreg.consent_state.events IS 'How many events the ledger has for it';
COMMENT ON COLUMN memreg.consent_state.changed IS 'Whether the last of them changed anything';

CREATE VIEW memreg.consent AS
	SELECT p.register, p.purpose, s.subject,
		   s.granted AND coalesce(s.expires_at > clock_timestamp(), true) AS stands,
		   s.granted, s.expires_at, s.changed_at, s.events
	  FROM memreg.consent_state s
	  JOIN memreg.purpose p USING (purpose_id);
COMMENT ON VIEW memreg.consent IS 'Whose consent stands for which purpose; it names subjects, so nobody sees it but whom you grant it to';

-- Objections (GDPR Art. 21)

CREATE TABLE memreg.objection_event (
	event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	purpose_id int NOT NULL,
	subject text COLLATE "C",
	number int NOT NULL,
	act text NOT NULL CHECK (act IN ('objected', 'withdrawn')),
	changed boolean NOT NULL,
	reason text,
	channel text,
	actor text,
	login_role name NOT NULL,
	acting_role name NOT NULL,
	happened_at timestamptz NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('memreg.objection_event', '');
SELECT memreg.refer('memreg.objection_event', 'memreg.purpose', 'purpose_id');
SELECT pg_catalog.pg_extension_config_dump('memreg.objection_event_event_id_seq', '');
CREATE INDEX objection_event_subject ON memreg.objection_event (purpose_id, subject, number);
SELECT memreg.append_only('memreg.objection_event', 'object_to', 'withdraw_objection');
COMMENT ON TABLE memreg.objection_event IS 'Ledger of objections and their withdrawal (GDPR Art. 21(1)); append-only';
COMMENT ON COLUMN memreg.objection_event.reason IS 'The grounds that the subject gave, or why it was withdrawn';

CREATE TABLE memreg.objection_state (
	purpose_id int NOT NULL,
	subject text COLLATE "C" NOT NULL,
	objected boolean NOT NULL,
	changed_at timestamptz NOT NULL,
	events int NOT NULL,
	changed boolean NOT NULL,
	PRIMARY KEY (purpose_id, subject)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.objection_state', '');
SELECT memreg.refer('memreg.objection_state', 'memreg.purpose', 'purpose_id');
COMMENT ON TABLE memreg.objection_state IS 'Whose objection (GDPR Art. 21) to a purpose stands now: the outcome of the ledger';

CREATE VIEW memreg.objection AS
	SELECT p.register, p.purpose, s.subject, s.objected AS stands, s.changed_at, s.events
	  FROM memreg.objection_state s
	  JOIN memreg.purpose p USING (purpose_id);
COMMENT ON VIEW memreg.objection IS
	'Whose objection stands to which purpose; it names subjects, so nobody sees it but whom you grant it to';

-- Restrictions (GDPR Art. 18)

CREATE TABLE memreg.restriction_event (
	event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	register_id int NOT NULL,
	subject text COLLATE "C",
	number int NOT NULL,
	act text NOT NULL CHECK (act IN ('restricted', 'lifted')),
	changed boolean NOT NULL,
	reason text,
	channel text,
	actor text,
	login_role name NOT NULL,
	acting_role name NOT NULL,
	happened_at timestamptz NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('memreg.restriction_event', '');
SELECT memreg.refer('memreg.restriction_event', 'memreg.register', 'register_id');
SELECT pg_catalog.pg_extension_config_dump('memreg.restriction_event_event_id_seq', '');
CREATE INDEX restriction_event_subject ON memreg.restriction_event (register_id, subject, number);
SELECT memreg.append_only('memreg.restriction_event', 'restrict_subject', 'lift_restriction');
COMMENT ON TABLE memreg.restriction_event IS 'Ledger of restrictions and their end (GDPR Art. 18); append-only';
COMMENT ON COLUMN memreg.restriction_event.reason IS 'Which case of GDPR Art. 18(1) it is, or why it ended';

CREATE TABLE memreg.restriction_state (
	register_id int NOT NULL,
	subject text COLLATE "C" NOT NULL,
	restricted boolean NOT NULL,
	changed_at timestamptz NOT NULL,
	events int NOT NULL,
	changed boolean NOT NULL,
	PRIMARY KEY (register_id, subject)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.restriction_state', '');
SELECT memreg.refer('memreg.restriction_state', 'memreg.register', 'register_id');
COMMENT ON TABLE memreg.restriction_state IS 'Whose data is restricted (GDPR Art. 18) now: the outcome of the ledger';

CREATE VIEW memreg.restriction AS
	SELECT r.register, s.subject, s.restricted AS stands, s.changed_at, s.events
	  FROM memreg.restriction_state s
	  JOIN memreg.register r USING (register_id);
COMMENT ON VIEW memreg.restriction IS
	'Whose data is restricted in which register; it names subjects, so nobody sees it but whom you grant it to';

-- One C function behind three signatures: the subject key in its own type, and text for literals and parameters
-- without a type.

DO $do$
DECLARE
	key text;
BEGIN
	FOREACH key IN ARRAY '{bigint,uuid,text}'::text[] LOOP
		EXECUTE format($sql$
			CREATE FUNCTION memreg.grant_consent(
				register text, subject %1$s, purpose text,
				expires_at timestamptz DEFAULT NULL, evidence jsonb DEFAULT NULL,
				channel text DEFAULT NULL, wording text DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_grant_consent' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.grant_consent(text, %1$s, text, timestamptz, jsonb, text, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.grant_consent(text, %1$s, text, timestamptz, jsonb, text, text) IS
				'Records that a subject consents to a purpose (GDPR Art. 7), until expires_at if given; returns the ledger''s event';

			CREATE FUNCTION memreg.grant_consents(
				register text, subjects %1$s[], purpose text,
				expires_at timestamptz DEFAULT NULL, evidence jsonb DEFAULT NULL,
				channel text DEFAULT NULL, wording text DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_grant_consents' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.grant_consents(text, %1$s[], text, timestamptz, jsonb, text, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.grant_consents(text, %1$s[], text, timestamptz, jsonb, text, text) IS
				'Records for each of the subjects what memreg.grant_consent records for one; returns how many of the consents changed anything';

			CREATE FUNCTION memreg.withdraw_consent(
				register text, subject %1$s, purpose text, channel text DEFAULT NULL,
				evidence jsonb DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_withdraw_consent' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.withdraw_consent(text, %1$s, text, text, jsonb) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.withdraw_consent(text, %1$s, text, text, jsonb) IS
				'Records that a subject withdraws consent (GDPR Art. 7(3)); binds every statement that starts after the commit';

			CREATE FUNCTION memreg.withdraw_consents(
				register text, subjects %1$s[], purpose text, channel text DEFAULT NULL,
				evidence jsonb DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_withdraw_consents' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.withdraw_consents(text, %1$s[], text, text, jsonb) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.withdraw_consents(text, %1$s[], text, text, jsonb) IS
				'Records for each of the subjects what memreg.withdraw_consent records for one; returns how many of the withdrawals changed anything';

			CREATE FUNCTION memreg.has_consent(register text, subject %1$s, purpose text) RETURNS boolean
				AS 'MODULE_PATHNAME', 'memreg_has_consent' LANGUAGE C STABLE PARALLEL SAFE COST 50;
			REVOKE ALL ON FUNCTION memreg.has_consent(text, %1$s, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.has_consent(text, %1$s, text) IS
				'Whether the subject''s consent to the purpose stands now: granted, not withdrawn, not expired';
		$sql$, key);
	END LOOP;
END
$do$;

DO $do$
DECLARE
	key text;
BEGIN
	FOREACH key IN ARRAY '{bigint,uuid,text}'::text[] LOOP
		EXECUTE format($sql$
			CREATE FUNCTION memreg.object_to(
				register text, subject %1$s, purpose text, reason text DEFAULT NULL,
				channel text DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_object_to' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.object_to(text, %1$s, text, text, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.object_to(text, %1$s, text, text, text) IS
				'Records that a subject objects to a purpose that rests on public_task or legitimate_interests (GDPR Art. 21(1)); returns the ledger''s event';

			CREATE FUNCTION memreg.withdraw_objection(
				register text, subject %1$s, purpose text, reason text DEFAULT NULL,
				channel text DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_withdraw_objection' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.withdraw_objection(text, %1$s, text, text, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.withdraw_objection(text, %1$s, text, text, text) IS
				'Records that a subject no longer objects to a purpose; returns the ledger''s event';

			CREATE FUNCTION memreg.has_objected(register text, subject %1$s, purpose text) RETURNS boolean
				AS 'MODULE_PATHNAME', 'memreg_has_objected' LANGUAGE C STABLE PARALLEL SAFE COST 50;
			REVOKE ALL ON FUNCTION memreg.has_objected(text, %1$s, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.has_objected(text, %1$s, text) IS
				'Whether the subject''s objection to the purpose stands now';
		$sql$, key);
	END LOOP;
END
$do$;

DO $do$
DECLARE
	key text;
BEGIN
	FOREACH key IN ARRAY '{bigint,uuid,text}'::text[] LOOP
		EXECUTE format($sql$
			CREATE FUNCTION memreg.restrict_subject(
				register text, subject %1$s, reason text,
				channel text DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_restrict_subject' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.restrict_subject(text, %1$s, text, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.restrict_subject(text, %1$s, text, text) IS
				'Records that a subject''s data is restricted, for a reason that GDPR Art. 18(1) lists; returns the ledger''s event';

			CREATE FUNCTION memreg.lift_restriction(
				register text, subject %1$s, reason text DEFAULT NULL,
				channel text DEFAULT NULL) RETURNS bigint
				AS 'MODULE_PATHNAME', 'memreg_lift_restriction' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.lift_restriction(text, %1$s, text, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.lift_restriction(text, %1$s, text, text) IS
				'Records that a restriction has ended, of which the subject was told before (GDPR Art. 18(3)); returns the ledger''s event';

			CREATE FUNCTION memreg.is_restricted(register text, subject %1$s) RETURNS boolean
				AS 'MODULE_PATHNAME', 'memreg_is_restricted' LANGUAGE C STABLE PARALLEL SAFE COST 50;
			REVOKE ALL ON FUNCTION memreg.is_restricted(text, %1$s) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.is_restricted(text, %1$s) IS
				'Whether the subject''s data is restricted in the register now';
		$sql$, key);
	END LOOP;
END
$do$;

CREATE FUNCTION memreg.add_subject(
	register text, data jsonb, consents text[] DEFAULT '{}',
	expires_at timestamptz DEFAULT NULL, evidence jsonb DEFAULT NULL,
	channel text DEFAULT NULL, wording text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_add_subject' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.add_subject(text, jsonb, text[], timestamptz, jsonb, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.add_subject(text, jsonb, text[], timestamptz, jsonb, text, text) IS
	'Adds a new subject: makes the key, records the consents, inserts the row with the caller''s rights; returns the key';
