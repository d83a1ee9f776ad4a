# Whoever opens a sealed value and takes the record back has seen it: the server's log then says who and how many, by
# whichever way the transaction ends, and nothing when the record stays.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('unseal');
my $seen = 0; # how much of the log

$node->init;
$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
CREATE ROLE lead;
DO $$ BEGIN PERFORM memreg.create_scope('phones'), memreg.grant_scope('lead', 'phones', 'reverse'); END $$;
CREATE TABLE phone AS SELECT g, memreg.seal('phones', 'CANARY ' || g) AS number FROM generate_series(1, 5) g;
CREATE FUNCTION open(how_many int) RETURNS bigint LANGUAGE sql AS $$ SELECT count(memreg.unseal('phones', number, 'Test')) FROM phone WHERE g <= how_many $$;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
GRANT SELECT ON phone TO lead;
GRANT ALL ON child TO lead;
END
my $role = $node->safe_psql('postgres', q{SELECT 'lead'::regrole::oid});
$seen = -s $node->logfile;

# What the log has told since the last time, and what was added to the ledger.
sub told
{
	my $log = slurp_file($node->logfile, $seen);

	$seen = -s $node->logfile;
	unlike($log, qr/CANARY/, 'no value is in the log');
	return join ' ', $log =~ /LOG: .* role $role opened (\d+) sealed values and took the record of it back with a rollback/g;
}

sub recorded
{
	return $node->safe_psql('postgres', 'SELECT count(*) FROM memreg.unsealing');
}

# psql does not wait for what its session does when it has gone.
sub await_end
{
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'})
	  or die 'a session does not end';
	return;
}

sub tells
{
	my ($name, $sql, $told, $recorded) = @_;
	my $before = recorded();

	told();
	$node->psql('postgres', "SET SESSION AUTHORIZATION lead; $sql", on_error_stop => 0, stderr => \my $error);
	unlike($error, qr/CANARY/, 'nor in an error');
	await_end();
	is(told(), $told, "told: $name");
	is(recorded() - $before, $recorded, "recorded: $name");
}

