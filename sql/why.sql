-- why: why a subject's rows are visible to a role under a purpose, or are not

-- Each part answers questions of one kind, in the order in which they are decided. holds: true lets the row through,
-- false hides it, NULL leaves it to something that is not known here (another policy, the session's subject).
CREATE TYPE memreg.answer AS (question text, holds boolean, explanation text);
COMMENT ON TYPE memreg.answer IS 'One line of memreg.why: a question, whether what it asks for holds, and why';

CREATE FUNCTION memreg.explain_protection(relation regclass) RETURNS SETOF memreg.answer
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'server loads memreg', CASE WHEN l.loaded OR g.guarded THEN l.loaded END,
		   CASE WHEN l.loaded THEN 'shared_preload_libraries names it'
				WHEN g.guarded THEN 'shared_preload_libraries does not name it, so the guards close the table'
				ELSE 'shared_preload_libraries does not name it, and nothing else closes the table' END
	  FROM (SELECT current_setting('shared_preload_libraries') ~ '\mmemreg\M') l(loaded), memreg.is_guarded(relation) g(guarded)
	UNION ALL
	SELECT 'guards stand', CASE WHEN l.loaded OR g.guarded THEN g.guarded END,
		   CASE WHEN g.guarded THEN format('row security of %s is as memreg.protect makes it', relation)
				ELSE format('row security of %s was changed or removed; memreg refuses it until memreg.protect is called again', relation) END
	  FROM (SELECT current_setting('shared_preload_libraries') ~ '\mmemreg\M') l(loaded), memreg.is_guarded(relation) g(guarded)
$$;
REVOKE ALL ON FUNCTION memreg.explain_protection(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.explain_protection(regclass) IS 'Part of memreg.why: is there what closes the table, and what opens it?';

CREATE FUNCTION memreg.explain_privilege(relation regclass, role regrole) RETURNS SETOF memreg.answer
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'role may SELECT',
		   has_schema_privilege(role, c.relnamespace, 'USAGE') AND has_any_column_privilege(role, relation, 'SELECT'),
		   CASE WHEN NOT has_schema_privilege(role, c.relnamespace, 'USAGE') THEN format('%s lacks USAGE on schema %s', role, c.relnamespace::regnamespace)
				WHEN NOT has_any_column_privilege(role, relation, 'SELECT') THEN format('%s lacks SELECT on %s', role, relation)
				WHEN NOT has_table_privilege(role, relation, 'SELECT') THEN format('%s has SELECT on some columns of %s', role, relation)
				ELSE format('%s has SELECT on %s', role, relation) END
	  FROM pg_class c WHERE c.oid = relation
$$;
REVOKE ALL ON FUNCTION memreg.explain_privilege(regclass, regrole) FROM PUBLIC;
COMMENT ON FUNCTION memreg.explain_privilege(regclass, regrole) IS 'Part of memreg.why: PostgreSQL''s own privileges';

CREATE FUNCTION memreg.explain_grant(role regrole, register text, purpose text) RETURNS SETOF memreg.answer
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH candidate AS (
		SELECT g.role, g.until, coalesce(g.until > clock_timestamp(), true) AS stands, pg_has_role(explain_grant.role, r.oid, 'USAGE') AS inherited,
			   concat('granted to ', quote_ident(g.role), CASE WHEN r.oid <> explain_grant.role THEN format(', of which %s is a member,', explain_grant.role) END) AS whom
		  FROM memreg.access_grant g
		  JOIN pg_roles r ON r.rolname = g.role AND pg_has_role(explain_grant.role, r.oid, 'MEMBER')
		 WHERE g.register = explain_grant.register AND g.purpose = explain_grant.purpose
	), best AS (
		SELECT c.* FROM candidate c ORDER BY c.stands AND c.inherited DESC, c.inherited DESC, c.until DESC, c.role LIMIT 1
	)
	SELECT 'purpose is granted', coalesce(b.stands AND b.inherited, false),
		   CASE WHEN b.whom IS NULL THEN format('not granted to %s, nor to a role of which it is a member', explain_grant.role)
				WHEN NOT b.inherited THEN format('%s who does not inherit from it; after SET ROLE it counts', b.whom)
				WHEN NOT b.stands THEN format('%s until %s, which is past', b.whom, b.until)
				WHEN isfinite(b.until) THEN format('%s until %s', b.whom, b.until)
				ELSE format('%s without end', b.whom) END
	  FROM (VALUES (1)) one LEFT JOIN best b ON true
$$;
REVOKE ALL ON FUNCTION memreg.explain_grant(regrole, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.explain_grant(regrole, text, text) IS 'Part of memreg.why: may the role act for the purpose?';

CREATE FUNCTION memreg.explain_ground(purpose memreg.purpose, register_id int, subject text) RETURNS SETOF memreg.answer
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'rows without subject are seen', purpose.anonymous_data AND purpose.reach = 'all',
		   CASE WHEN purpose.reach = 'own' THEN 'the purpose reaches a session''s own subject only, and nobody owns them'
				WHEN purpose.anonymous_data THEN 'the purpose sees rows that name no subject' ELSE 'the purpose sees no rows that name no subject' END
	 WHERE subject IS NULL
	UNION ALL
	SELECT 'session acts as the subject', NULL, 'the purpose reaches nobody but the subject that the session acts as'
	 WHERE subject IS NOT NULL AND purpose.reach = 'own'
	UNION ALL
	SELECT 'consent stands', coalesce(c.granted AND coalesce(c.expires_at > clock_timestamp(), true), false),
		   CASE WHEN c.granted IS NULL THEN 'the purpose rests on consent, which was never given'
				WHEN NOT c.granted THEN format('withdrawn, last at %s', c.changed_at)
				WHEN c.expires_at <= clock_timestamp() THEN format('given, last at %s, until %s, which is past', c.changed_at, c.expires_at)
				WHEN isfinite(c.expires_at) THEN format('given, last at %s, until %s', c.changed_at, c.expires_at)
				ELSE format('given, last at %s', c.changed_at) END
	  FROM (VALUES (1)) one
	  LEFT JOIN memreg.consent_state c ON c.purpose_id = purpose.purpose_id AND c.subject = explain_ground.subject
	 WHERE explain_ground.subject IS NOT NULL AND purpose.basis = 'consent'
	UNION ALL
	SELECT 'legal basis needs no consent', true, format('the purpose rests on %s', purpose.basis)
	 WHERE subject IS NOT NULL AND purpose.basis <> 'consent'
	UNION ALL
	SELECT 'no objection stands', NOT coalesce(o.objected, false),
		   CASE WHEN o.objected THEN format('the subject objected, last at %s', o.changed_at)
				WHEN NOT o.objected THEN format('the objection was withdrawn, last at %s', o.changed_at)
				ELSE 'the subject never objected' END
	  FROM (VALUES (1)) one
	  LEFT JOIN memreg.objection_state o ON o.purpose_id = purpose.purpose_id AND o.subject = explain_ground.subject
	 WHERE explain_ground.subject IS NOT NULL AND purpose.basis IN ('public_task', 'legitimate_interests')
	UNION ALL
	SELECT 'no restriction stands', purpose.restricted_data OR NOT coalesce(r.restricted, false),
		   concat(CASE WHEN r.restricted THEN format('processing was restricted, last at %s', r.changed_at)
					   WHEN NOT r.restricted THEN format('the restriction was lifted, last at %s', r.changed_at)
					   ELSE 'processing was never restricted' END,
				  CASE WHEN purpose.restricted_data THEN '; the purpose may process restricted data' END)
	  FROM (VALUES (1)) one
	  LEFT JOIN memreg.restriction_state r ON r.register_id = explain_ground.register_id AND r.subject = explain_ground.subject
	 WHERE explain_ground.subject IS NOT NULL
$$;
REVOKE ALL ON FUNCTION memreg.explain_ground(memreg.purpose, int, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.explain_ground(memreg.purpose, int, text) IS
	'Part of memreg.why: the purpose''s ground for the subject''s rows, by what the tables say now';

CREATE FUNCTION memreg.explain_policies(relation regclass, role regrole) RETURNS SETOF memreg.answer
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH own AS (
		SELECT p.polpermissive, quote_ident(p.polname) AS name,
			   EXISTS (SELECT FROM unnest(p.polroles) u(member) WHERE CASE u.member WHEN 0 THEN true ELSE pg_has_role(explain_policies.role, u.member, 'USAGE') END) AS binds
		  FROM pg_policy p
		  JOIN pg_class c ON c.oid = p.polrelid AND c.relrowsecurity
		 WHERE p.polrelid = explain_policies.relation AND p.polcmd IN ('*', 'r') AND p.polname NOT IN ('memreg_table', 'memreg_row', 'memreg_select')
	), summary AS (
		SELECT count(*) FILTER (WHERE o.polpermissive) AS permissive, count(*) FILTER (WHERE o.polpermissive AND o.binds) AS binding,
			   string_agg(o.name, ', ' ORDER BY o.name) FILTER (WHERE o.binds) AS deciding, string_agg(o.name, ', ' ORDER BY o.name) AS all_names
		  FROM own o
	)
	SELECT 'other policies agree',
		   CASE WHEN s.permissive > 0 AND s.binding = 0 THEN false WHEN s.deciding IS NULL THEN true END,
		   CASE WHEN s.permissive > 0 AND s.binding = 0 THEN format('no permissive policy for SELECT is for %s: %s', explain_policies.role, s.all_names)
				WHEN s.deciding IS NULL THEN format('no other policy for SELECT is for %s', explain_policies.role)
				ELSE format('these decide for each row: %s', s.deciding) END
	  FROM summary s
$$;
REVOKE ALL ON FUNCTION memreg.explain_policies(regclass, regrole) FROM PUBLIC;
COMMENT ON FUNCTION memreg.explain_policies(regclass, regrole) IS 'Part of memreg.why: policies that are not memreg''s';

CREATE FUNCTION memreg.explain_purpose(register memreg.register, subject text, role regrole, purpose text) RETURNS SETOF memreg.answer
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_purpose memreg.purpose;
BEGIN
	SELECT p.* INTO found_purpose FROM memreg.purpose p WHERE p.register = register.register AND p.purpose = explain_purpose.purpose;
	RETURN NEXT ROW('purpose is known', found_purpose.purpose IS NOT NULL,
		CASE WHEN coalesce(purpose, '') = '' THEN 'no purpose is set'
			 WHEN found_purpose.purpose IS NULL THEN format('register %I has no purpose %I', register.register, purpose)
			 ELSE format('register %I has purpose %I', register.register, purpose) END)::memreg.answer;
	IF found_purpose.purpose IS NOT NULL THEN
		RETURN QUERY SELECT * FROM memreg.explain_grant(role, register.register, purpose);
		RETURN QUERY SELECT * FROM memreg.explain_ground(found_purpose, register.register_id, subject);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.explain_purpose(memreg.register, text, regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.explain_purpose(memreg.register, text, regrole, text) IS 'Part of memreg.why: purpose, grant and ground';

CREATE FUNCTION memreg.require_registered(relation regclass) RETURNS memreg.registered_table
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN memreg.require_table(coalesce(
		(SELECT t.relation FROM memreg.registered_table t
		  WHERE t.relation IN (SELECT memreg.ancestors(require_registered.relation))), relation));
END
$$;
REVOKE ALL ON FUNCTION memreg.require_registered(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_registered(regclass) IS
	'The registered table that a relation is, or is a partition or child of, or an error that says what to do';

CREATE FUNCTION memreg.explain_subject(relation regclass, subject text, role regrole, purpose text) RETURNS SETOF memreg.answer
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	registered memreg.registered_table := memreg.require_registered(relation);
	role_name name := memreg.require_role(role);
	bypasses boolean := (SELECT r.rolsuper OR r.rolbypassrls FROM pg_roles r WHERE r.oid = role);
	answers memreg.answer[] := ARRAY(SELECT a FROM memreg.explain_privilege(relation, role) a);
BEGIN
	RETURN NEXT ROW('row security binds the role', NOT bypasses,
		CASE WHEN bypasses THEN format('%s bypasses row security, and with it memreg', role) ELSE format('%s neither is a superuser nor has BYPASSRLS', role) END)::memreg.answer;
	IF NOT bypasses THEN
		answers := answers || ARRAY(SELECT a FROM memreg.explain_policies(relation, role) a);
	END IF;
	IF NOT bypasses AND registered.protected THEN
		answers := answers || ARRAY(SELECT a FROM memreg.explain_protection(relation) a)
						   || ARRAY(SELECT a FROM memreg.explain_purpose(memreg.require_register(registered.register), subject, role, purpose) a);
	END IF;
	RETURN QUERY SELECT a.* FROM unnest(answers) a;
	RETURN QUERY
	SELECT 'visible', CASE WHEN bool_or(NOT a.holds) THEN false WHEN bool_and(a.holds IS NOT NULL) THEN true END,
		   coalesce('not: ' || string_agg(a.question, ', ') FILTER (WHERE NOT a.holds),
					'if: ' || string_agg(a.question, ', ') FILTER (WHERE a.holds IS NULL),
					CASE WHEN NOT bypasses AND NOT registered.protected THEN 'the table is not protected' ELSE 'nothing stands against it' END)
	  FROM unnest(answers) a;
END
$$;
REVOKE ALL ON FUNCTION memreg.explain_subject(regclass, text, regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.explain_subject(regclass, text, regrole, text) IS 'memreg.why for a subject key in canonical form';

-- For registrars who are granted EXECUTE; as the extension's owner, who can read what decides.
CREATE FUNCTION memreg.why(relation regclass, subject bigint, role regrole DEFAULT quote_ident(current_user)::regrole,
						   purpose text DEFAULT current_setting('memreg.purpose', true)) RETURNS SETOF memreg.answer
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.* FROM memreg.explain_subject(relation, memreg.subject_key((memreg.require_registered(relation)).register, subject), role, purpose) a
$$;
CREATE FUNCTION memreg.why(relation regclass, subject uuid, role regrole DEFAULT quote_ident(current_user)::regrole,
						   purpose text DEFAULT current_setting('memreg.purpose', true)) RETURNS SETOF memreg.answer
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.* FROM memreg.explain_subject(relation, memreg.subject_key((memreg.require_registered(relation)).register, subject), role, purpose) a
$$;
CREATE FUNCTION memreg.why(relation regclass, subject text, role regrole DEFAULT quote_ident(current_user)::regrole,
						   purpose text DEFAULT current_setting('memreg.purpose', true)) RETURNS SETOF memreg.answer
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.* FROM memreg.explain_subject(relation, memreg.subject_key((memreg.require_registered(relation)).register, subject), role, purpose) a
$$;
REVOKE ALL ON FUNCTION memreg.why(regclass, bigint, regrole, text), memreg.why(regclass, uuid, regrole, text),
	memreg.why(regclass, text, regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.why(regclass, bigint, regrole, text) IS
	'Why a subject''s rows in a table are visible to a role under a purpose, or are not: for registrars; subject NULL: rows that name nobody';
COMMENT ON FUNCTION memreg.why(regclass, uuid, regrole, text) IS
	'Why a subject''s rows in a table are visible to a role under a purpose, or are not: for registrars; subject NULL: rows that name nobody';
COMMENT ON FUNCTION memreg.why(regclass, text, regrole, text) IS
	'Why a subject''s rows in a table are visible to a role under a purpose, or are not: for registrars; subject NULL: rows that name nobody';
