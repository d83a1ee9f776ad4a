-- seal: values that are encrypted in a scope, and opened again on the record

CREATE TABLE memreg.unsealing (
	unsealing_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	scope_id int NOT NULL,
	version int NOT NULL,
	token_digest bytea NOT NULL,
	reason text NOT NULL,
	actor text,
	login_role name NOT NULL,
	acting_role name NOT NULL,
	happened_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
SELECT pg_catalog.pg_extension_config_dump('memreg.unsealing', '');
SELECT pg_catalog.pg_extension_config_dump('memreg.unsealing_unsealing_id_seq', '');
SELECT memreg.refer('memreg.unsealing', 'memreg.scope', 'scope_id');
SELECT memreg.append_only('memreg.unsealing', 'unseal');
CREATE INDEX unsealing_token_digest ON memreg.unsealing (token_digest);
COMMENT ON TABLE memreg.unsealing IS 'Ledger of what was opened with memreg.unseal, by whom and why; append-only';
COMMENT ON COLUMN memreg.unsealing.token_digest IS 'Hash of the token''s text: memreg.token_digest(token)';
COMMENT ON COLUMN memreg.unsealing.actor IS 'Setting memreg.actor: whom the application says it acted for';

CREATE FUNCTION memreg.token_digest(token text) RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_token_digest' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
GRANT EXECUTE ON FUNCTION memreg.token_digest(text) TO PUBLIC;
COMMENT ON FUNCTION memreg.token_digest(text) IS
	'What memreg.unsealing names a token by: BLAKE2b (RFC 7693), 16 bytes';

CREATE FUNCTION memreg.seal(scope text, value text, context text DEFAULT '') RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_seal' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 40;
GRANT EXECUTE ON FUNCTION memreg.seal(text, text, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.seal(text, text, text) IS
	'Encrypts a value in a scope, the same each time: SIV (Rogaway and Shrimpton, 2006) of keyed BLAKE2b and XChaCha20';

CREATE FUNCTION memreg.seal_random(scope text, value text, context text DEFAULT '') RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_seal_random' LANGUAGE C VOLATILE STRICT PARALLEL SAFE COST 40;
GRANT EXECUTE ON FUNCTION memreg.seal_random(text, text, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.seal_random(text, text, text) IS
	'Encrypts a value in a scope, differently each time: XChaCha20-Poly1305 with a random nonce; for free text';

CREATE FUNCTION memreg.unseal(scope text, token text, reason text DEFAULT NULL, context text DEFAULT '') RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_unseal' LANGUAGE C VOLATILE COST 1000;
GRANT EXECUTE ON FUNCTION memreg.unseal(text, text, text, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.unseal(text, text, text, text) IS
	'Opens what memreg.seal or memreg.seal_random returned, given its context; needs the right to reverse and a reason, and is recorded in memreg.unsealing';
