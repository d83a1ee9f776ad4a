# A refresh of pseudonyms that is broken off goes on when it is called again,
# and what was written meanwhile is right all along.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('column');
my $rows = 60000;

$node->init;
$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$node->start;
$node->safe_psql('postgres', <<"END");
SET client_min_messages = warning;
CREATE EXTENSION memreg;
CREATE TABLE person (id bigint, email text);
INSERT INTO person SELECT g, 'p' || g FROM generate_series(1, $rows) g;
DO \$\$ BEGIN PERFORM memreg.create_scope('one'), memreg.add_pseudonym_column('person', 'email', 'one'); END \$\$;
CREATE TABLE pace (seconds float);
INSERT INTO pace VALUES (0);
-- Slow enough to be met at work.
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(seconds) FROM pace WHERE NEW.id % 100 = 0; RETURN NEW; END';
CREATE TRIGGER take_time BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION take_time();
END
$node->safe_psql('postgres', q{CALL memreg.refresh_pseudonyms('person')});
is(right(1), $rows, 'every row has its pseudonym');

foreach my $break (
	[ 'cancelled', sub { $node->safe_psql('postgres', "SELECT pg_cancel_backend($_[0])") } ],
	[ 'terminated', sub { $node->safe_psql('postgres', "SELECT pg_terminate_backend($_[0])") } ],
	[ 'broken off by an immediate stop', sub { $node->stop('immediate'); $node->start } ])
{
	my ($what, $act) = @$break;
	my $version = $node->safe_psql('postgres', q{SELECT memreg.rotate_scope('one')});
	my ($in, $out) = ("CALL memreg.refresh_pseudonyms('person');\n", '');

	$node->safe_psql('postgres', 'UPDATE pace SET seconds = 0.02');
	my $session = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') ], '<', \$in, '>&', \$out,
		IPC::Run::timeout(120));
	$session->pump_nb;
	ok($node->poll_query_until('postgres', "SELECT count(*) > 0 FROM person WHERE email_pseudonym LIKE 'p$version-%'"), "some rows are committed before it is $what");
	my $pid = $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL memreg.refresh%' AND state = 'active'});
	cmp_ok(right($version), '<', $rows, 'but not all');
	$node->safe_psql('postgres', q{INSERT INTO person VALUES (0, 'written meanwhile')});
	$act->($pid);
	eval { $session->finish };
	is($node->safe_psql('postgres', q{SELECT filled_at IS NULL FROM memreg.pseudonym_column}), 't', "$what: it is known that some rows are not refreshed");
	is($node->safe_psql('postgres', "SELECT email_pseudonym LIKE 'p$version-%' FROM person WHERE id = 0"), 't', 'what was written meanwhile is new already');
	isnt($node->psql('postgres', "SELECT memreg.retire_scope_version('one', $version - 1)"), 0, 'the version before is still needed');
	$node->safe_psql('postgres', q{UPDATE pace SET seconds = 0; DELETE FROM person WHERE id = 0});
	$node->safe_psql('postgres', q{CALL memreg.refresh_pseudonyms('person')});
	is(right($version), $rows, "$what, called again: every row has its pseudonym");
	is($node->psql('postgres', "SELECT memreg.retire_scope_version('one', $version - 1)"), 0, 'and the version before is not needed any more');
}

# Dump and restore: the table, its columns, the trigger and the scope.
my $dump = $node->basedir . '/dump.sql';
my $seen = q{SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM person p};
command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('postgres') ], 'the database is dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('restored') ], 'and restored');
is($node->safe_psql('restored', $seen), $node->safe_psql('postgres', $seen), 'with the same rows');
$node->safe_psql('restored', q{INSERT INTO person VALUES (-1, 'after the restore')});
is($node->safe_psql('restored', q{SELECT email_pseudonym = memreg.pseudonym('one', email) FROM person WHERE id = -1}), 't', 'and new ones have pseudonyms there too');

$node->stop;
done_testing();

# Rows with the pseudonym of a version.
sub right
{
	my ($version) = @_;

	return $node->safe_psql('postgres', "SELECT count(*) FROM person WHERE email_pseudonym = memreg.pseudonym_of_version('one', $version, email)");
}
