# Dump and restore: everything a database has declared stands again in another server, by every way of restoring, also
# where a role is missing; a server that does not preload memreg refuses what was protected.
use strict;
use warnings;
use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $directory = PostgreSQL::Test::Utils::tempdir;
my @roles = qw(app_owner researcher clerk);
my $missing_role = 'Leaver "of" duty';

my $source = new_server('source');
$source->safe_psql('postgres', 'CREATE DATABASE city');
create_roles($source, @roles, $missing_role);
$source->safe_psql('city', declarations());

# What is declared, row by row; sequences by what they give next.
my $declared = <<'END';
SELECT 'register', r::text FROM memreg.register r
UNION ALL SELECT 'purpose', p::text FROM memreg.purpose p
UNION ALL SELECT 'table', t::text FROM memreg.registered_table t
UNION ALL SELECT 'category', c::text FROM memreg.category c
UNION ALL SELECT 'treatment', t::text FROM memreg.treatment t
UNION ALL SELECT 'column', c::text FROM memreg.labelled_column c
UNION ALL SELECT 'grant', g::text FROM memreg.access_grant g
UNION ALL SELECT 'view', v::text FROM memreg.declared_view v
UNION ALL SELECT 'scope', s::text FROM memreg.scope s
UNION ALL SELECT 'key', k::text FROM memreg.scope_key k
UNION ALL SELECT 'right', r::text FROM memreg.scope_right r
UNION ALL SELECT 'pseudonym column', c::text FROM memreg.pseudonym_column c
UNION ALL SELECT 'secret', s::text FROM memreg.subject_secret s
UNION ALL SELECT 'unsealing', u::text FROM memreg.unsealing u
UNION ALL SELECT 'nickname', n::text FROM memreg.nickname n
UNION ALL SELECT 'event', e::text FROM memreg.consent_event e
UNION ALL SELECT 'state', s::text FROM memreg.consent_state s
UNION ALL SELECT 'hold event', e::text FROM memreg.hold_event e
UNION ALL SELECT 'hold', s::text FROM memreg.hold_state s
UNION ALL SELECT 'subject event', e::text FROM memreg.subject_event e
UNION ALL SELECT 'activity source', s::text FROM memreg.activity_source s
UNION ALL SELECT 'rule', r::text FROM memreg.retention_rule r
UNION ALL SELECT 'run', r::text FROM memreg.run r
UNION ALL SELECT 'record', r::text FROM memreg.retention_record r
UNION ALL SELECT 'finding', v::text FROM memreg.verify_retention_records() v
UNION ALL SELECT 'label', row(objtype, objname, provider, label)::text FROM pg_seclabels WHERE provider = 'memreg'
UNION ALL SELECT 'policy', row(polrelid::regclass, polname, polcmd, polpermissive, polroles::regrole[],
                               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))::text FROM pg_policy
UNION ALL SELECT 'security', row(oid::regclass, relrowsecurity, relforcerowsecurity)::text FROM pg_class
           WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p')
UNION ALL SELECT 'sequence', row(schemaname, sequencename, last_value)::text FROM pg_sequences
UNION ALL SELECT 'event trigger', row(evtname, evtevent, evtenabled)::text FROM pg_event_trigger
UNION ALL SELECT 'trigger', row(tgrelid::regclass, tgname, tgenabled)::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'pseudonym', memreg.pseudonym('Tutkimus ''2026''', 'x')
UNION ALL SELECT 'pseudonym', memreg.pseudonym_uuid('Tutkimus ''2026''', 'x')::text
ORDER BY 1, 2
END

