-- report: what stands between a register's promises and its tables

-- Each view answers one question; memreg.check brings their answers together.

CREATE VIEW memreg.unguarded_relation AS
	SELECT t.relation AS registered, m.relation
	  FROM memreg.registered_table t
	  JOIN memreg.registered_relation m ON m.registered = t.relation
	 WHERE t.protected AND NOT memreg.is_guarded(m.relation);
COMMENT ON VIEW memreg.unguarded_relation IS
	'Protected tables, partitions and children whose row security is not as memreg.protect made it';

CREATE VIEW memreg.bypassing_role AS
	SELECT r.rolname AS role, CASE WHEN r.rolsuper THEN 'superuser' ELSE 'BYPASSRLS' END AS reason
	  FROM pg_catalog.pg_roles r
	 WHERE r.rolsuper OR r.rolbypassrls;
COMMENT ON VIEW memreg.bypassing_role IS 'Roles that row security, and so memreg, does not bind';

CREATE VIEW memreg.bypassing_view AS
	SELECT DISTINCT v.oid::regclass AS view, v.relkind = 'm' AS materialized, d.refobjid::regclass AS relation
	  FROM memreg.registered_table t
	  JOIN memreg.registered_relation m ON m.registered = t.relation
	  JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = m.relation
	  JOIN pg_catalog.pg_rewrite w ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
	  JOIN pg_catalog.pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
	  JOIN pg_catalog.pg_roles o ON o.oid = v.relowner
	 WHERE t.protected
	   AND (v.relkind = 'm'
			OR (o.rolsuper OR o.rolbypassrls)
			   AND NOT coalesce('security_invoker=true' = ANY (v.reloptions)
								OR 'security_invoker=on' = ANY (v.reloptions), false));
COMMENT ON VIEW memreg.bypassing_view IS
	'Views over protected tables that are refused unless declared, as they read with a privileged owner''s rights, or that are copies';

CREATE VIEW memreg.bypassing_privilege AS
	SELECT m.relation, coalesce(r.rolname, 'public') AS role, a.privilege_type AS privilege
	  FROM memreg.registered_table t
	  JOIN memreg.registered_relation m ON m.registered = t.relation
	  JOIN pg_catalog.pg_class c ON c.oid = m.relation
	 CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
	  LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
	 WHERE t.protected AND a.grantee <> c.relowner
	   AND a.privilege_type IN ('TRIGGER', 'REFERENCES', 'TRUNCATE');
COMMENT ON VIEW memreg.bypassing_privilege IS
	'Privileges on protected tables that row security does not bind: triggers and foreign keys see keys as they are stored';

CREATE VIEW memreg.unregistered_reference AS
	SELECT f.conrelid::regclass AS relation, f.conname AS "constraint", f.confrelid::regclass AS referenced
	  FROM pg_catalog.pg_constraint f
	  JOIN memreg.registered_table t ON t.relation = f.confrelid
	 WHERE f.contype = 'f' AND f.conparentid = 0
	   AND NOT EXISTS (SELECT FROM memreg.registered_relation m WHERE m.relation = f.conrelid);
COMMENT ON VIEW memreg.unregistered_reference IS
	'Tables that refer to a registered table by foreign key and belong to no register themselves';

CREATE VIEW memreg.last_run AS
	SELECT DISTINCT ON (r.rule) r.*
	  FROM memreg.retention_run r
	  JOIN memreg.retention_rule u ON u.rule_id = r.rule
	 WHERE r.outcome <> 'dry run'
	 ORDER BY r.rule, r.run_id DESC;
COMMENT ON VIEW memreg.last_run IS 'How did the last run of each retention rule end?';

