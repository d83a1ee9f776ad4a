-- column: what memreg.check finds about columns, their labels, categories and treatments

-- Each view answers one question; memreg.column_finding brings their answers together.

CREATE VIEW memreg.column_category AS
	SELECT c.register, c.registered, c.relation, c."column", c.attnum, NULL AS key, c.category, c.identifying
	  FROM memreg.labelled_column c
	UNION ALL
	SELECT k.register, k.registered, k.relation, k."column", k.attnum, k.key, k.category, k.category = 'subject_key' OR d.identifying
	  FROM memreg.labelled_key k
	  LEFT JOIN memreg.category d USING (register, category);
COMMENT ON VIEW memreg.column_category IS 'Which categories do columns hold, each its own and those of its keys?';

CREATE VIEW memreg.seen_category AS
	WITH known AS MATERIALIZED (
		SELECT c.register, c.category FROM memreg.category c
		UNION SELECT d.register, d.category FROM memreg.treatment d
		UNION SELECT l.register, l.category FROM memreg.column_category l WHERE l.category IS NOT NULL
	)
	SELECT p.register, p.purpose, k.category,
		   coalesce(d.treatment, CASE k.category WHEN 'nonpersonal' THEN 'clear' WHEN 'subject_key' THEN 'pseudonym'
								 ELSE 'withhold' END) AS treatment
	  FROM memreg.purpose p
	  JOIN known k USING (register)
	  LEFT JOIN memreg.treatment d USING (register, purpose, category);
COMMENT ON VIEW memreg.seen_category IS
	'What does each purpose see of each category that is declared, treated or on a column, defaults included?';

CREATE VIEW memreg.column_label AS
	SELECT a.attrelid::regclass AS relation, a.attname AS "column", l.label
	  FROM pg_catalog.pg_seclabel l
	  JOIN pg_catalog.pg_attribute a ON a.attrelid = l.objoid AND a.attnum = l.objsubid
	 WHERE l.provider = 'memreg' AND l.classoid = 'pg_catalog.pg_class'::regclass;
COMMENT ON VIEW memreg.column_label IS 'Which columns are labelled, wherever they are?';

CREATE VIEW memreg.idle_label AS
	WITH belonging AS MATERIALIZED (
		SELECT m.registered, m.relation, t.subject
		  FROM memreg.registered_relation m JOIN memreg.registered_table t ON t.relation = m.registered
	)
	SELECT s.relation, s."column", s.label, b.registered,
		   CASE WHEN b.registered IS NULL THEN CASE WHEN c.relkind IN ('r', 'p') THEN 'no register' ELSE 'no table' END
				WHEN s."column" = b.subject THEN 'subject column'
				ELSE 'registered table' END AS reason
	  FROM memreg.column_label s
	  JOIN pg_catalog.pg_class c ON c.oid = s.relation
	  LEFT JOIN belonging b ON b.relation = s.relation
	  LEFT JOIN pg_catalog.pg_attribute o ON o.attrelid = b.registered AND o.attname = s."column"
	  LEFT JOIN memreg.column_label d ON d.relation = b.registered AND d."column" = s."column"
	 WHERE b.registered IS NULL
		OR CASE WHEN s."column" = b.subject THEN s.label <> 'subject_key'
				ELSE o.attnum IS NOT NULL AND d.label IS DISTINCT FROM s.label END;
COMMENT ON VIEW memreg.idle_label IS
	'Which labels decide nothing: outside of registers, on what is no table, or where something else decides';

CREATE VIEW memreg.untreated_category AS
	SELECT DISTINCT c.register, c.category
	  FROM memreg.column_category c
	 WHERE c.category NOT IN ('nonpersonal', 'subject_key')
	   AND NOT EXISTS (SELECT FROM memreg.treatment d WHERE d.register = c.register AND d.category = c.category);
COMMENT ON VIEW memreg.untreated_category IS 'Which categories are on columns, but have no treatment for any purpose?';

CREATE VIEW memreg.unused_category AS
	SELECT k.register, k.category, string_agg(DISTINCT k.known, ' and ' ORDER BY k.known) AS known
	  FROM (SELECT c.register, c.category, 'declared' AS known FROM memreg.category c
			UNION ALL SELECT d.register, d.category, 'treated' FROM memreg.treatment d) k
	 WHERE k.category NOT IN ('nonpersonal', 'subject_key')
	   AND NOT EXISTS (SELECT FROM memreg.column_category c WHERE c.register = k.register AND c.category = k.category)
	 GROUP BY k.register, k.category;
COMMENT ON VIEW memreg.unused_category IS 'Which categories are declared or treated, but on no column, perhaps because they are written otherwise there?';

