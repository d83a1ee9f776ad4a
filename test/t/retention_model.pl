# Random rows, rules, holds and events; writers at work, and processes killed, all the while: of rows past their term, as
# plain SQL tells it, all go in the end, and no other row is ever touched.
#
# A few seconds in make check; the full measure is make check-random.
#
#   MEMREG_RANDOM_SECONDS=60 MEMREG_RANDOM_SEED=7 make check SUITE=tap TESTS=retention_model
#
# Each row is written beside its table a second time, by a trigger, as text. The same trigger sees what retention
# removes, and asks the oracle then: is this row past all its terms, and is its subject free?
use strict;
use warnings;
use IPC::Run qw(start);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $seconds = $ENV{MEMREG_RANDOM_SECONDS} || 12;
my $seed = $ENV{MEMREG_RANDOM_SEED} || 1;
my $clients = 3;
my $node = PostgreSQL::Test::Cluster->new('model');
my $scripts = PostgreSQL::Test::Utils::tempdir;
my %kills;

note("seed $seed, $seconds seconds");
srand($seed);
$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.retention_max_share = 1
memreg.retention_batch_time = 5ms
memreg.retention_busy_share = 1
memreg.activity_interval = 0
restart_after_crash = on
TimeZone = 'UTC'
autovacuum_naptime = 1s
END
$node->start;
$node->safe_psql('postgres', tables());
$node->safe_psql('postgres', oracle());
$node->safe_psql('postgres', rules());
$node->safe_psql('postgres', filling());

work_and_kill();

is(count_of('FROM model.violation'), '0', 'no row went that was not past its term')
  or diag($node->safe_psql('postgres', 'SELECT * FROM model.violation LIMIT 20'));
note('rows removed by retention: ' . count_of('FROM model.removal'));
cmp_ok(count_of('FROM model.removal'), '>', 100, 'many rows went while others were at work');
$node->safe_psql('postgres', 'INSERT INTO model.moment VALUES (clock_timestamp())');
settle();
is($node->safe_psql('postgres', 'SELECT model.left_over()'), '', 'nothing that was past its term is left')
  or diag($node->safe_psql('postgres', 'SELECT relation, action, reason, rows_due, problem FROM memreg.retention_due; SELECT * FROM memreg.retention_run ORDER BY run_id DESC LIMIT 20'));
is(count_of('FROM model.violation'), '0', 'and still no other row went');
foreach my $table (qw(member visit note log))
{
	is(count_of("FROM $table t FULL JOIN model.copy_$table c ON c.id = t.id WHERE t::text IS DISTINCT FROM c.written"),
		'0', "$table holds what was written, byte for byte");
	cmp_ok(count_of("FROM $table"), '>', 0, 'and not nothing');
}
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT error_message, '; ') FROM memreg.retention_run WHERE outcome = 'failed'}), '',
	'no run failed');
$node->stop;
note(join(', ', map { "$_: $kills{$_}" } sort keys %kills));
is(join(' ', sort keys %kills), 'backend crash launcher reload restart termination worker', 'everybody was killed')
  if $seconds >= 120;
done_testing();

sub work_and_kill
{
	my $end = time() + $seconds;

	while (time() < $end)
	{
		my $writers = writers();

		sleep(0.5 + rand(1.5));
		one_of(\&kill_worker, \&kill_launcher, \&kill_backend, \&terminate_backend, \&crash, \&restart, \&reload)->();
		wait_for_server();
		$writers->kill_kill(grace => 5);
	}
}

sub one_of { return $_[ int(rand(@_)) ]; }

# Statements that are cut off by a kill are part of the game, so errors are nobody's business here.
sub writers
{
	my $file = "$scripts/writer.sql";
	my ($out, $err) = ('', '');

	append_to_file($file, writing()) unless -e $file;
	return start([ 'pgbench', '-n', '-f', $file, '-c', $clients, '-T', 3600, '--max-tries=1', "--random-seed=" . int(rand(1e9)),
			'-h', $node->host, '-p', $node->port, 'postgres' ],
		'<', \undef, '>', \$out, '2>', \$err, init => sub { @ENV{qw(PGOPTIONS PGAPPNAME)} = ('-c model.writer=on', 'writer') });
}

sub kill_worker { signal('worker', 'KILL', q{backend_type = 'memreg retention worker'}); }
sub kill_launcher { signal('launcher', 'KILL', q{backend_type = 'memreg retention launcher'}); }
sub kill_backend { signal('backend', 'KILL', q{application_name = 'writer'}); }
sub terminate_backend { signal('termination', 'TERM', q{application_name = 'writer' OR backend_type = 'memreg retention worker'}); }

sub signal
{
	my ($name, $signal, $whom) = @_;
	my ($pids) = ask("SELECT pid FROM pg_stat_activity WHERE $whom ORDER BY random() LIMIT 1");

	return unless $pids =~ /^\d+$/;
	kill $signal, $pids;
	$kills{$name}++;
}