# What each role sees for each purpose, or the SQLSTATE it gets.
my @looks = (
	[ 'researcher', 'research', 'SELECT id, name, email, city FROM app.member ORDER BY 1' ],
	[ 'researcher', 'research', 'SELECT member, answer FROM app.answer ORDER BY 1, 2' ],
	[ 'researcher', 'Yhteydenotto', 'SELECT id, name, email FROM app.member ORDER BY 1' ],
	[ 'researcher', 'service', 'SELECT id, name FROM app.company ORDER BY 1' ],
	[ 'clerk', 'service', 'SELECT id, name FROM app.company ORDER BY 1' ],
	[ 'clerk', 'marketing', 'SELECT id, name FROM app.company ORDER BY 1' ],
	[ 'clerk', 'research', 'SELECT id, note FROM app."Asiakas ""ö"""' ],
	[ 'clerk', '', 'SELECT * FROM app.company' ],
	[ 'researcher', 'research', 'SELECT * FROM app.statistic' ],
	[ 'clerk', 'service', 'SELECT * FROM app.statistic' ],
	[ 'app_owner', 'service', 'SELECT * FROM app.company' ],
	[ 'clerk', 'service', 'SELECT id, address FROM app.ip_log ORDER BY 1' ],
	[ 'clerk', 'service', 'SELECT * FROM app.shop' ]);
my $declared_in_source = $source->safe_psql('city', $declared);
my $seen_in_source = seen_by_all($source, 'city');

cmp_ok(scalar(split /\n/, $declared_in_source), '>', 60, 'there is something to dump');
is($source->safe_psql('city', "SELECT severity, object, finding FROM memreg.check() WHERE severity = 'error'"), '', 'and nothing wrong with it');
like($seen_in_source, qr/\|p1-[0-9a-z]{24}\|/, 'a researcher sees pseudonyms');
unlike($seen_in_source, qr/=> (?!00000|MR)/, 'no look fails for another reason than memreg\'s');

dump_database('plain', '--format=plain');
dump_database('inserts', '--format=plain', '--inserts');
dump_database('custom', '--format=custom');
dump_database('directory', '--format=directory', '--jobs=2');
dump_database('create', '--format=plain', '--create');

# Nobody without the right to bypass row security can dump what is protected, by accident or otherwise.
foreach my $role (qw(app_owner researcher))
{
	my ($out, $error);
	my $ok = run([ 'pg_dump', '--dbname', connection($source, 'city') . " user=$role", '--table=app.member' ], '>', \$out, '2>', \$error);

	ok(!$ok, "$role cannot dump a protected table");
	unlike($out, qr/example\.org/, 'and gets nothing of it');
	local $ENV{PGOPTIONS} = '-c memreg.purpose=research';
	run([ 'pg_dump', '--dbname', connection($source, 'city') . " user=$role", '--table=app.member', '--enable-row-security', '--data-only' ], '>', \$out, '2>', \$error);
	unlike($out, qr/example\.org/, 'nor by asking for row security');
}

# Where all roles are
my $target = new_server('target');
create_roles($target, @roles, $missing_role);
foreach my $way (
	[ 'plain', sub { restore_script($target, $_[0], "$directory/plain") } ],
	[ 'inserts', sub { restore_script($target, $_[0], "$directory/inserts") } ],
	[ 'custom, in one transaction', sub { restore_archive($target, $_[0], "$directory/custom", '--single-transaction') } ],
	[ 'custom, in parallel', sub { restore_archive($target, $_[0], "$directory/custom", '--jobs=2') } ],
	[ 'directory, in parallel', sub { restore_archive($target, $_[0], "$directory/directory", '--jobs=2') } ],
	[ 'in three parts', sub { restore_archive($target, $_[0], "$directory/custom", "--section=$_") || return 0 for qw(pre-data data post-data); 1 } ])
{
	my ($name, $restore) = @$way;
	(my $database = "restored $name") =~ s/,//g;

	$target->safe_psql('postgres', qq{CREATE DATABASE "$database" TEMPLATE template0});
	ok($restore->($database), "$name: restored without an error");
	is($target->safe_psql($database, $declared), $declared_in_source, "$name: everything declared stands");
	is(seen_by_all($target, $database), $seen_in_source, "$name: and everybody sees the same");
}
goes_on($target, 'restored custom in parallel');

