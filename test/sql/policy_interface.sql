-- Which views can be declared official interfaces, and what is said to the others.
\set ECHO none
\i test/policy/register.sql
\set SHOW_CONTEXT never
\i test/attempt.sql
CREATE ROLE keeper BYPASSRLS;
CREATE VIEW app.plain AS SELECT count(email) FROM app.member;
CREATE VIEW app.off WITH (security_barrier = off) AS SELECT count(email) FROM app.member;
CREATE VIEW app.invoker WITH (security_barrier, security_invoker) AS SELECT count(email) FROM app.member;
CREATE VIEW app.bound WITH (security_barrier) AS SELECT count(email) FROM app.member;
ALTER VIEW app.bound OWNER TO app_owner;
CREATE VIEW app."Odd view" WITH (security_barrier) AS SELECT count(email) FROM app.member;
CREATE VIEW app.ruled WITH (security_barrier) AS SELECT id, email FROM app.member;
CREATE RULE more AS ON DELETE TO app.ruled DO INSTEAD NOTHING;
CREATE VIEW app.good WITH (security_barrier = on) AS SELECT count(email) FROM app.member;
GRANT SELECT ON app.good, app.plain TO PUBLIC;
CREATE MATERIALIZED VIEW app.copy AS SELECT count(email) FROM app.member;
\set ECHO queries
SELECT attempt(format('SELECT memreg.declare_view(%L)', v)) FROM unnest('{app.plain,app.off,app.invoker,app.bound,app.ruled,app.copy,app.member,"app.\"Odd view\"",app.good}'::text[]) v;
SELECT attempt('SELECT memreg.declare_view(NULL)');
SELECT attempt('SELECT memreg.declare_view(4000000000)');
SELECT memreg.declare_view('app."Odd view"');
ALTER VIEW app."Odd view" OWNER TO keeper;
GRANT SELECT ON app."Odd view" TO PUBLIC;
SELECT memreg.declare_view('app.good', decision => 'Board, § 5');
SELECT memreg.declare_view('app.good', decision => 'Board, § 6');
SELECT view, decision FROM memreg.declared_view ORDER BY view;
SET ROLE researcher;
SET memreg.purpose = 'research';
SELECT attempt('TABLE app."Odd view"');
SELECT attempt('TABLE app.plain');
SELECT attempt('TABLE app.good');
SELECT attempt('SELECT memreg.declare_view(''app.plain'')');
SELECT attempt('SELECT memreg.withdraw_view(''app.good'')');
SELECT attempt('SELECT memreg.view_definition(''app.good'')');
SELECT attempt('SELECT * FROM memreg.declared_view');
RESET ROLE;
SELECT memreg.withdraw_view('app.good');
SET client_min_messages = notice;
SELECT memreg.withdraw_view('app.good');