sub crash { $node->stop('immediate'); $node->start; $kills{crash}++; }
sub restart { $node->stop('fast'); $node->start; $kills{restart}++; }
sub reload { $node->reload; $kills{reload}++; }

sub ask
{
	my ($sql) = @_;
	my $answer = '';

	# A psql that finds no server may be gone before it is told what to ask.
	eval { $node->psql('postgres', $sql, stdout => \$answer, stderr => \my $errors) };
	return $answer;
}

sub wait_for_server
{
	my $end = time() + $PostgreSQL::Test::Utils::timeout_default;

	while (time() < $end)
	{
		return if ask('SELECT 1') eq '1';
		sleep(0.1);
	}
	BAIL_OUT('the server does not come back');
}

# Nobody is at work any more: what is past its term now goes, whoever removes it.
sub settle
{
	$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'writer'})
	  or BAIL_OUT('the writers do not end');
	$node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pg_prepared_xacts');
	for (1 .. 20)
	{
		ask('CALL memreg.run_retention()');
		return if $node->safe_psql('postgres', 'SELECT model.left_over()') eq '';
	}
}

sub count_of
{
	my ($from) = @_;

	return $node->safe_psql('postgres', "SELECT count(*) $from");
}

# Made-up people, in tables that differ in what an engine could trip over.
sub tables
{
	my $index_note = one_of('', 'CREATE INDEX ON note (at);');
	my $index_visit = one_of('CREATE INDEX ON visit (member);', 'CREATE INDEX ON visit (member); CREATE INDEX ON visit (at);', 'CREATE INDEX ON visit (member, at);');
	my $note_type = one_of('timestamptz', 'timestamp', 'date');

	return <<"END";
CREATE EXTENSION memreg;
CREATE SEQUENCE ids;
CREATE TABLE member (id bigint PRIMARY KEY DEFAULT nextval('ids'), seen timestamptz, name text);
CREATE INDEX ON member (seen);
CREATE TABLE visit (id bigint PRIMARY KEY DEFAULT nextval('ids'), member bigint NOT NULL REFERENCES member ON DELETE CASCADE, at timestamptz, body text);
CREATE TABLE note (id bigint DEFAULT nextval('ids'), member bigint, at $note_type, body text) WITH (fillfactor = 70);
CREATE TABLE log (id bigint DEFAULT nextval('ids'), member bigint, at timestamptz NOT NULL, body text) PARTITION BY RANGE (at);
CREATE TABLE log_old PARTITION OF log FOR VALUES FROM (MINVALUE) TO (now() - interval '3 years');
CREATE TABLE log_rest PARTITION OF log DEFAULT;
$index_note $index_visit
CREATE INDEX ON log (at);
CREATE INDEX ON log (member);
SELECT memreg.create_register('members', 'Member register', 'Example City'), memreg.add_table('members', 'member', 'id', root => true),
	   memreg.add_table('members', 'visit', 'member'), memreg.add_table('members', 'note', 'member'), memreg.add_table('members', 'log', 'member');
SELECT memreg.track_activity('note', 'at');
END
}