# Under the name it had
ok(restore_script($target, 'postgres', "$directory/create"), 'with CREATE DATABASE: restored without an error');
is($target->safe_psql('city', $declared), $declared_in_source, 'with CREATE DATABASE: everything declared stands');

# From the restored one again, by a superuser of another name
create_roles($target, 'admin');
$target->safe_psql('postgres', 'ALTER ROLE admin SUPERUSER; CREATE DATABASE again TEMPLATE template0');
run_log([ 'pg_dump', '--dbname', connection($target, 'city'), '--format=custom', '--file', "$directory/again" ]);
ok(restore_archive($target, 'again', "$directory/again", '--username=admin'), 'a dump of a restored database, by another superuser');
is($target->safe_psql('again', $declared), $declared_in_source, 'once more: everything declared stands');
is(seen_by_all($target, 'again'), $seen_in_source, 'once more: everybody sees the same');

# Where a role is missing: its data stays, it has no access, and it has again once it is there.
my $bare = new_server('bare');
create_roles($bare, @roles);
$bare->safe_psql('postgres', 'CREATE DATABASE city TEMPLATE template0');
run_log([ 'psql', '-X', '-q', '-o', '/dev/null', '-d', connection($bare, 'city'), '-f', "$directory/plain" ]);
is($bare->safe_psql('city', $declared), $declared_in_source, 'a role is missing: everything declared stands');
is(seen_by_all($bare, 'city'), $seen_in_source, 'a role is missing: the others see the same');
$bare->safe_psql('postgres', 'CREATE DATABASE parallel TEMPLATE template0');
ok(!restore_archive($bare, 'parallel', "$directory/custom", '--jobs=2'), 'a role is missing: pg_restore says so');
is($bare->safe_psql('parallel', $declared), $declared_in_source, 'but restores what is declared');
is($bare->safe_psql('city', "SELECT count(*) FROM memreg.access_grant WHERE role = '$missing_role'"), '1', 'its grant is kept by name');
like($bare->safe_psql('city', q{SELECT string_agg(object || ': ' || finding, ', ') FROM memreg.check()}), qr/Leaver/, 'and reported');
create_roles($bare, $missing_role);
$bare->safe_psql('city', qq{GRANT USAGE ON SCHEMA app TO "Leaver ""of"" duty"; GRANT SELECT ON app.member TO "Leaver ""of"" duty"});
is(seen($bare, 'city', $missing_role, 'research', 'SELECT count(*) FROM app.member'), seen($source, 'city', $missing_role, 'research', 'SELECT count(*) FROM app.member'),
	'once it is there, it sees what it saw');

