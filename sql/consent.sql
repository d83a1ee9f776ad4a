-- consent: the ledger of what subjects said, and what stands now

CREATE TABLE memreg.consent_event (
	event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	purpose_id int NOT NULL,
	subject text COLLATE "C",
	number int NOT NULL,
	act text NOT NULL CHECK (act IN ('granted', 'withdrawn')),
	changed boolean NOT NULL,
	expires_at timestamptz,
	evidence jsonb,
	actor text,
	login_role name NOT NULL,
	acting_role name NOT NULL,
	happened_at timestamptz NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('memreg.consent_event', '');
SELECT memreg.refer('memreg.consent_event', 'memreg.purpose', 'purpose_id');
SELECT pg_catalog.pg_extension_config_dump('memreg.consent_event_event_id_seq', '');
CREATE INDEX consent_event_subject ON memreg.consent_event (purpose_id, subject, number);
COMMENT ON TABLE memreg.consent_event IS
	'Ledger of consents given and withdrawn (GDPR Art. 7(1)); append-only';
COMMENT ON COLUMN memreg.consent_event.subject IS 'Subject key; in a column of its own so that it can be redacted';
COMMENT ON COLUMN memreg.consent_event.number IS 'Counts the events of one subject and purpose from 1';
COMMENT ON COLUMN memreg.consent_event.changed IS 'False when it only repeated what stood already';
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

CREATE FUNCTION memreg.refuse_ledger_change() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION USING
		ERRCODE = 'MR201',
		MESSAGE = format('table %s.%s is append-only', quote_ident(TG_TABLE_SCHEMA), quote_ident(TG_TABLE_NAME)),
		HINT = 'Record what happened now with memreg.grant_consent or memreg.withdraw_consent.';
END
$$;
REVOKE ALL ON FUNCTION memreg.refuse_ledger_change() FROM PUBLIC;
COMMENT ON FUNCTION memreg.refuse_ledger_change() IS 'Statement trigger: a ledger is neither changed nor shortened';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON memreg.consent_event
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.refuse_ledger_change();
ALTER TABLE memreg.consent_event ENABLE ALWAYS TRIGGER append_only;

CREATE VIEW memreg.consent AS
	SELECT p.register, p.purpose, s.subject,
		   s.granted AND coalesce(s.expires_at > clock_timestamp(), true) AS stands,
		   s.granted, s.expires_at, s.changed_at, s.events
	  FROM memreg.consent_state s
	  JOIN memreg.purpose p USING (purpose_id);
COMMENT ON VIEW memreg.consent IS 'Whose consent stands for which purpose; it names subjects, so nobody sees it but whom you grant it to';

-- One C function behind three signatures: the subject key in its own type, and
-- text for literals and parameters without a type.

CREATE FUNCTION memreg.grant_consent(register text, subject bigint, purpose text,
									 expires_at timestamptz DEFAULT NULL, evidence jsonb DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_grant_consent' LANGUAGE C;
CREATE FUNCTION memreg.grant_consent(register text, subject uuid, purpose text,
									 expires_at timestamptz DEFAULT NULL, evidence jsonb DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_grant_consent' LANGUAGE C;
CREATE FUNCTION memreg.grant_consent(register text, subject text, purpose text,
									 expires_at timestamptz DEFAULT NULL, evidence jsonb DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_grant_consent' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.grant_consent(text, bigint, text, timestamptz, jsonb),
	memreg.grant_consent(text, uuid, text, timestamptz, jsonb),
	memreg.grant_consent(text, text, text, timestamptz, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION memreg.grant_consent(text, bigint, text, timestamptz, jsonb) IS
	'Records that a subject consents to a purpose (GDPR Art. 7), until expires_at if given; returns the ledger''s event';
COMMENT ON FUNCTION memreg.grant_consent(text, uuid, text, timestamptz, jsonb) IS
	'Records that a subject consents to a purpose (GDPR Art. 7), until expires_at if given; returns the ledger''s event';
COMMENT ON FUNCTION memreg.grant_consent(text, text, text, timestamptz, jsonb) IS
	'Records that a subject consents to a purpose (GDPR Art. 7), until expires_at if given; returns the ledger''s event';

CREATE FUNCTION memreg.withdraw_consent(register text, subject bigint, purpose text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_withdraw_consent' LANGUAGE C;
CREATE FUNCTION memreg.withdraw_consent(register text, subject uuid, purpose text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_withdraw_consent' LANGUAGE C;
CREATE FUNCTION memreg.withdraw_consent(register text, subject text, purpose text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_withdraw_consent' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.withdraw_consent(text, bigint, text),
	memreg.withdraw_consent(text, uuid, text), memreg.withdraw_consent(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.withdraw_consent(text, bigint, text) IS
	'Records that a subject withdraws consent (GDPR Art. 7(3)); binds every statement that starts after the commit';
COMMENT ON FUNCTION memreg.withdraw_consent(text, uuid, text) IS
	'Records that a subject withdraws consent (GDPR Art. 7(3)); binds every statement that starts after the commit';
COMMENT ON FUNCTION memreg.withdraw_consent(text, text, text) IS
	'Records that a subject withdraws consent (GDPR Art. 7(3)); binds every statement that starts after the commit';

CREATE FUNCTION memreg.has_consent(register text, subject bigint, purpose text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_has_consent' LANGUAGE C STABLE PARALLEL SAFE COST 50;
CREATE FUNCTION memreg.has_consent(register text, subject uuid, purpose text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_has_consent' LANGUAGE C STABLE PARALLEL SAFE COST 50;
CREATE FUNCTION memreg.has_consent(register text, subject text, purpose text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_has_consent' LANGUAGE C STABLE PARALLEL SAFE COST 50;
REVOKE ALL ON FUNCTION memreg.has_consent(text, bigint, text),
	memreg.has_consent(text, uuid, text), memreg.has_consent(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.has_consent(text, bigint, text) IS
	'Whether the subject''s consent to the purpose stands now: granted, not withdrawn, not expired';
COMMENT ON FUNCTION memreg.has_consent(text, uuid, text) IS
	'Whether the subject''s consent to the purpose stands now: granted, not withdrawn, not expired';
COMMENT ON FUNCTION memreg.has_consent(text, text, text) IS
	'Whether the subject''s consent to the purpose stands now: granted, not withdrawn, not expired';