# Each table has one rule or two, of all kinds of starts. In model.rule they stand once more, for the oracle.
sub rules
{
	my @rules = (
		[ 'member', one_of('delete', 'erase_subject'), 400 + int(rand(400)), 'column', 'seen' ],
		[ 'visit', 'delete', 100 + int(rand(400)), 'column', 'at' ],
		[ 'note', 'delete', 100 + int(rand(400)), one_of([ 'column', 'at' ], [ 'activity', undef ])->@* ],
		[ 'log', 'delete', 100 + int(rand(400)), 'column', 'at' ]);

	push @rules, [ 'log', 'delete', 50 + int(rand(200)), 'leaving', undef ] if rand() < 0.5;
	push @rules, [ 'visit', 'delete', 50 + int(rand(200)), 'leaving', undef ] if rand() < 0.5;
	push @rules, [ 'member', $rules[0][1], 50 + int(rand(200)), 'leaving', undef ] if rand() < 0.5;
	note(join('; ', map { join(' ', map { $_ // '' } @$_) } @rules));
	return join('', map {
			my ($table, $action, $days, $start, $column) = @$_;
			my $from = $start eq 'column' ? "since => '$column'" : "event => '$start'";

			"SELECT memreg.add_retention('members', '$table', '$days days', action => '$action', $from);\n"
			  . "INSERT INTO model.rule VALUES ('$table', '$action', '$days days', '$start');\n"
		} @rules);
}

# What plain SQL has to say. Of the events it knows the true time; memreg may have noted a later one.
sub oracle
{
	my $copies = join '', map { <<"END" } qw(member visit note log);
CREATE TABLE model.copy_$_ (id bigint PRIMARY KEY, written text NOT NULL);
CREATE TRIGGER copy AFTER INSERT OR UPDATE OR DELETE ON $_ FOR EACH ROW EXECUTE FUNCTION model.copy('$_');
END

	return <<"SQL";
CREATE SCHEMA model;
CREATE TABLE model.rule (relation text, action text, term interval, start text);
CREATE TABLE model.hold (subject bigint PRIMARY KEY);
CREATE TABLE model.moment (at timestamptz);
CREATE TABLE model.event (subject bigint, event text, at timestamptz, PRIMARY KEY (subject, event));
CREATE TABLE model.removal (relation text, id bigint, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE model.violation (relation text, id bigint, why text, at timestamptz DEFAULT clock_timestamp());

-- The terms of a row of a table, each with the moment it passes; null: it has not begun.
CREATE FUNCTION model.ends(relation text, subject bigint, at timestamptz) RETURNS TABLE (ends timestamptz)
	LANGUAGE sql STABLE SET search_path = model, public AS \$\$
	SELECT CASE r.start WHEN 'column' THEN ends.at ELSE (SELECT e.at FROM model.event e WHERE (e.subject, e.event) = (ends.subject, r.start)) END + r.term
	  FROM model.rule r WHERE r.relation = ends.relation
\$\$;
CREATE FUNCTION model.is_past(relation text, subject bigint, at timestamptz, moment timestamptz) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = model, public AS \$\$
	SELECT coalesce(bool_and(coalesce(ends <= moment, false)), true) FROM model.ends(relation, subject, at)
\$\$;

-- A date stands for its whole day.
CREATE FUNCTION model.moment_of(at date) RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT (at + 1)::timestamptz';
CREATE FUNCTION model.moment_of(at timestamp) RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at::timestamptz';
CREATE FUNCTION model.moment_of(at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at';

CREATE FUNCTION model.is_erasing() RETURNS boolean LANGUAGE sql STABLE SET search_path = model, public AS
	'SELECT EXISTS (SELECT FROM model.rule WHERE action = ''erase_subject'')';

-- Why the row should not have gone; null: it may.
CREATE FUNCTION model.objection(relation text, subject bigint, at timestamptz, moment timestamptz) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = model, public AS \$\$
BEGIN
	IF EXISTS (SELECT FROM model.hold h WHERE h.subject = objection.subject) THEN
		RETURN 'held';
	ELSIF NOT model.is_past(relation, subject, at, moment) THEN
		RETURN 'term';
	END IF;
	RETURN NULL;
END
\$\$;

CREATE FUNCTION model.copy() RETURNS trigger LANGUAGE plpgsql SET search_path = model, public AS \$\$
DECLARE
	old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
	person bigint := CASE TG_ARGV[0] WHEN 'member' THEN (old_row->>'id')::bigint ELSE (old_row->>'member')::bigint END;
	began timestamptz;
	why text;
BEGIN
	IF TG_OP <> 'INSERT' THEN
		EXECUTE format('DELETE FROM model.copy_%s WHERE id = \$1', TG_ARGV[0]) USING (old_row->>'id')::bigint;
	END IF;
	IF TG_OP <> 'DELETE' THEN
		EXECUTE format('INSERT INTO model.copy_%s VALUES (\$1.id, \$1::text)', TG_ARGV[0]) USING NEW;
	ELSIF coalesce(current_setting('model.writer', true), '') <> 'on' THEN
		EXECUTE format('SELECT model.moment_of((\$1).%I)', CASE TG_ARGV[0] WHEN 'member' THEN 'seen' ELSE 'at' END) INTO began USING OLD;
		why := model.objection(TG_ARGV[0], person, began, clock_timestamp());
		-- By the application's own ON DELETE CASCADE.
		IF why = 'term' AND TG_ARGV[0] = 'visit' AND NOT model.is_erasing() AND NOT EXISTS (SELECT FROM member m WHERE m.id = person) THEN
			why := NULL;
		END IF;
		IF why IS NOT NULL THEN
			INSERT INTO model.violation VALUES (TG_ARGV[0], (old_row->>'id')::bigint, why || ': ' || old_row);
		END IF;
		INSERT INTO model.removal VALUES (TG_ARGV[0], (old_row->>'id')::bigint);
	END IF;
	RETURN NULL;
END
\$\$;
$copies
-- What should have gone by the moment that model.moment has. Subjects who are erased go only as a whole.
CREATE FUNCTION model.left_over() RETURNS text LANGUAGE sql STABLE SET search_path = model, public AS \$\$
	WITH data AS (
		SELECT 'member' AS relation, id, id AS subject, seen AS at FROM member
		UNION ALL SELECT 'visit', id, member, at FROM visit
		UNION ALL SELECT 'note', id, member, model.moment_of(at) FROM note
		UNION ALL SELECT 'log', id, member, at FROM log),
	due AS (SELECT d.*, model.objection(d.relation, d.subject, d.at, m.at) IS NULL AS gone FROM data d, model.moment m)
	SELECT left(coalesce(string_agg(format('%s %s', d.relation, d.id), ', '), ''), 200)
	  FROM due d LEFT JOIN (SELECT DISTINCT subject FROM due WHERE NOT gone) o USING (subject)
	 WHERE d.gone AND NOT (d.relation = 'member' AND model.is_erasing() AND o.subject IS NOT NULL)
\$\$;
SQL
}

sub filling
{
	return <<'END';
SET model.writer = on;
INSERT INTO member (seen, name) SELECT now() - random() * interval '1000 days', 'made up ' || n FROM generate_series(1, 400) n;
INSERT INTO visit (member, at, body) SELECT id, now() - random() * interval '700 days', 'body' FROM member, generate_series(1, 3);
INSERT INTO note (member, at, body) SELECT id, now() - random() * interval '700 days', 'body' FROM member, generate_series(1, 3);
INSERT INTO log (member, at, body) SELECT id, now() - random() * interval '2000 days', 'body' FROM member, generate_series(1, 3);
INSERT INTO model.event SELECT member, 'activity', max(model.moment_of(at)) FROM note GROUP BY member;
INSERT INTO model.event SELECT id, 'leaving', now() - random() * interval '400 days' FROM member WHERE id % 3 = 0;
SELECT memreg.note_leaving('members', subject, at) FROM model.event WHERE event = 'leaving';
END
}

# One transaction of a writer: somebody comes, changes, is held, or leaves. What the oracle knows is written with it.
sub writing
{
	return <<'END';
\set what random(1, 12)
\set n random(0, 100000)
\set days random(0, 800)
BEGIN;
\if :what <= 2
	WITH m AS (INSERT INTO member (seen, name) VALUES (now() - :days * interval '1 day', 'made up') RETURNING id),
		 v AS (INSERT INTO visit (member, at, body) SELECT id, now() - (:n % 700) * interval '1 day', 'new' FROM m)
	INSERT INTO log (member, at, body) SELECT id, now() - :days * interval '1 day', 'new' FROM m;
\elif :what = 3
	UPDATE member SET seen = now() WHERE id = (SELECT id FROM member OFFSET :n % 300 LIMIT 1);
\elif :what = 4
	UPDATE member SET seen = seen - interval '300 days', name = repeat('x', :days) WHERE id IN (SELECT id FROM member OFFSET :n % 300 LIMIT 3);
\elif :what = 5
	UPDATE visit SET at = now() - :days * interval '1 day', body = repeat('y', :days) WHERE id IN (SELECT id FROM visit OFFSET :n % 500 LIMIT 3);
\elif :what = 6
	UPDATE log SET at = now() - 2 * :days * interval '1 day' WHERE id IN (SELECT id FROM log OFFSET :n % 500 LIMIT 3);
\elif :what = 7
	WITH w AS (INSERT INTO note (member, at, body) SELECT id, now() - (:days % 30) * interval '1 day', 'new' FROM member OFFSET :n % 300 LIMIT 1 RETURNING member, at)
	INSERT INTO model.event SELECT member, 'activity', model.moment_of(at) FROM w
		ON CONFLICT (subject, event) DO UPDATE SET at = greatest(event.at, excluded.at);
\elif :what = 8
	SELECT coalesce((SELECT id FROM member OFFSET :n % 300 LIMIT 1), 0) AS person \gset
	SELECT memreg.hold('members', :person, 'made up');
	INSERT INTO model.hold VALUES (:person) ON CONFLICT DO NOTHING;
\elif :what = 9
	WITH h AS (DELETE FROM model.hold WHERE subject = (SELECT min(subject) FROM model.hold) RETURNING subject)
	SELECT memreg.release_hold('members', subject) FROM h;
\elif :what = 10
	WITH e AS (INSERT INTO model.event SELECT id, 'leaving', now() - :days * interval '1 day' FROM member OFFSET :n % 300 LIMIT 1
		ON CONFLICT (subject, event) DO UPDATE SET at = excluded.at RETURNING subject, at)
	SELECT memreg.note_leaving('members', subject, at) FROM e;
\elif :what = 11
	WITH e AS (DELETE FROM model.event WHERE event = 'leaving' AND subject = (SELECT subject FROM model.event WHERE event = 'leaving' OFFSET :n % 50 LIMIT 1) RETURNING subject)
	SELECT memreg.take_back_leaving('members', subject) FROM e;
\else
	DELETE FROM note WHERE id IN (SELECT id FROM note OFFSET :n % 300 LIMIT 2);
\endif
\if :n % 5 = 0
	ROLLBACK;
\else
	COMMIT;
\endif
END
}