CREATE VIEW memreg.rule_without_index AS
	SELECT w.rule, m.relation, w."column",
		   CASE WHEN w.named IS NULL OR n.attnotnull THEN '' ELSE ' WHERE ' || quote_ident(w.named) || ' IS NOT NULL' END AS condition
	  FROM (SELECT r.rule_id AS rule, r.relation, coalesce(r.since, t.subject) AS "column",
				   CASE WHEN r.stage = 'anonymization' THEN t.subject END AS named
			  FROM memreg.retention_rule r
			  JOIN memreg.registered_table t ON t.relation = r.relation
			 WHERE r.start_at IS NULL AND r.action NOT IN ('drop_partition', 'detach_partition')
			UNION
			SELECT r.rule_id, o.relation, o.subject, NULL
			  FROM memreg.retention_rule r
			  JOIN memreg.registered_table t ON t.relation = r.relation
			  JOIN memreg.registered_table o ON o.register = t.register
			 WHERE r.action = 'erase_subject') w
	  JOIN memreg.registered_relation m ON m.registered = w.relation
	  JOIN pg_catalog.pg_class c ON c.oid = m.relation AND c.relkind = 'r'
	  LEFT JOIN pg_catalog.pg_attribute n ON n.attrelid = m.relation AND n.attname = w.named
	 WHERE NOT EXISTS (
		SELECT FROM pg_catalog.pg_index i
		  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
		  JOIN pg_catalog.pg_am am ON am.oid = x.relam AND am.amname = 'btree'
		  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		 WHERE i.indrelid = m.relation AND i.indisvalid AND a.attname = w."column"
		   AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = '(' || quote_ident(w.named) || ' IS NOT NULL)'));
COMMENT ON VIEW memreg.rule_without_index IS
	'Which tables does a retention rule read whole to learn that nothing is due, for want of an index?';

