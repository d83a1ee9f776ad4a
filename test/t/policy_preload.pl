# Fails closed: a server that does not preload memreg refuses every read and write of a protected table, by everybody whom row
# security binds and the table's owner too, also where no row would be met; without the master key only what needs it
# fails.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
my @roles = ([ 'researcher', 'research' ], [ 'app_owner', 'research' ], [ 'clerk', 'billing' ], [ 'stranger', '' ]);

# Statements that answer, and statements that only touch rows.
my @reads = (
	'SELECT * FROM app.member',
	'SELECT FROM app.member WHERE false',
	'SELECT FROM app.member LIMIT 0',
	'SELECT FROM app.member WHERE id = -1',
	'SELECT count(*) FROM app.empty',
	'SELECT id FROM app.empty WHERE id = 1',
	'SELECT FROM app.answer',
	'SELECT FROM app.answer WHERE answered = \'1999-01-01\'',
	'SELECT FROM app.answer_2025',
	'SELECT FROM ONLY app.member',
	'SELECT FROM app.member FOR UPDATE',
	'SELECT 1 WHERE EXISTS (SELECT FROM app.member)',
	'SELECT 1 WHERE 1 IN (SELECT id FROM app.member WHERE false)',
	'SELECT 1 FROM generate_series(1, 2) g LEFT JOIN app.member m ON m.id = g',
	'WITH m AS (SELECT * FROM app.member) SELECT count(*) FROM m',
	'SELECT 1 UNION ALL SELECT 2 FROM app.member',
	'SELECT FROM app.member TABLESAMPLE SYSTEM (0)',
	'SELECT * FROM lab.plain',
	'SELECT * FROM lab.invoker WHERE false',
	'SELECT * FROM lab.of_owner',
	'SELECT * FROM lab.inlined()',
	'SELECT lab.procedural()',
	'EXPLAIN SELECT FROM app.member',
	'DELETE FROM app.member RETURNING *',
	'SELECT query_to_xml(\'SELECT FROM app.member\', true, true, \'\')');
my @writes = (
	'INSERT INTO app.member (id) VALUES (9)',
	'INSERT INTO app.member DEFAULT VALUES',
	'INSERT INTO app.member (id) SELECT 9 WHERE false',
	'INSERT INTO app.empty (id) VALUES (1)',
	'INSERT INTO app.empty (id) VALUES (1) ON CONFLICT DO NOTHING',
	'INSERT INTO app.member (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET score = 0',
	'INSERT INTO app.answer (answered, member_id) VALUES (\'2024-01-01\', 1)',
	'INSERT INTO app.answer_2025 (answered, member_id) VALUES (\'2025-01-01\', 1)',
	'UPDATE app.member SET score = 0',
	'UPDATE app.member SET score = 0 WHERE false',
	'UPDATE app.empty SET id = 0',
	'UPDATE app.answer SET question = 0',
	'UPDATE lab.plain SET score = 0',
	'DELETE FROM app.member',
	'DELETE FROM app.empty WHERE id = 0',
	'DELETE FROM app.answer_2024 WHERE false',
	'MERGE INTO app.empty e USING (SELECT 1 AS i) s ON e.id = s.i WHEN NOT MATCHED THEN INSERT (id) VALUES (s.i)',
	'MERGE INTO app.member m USING (SELECT 1 AS i) s ON m.id = s.i WHEN MATCHED THEN DELETE',
	'CREATE TABLE lab.copy AS TABLE app.member',
	'CREATE MATERIALIZED VIEW lab.copy AS SELECT FROM app.empty',
	'DO $d$ BEGIN PERFORM FROM app.member; END $d$');

# The outcomes of statements, one a line, as seen() and touched() of test/policy/register.sql tell them.
sub outcomes
{
	my ($role, $purpose, $function, @statements) = @_;
	my $script = join "\n", map { "SELECT $function('$role', '$purpose', \$s\$$_\$s\$);" } @statements;

	return [ split /\n/, $node->safe_psql('postgres', $script), -1 ];
}

