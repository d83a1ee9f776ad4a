-- State and ledger again, three times, as plain tables with the same columns, indexes and rows, for a role that may
-- write to all of them.
SELECT memreg.grant_consent('members', -1::bigint, 'research');

SELECT format('CREATE SCHEMA %1$I;
	CREATE TABLE %1$I.consent_state (LIKE memreg.consent_state INCLUDING ALL);
	CREATE TABLE %1$I.consent_event (LIKE memreg.consent_event INCLUDING ALL);
	INSERT INTO %1$I.consent_state SELECT * FROM memreg.consent_state;
	GRANT USAGE ON SCHEMA %1$I TO registrar;
	GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA %1$I TO registrar;', schema)
  FROM unnest(ARRAY['one', 'two', 'bulk']) schema \gexec
VACUUM (FREEZE, ANALYZE) one.consent_state, two.consent_state, bulk.consent_state;

GRANT USAGE ON SCHEMA memreg TO registrar;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA memreg TO registrar;

-- What memreg wrote when the consent above was granted, as an INSERT of constants, but for the subject.
CREATE FUNCTION bench.plain_insert(schema text, relation text, subject text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	written jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(r) FROM memreg.%I r WHERE r.subject = ''-1''', relation) INTO STRICT written;
	RETURN (SELECT format('INSERT INTO %I.%I (%s) SELECT %s', schema, relation, string_agg(quote_ident(key), ', '),
						  string_agg(CASE key WHEN 'subject' THEN subject ELSE quote_nullable(value) END, ', '))
			  FROM jsonb_each_text(written) WHERE key <> 'event_id');
END
$$;
