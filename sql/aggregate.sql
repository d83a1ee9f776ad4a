-- policy: purposes that see aggregates only, over groups of a smallest size

CREATE FUNCTION memreg.require_group_size(smallest_group int, small_groups text, reach text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF smallest_group < 2 THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR026',
			MESSAGE = 'the smallest group that a purpose sees has at least two subjects',
			HINT = 'Give smallest_group a number of subjects among whom each is one of many, 5 or 10 say, or NULL for a purpose that sees rows.';
	ELSIF small_groups IS NULL OR small_groups NOT IN ('remove', 'remainder') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR026',
			MESSAGE = format('%s is nothing that can become of small groups', coalesce(quote_literal(small_groups), 'NULL')),
			HINT = 'Use ''remove'' to leave them out, or ''remainder'' to show them together as one group.';
	ELSIF smallest_group IS NOT NULL AND reach = 'own' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR026',
			MESSAGE = 'a purpose of reach own has no groups',
			HINT = 'Leave smallest_group out, or let the purpose reach all subjects.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_group_size(int, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_group_size(int, text, text) IS
	'Fails unless a purpose can be limited to aggregates like that';

CREATE FUNCTION memreg.set_smallest_group(
	register text,
	purpose text,
	smallest_group int,
	small_groups text DEFAULT 'remove') RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_purpose memreg.purpose := memreg.require_purpose(register, purpose);
BEGIN
	PERFORM memreg.require_group_size(smallest_group, small_groups, found_purpose.reach);
	UPDATE memreg.purpose p
	   SET smallest_group = set_smallest_group.smallest_group, small_groups = set_smallest_group.small_groups
	 WHERE p.purpose_id = found_purpose.purpose_id;
END
$$;
REVOKE ALL ON FUNCTION memreg.set_smallest_group(text, text, int, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.set_smallest_group(text, text, int, text) IS
	'Limits a purpose to aggregates over at least that many subjects, smaller groups removed or shown together; NULL: it sees rows';

-- What memreg puts into queries to count subjects, one aggregate for each type of key. It looks at nothing but its
-- arguments. The state is a set of as many subjects as are asked for, and no more once there are enough.

CREATE FUNCTION memreg.enough_subjects_add(internal, subject bigint, smallest int) RETURNS internal
	AS 'MODULE_PATHNAME', 'memreg_enough_subjects_add_bigint' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.enough_subjects_add(internal, bigint, int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.enough_subjects_add(internal, bigint, int) IS 'Adds a subject to a group''s';
CREATE FUNCTION memreg.enough_subjects_add(internal, subject uuid, smallest int) RETURNS internal
	AS 'MODULE_PATHNAME', 'memreg_enough_subjects_add_uuid' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.enough_subjects_add(internal, uuid, int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.enough_subjects_add(internal, uuid, int) IS 'Adds a subject to a group''s';
CREATE FUNCTION memreg.enough_subjects_add(internal, subject text, smallest int) RETURNS internal
	AS 'MODULE_PATHNAME', 'memreg_enough_subjects_add_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.enough_subjects_add(internal, text, int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.enough_subjects_add(internal, text, int) IS 'Adds a subject to a group''s';
CREATE FUNCTION memreg.enough_subjects_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'memreg_enough_subjects_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.enough_subjects_combine(internal, internal) FROM PUBLIC;
COMMENT ON FUNCTION memreg.enough_subjects_combine(internal, internal) IS 'Puts the subjects together that two workers have seen of a group';
CREATE FUNCTION memreg.enough_subjects_write(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_enough_subjects_write' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.enough_subjects_write(internal) FROM PUBLIC;
COMMENT ON FUNCTION memreg.enough_subjects_write(internal) IS 'A group''s subjects, as a worker hands them over';
CREATE FUNCTION memreg.enough_subjects_read(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'memreg_enough_subjects_read' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.enough_subjects_read(bytea, internal) FROM PUBLIC;
COMMENT ON FUNCTION memreg.enough_subjects_read(bytea, internal) IS 'A group''s subjects, as a worker has handed them over';
CREATE FUNCTION memreg.enough_subjects_answer(internal) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_enough_subjects_answer' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.enough_subjects_answer(internal) FROM PUBLIC;
COMMENT ON FUNCTION memreg.enough_subjects_answer(internal) IS 'Whether a group has as many subjects as were asked for';

CREATE AGGREGATE memreg.enough_subjects(subject bigint, smallest int) (
	SFUNC = memreg.enough_subjects_add, STYPE = internal, SSPACE = 256, FINALFUNC = memreg.enough_subjects_answer,
	COMBINEFUNC = memreg.enough_subjects_combine, SERIALFUNC = memreg.enough_subjects_write,
	DESERIALFUNC = memreg.enough_subjects_read, PARALLEL = SAFE);
COMMENT ON AGGREGATE memreg.enough_subjects(bigint, int) IS 'Whether there are at least that many different subjects';
CREATE AGGREGATE memreg.enough_subjects(subject uuid, smallest int) (
	SFUNC = memreg.enough_subjects_add, STYPE = internal, SSPACE = 256, FINALFUNC = memreg.enough_subjects_answer,
	COMBINEFUNC = memreg.enough_subjects_combine, SERIALFUNC = memreg.enough_subjects_write,
	DESERIALFUNC = memreg.enough_subjects_read, PARALLEL = SAFE);
COMMENT ON AGGREGATE memreg.enough_subjects(uuid, int) IS 'Whether there are at least that many different subjects';
CREATE AGGREGATE memreg.enough_subjects(subject text, smallest int) (
	SFUNC = memreg.enough_subjects_add, STYPE = internal, SSPACE = 256, FINALFUNC = memreg.enough_subjects_answer,
	COMBINEFUNC = memreg.enough_subjects_combine, SERIALFUNC = memreg.enough_subjects_write,
	DESERIALFUNC = memreg.enough_subjects_read, PARALLEL = SAFE);
COMMENT ON AGGREGATE memreg.enough_subjects(text, int) IS 'Whether there are at least that many different subjects';

CREATE FUNCTION memreg.is_remainder() RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_is_remainder' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION memreg.is_remainder() IS
	'In a query of a purpose that sees aggregates only: whether the group is what was left of small groups';
