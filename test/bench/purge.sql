-- Visits, of which some are past their term: plain.visit, and kept.visit, which memreg has a rule for.
CREATE SCHEMA bench;
CREATE SCHEMA plain;
CREATE SCHEMA kept;
CREATE TABLE plain.visit (visit_id bigint, subject bigint NOT NULL, visited_at timestamptz NOT NULL, page text NOT NULL);
CREATE TABLE kept.visit (LIKE plain.visit);
SELECT memreg.create_register('visitors', 'Visitors', 'An association');
SELECT memreg.add_table('visitors', 'kept.visit', 'subject');
SELECT memreg.add_retention('visitors', 'kept.visit', '1 year', 'visited_at');

-- The same by years: one partition is past its term.
CREATE TABLE plain.tour (tour_id bigint, subject bigint NOT NULL, toured_at timestamptz NOT NULL, page text NOT NULL) PARTITION BY RANGE (toured_at);
CREATE TABLE kept.tour (LIKE plain.tour) PARTITION BY RANGE (toured_at);
SELECT memreg.add_table('visitors', 'kept.tour', 'subject');
SELECT memreg.add_retention('visitors', 'kept.tour', '1 year', 'toured_at', 'drop_partition');

CREATE FUNCTION bench.is_due(number bigint, share int) RETURNS boolean LANGUAGE sql IMMUTABLE
	RETURN (hashint8extended(number, 2) & 9223372036854775807) % 100 < share;

CREATE FUNCTION bench.subject(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
	RETURN hashint8(number) & 1048575;

CREATE FUNCTION bench.is_held(schema text, number bigint) RETURNS boolean LANGUAGE sql STABLE
	RETURN schema = 'kept' AND bench.subject(number) = ANY (ARRAY(SELECT h.subject::bigint FROM memreg.hold h WHERE h.stands));

-- They are made anew when the rows are there.
CREATE FUNCTION bench.drop_indexes(relation regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	index regclass;
BEGIN
	FOR index IN SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = relation LOOP
		EXECUTE format('DROP INDEX %s', index);
	END LOOP;
END
$$;

-- So many rows, of which a share in a hundred is due.
CREATE FUNCTION bench.fill(schema text, rows bigint, share int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bench.drop_indexes((schema || '.visit')::regclass);
	EXECUTE format('TRUNCATE %I.visit', schema);
	EXECUTE format('INSERT INTO %I.visit SELECT n, bench.subject(n),
		CASE WHEN bench.is_due(n, %s) THEN now() - interval ''2 years'' ELSE now() END - (hashint8(n) & 8388607) * interval ''1 second'',
		''page '' || n %% 100 FROM generate_series(1, %s) n', schema, share, rows);
	EXECUTE format('CREATE UNIQUE INDEX ON %1$I.visit (visit_id); CREATE INDEX ON %1$I.visit (visited_at); CREATE INDEX ON %1$I.visit (subject)', schema);
END
$$;

-- Instead of the rules above, so many of which none has anything due.
CREATE FUNCTION bench.make_idle(rules int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.remove_retention(r.rule_id) FROM memreg.retention_rule r;
	FOR n IN 1 .. rules LOOP
		EXECUTE format('CREATE TABLE kept.idle_%s (subject bigint, at timestamptz); CREATE INDEX ON kept.idle_%1$s (at);
			INSERT INTO kept.idle_%1$s SELECT g, now() FROM generate_series(1, 100) g', n);
		PERFORM memreg.add_table('visitors', format('kept.idle_%s', n)::regclass, 'subject'),
				memreg.add_retention('visitors', format('kept.idle_%s', n)::regclass, '1 year', 'at');
	END LOOP;
END
$$;

-- What a scheduler runs each minute until nothing is left.
CREATE PROCEDURE bench.loop() LANGUAGE plpgsql AS $$
DECLARE
	removed bigint;
BEGIN
	LOOP
		DELETE FROM plain.visit WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM plain.visit WHERE visited_at <= now() - interval '1 year' LIMIT 5000 FOR UPDATE SKIP LOCKED));
		GET DIAGNOSTICS removed = ROW_COUNT;
		COMMIT;
		EXIT WHEN removed = 0;
	END LOOP;
END
$$;

-- The same, which does not walk over what it has removed: each batch begins behind the last one's key.
CREATE PROCEDURE bench.keyset() LANGUAGE plpgsql AS $$
DECLARE
	behind bigint := 0;
BEGIN
	LOOP
		WITH batch AS (
			SELECT visit_id FROM plain.visit
			 WHERE visit_id > behind AND visited_at <= now() - interval '1 year'
			 ORDER BY visit_id LIMIT 5000 FOR UPDATE SKIP LOCKED),
		removed AS (
			DELETE FROM plain.visit v USING batch b WHERE v.visit_id = b.visit_id RETURNING v.visit_id)
		SELECT max(visit_id) INTO behind FROM removed;
		COMMIT;
		EXIT WHEN behind IS NULL;
	END LOOP;
END
$$;

CREATE FUNCTION bench.fill_tour(schema text, rows bigint, share int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bench.drop_indexes((schema || '.tour')::regclass);
	EXECUTE format('INSERT INTO %I.tour SELECT n, hashint8(n) & 1048575,
		now() - CASE WHEN bench.is_due(n, %s) THEN interval ''2 years'' ELSE interval ''0'' END, ''page '' || n %% 100 FROM generate_series(1, %s) n', schema, share, rows);
	EXECUTE format('CREATE UNIQUE INDEX ON %1$I.tour (tour_id, toured_at); CREATE INDEX ON %1$I.tour (toured_at); CREATE INDEX ON %1$I.tour (subject)', schema);
END
$$;

-- So many rows, of which a share in a hundred is in the partition that is past its term.
CREATE FUNCTION bench.fill_years(schema text, rows bigint, share int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	years regclass;
BEGIN
	FOR years IN SELECT inhrelid FROM pg_inherits WHERE inhparent = (schema || '.tour')::regclass LOOP
		EXECUTE format('DROP TABLE %s', years);
	END LOOP;
	EXECUTE format('CREATE TABLE %1$I.tour_old PARTITION OF %1$I.tour FOR VALUES FROM (MINVALUE) TO (%2$L);
		CREATE TABLE %1$I.tour_new PARTITION OF %1$I.tour FOR VALUES FROM (%2$L) TO (MAXVALUE)', schema, now() - interval '18 months');
	PERFORM bench.fill_tour(schema, rows, share);
END
$$;

-- The same with pg_partman, which names and makes the partitions.
CREATE FUNCTION bench.fill_parted(rows bigint, share int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	kind text := (SELECT CASE WHEN extversion < '5' THEN 'native' ELSE 'range' END FROM pg_extension WHERE extname = 'pg_partman');
BEGIN
	DELETE FROM partman.part_config;
	DROP TABLE IF EXISTS parted.tour, partman.template_parted_tour;
	CREATE TABLE parted.tour (LIKE plain.tour) PARTITION BY RANGE (toured_at);
	PERFORM partman.create_parent('parted.tour', 'toured_at', p_type := kind, p_interval := '1 year',
								  p_start_partition := (now() - interval '2 years')::text);
	PERFORM bench.fill_tour('parted', rows, share);
END
$$;
