-- Those that were given for a moment lapse, without anybody doing a thing.
SELECT pg_sleep_until(max(expires_at)) FROM memreg.consent_state WHERE expires_at < now() + interval '1 hour';
