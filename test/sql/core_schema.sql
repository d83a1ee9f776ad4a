-- The schema memreg: the extension makes it, or takes an empty one that belongs to a superuser, and no other.
\set VERBOSITY sqlstate
\pset format unaligned
\pset tuples_only on
CREATE ROLE intruder;
CREATE ROLE another_superuser SUPERUSER;
CREATE FUNCTION parts() RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM pg_proc WHERE pronamespace = to_regnamespace('memreg')$$;
CREATE TABLE proof (who name);
GRANT INSERT ON proof TO PUBLIC;

-- An ordinary role's schema: its owner could change what is in it.
CREATE SCHEMA memreg AUTHORIZATION intruder;
CREATE EXTENSION memreg;
SELECT parts();
DROP SCHEMA memreg;

-- A superuser's, in which somebody has put something: a function that the script would call ...
CREATE SCHEMA memreg;
GRANT CREATE ON SCHEMA memreg TO intruder;
SET ROLE intruder;
CREATE FUNCTION memreg.announce_changes_of(text) RETURNS void LANGUAGE sql AS 'INSERT INTO public.proof VALUES (current_user)';
RESET ROLE;
CREATE EXTENSION memreg;
SELECT parts();
SELECT * FROM proof;
DROP FUNCTION memreg.announce_changes_of(text);

-- ... an operator, a type, a table, a view
SET ROLE intruder;
CREATE OPERATOR memreg.= (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
RESET ROLE;
CREATE EXTENSION memreg;
DROP OPERATOR memreg.= (text, text);
SET ROLE intruder;
CREATE TYPE memreg.text AS (a int);
RESET ROLE;
CREATE EXTENSION memreg;
DROP TYPE memreg.text;
SET ROLE intruder;
CREATE TABLE memreg.anything (a int);
RESET ROLE;
CREATE EXTENSION memreg;
DROP TABLE memreg.anything;

-- It cannot be elsewhere.
CREATE EXTENSION memreg SCHEMA public;

-- Who is no superuser cannot make it, not even as the owner of the database.
DROP SCHEMA memreg;
GRANT CREATE ON DATABASE :"DBNAME" TO intruder;
SET ROLE intruder;
CREATE EXTENSION memreg;
RESET ROLE;
SELECT to_regnamespace('memreg') IS NULL AS nothing_left;
REVOKE CREATE ON DATABASE :"DBNAME" FROM intruder;

-- An empty one of a superuser's, whoever that is: DROP EXTENSION and dumps leave it behind.
CREATE SCHEMA memreg AUTHORIZATION another_superuser;
CREATE EXTENSION memreg;
SELECT parts() > 0 AS made;
DROP EXTENSION memreg;
SELECT parts(), nspname FROM pg_namespace WHERE nspname = 'memreg';
SET ROLE another_superuser;
CREATE EXTENSION memreg;
DROP EXTENSION memreg;
RESET ROLE;
CREATE EXTENSION memreg;

-- Nothing is there twice.
CREATE EXTENSION memreg;
CREATE EXTENSION IF NOT EXISTS memreg;