-- One large query over small tables: compiling it would take seconds.
CREATE FUNCTION memreg.check() RETURNS TABLE (severity text, object text, finding text, advice text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	IF current_setting('shared_preload_libraries') !~ '\mmemreg\M' THEN
		RETURN QUERY VALUES ('error', 'server', 'memreg is not loaded at server start',
			'Add memreg to shared_preload_libraries and restart; protected tables stay closed until then.');
	ELSIF NOT memreg.master_key_present() THEN
		RETURN QUERY VALUES ('error', 'server', 'the master key is absent',
			'Set memreg.master_key_command or memreg.master_key_file and restart; pseudonyms fail until then.');
	END IF;

	RETURN QUERY
	SELECT 'error', u.relation::text, 'protected, but its row security is not as memreg.protect made it',
		   format('Call memreg.protect(%L); until then memreg refuses the relation, and a server without memreg does not.', u.registered::text)
	  FROM memreg.unguarded_relation u
	UNION ALL
	SELECT 'error', t.relation::text, 'registered, but not protected',
		   format('Call memreg.protect(%L), or memreg.remove_table if it holds no personal data.', t.relation::text)
	  FROM memreg.registered_table t WHERE NOT t.protected
	UNION ALL
	SELECT f.severity, f.object, f.finding, f.advice FROM memreg.column_finding f
	UNION ALL
	SELECT 'warning', u.relation::text,
		   format('refers to %s by foreign key %I, but belongs to no register', u.referenced, u."constraint"),
		   'Add it with memreg.add_table if it holds data about the same people.'
	  FROM memreg.unregistered_reference u
	UNION ALL
	SELECT CASE WHEN v.materialized THEN 'warning' ELSE 'error' END, v.view::text,
		   CASE WHEN v.materialized THEN format('a copy of what %s holds, without its protection', v.relation)
				ELSE format('reads %s with its owner''s rights; memreg refuses it, a server without memreg does not', v.relation) END,
		   CASE WHEN v.materialized THEN 'Drop the materialized view, or make it of what may be seen by everybody who can read it.'
				ELSE 'Create the view WITH (security_invoker), give it an owner that is bound by row security, or declare it with memreg.declare_view.' END
	  FROM memreg.bypassing_view v
	 WHERE NOT EXISTS (SELECT FROM memreg.declared_view d WHERE d.view = v.view)
	UNION ALL
	SELECT CASE WHEN c.changed THEN 'error' ELSE 'notice' END, d.view::text,
		   CASE WHEN c.changed THEN 'declared an official interface, but has changed since'
				ELSE 'an official interface, which shows protected tables in its own words' END,
		   CASE WHEN c.changed THEN format('Look at the view; then call memreg.declare_view(%1$L) or memreg.withdraw_view(%1$L).', d.view::text)
				ELSE 'Look from time to time whether what it shows is still nobody''s data.' END
	  FROM memreg.declared_view d
	 CROSS JOIN LATERAL (SELECT memreg.view_definition(d.view) IS DISTINCT FROM d.definition) c(changed)
	UNION ALL
	SELECT 'warning', b.relation::text, format('role %I holds %s, which row security does not bind', b.role, b.privilege),
		   format('REVOKE %s ON %s FROM %I; GRANT ALL brings it along.', b.privilege, b.relation, b.role)
	  FROM memreg.bypassing_privilege b
	UNION ALL
	SELECT 'warning', p.pubname::text,
		   format('publication that streams %s to subscribers without its protection', t.relation),
		   'Take the table out of the publication unless the subscriber is protected as well.'
	  FROM memreg.registered_table t
	  JOIN memreg.registered_relation m ON m.registered = t.relation
	  JOIN pg_publication p ON p.puballtables
		   OR EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = m.relation)
	 WHERE t.protected
	UNION ALL
	SELECT 'warning', r.relation, format('retention run %s stopped: %s of %s rows are due', r.run_id, r.rows_due, r.rows_total),
		   format('Look whether that is right; then memreg.approve_run(%s), or mend the rule.', r.run_id)
	  FROM memreg.last_run r WHERE r.outcome = 'stopped' AND r.approved_at IS NULL
	UNION ALL
	SELECT 'error', r.relation, format('retention run %s failed with SQLSTATE %s', r.run_id, r.error_sqlstate),
		   coalesce('The history says: ' || r.error_message || '.', 'See memreg.retention_run.')
	  FROM memreg.last_run r WHERE r.outcome = 'failed'
	UNION ALL
	SELECT v.severity, coalesce(v.of_register, 'server'), format('record %s of retention run %s: %s', v.number, v.run, v.finding),
		   'Compare memreg.retention_record with a backup; somebody with the rights of memreg''s owner has been at work.'
	  FROM memreg.verify_retention_records() v WHERE v.severity = 'error'
	UNION ALL
	SELECT 'warning', h.relation::text, format('the last record of retention rule %s has no digest', h.rule),
		   'See whether the master key is there and is the right one; rows go nevertheless.'
	  FROM memreg.unproven_rule h
	UNION ALL
	SELECT 'warning', l.relation::text,
		   CASE WHEN l.detaching THEN format('retention rule %s has begun to detach it from %s and could not end that', l.rule, l.parent)
				WHEN l.parent IS NOT NULL THEN format('detached from %s by retention rule %s, with %s rows past their term', l.parent, l.rule, l.rows)
				ELSE 'has memreg''s guards, but belongs to no registered table' END,
		   CASE WHEN l.detaching THEN format('The rule''s next run goes on; without it: ALTER TABLE %s DETACH PARTITION %s FINALIZE', l.parent, l.relation)
				WHEN l.parent IS NULL THEN 'Attach or register it, drop it, or take the guards off with memreg.unprotect once it holds nobody''s data; until then nobody whom row security binds can read it.'
				WHEN l.guarded THEN 'Drop the table. No rule reaches its rows, and nobody whom row security binds can read them.'
				ELSE 'Drop the table. No rule reaches its rows, and whoever has privileges on it can read them.' END
	  FROM memreg.left_table l
	UNION ALL
	SELECT 'notice', w.relation::text, format('retention rule %s reads the whole table to learn what is due', w.rule),
		   format('CREATE INDEX ON %s (%I)%s', w.relation, w."column", w.condition)
	  FROM memreg.rule_without_index w
	UNION ALL
	SELECT 'error', t.tgrelid::regclass::text, format('trigger %I is switched off, so changes are not noted', t.tgname),
		   format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I; until then every row is looked up in the tables, which is slow.', t.tgrelid::regclass, t.tgname)
	  FROM pg_trigger t
	 WHERE t.tgrelid IN ('memreg.consent_state'::regclass, 'memreg.objection_state'::regclass, 'memreg.restriction_state'::regclass, 'memreg.hold_state'::regclass)
	   AND t.tgname IN ('note_change', 'note_truncate') AND t.tgenabled <> 'A'
	UNION ALL
	SELECT 'error', u.relation::text, 'should note when subjects are active, but does not, or not always',
		   format('Call memreg.untrack_activity(%1$L), then memreg.track_activity(%1$L, ...) as before.', u.tracked::text)
	  FROM memreg.untracked_relation u
	UNION ALL
	SELECT 'warning', 'server', 'the consent index does not fit into memreg.consent_index_memory',
		   'Raise the setting and reload; until then every row is looked up in the tables, which is slow.'
	 WHERE memreg.consent_index_status() = 'too large'
	UNION ALL
	SELECT 'warning', format('%s/%s', p.register, p.purpose), 'the purpose has no scope of pseudonyms',
		   'Call memreg.make_purpose_scope once the master key is there.'
	  FROM memreg.purpose p
	 WHERE NOT EXISTS (SELECT FROM memreg.scope s WHERE s.purpose_id = p.purpose_id)
	UNION ALL
	SELECT 'error', k.key, format('version %s of its key is wrapped under an %s', k.version, k.wrapped_under),
		   'Configure the master key that it was wrapped under, as the previous one if another is to replace it.'
	  FROM memreg.key_status k
	 WHERE k.wrapped_under = 'unknown master key' AND memreg.master_key_present()
	UNION ALL
	SELECT 'warning', k.key, format('version %s of its key is still wrapped under the previous master key', k.version),
		   'Call memreg.rewrap_keys().'
	  FROM memreg.key_status k
	 WHERE k.wrapped_under = 'previous master key'
	UNION ALL
	SELECT 'warning', format('%s.%I', c.relation, c.target), 'some of its rows may lack pseudonyms, or have those of an earlier key',
		   format('CALL memreg.refresh_pseudonyms(%L)', c.relation)
	  FROM memreg.pseudonym_column c JOIN memreg.scope s USING (scope)
	 WHERE c.filled_at IS NULL OR c.version <> s.version
	UNION ALL
	SELECT 'warning', r.role::text, format('may %s in scope %I, but the role does not exist', r.may, r.scope),
		   'Create the role, or delete its row in memreg.scope_right: a role of that name would have the right.'
	  FROM memreg.scope_right r
	 WHERE NOT EXISTS (SELECT FROM pg_roles o WHERE o.rolname = r.role)
	UNION ALL
	SELECT 'warning', g.role::text, format('granted access to %s/%s, but the role does not exist', g.register, g.purpose),
		   'Create the role, or delete its row in memreg.access_grant: a role of that name would have the access.'
	  FROM memreg.access_grant g
	 WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = g.role)
	UNION ALL
	SELECT 'notice', t.relation::text, format('owned by role %I, whose DDL memreg does not bind', o.rolname),
		   'Let a role that no application uses own protected tables: an owner can add triggers, or detach partitions.'
	  FROM memreg.registered_table t
	  JOIN pg_class c ON c.oid = t.relation
	  JOIN pg_roles o ON o.oid = c.relowner AND NOT o.rolsuper
	 WHERE t.protected
	UNION ALL
	SELECT 'notice', b.role::text, format('not bound by memreg: %s', b.reason),
		   'Use the role for administration only.'
	  FROM memreg.bypassing_role b;
END
$$;
REVOKE ALL ON FUNCTION memreg.check() FROM PUBLIC;
COMMENT ON FUNCTION memreg.check() IS
	'What stands between the registers'' promises and the database, with advice; an empty answer but for notices is a good one';