# Without the preload nothing of it can be reached by anybody but superusers.
my $unloaded = new_server('unloaded', "shared_preload_libraries = ''");
create_roles($unloaded, @roles, $missing_role);
foreach my $way (
	[ 'plain', sub { restore_script($unloaded, $_[0], "$directory/plain") } ],
	[ 'custom', sub { restore_archive($unloaded, $_[0], "$directory/custom") } ],
	[ 'custom in parallel', sub { restore_archive($unloaded, $_[0], "$directory/custom", '--jobs=2') } ])
{
	my ($name, $restore) = @$way;
	my $without_pseudonyms = $declared =~ s/^UNION ALL SELECT 'pseudonym'.*\n//mgr;
	my $expected = join "\n", grep { !/^pseudonym\|/ } split /\n/, $declared_in_source;

	$unloaded->safe_psql('postgres', qq{CREATE DATABASE "$name" TEMPLATE template0});
	ok($restore->($name), "not preloaded, $name: restored without an error");
	is($unloaded->safe_psql($name, $without_pseudonyms), $expected, "not preloaded, $name: everything declared stands");
	foreach my $role (@roles, $missing_role)
	{
		my @attempts = map { [ $role, 'research', $_ ] } (
			'SELECT * FROM app.member', 'SELECT count(*) FROM app.member', 'SELECT FROM app.member WHERE id = 1', 'SELECT FROM app.member WHERE id = -1',
			'SELECT * FROM app.empty', 'SELECT FROM app.company WHERE false', 'TABLE app.ip_log', 'TABLE app.ip_log_2025', 'COPY app.member TO STDOUT',
			'INSERT INTO app.member (id, name) VALUES (-5, NULL)', 'UPDATE app.member SET city = NULL', 'UPDATE app.member SET city = NULL WHERE id = -1',
			'DELETE FROM app.member', 'DELETE FROM app.empty', 'SELECT * FROM app.member_view');
		is(seen($unloaded, $name, @attempts), join("\n", map { '=> MR001' } @attempts), "not preloaded, $name: $role is refused everything");
	}
}
$unloaded->psql('plain', q{SELECT memreg.protect('app.company')}, stderr => \my $error);
like($error, qr/Add the line  shared_preload_libraries = 'memreg'  to .*postgresql\.conf and restart/, 'the error says what to add where');
$unloaded->append_conf('postgresql.conf', "shared_preload_libraries = 'memreg'");
$unloaded->restart;
is($unloaded->safe_psql('plain', $declared), $declared_in_source, 'preloaded at last: everything declared stands');
is(seen_by_all($unloaded, 'plain'), $seen_in_source, 'preloaded at last: everybody sees the same');

$_->stop foreach ($source, $target, $bare, $unloaded);
done_testing();

