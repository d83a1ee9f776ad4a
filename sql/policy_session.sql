-- policy_session: for whom a session acts, and what it would see

-- Self-service: for which subject a session acts. Whoever issues tokens decides that, so no role may that applications
-- log in as.

CREATE FUNCTION memreg.issue_subject_token(
	register text,
	subject bigint,
	valid_for interval DEFAULT '15 minutes',
	role regrole DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_issue_subject_token' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION memreg.issue_subject_token(text, bigint, interval, regrole) FROM PUBLIC;
COMMENT ON FUNCTION memreg.issue_subject_token(text, bigint, interval, regrole) IS
	'Issues the token with which a session proves in memreg.subject that it acts for a subject; needs the master key';
CREATE FUNCTION memreg.issue_subject_token(
	register text,
	subject uuid,
	valid_for interval DEFAULT '15 minutes',
	role regrole DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_issue_subject_token' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION memreg.issue_subject_token(text, uuid, interval, regrole) FROM PUBLIC;
COMMENT ON FUNCTION memreg.issue_subject_token(text, uuid, interval, regrole) IS
	'Issues the token with which a session proves in memreg.subject that it acts for a subject; needs the master key';
CREATE FUNCTION memreg.issue_subject_token(
	register text,
	subject text,
	valid_for interval DEFAULT '15 minutes',
	role regrole DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_issue_subject_token' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION memreg.issue_subject_token(text, text, interval, regrole) FROM PUBLIC;
COMMENT ON FUNCTION memreg.issue_subject_token(text, text, interval, regrole) IS
	'Issues the token with which a session proves in memreg.subject that it acts for a subject; needs the master key';

CREATE FUNCTION memreg.session_subject(register text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_session_subject' LANGUAGE C STABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.session_subject(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.session_subject(text) IS
	'The key of the subject that the session acts for in a register: NULL if none is set, an error if it is not proven';

-- Looking at a query

CREATE FUNCTION memreg.explain(query text, role regrole DEFAULT NULL, purpose text DEFAULT NULL)
	RETURNS TABLE (relation regclass, "column" name, register text, purpose text, category text, treatment text)
	AS 'MODULE_PATHNAME', 'memreg_explain' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.explain(text, regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.explain(text, regrole, text) IS
	'Which protected tables and columns a query mentions, and what a role (NULL: the current user) sees of them under a purpose (NULL: the session''s); the query is not run';