# The answer to a script of one role, with errors in full.
sub answer
{
	my ($role, $purpose, $script) = @_;
	my ($code, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\nSET ROLE $role;\nSET memreg.purpose = '$purpose';\n$script", on_error_stop => 0);

	return $out . $error;
}

$node->init;
$node->start;
my $superuser = $node->safe_psql('postgres', 'SELECT quote_ident(session_user)');
$node->safe_psql('postgres', slurp_file('test/policy/register.sql') . <<'END');
CREATE TABLE app.empty (id bigint PRIMARY KEY);
ALTER TABLE app.empty OWNER TO app_owner;
GRANT ALL ON app.empty TO researcher, clerk, stranger;
SELECT memreg.add_table('community', 'app.empty', 'id'), memreg.protect('app.empty');
GRANT ALL ON SCHEMA lab TO PUBLIC;
CREATE TABLE lab.referring (member_id bigint REFERENCES app.member);
CREATE VIEW lab.plain AS SELECT * FROM app.member;
CREATE VIEW lab.invoker WITH (security_invoker) AS SELECT * FROM app.member;
CREATE VIEW lab.of_owner AS SELECT * FROM app.member;
ALTER VIEW lab.plain OWNER TO researcher;
ALTER VIEW lab.of_owner OWNER TO app_owner;
GRANT ALL ON ALL TABLES IN SCHEMA lab TO PUBLIC;
CREATE FUNCTION lab.inlined() RETURNS SETOF app.member LANGUAGE sql STABLE AS 'SELECT * FROM app.member WHERE false';
CREATE FUNCTION lab.procedural() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM app.empty); END';
END
my ($researcher_sees) = @{ outcomes('researcher', 'research', 'seen', 'SELECT * FROM app.member ORDER BY score, id') };

# Without the key.
$node->append_conf('postgresql.conf', "memreg.master_key_command = ''");
$node->restart;
is_deeply(outcomes('researcher', 'research', 'seen',
		'SELECT nickname, score, email FROM app.member ORDER BY nickname',
		'SELECT count(*) FROM app.member JOIN app.visit ON true',
		'SELECT nickname FROM app.member WHERE id IS NULL',
		'SELECT id FROM app.member', 'SELECT nickname FROM app.member ORDER BY zip', 'SELECT score FROM app.member WHERE id = 1'),
	[ '(one,10,) (three,20,) (two,20,)', '(18)', 'MR101', 'MR101', 'MR101', 'MR101' ],
	'without the master key pseudonyms fail, and what needs none works');
is_deeply(outcomes('clerk', 'billing', 'seen', 'SELECT id, email FROM app.member WHERE id = 4'), ['(4,CANARY4@example.com)'], 'so does who sees clear');
is_deeply(outcomes('researcher', 'research', 'touched', 'UPDATE app.member SET nickname = nickname', 'DELETE FROM app.member'), [ 3, 3 ], 'and writing');
is_deeply(outcomes('researcher', 'billing', 'seen', 'SELECT nickname FROM app.member'), ['MR302'], 'grants bind as ever');
like(answer('researcher', 'research', 'SELECT id FROM app.member;'), qr/ERROR:  MR101: .*HINT: .*memreg\.master_key_command/s, 'the error says what to set');
$node->safe_psql('postgres', <<'END');
SELECT memreg.create_purpose('community', 'contact', 'consent'), memreg.grant_access('researcher', 'community', 'contact');
SELECT memreg.grant_consent('community', 5::bigint, 'contact');
SELECT memreg.withdraw_consent('community', 1::bigint, 'research');
END
is_deeply(outcomes('researcher', 'research', 'seen', 'SELECT nickname FROM app.member ORDER BY nickname'), ['(three) (two)'], 'consents are taken, and bind');
is_deeply(outcomes('researcher', 'contact', 'seen', 'SELECT score FROM app.member', 'SELECT id FROM app.member'), [ '(50)', 'MR101' ], 'a new purpose has its pseudonyms once there is a key');
$node->safe_psql('postgres', q{SELECT memreg.grant_consent('community', 1::bigint, 'research')});