-- Who reaches their own rows only is shown what is theirs.
CREATE VIEW memreg.special_in_clear AS
	SELECT s.register, s.purpose, p.basis, s.category
	  FROM memreg.seen_category s
	  JOIN memreg.category k USING (register, category)
	  JOIN memreg.purpose p USING (register, purpose)
	 WHERE k.special AND s.treatment = 'clear' AND p.basis <> 'consent' AND p.reach <> 'own';
COMMENT ON VIEW memreg.special_in_clear IS
	'Which purposes see special categories in clear without asking for consent (GDPR Art. 9(2)(a))?';

-- A purpose that sees one of the categories that tell it may know who people are. The key tells where nothing else does.
CREATE VIEW memreg.hidden_identity AS
	SELECT s.register, s.purpose,
		   string_agg(s.category, ', ' ORDER BY s.category) FILTER (WHERE s.treatment <> 'clear') AS categories
	  FROM memreg.seen_category s
	  LEFT JOIN memreg.category k USING (register, category)
	 WHERE k.identifying OR s.category = 'subject_key'
	 GROUP BY s.register, s.purpose
	HAVING CASE WHEN bool_or(k.identifying AND s.category <> 'subject_key')
				THEN NOT bool_or(s.treatment = 'clear' AND s.category <> 'subject_key')
				ELSE bool_and(s.treatment <> 'clear') END;
COMMENT ON VIEW memreg.hidden_identity IS 'Which purposes are not to see who somebody is, and which identifying categories are kept from them?';

CREATE VIEW memreg.text_in_clear AS
	SELECT s.register, s.purpose, s.category, h.categories AS hidden
	  FROM memreg.seen_category s
	  JOIN memreg.category k USING (register, category)
	  JOIN memreg.purpose p USING (register, purpose)
	  JOIN memreg.hidden_identity h USING (register, purpose)
	 WHERE k.free_text AND s.treatment = 'clear' AND p.reach <> 'own';
COMMENT ON VIEW memreg.text_in_clear IS
	'Which purposes see free text in clear, in which people may have written what is otherwise kept from the purpose?';

CREATE VIEW memreg.personal_attribute AS
	SELECT c.relation, c."column", c.category, c.identifying, a.attrelid, a.attnum, a.attstattarget
	  FROM memreg.column_category c
	  JOIN memreg.registered_relation m ON m.registered = c.registered AND (c.relation = c.registered OR c.relation = m.relation)
	  JOIN pg_catalog.pg_attribute a ON a.attrelid = m.relation AND a.attname = c."column"
	 WHERE c.category IS DISTINCT FROM 'nonpersonal';
COMMENT ON VIEW memreg.personal_attribute IS
	'Where are the values of columns that are about somebody: in the column itself and in that of each partition and child?';

-- What ANALYZE has kept stays when it is told to keep no more. The planner needs the statistics of subject keys.
CREATE VIEW memreg.measured_column AS
	SELECT DISTINCT p.relation, p."column"
	  FROM memreg.personal_attribute p
	 WHERE p.identifying AND p.category <> 'subject_key'
	   AND (p.attstattarget IS DISTINCT FROM 0
			OR EXISTS (SELECT FROM pg_catalog.pg_statistic s WHERE s.starelid = p.attrelid AND s.staattnum = p.attnum));
COMMENT ON VIEW memreg.measured_column IS 'Of which identifying columns does ANALYZE keep values, or has kept some?';

-- pg_stats shows nothing of a protected table to who is bound by row security. But an index has no row security.
CREATE VIEW memreg.measured_index AS
	SELECT DISTINCT x.indexrelid::regclass AS index, e.attnum AS number
	  FROM memreg.personal_attribute p
	  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass
		   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = p.attrelid AND d.refobjsubid = p.attnum
	  JOIN pg_catalog.pg_index x ON x.indexrelid = d.objid
	  JOIN pg_catalog.pg_attribute e ON e.attrelid = x.indexrelid AND x.indkey[e.attnum - 1] = 0
	 WHERE e.attstattarget IS DISTINCT FROM 0
		OR EXISTS (SELECT FROM pg_catalog.pg_statistic s WHERE s.starelid = e.attrelid AND s.staattnum = e.attnum);
COMMENT ON VIEW memreg.measured_index IS
	'Of which index expressions over personal data does ANALYZE keep values, or has kept some?';

CREATE VIEW memreg.computed_column AS
	SELECT c.relation, c."column", c.category, string_agg(DISTINCT quote_ident(s."column"), ', ') AS personal
	  FROM memreg.labelled_column c
	  JOIN pg_catalog.pg_attribute g ON g.attrelid = c.relation AND g.attnum = c.attnum AND g.attgenerated <> ''
	  JOIN pg_catalog.pg_attrdef f ON f.adrelid = g.attrelid AND f.adnum = g.attnum
	  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
		   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = g.attrelid AND d.refobjsubid <> g.attnum
	  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
	  JOIN memreg.column_category s ON s.registered = c.registered AND s.relation IN (c.relation, c.registered)
		   AND s."column" = a.attname
	 WHERE s.category IS DISTINCT FROM 'nonpersonal'
	 GROUP BY c.relation, c."column", c.category;