sub new_server
{
	my ($name, $settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->append_conf('postgresql.conf', "memreg.retention_naptime = 0\n" . ($settings // ''));
	$node->start;
	return $node;
}

sub create_roles
{
	my ($node, @names) = @_;

	foreach my $name (@names)
	{
		(my $quoted = $name) =~ s/"/""/g;
		$node->safe_psql('postgres', qq{CREATE ROLE "$quoted" LOGIN});
	}
}

sub connection
{
	my ($node, $database) = @_;

	return $node->connstr($database);
}

sub dump_database
{
	my ($name, @options) = @_;

	command_ok([ 'pg_dump', '--dbname', connection($source, 'city'), @options, '--file', "$directory/$name" ], "dumped: $name");
}

sub restore_script
{
	my ($node, $database, $script) = @_;

	return run_log([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', connection($node, $database), '-f', $script ]);
}

sub restore_archive
{
	my ($node, $database, $archive, @options) = @_;

	return run_log([ 'pg_restore', '--dbname', connection($node, $database), @options, $archive ]);
}

# What a statement gives to a role for a purpose, and its SQLSTATE.
sub seen
{
	my ($node, $database, @looks) = @_;

	@looks = ([@looks]) unless ref $looks[0];
	my $script = "\\set VERBOSITY sqlstate\n";
	foreach my $look (@looks)
	{
		my ($role, $purpose, $statement) = @$look;
		(my $quoted = $role) =~ s/"/""/g;
		$script .= qq{SET ROLE "$quoted";\nSET memreg.purpose = '$purpose';\n$statement;\n\\echo => :SQLSTATE\nRESET ROLE;\n};
	}
	my $out;
	$node->psql($database, $script, stdout => \$out, stderr => \my $error, on_error_stop => 0);
	return $out;
}

sub seen_by_all
{
	return seen(@_, @looks);
}

# The restored database goes on where the other one stood: numbers, consents, rules, renames, runs.
sub goes_on
{
	my ($node, $database) = @_;

	is($node->safe_psql($database, <<'END'), "t\nt\nt\nt\nt\n3,4\nt\nt\nt\nkey", 'goes on: numbers, consents, rules, scopes, holds, activity, renames');
SELECT memreg.grant_consent('members', 1, 'research') > (SELECT max(event_id) - 1 FROM memreg.consent_event);
SELECT number = 1 + (SELECT count(*) FROM memreg.consent_event e WHERE (e.purpose_id, e.subject) = (n.purpose_id, n.subject) AND e.event_id < n.event_id)
  FROM memreg.consent_event n ORDER BY event_id DESC LIMIT 1;
DO $$ BEGIN PERFORM memreg.create_purpose('members', 'new', 'consent'), memreg.create_scope('new'); END $$;
SELECT purpose_id > (SELECT max(purpose_id) FROM memreg.purpose o WHERE o.purpose <> 'new') FROM memreg.purpose WHERE purpose = 'new';
SELECT scope_id > (SELECT max(scope_id) FROM memreg.scope o WHERE o.scope NOT LIKE '%new') FROM memreg.scope WHERE scope = 'new';
SELECT memreg.add_retention('members', 'app.answer', '3 years', 'given_at', 'delete') > 0;
DO $$ BEGIN PERFORM memreg.withdraw_consent('members', 2, 'research'); PERFORM memreg.grant_consent('members', 2, 'research'); END $$;
SELECT string_agg(number::text, ',' ORDER BY number) FROM (SELECT number FROM memreg.consent_event e JOIN memreg.purpose p USING (purpose_id)
 WHERE subject = '2' AND purpose = 'research' ORDER BY number DESC LIMIT 2) last;
SELECT memreg.is_held('members', 3) AND NOT memreg.is_held('members', 4) AND memreg.hold('members', 4, 'claim') > (SELECT max(event_id) FROM memreg.hold_event);
SELECT number = 3 FROM memreg.hold_event WHERE subject = '4' ORDER BY event_id DESC LIMIT 1;
INSERT INTO app.answer VALUES (1, 'uusi', '2030-01-01 UTC');
SELECT not_after = '2030-01-02 UTC' FROM memreg.last_activity WHERE register = 'members' AND subject = '1';
ALTER TABLE app.company RENAME id TO key;
SELECT subject FROM memreg.registered_table WHERE relation = 'app.company'::regclass;
END
	is(seen($node, $database, 'researcher', 'research', 'SELECT count(*) FROM app.member'), "4\n=> 00000", 'goes on: the new consent is seen');
	$node->safe_psql($database, q{SELECT memreg.withdraw_consent('members', 1, 'research')});
	is(seen($node, $database, 'researcher', 'research', 'SELECT count(*) FROM app.member'), "3\n=> 00000", 'goes on: its withdrawal binds');
	$node->psql($database, 'DELETE FROM memreg.consent_event', stderr => \my $error);
	like($error, qr/append-only/, 'goes on: the ledger is append-only');
	$node->safe_psql($database, 'SET memreg.retention_max_share = 1; CALL memreg.run_retention()');
	is($node->safe_psql($database, 'SELECT id FROM app.member WHERE seen_at < now() - interval \'2 years\''), '4', 'goes on: retention runs, and keeps who is held');
}

# Two registers and a third with names that need quoting; made-up people.
sub declarations
{
	return <<'SQL';
SET client_min_messages = warning;
CREATE EXTENSION memreg;
CREATE SCHEMA app AUTHORIZATION app_owner;
GRANT USAGE ON SCHEMA app TO researcher, clerk, "Leaver ""of"" duty";

SET ROLE app_owner;
CREATE TABLE app.member (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text, email text UNIQUE, city text, seen_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE app.answer (member bigint NOT NULL REFERENCES app.member ON DELETE CASCADE, answer text, given_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE app.company (id uuid PRIMARY KEY, name text);
CREATE TABLE app.shop (street text, "Tyyppi" text) INHERITS (app.company);
CREATE TABLE app.ip_log (id uuid NOT NULL REFERENCES app.company, address inet, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE app.ip_log_2025 PARTITION OF app.ip_log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE app.ip_log_rest PARTITION OF app.ip_log DEFAULT;
CREATE TABLE app."Asiakas ""ö""" (id text COLLATE "C" PRIMARY KEY, note text);
CREATE TABLE app.empty (id bigint PRIMARY KEY);
CREATE VIEW app.member_view WITH (security_invoker) AS SELECT id, city FROM app.member;
INSERT INTO app.member (name, email, city, seen_at)
SELECT 'Jäsen ' || g, 'jasen' || g || '@example.org', 'Kaupunki ' || g % 3, now() - g * interval '200 days' FROM generate_series(1, 6) g;
INSERT INTO app.answer SELECT g, 'vastaus ' || g FROM generate_series(1, 6) g;
INSERT INTO app.company VALUES ('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', 'Esimerkki Oy'), ('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b302', 'Malli Ky');
INSERT INTO app.ip_log SELECT id, '192.0.2.1', '2025-05-01' FROM app.company;
INSERT INTO app.shop VALUES ('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b303', 'Kauppa', 'Katu 1', 'kioski');
INSERT INTO app."Asiakas ""ö""" VALUES ('ä 1', 'huomautus'), (E'rivi\nvaihto', 'toinen');
RESET ROLE;
CREATE VIEW app.statistic WITH (security_barrier) AS SELECT city, count(*) AS members, count(email) AS emails FROM app.member WHERE city IN ('Kaupunki 1', 'Kaupunki 2') GROUP BY city;
GRANT ALL ON ALL TABLES IN SCHEMA app TO researcher, clerk, "Leaver ""of"" duty";

SECURITY LABEL FOR memreg ON COLUMN app.member.name IS 'identity';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.member.city IS 'background';
SECURITY LABEL FOR memreg ON COLUMN app.member.seen_at IS 'activity';
SECURITY LABEL FOR memreg ON COLUMN app.answer.answer IS 'answers';
SECURITY LABEL FOR memreg ON COLUMN app.company.name IS 'identity';
SECURITY LABEL FOR memreg ON COLUMN app.shop.street IS 'identity';
SECURITY LABEL FOR memreg ON COLUMN app.ip_log.address IS 'trace';
SECURITY LABEL FOR memreg ON COLUMN app."Asiakas ""ö""".note IS 'free_text';

DO $$
BEGIN
	PERFORM memreg.create_register('members', 'Jäsenrekisteri', 'Esimerkkikaupunki', responsible_office => 'Toimisto', decision => '1 §', contact => 'Kirjaamo');
	PERFORM memreg.create_register('companies', 'Asiakasrekisteri', 'Esimerkkikaupunki', 'uuid');
	PERFORM memreg.create_register(E'Asiakkaat\n"kolmas"', 'Kolmas', 'Esimerkkikaupunki', 'text');
	PERFORM memreg.create_purpose('members', 'research', 'consent', 'Tutkimus');
	PERFORM memreg.create_purpose('members', 'Yhteydenotto', 'consent');
	PERFORM memreg.create_purpose('companies', 'service', 'contract');
	PERFORM memreg.create_purpose('companies', 'marketing', 'consent');
	PERFORM memreg.create_purpose(E'Asiakkaat\n"kolmas"', 'research', 'consent');
	PERFORM memreg.add_table('members', 'app.member', 'id', root => true);
	PERFORM memreg.add_table('members', 'app.answer', 'member');
	PERFORM memreg.add_table('members', 'app.empty', 'id');
	PERFORM memreg.add_table('companies', 'app.company', 'id', root => true);
	PERFORM memreg.add_table('companies', 'app.ip_log', 'id');
	PERFORM memreg.add_table(E'Asiakkaat\n"kolmas"', 'app."Asiakas ""ö"""', 'id');
	PERFORM memreg.create_scope('Tutkimus ''2026''', 'Kumppani');
	PERFORM memreg.declare_view('app.statistic', decision => '2 §');
	PERFORM memreg.create_scope('vanha');
	PERFORM memreg.destroy_scope('vanha');
	PERFORM memreg.declare_category('members', 'contact', identifying => true, source => E'Jäsen\n"itse"', mandatory => true, description => 'Sähköposti');
	PERFORM memreg.declare_category('members', 'background', quasi_identifying => true, mandatory => false);
	PERFORM memreg.declare_category('companies', 'trace', technical => true);
	PERFORM memreg.declare_category('companies', 'of_later', special => true, free_text => true);
	PERFORM memreg.declare_category('companies', 'subject_key');
	PERFORM memreg.set_treatment('members', 'research', 'subject_key', 'pseudonym');
	PERFORM memreg.set_treatment('members', 'research', 'identity', 'pseudonym(Tutkimus ''2026'')');
	PERFORM memreg.set_treatment('members', 'research', 'background', 'clear');
	PERFORM memreg.set_treatment('members', 'research', 'answers', 'clear');
	PERFORM memreg.set_treatment('members', 'Yhteydenotto', c, 'clear') FROM unnest('{subject_key,identity,contact}'::text[]) c;
	PERFORM memreg.set_treatment('companies', p, c, 'clear') FROM unnest('{service,marketing}'::text[]) p, unnest('{subject_key,identity,trace}'::text[]) c;
	PERFORM memreg.set_treatment(E'Asiakkaat\n"kolmas"', 'research', c, 'clear') FROM unnest('{subject_key,free_text}'::text[]) c;
	PERFORM memreg.protect(relation) FROM memreg.registered_table;
	PERFORM memreg.grant_access('researcher', 'members', 'research', until => '2999-01-01', decision => '2 §');
	PERFORM memreg.grant_access('researcher', 'members', 'Yhteydenotto');
	PERFORM memreg.grant_access('clerk', 'companies', p) FROM unnest('{service,marketing}'::text[]) p;
	PERFORM memreg.grant_access('clerk', E'Asiakkaat\n"kolmas"', 'research');
	PERFORM memreg.grant_access('"Leaver ""of"" duty"', 'members', 'research');
	PERFORM memreg.grant_consent('members', g, 'research', evidence => '{"lomake": 1}') FROM generate_series(2, 4) g;
	PERFORM memreg.grant_consent('members', 5, 'research', expires_at => '2999-01-01');
	PERFORM memreg.withdraw_consent('members', 3, 'research');
	PERFORM memreg.grant_consent('members', 2, 'research');
	PERFORM memreg.grant_consent('members', 6, 'Yhteydenotto');
	PERFORM memreg.withdraw_consent('members', 1, 'Yhteydenotto');
	PERFORM memreg.grant_consent('companies', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b302', 'marketing');
	PERFORM memreg.grant_consent(E'Asiakkaat\n"kolmas"', E'rivi\nvaihto', 'research');
	PERFORM memreg.hold('members', 3, 'claim'), memreg.hold('members', 4, 'claim', until => '2999-01-01'), memreg.release_hold('members', 4);
	PERFORM memreg.hold('companies', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b302', 'claim', until => '2999-01-01'), memreg.hold(E'Asiakkaat\n"kolmas"', 'ä 1', 'claim');
	PERFORM memreg.assign_nickname('members', 1), memreg.choose_nickname('members', 2, 'Näätä'), memreg.choose_nickname(E'Asiakkaat\n"kolmas"', 'ä 1', 'Näätä');
	PERFORM memreg.add_retention('members', 'app.member', '2 years', 'seen_at', time_zone => 'Europe/Helsinki');
	PERFORM memreg.add_retention('companies', 'app.ip_log', '10 years', 'at', time_zone => 'Europe/Helsinki');
	PERFORM memreg.track_activity('app.answer', 'given_at', time_zone => 'Europe/Helsinki'), memreg.track_activity('app.company', every => '2 hours', time_zone => 'UTC'),
			memreg.track_activity('app.ip_log', 'at', time_zone => 'Europe/Helsinki'), memreg.note_leaving('members', 6), memreg.note_activity(E'Asiakkaat\n"kolmas"', 'ä 1');
END
$$;
CALL memreg.run_retention(dry_run => true);
SQL
}
