# Modules that count rows keep working beside memreg, whichever is loaded first: auto_explain for the server's log, pg_stat_statements.
# Nobody whom row security binds is shown those counts, neither by EXPLAIN ANALYZE nor by having the log sent to the session,
# nor what the server itself logs of a sort.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('counts');
my $counts = qr/Rows Removed by Filter|actual time/;
my $memory = qr/KB used|performsort/;
my $traced = 'SET client_min_messages = log; SET trace_sort = on';

$node->init;
$node->append_conf('postgresql.conf', <<'END');
auto_explain.log_min_duration = 0
auto_explain.log_analyze = on
auto_explain.log_nested_statements = on
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
CREATE ROLE researcher LOGIN;
CREATE ROLE statistician LOGIN IN ROLE pg_read_all_stats;
CREATE TABLE member (id bigint PRIMARY KEY, district text);
CREATE TABLE plain (id bigint);
INSERT INTO member SELECT n, 'Kallio' FROM generate_series(1, 10) n;
INSERT INTO plain SELECT generate_series(1, 10);
SECURITY LABEL FOR memreg ON COLUMN member.district IS 'nonpersonal';
GRANT SELECT ON member, plain TO PUBLIC;
GRANT DELETE ON plain TO PUBLIC;
SELECT memreg.create_register('community', 'Members', 'An association'), memreg.create_purpose('community', 'research', 'consent');
SELECT memreg.add_table('community', 'member', 'id'), memreg.grant_consent('community', 1::bigint, 'research');
SELECT memreg.grant_access(role, 'community', 'research') FROM unnest('{researcher,statistician}'::regrole[]) role;
SELECT memreg.protect('member');
ALTER DATABASE postgres SET memreg.purpose = 'research';
CREATE FUNCTION members() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN count(*) FROM member; END';
CREATE EXTENSION pg_stat_statements;
END

foreach my $libraries ('auto_explain,pg_stat_statements,memreg', 'memreg,pg_stat_statements,auto_explain', 'pg_stat_statements,memreg')
{
	my $by_session = $libraries !~ /auto_explain/;

	$node->append_conf('postgresql.conf', "shared_preload_libraries = '$libraries'\nsession_preload_libraries = '"
		  . ($by_session ? 'auto_explain' : '') . "'\n");
	$node->restart;
	logs_counts($libraries);
	shows_none("$libraries");
	$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
}
$node->stop;
done_testing();

# The modules get what they ask for.
sub logs_counts
{
	my ($libraries) = @_;
	my $offset = -s $node->logfile;
	my $log;

	is(answer('researcher', 'SELECT count(*) AS logged FROM member'), '1', "$libraries: a statement is run");
	$log = slurp_file($node->logfile, $offset);
	like($log, qr/count\(\*\) AS logged.*Rows Removed by Filter: 9/s, 'and its counts are in the log');
	is($node->safe_psql('postgres', q{SELECT calls, rows FROM pg_stat_statements WHERE query LIKE '%AS logged%' AND query NOT LIKE '%LIKE%'}),
		'1|1', 'pg_stat_statements has it too');
}

sub shows_none
{
	my ($libraries) = @_;

	foreach my $refused (
		'EXPLAIN ANALYZE SELECT FROM member',
		'PREPARE p AS SELECT FROM member; EXPLAIN ANALYZE EXECUTE p',
		'SET client_min_messages = log; SELECT FROM member',
		'SET client_min_messages = debug5; SELECT FROM member',
		q{SELECT set_config('client_min_messages', 'log', false) FROM member},
		'SET client_min_messages = log; SELECT members()',
		'SET client_min_messages = log; PREPARE p AS SELECT FROM member; EXECUTE p',
		'SET client_min_messages = log; BEGIN; DECLARE c CURSOR FOR SELECT FROM member; FETCH c; CLOSE c',
		'SET client_min_messages = log; BEGIN; DECLARE c CURSOR FOR SELECT FROM member; FETCH c; COMMIT',
		'SET client_min_messages = log; COPY (SELECT FROM member) TO STDOUT',
		'SET client_min_messages = log; SELECT FROM plain WHERE EXISTS (SELECT FROM member)')
	{
		my ($output, $errors) = all_of('researcher', $refused);

		like($errors, qr/MR350/, "$libraries: $refused");
		unlike("$output$errors", $counts, 'and nothing is shown');
	}
	like(answer('researcher', 'EXPLAIN SELECT FROM member'), qr/check_ground/, 'EXPLAIN alone is for everybody');
	like(answer('researcher', 'EXPLAIN ANALYZE SELECT FROM plain'), $counts, 'so are counts over other tables');
	like((all_of('researcher', 'SET client_min_messages = log; SELECT FROM plain'))[1], $counts, 'that are sent as well');
	like(answer('statistician', 'EXPLAIN ANALYZE SELECT FROM member'), $counts, 'with the right to statistics, those over protected ones');
	like((all_of('statistician', 'SET client_min_messages = log; SELECT FROM member'))[1], $counts, 'that are sent as well');

	foreach my $sorted ("$traced; SELECT count(DISTINCT district) FROM member",
		q{SELECT set_config('client_min_messages', 'log', false), set_config('trace_sort', 'on', false), count(DISTINCT district) FROM member},
		"$traced; BEGIN; DECLARE c CURSOR FOR SELECT id FROM member ORDER BY district; FETCH c; COMMIT",
		"$traced; WITH gone AS (DELETE FROM plain USING (SELECT id FROM member ORDER BY district OFFSET 0) m WHERE plain.id = -m.id RETURNING 1) SELECT 1")
	{
		unlike((all_of('researcher', $sorted))[1], $memory, "$libraries: $sorted");
	}
	like((all_of('researcher', "$traced; SELECT id FROM plain ORDER BY id"))[1], $memory, 'what a sort took is sent for other tables');
	like((all_of('statistician', "$traced; SELECT count(DISTINCT district) FROM member"))[1], $memory, 'and for whoever may see counts');
}

sub answer
{
	my ($role, $sql) = @_;

	return $node->safe_psql('postgres', $sql, extra_params => [ '-U', $role ]);
}

sub all_of
{
	my ($role, $sql) = @_;
	my ($output, $errors) = ('', '');

	$node->psql('postgres', "\\set VERBOSITY verbose\n$sql;", stdout => \$output, stderr => \$errors, on_error_stop => 0, extra_params => [ '-U', $role ]);
	return ($output, $errors);
}