COMMENT ON VIEW memreg.computed_column IS 'Which generated columns are computed from personal data, and from which columns?';

CREATE VIEW memreg.column_finding AS
	SELECT 'error' AS severity,
		   format('%s.%I', u.relation, u."column") || coalesce(' (key ' || quote_ident(u.key) || ')', '') AS object,
		   format('treatment %s of purpose %s does not suit type %s, so the column is withheld',
				  quote_literal(u.treatment), quote_ident(u.purpose), u.type) AS finding,
		   'Give the column another category, or the category another treatment.' AS advice
	  FROM memreg.unsuitable_treatment u
	UNION ALL
	SELECT 'warning', format('%s.%I', c.relation, c."column"), 'without a category, so withheld from every purpose',
		   'Label it with SECURITY LABEL FOR memreg ON COLUMN; ''nonpersonal'' says that it is about nobody.'
	  FROM memreg.labelled_column c WHERE c.category IS NULL
	UNION ALL
	SELECT 'warning', format('%s.%I', l.relation, l."column"),
		   CASE l.reason WHEN 'no register' THEN 'labelled, but its table belongs to no register'
						 WHEN 'no table' THEN 'labelled, but labels decide on columns of tables only'
						 WHEN 'subject column' THEN 'labelled, but a subject column is of category subject_key'
						 ELSE format('labelled %s, but the label of %s.%I decides', l.label, l.registered, l."column") END,
		   CASE l.reason WHEN 'no register' THEN 'Add the table with memreg.add_table, or remove the label.'
						 WHEN 'no table' THEN 'Remove the label; a view shows its tables'' columns as these are labelled.'
						 WHEN 'subject column' THEN 'Remove the label; memreg.set_treatment says what purposes see of subject_key.'
						 ELSE 'Remove the label, or label the column of the registered table so.' END
	  FROM memreg.idle_label l
	UNION ALL
	SELECT 'warning', format('%s/%s', u.register, u.category),
		   'the category is on columns, but no purpose has a treatment for it, so it is withheld from every one',
		   'Call memreg.set_treatment; ''withhold'' says that it is meant to be so.'
	  FROM memreg.untreated_category u
	UNION ALL
	SELECT 'warning', format('%s/%s', s.register, s.purpose),
		   format('sees special category %s in clear, on the legal basis %s', s.category, s.basis),
		   'Rest the purpose on explicit consent, give the category another treatment, or know which other point of Art. 9(2) allows it.'
	  FROM memreg.special_in_clear s
	UNION ALL
	SELECT 'warning', format('%s/%s', t.register, t.purpose),
		   format('sees free text of category %s in clear, but not %s', t.category, t.hidden),
		   'People write names into free text: give it another treatment, or have it read before it gets there.'
	  FROM memreg.text_in_clear t
	UNION ALL
	SELECT 'warning', format('%s.%I', c.relation, c."column"), format('labelled nonpersonal, but computed from %s', c.personal),
		   'Label it with the category of what it is computed from.'
	  FROM memreg.computed_column c WHERE c.category = 'nonpersonal'
	UNION ALL
	SELECT 'warning', m.index::text, 'pg_stats shows its owner what its expressions came to, of everybody',
		   format('ALTER INDEX %s ALTER %s SET STATISTICS 0, and delete what pg_statistic holds of it.', m.index, m.number)
	  FROM memreg.measured_index m
	UNION ALL
	SELECT 'notice', format('%s/%s', u.register, u.category),
		   format('the category is %s, but no column of the register is labelled with it', u.known),
		   'Look at its spelling, here and in the labels; memreg.withdraw_category takes a declaration back.'
	  FROM memreg.unused_category u
	UNION ALL
	SELECT 'notice', m.relation::text,
		   format('the planner keeps values of identifying columns: %s', string_agg(quote_ident(m."column"), ', ' ORDER BY m."column")),
		   format('ALTER TABLE %s %s, and delete what pg_statistic holds of them: estimates in EXPLAIN tell about everybody.', m.relation,
				  string_agg(format('ALTER %I SET STATISTICS 0', m."column"), ', ' ORDER BY m."column"))
	  FROM memreg.measured_column m
	 GROUP BY m.relation;
COMMENT ON VIEW memreg.column_finding IS 'What memreg.check says about columns, their labels, categories and treatments';