# Without memreg.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
foreach (@roles)
{
	my ($role, $purpose) = @$_;

	is_deeply(outcomes($role, $purpose, 'seen', @reads), [ map { 'MR001' } @reads ], "not preloaded: $role reads nothing");
	is_deeply(outcomes($role, $purpose, 'touched', @writes), [ map { 'MR001' } @writes ], "not preloaded: $role writes nothing");
}
foreach my $statement (
	'COPY app.member TO stdout', 'COPY app.empty TO stdout', 'COPY (SELECT * FROM app.member) TO stdout', 'COPY app.answer_2025 TO stdout',
	'BEGIN; DECLARE c CURSOR FOR SELECT FROM app.member', 'DECLARE c CURSOR WITH HOLD FOR SELECT FROM app.empty',
	'PREPARE p AS SELECT FROM app.member; EXECUTE p', 'SET plan_cache_mode = force_generic_plan; PREPARE p(int) AS DELETE FROM app.empty WHERE id = $1; EXECUTE p(1)',
	'SELECT memreg.guard_table(\'app.member\')', 'SELECT memreg.guard_row(\'app.member\', 1)')
{
	like(answer('researcher', 'research', "$statement;"), qr/^(psql:<stdin>:\d+: )?ERROR:  MR001: memreg is not loaded by this server$/m, "not preloaded: $statement");
}
like(answer('researcher', 'research', 'COPY app.member (id) FROM stdin;'), qr/ERROR:  0A000/, 'not preloaded: nothing is copied in');
my ($said) = answer('researcher', 'research', 'SELECT FROM app.member;') =~ /^(DETAIL.*)^LOCATION/ms;
is($said, <<'END', 'the hint says which line to add');
DETAIL:  Personal data stays closed until the server loads memreg at its start.
HINT:  Add the line  shared_preload_libraries = 'memreg'  to postgresql.conf and restart the server.
END
like(answer($superuser, '', q{SELECT memreg.protect('app.member');}), qr/HINT:  Add the line  shared_preload_libraries = 'memreg'  to \Q@{[$node->data_dir]}\E\/postgresql\.conf and restart the server\./, 'and to which file, to who may know');
is_deeply(outcomes($superuser, '', 'seen', 'SELECT count(email) FROM app.member'), ['(5)'], 'a superuser reads it');
is_deeply(outcomes('researcher', '', 'touched', 'INSERT INTO lab.referring VALUES (5)', 'INSERT INTO lab.referring VALUES (9)'), [ 1, 23503 ], 'foreign keys work');
is_deeply(outcomes('researcher', '', 'seen', 'SELECT count(*) FROM lab.referring'), ['(0)'], 'tables that are not protected are nobody\'s business');

# What is declared there stands, where it needs no more than tables.
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', <<'END');
CREATE EXTENSION memreg;
CREATE TABLE member (id bigint PRIMARY KEY, email text);
SELECT memreg.create_register('community', 'Members', 'An association');
SELECT memreg.create_purpose('community', 'research', 'consent');
SELECT memreg.add_table('community', 'member', 'id');
SELECT memreg.grant_access('researcher', 'community', 'research');
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear');
SELECT memreg.grant_consent('community', 1::bigint, 'research');
SELECT memreg.withdraw_consent('community', 1::bigint, 'research');
SECURITY LABEL FOR memreg ON COLUMN member.email IS 'contact';
END
pass('CREATE EXTENSION works, and declares');
foreach my $call (
	[ 'fresh', 'memreg.protect(\'member\')' ],
	[ 'fresh', 'memreg.create_scope(\'partner\')' ],
	[ 'fresh', 'memreg.set_treatment(\'community\', \'research\', \'contact\', \'pseudonym\')' ],
	[ 'postgres', 'memreg.protect(\'app.member\')' ],
	[ 'postgres', 'memreg.pseudonym(\'community/research\', \'x\')' ],
	[ 'postgres', 'memreg.pseudonym_uuid(\'community/research\', \'x\')' ],
	[ 'postgres', 'memreg.pseudonym(\'no such scope\', \'x\')' ])
{
	my ($database, $function) = @$call;
	my ($code, $out, $error) = $node->psql($database, "\\set VERBOSITY verbose\nSELECT $function");

	like($error, qr/ERROR:  MR001: .*HINT:  Add the line  shared_preload_libraries = 'memreg'  to /s, "not preloaded: $function");
}
is($node->safe_psql('fresh', 'SELECT count(*) FROM pg_policy'), 0, 'nothing is half protected');

# With another library, and loaded late, which is not the same.
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'auto_explain'\nsession_preload_libraries = 'memreg'");
$node->restart;
like(answer('researcher', 'research', 'SELECT FROM app.member;'), qr/HINT:  Add the line  shared_preload_libraries = 'auto_explain,memreg'  to/, 'a library that is there stays there');
is_deeply(outcomes('researcher', 'research', 'seen', 'SELECT FROM app.member'), ['MR001'], 'loaded by session_preload_libraries it does not count');

# As it was.
$node->append_conf('postgresql.conf', slurp_file('test/server.conf') . "session_preload_libraries = ''");
$node->restart;
is_deeply(outcomes('researcher', 'research', 'seen', 'SELECT * FROM app.member ORDER BY score, id'), [$researcher_sees], 'preloaded again: everything is as it was');
done_testing();