tells('nothing, when it is kept', 'SELECT open(3);', '', 3);
tells('nothing, in a transaction that commits', 'BEGIN; SELECT open(3); SELECT open(2); COMMIT;', '', 5);
tells('one that is rolled back', 'BEGIN; SELECT open(1); ROLLBACK;', '1', 0);
tells('several', 'BEGIN; SELECT open(2); SELECT open(3); ROLLBACK;', '5', 0);
tells('a savepoint', 'BEGIN; SAVEPOINT a; SELECT open(2); ROLLBACK TO a; COMMIT;', '2', 0);
tells('a savepoint after another opening', 'BEGIN; SELECT open(1); SAVEPOINT a; SELECT open(2); ROLLBACK TO a; COMMIT;', '2', 1);
tells('both', 'BEGIN; SELECT open(1); SAVEPOINT a; SELECT open(2); ROLLBACK TO a; ROLLBACK;', '2 1', 0);
tells('a savepoint that is released', 'BEGIN; SAVEPOINT a; SELECT open(2); RELEASE a; ROLLBACK;', '2', 0);
tells('one released between openings', 'BEGIN; SELECT open(1); SAVEPOINT a; SELECT open(2); RELEASE a; SELECT open(1); ROLLBACK;', '4', 0);
tells('one in another', 'BEGIN; SAVEPOINT a; SELECT open(1); SAVEPOINT b; SELECT open(2); ROLLBACK TO a; COMMIT;', '2 1', 0);
tells('one in another that is released', 'BEGIN; SAVEPOINT a; SAVEPOINT b; SELECT open(2); RELEASE b; ROLLBACK TO a; SELECT open(1); COMMIT;', '2', 1);
tells('released twice', 'BEGIN; SAVEPOINT a; SAVEPOINT b; SELECT open(2); RELEASE b; RELEASE a; ROLLBACK;', '2', 0);
tells('inner of three', 'BEGIN; SAVEPOINT a; SELECT open(1); SAVEPOINT b; SAVEPOINT c; SELECT open(2); ROLLBACK TO c; RELEASE b; COMMIT;', '2', 1);
tells('a savepoint rolled back twice', 'BEGIN; SAVEPOINT a; SELECT open(1); ROLLBACK TO a; SELECT open(2); ROLLBACK TO a; COMMIT;', '1 2', 0);
tells('many savepoints', 'BEGIN; ' . join('', map { "SAVEPOINT s$_; SELECT open(1); " } 1 .. 100) . 'ROLLBACK TO s51; COMMIT;', join(' ', (1) x 50), 50);
tells('an error in mid-statement', q{SELECT memreg.unseal('phones', number, 'Test'), 1 / (3 - g) FROM phone;}, '3', 0);
tells('an error that is caught', 'DO $$ BEGIN PERFORM open(2); RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN PERFORM open(1); END $$;', '2', 1);
tells('an error in one block of several', 'DO $$ BEGIN FOR i IN 1..4 LOOP BEGIN PERFORM open(1); IF i > 2 THEN RAISE division_by_zero; END IF; EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$;', '1 1', 2);
tells('a block that ends well', 'DO $$ BEGIN BEGIN PERFORM open(2); EXCEPTION WHEN division_by_zero THEN NULL; END; PERFORM open(1); END $$;', '', 3);
tells('a constraint that fails at the commit', 'BEGIN; SELECT open(2); INSERT INTO child VALUES (1); COMMIT;', '2', 0);
tells('an aborted transaction that commits', 'BEGIN; SELECT open(2); SELECT 1 / 0; COMMIT;', '2', 0);
tells('a procedure that rolls back and commits', 'DO $$ BEGIN PERFORM open(1); ROLLBACK; PERFORM open(2); COMMIT; PERFORM open(3); ROLLBACK; END $$;', '1 3', 2);
tells('a session that ends without a word', 'BEGIN; SELECT open(2);', '2', 0);
tells('a token that does not open', q{BEGIN; SELECT memreg.unseal('phones', 's1-AAAA', 'Test'); ROLLBACK;}, '', 0);
tells('nothing of what was before', 'BEGIN; SELECT 1; ROLLBACK; SELECT open(1);', '', 1);
tells('whatever the session sets', 'SET client_min_messages = error; SET log_min_error_statement = panic; SET log_min_messages = panic; BEGIN; SELECT open(1); ROLLBACK;', '1', 0);

# What would be another session's to roll back
my ($before, $error) = (recorded());
told();
$node->psql('postgres', q{SET SESSION AUTHORIZATION lead; BEGIN; SELECT open(2); PREPARE TRANSACTION 'opened';}, stderr => \$error, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($error, qr/0A000: a transaction that has opened sealed values cannot be prepared.*HINT:/s, 'a transaction with openings is not prepared');
is(told(), 2, 'and what it opened is told');
is(recorded(), $before, 'as nothing is recorded');
$node->safe_psql('postgres', q{SET SESSION AUTHORIZATION lead; BEGIN; SAVEPOINT a; SELECT open(2); ROLLBACK TO a; INSERT INTO child SELECT 1 WHERE false; PREPARE TRANSACTION 'nothing'; COMMIT PREPARED 'nothing';});
is(told(), 2, 'one whose openings were taken back is');

# Sessions that are ended by somebody else
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query('SET SESSION AUTHORIZATION lead');
my $pid = $session->query('SELECT pg_backend_pid()');
$session->query('BEGIN');
$session->query('SELECT open(3)');
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid, 10000)");
$node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)") or die 'the session has not ended';
is(told(), 3, 'a session that is terminated');
is(recorded(), $before, 'leaves nothing in the ledger');

$session->{run}->kill_kill;
$node->stop;
done_testing();
