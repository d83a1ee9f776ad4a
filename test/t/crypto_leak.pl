# No key gets out: after all that can be done with keys, and all that can go wrong, with every kind of logging on, no key
# stands in the log, in statistics, in a dump, in any file of the server, nor in what a core dump would hold; and no value
# of a person in an error.
use strict;
use warnings;
use File::Find;
use IPC::Run qw(run);
use MIME::Base64;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('leak');
my $directory = PostgreSQL::Test::Utils::tempdir;
my $libraries = `pg_config --pkglibdir`;
chomp $libraries;
my @extensions = grep { -e "$libraries/$_.so" } qw(auto_explain pg_stat_statements);
my %key = (A => join('', map { sprintf '%02x', 33 + $_ * 7 % 200 } 1 .. 32), B => join('', map { sprintf '%02x', 40 + $_ * 11 % 190 } 1 .. 32));
my %secret;       # name by hexadecimal digits
my $printed = ''; # all that clients were sent

foreach (keys %key)
{
	append_to_file("$directory/$_", "$key{$_}\n");
	chmod 0600, "$directory/$_" or die $!;
}

$node->init;
$node->append_conf('postgresql.conf', <<"END");
shared_preload_libraries = '${\ join ',', 'memreg', @extensions}'
memreg.master_key_command = ''
memreg.retention_naptime = 0
shared_buffers = 4MB
max_connections = 20
wal_level = logical
log_min_messages = debug5
log_statement = all
log_duration = on
log_min_duration_statement = 0
log_parameter_max_length = -1
log_parameter_max_length_on_error = -1
track_activity_query_size = 10kB
include 'key.conf'
END
$node->append_conf('postgresql.conf', <<'END') if grep { $_ eq 'auto_explain' } @extensions;
auto_explain.log_min_duration = 0
auto_explain.log_nested_statements = on
auto_explain.log_analyze = on
auto_explain.log_verbose = on
auto_explain.log_settings = on
auto_explain.log_triggers = on
END
$node->append_conf('postgresql.conf', "pg_stat_statements.track = all\n") if grep { $_ eq 'pg_stat_statements' } @extensions;

sub configure
{
	my ($present, $previous) = @_;

	unlink $node->data_dir . '/key.conf';
	append_to_file($node->data_dir . '/key.conf', "memreg.master_key_file = '$directory/$present'\n"
		. ($previous ? "memreg.previous_master_key_file = '$directory/$previous'\n" : ''));
}

# Errors are wanted: everything is tried.
sub exercise
{
	$node->psql('postgres', "\\set ON_ERROR_STOP 0\nSET client_min_messages = debug1;\n@_", stdout => \my $out, stderr => \my $error, on_error_stop => 0,
		extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	$printed .= "$out\n$error\n";
	return $error;
}

# Python unwraps what is stored now.
sub learn
{
	my ($master_key) = @_;
	my $keys = $node->safe_psql('postgres', <<'END');
SELECT row_to_json(k) FROM (SELECT s.scope, s.register_id, k.version, k.wrapped_key, k.master_fingerprint
	FROM memreg.scope_key k JOIN memreg.scope s USING (scope_id) WHERE k.wrapped_key IS NOT NULL ORDER BY 1, 3) k;
SELECT row_to_json(s) FROM memreg.subject_secret s;
END
	run([ 'python3', '-B', 'test/known/known.py', 'secrets', $master_key ], '<', \$keys, '>', \my $secrets) or die 'known.py';
	while ($secrets =~ /^([0-9a-f]+) (.*)$/mg)
	{
		$secret{$1} = $2;
	}
}

# What grep -F looks for: of each secret its bytes, or as many as stand in a line, and all forms that somebody may print.
sub patterns
{
	my @patterns;

	foreach my $digits (@_)
	{
		my $bytes = pack 'H*', $digits;
		my ($line) = sort { length $b <=> length $a } split /\n/, $bytes;
		my $base64 = substr(encode_base64($bytes, ''), 0, 20);

		push @patterns, $line, $digits, uc $digits, join(' ', unpack '(A2)*', $digits), $base64, $base64 =~ tr/+\//-_/r;
	}
	return join '', map { "$_\n" } @patterns;
}

# The files under some paths in which a pattern stands.
sub found
{
	my ($patterns, @paths) = @_;

	unlink "$directory/patterns";
	append_to_file("$directory/patterns", $patterns);
	run([ 'env', 'LC_ALL=C', 'grep', '-r', '-l', '-a', '-F', '-f', "$directory/patterns", @paths ], '>', \my $files, '2>', \my $error);
	return $error if $error ne '';
	return join ' ', sort map { s/.*\///r } split /\n/, $files;
}

my $everything = <<'END';
SELECT memreg.pseudonym('university', canary()), memreg.pseudonym_uuid('university', canary()), memreg.pseudonym_bigint('university', 7);
SELECT memreg.pseudonyms('university', 'x'), memreg.pseudonyms_uuid('university', 'x'), memreg.pseudonyms_bigint('university', 7);
SELECT memreg.unseal('phones', memreg.seal('phones', canary(), 'c'), 'Test', 'c'), memreg.unseal('phones', memreg.seal_random('phones', canary(), 'c'), 'Test', 'c');
SELECT memreg.subject_pseudonym('university', 'members', g) FROM generate_series(1, 3) g;
SELECT memreg.issue_subject_token('members', 1) IS NOT NULL;
TABLE memreg.key_status;
SELECT * FROM memreg.check();
PREPARE p AS SELECT memreg.pseudonym('university', $1), memreg.seal('phones', $1);
EXECUTE p ('x');
EXPLAIN (ANALYZE, VERBOSE) EXECUTE p ('x');
SET debug_print_parse = on; SET debug_print_rewritten = on; SET debug_print_plan = on;
SELECT memreg.pseudonym('university', 'x'), memreg.seal('phones', 'x'), memreg.subject_pseudonym('university', 'members', 1);
RESET debug_print_parse; RESET debug_print_rewritten; RESET debug_print_plan;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT count(DISTINCT memreg.pseudonym('university', id::text)), count(DISTINCT memreg.seal('phones', id::text)) FROM many;
BEGIN; SELECT memreg.unseal('phones', memreg.seal('phones', canary()), 'Test'); ROLLBACK;
BEGIN; SELECT memreg.unseal('phones', memreg.seal('phones', canary()), 'Test'); PREPARE TRANSACTION 'p';
COPY (SELECT memreg.pseudonym('university', 'x')) TO STDOUT;
SET ROLE researcher; SET memreg.purpose = 'research'; SELECT id, name FROM member; RESET ROLE;
END
my $errors = <<'END';
SELECT memreg.pseudonym('nothing', canary()); SELECT memreg.pseudonym('old', canary()); SELECT memreg.seal('old', canary());
SELECT memreg.unseal('phones', memreg.seal('phones', canary()), '');
SELECT memreg.unseal('phones', memreg.seal('phones', canary()), 'Test', 'another');
SELECT memreg.unseal('university', memreg.seal('phones', canary()), 'Test');
SELECT memreg.unseal('phones', canary(), 'Test');
BEGIN READ ONLY; SELECT memreg.unseal('phones', memreg.seal('phones', canary()), 'Test'); ROLLBACK;
SELECT memreg.unseal('phones', memreg.seal('phones', canary()), 'Test'), 1 / (SELECT 0);
SELECT memreg.subject_pseudonym('university', 'members', canary());
SELECT memreg.rewrap_keys(-1); SELECT memreg.rewrapped_scope_key('x', 1, '\x00', '\x00');
SELECT memreg.rewrapped_scope_key('x', 1, wrapped_key, master_fingerprint) FROM memreg.scope_key WHERE wrapped_key IS NOT NULL;
UPDATE memreg.scope_key SET wrapped_key = NULL; UPDATE memreg.scope_key SET scope_id = -1, wrapped_key = wrapped_key || '\x00'; INSERT INTO memreg.scope_key SELECT * FROM memreg.scope_key;
INSERT INTO memreg.subject_secret SELECT * FROM memreg.subject_secret;
BEGIN; UPDATE memreg.scope_key SET wrapped_key = overlay(wrapped_key PLACING '\x00' FROM 30); SELECT memreg.pseudonym('university', 'x'); ROLLBACK;
BEGIN; UPDATE memreg.subject_secret SET wrapped_secret = overlay(wrapped_secret PLACING '\x00' FROM 30); SELECT memreg.subject_pseudonym('university', 'members', 1); ROLLBACK;
SET ROLE researcher; SELECT memreg.pseudonym('university', canary()); SELECT memreg.seal('phones', canary()); SELECT memreg.unseal('phones', canary(), 'Test');
SELECT wrapped_key FROM memreg.scope_key; SHOW memreg.master_key_file; SHOW memreg.previous_master_key_file; RESET ROLE;
SET memreg.master_key_file = '/etc/passwd';
END

configure('A');
$node->start;
exercise(<<'END');
CREATE EXTENSION memreg;
CREATE FUNCTION canary() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN reverse(''YRANAC''); END';
CREATE ROLE researcher;
CREATE ROLE clerk IN ROLE pg_read_all_settings, pg_monitor;
CREATE TABLE member (id bigint PRIMARY KEY, name text);
INSERT INTO member VALUES (1, 'one'), (2, 'two');
CREATE TABLE many AS SELECT generate_series(1, 3000) AS id;
GRANT SELECT ON member TO researcher;
SECURITY LABEL FOR memreg ON COLUMN member.name IS 'nickname';
SELECT memreg.create_register('members', 'Member register', 'Example City'), memreg.create_purpose('members', 'research', 'public_task');
SELECT memreg.create_scope('university'), memreg.create_scope('phones'), memreg.create_scope('old'), memreg.rotate_scope('university');
SELECT memreg.set_treatment('members', 'research', 'nickname', 'pseudonym'), memreg.add_table('members', 'member', 'id', root => true);
SELECT memreg.protect('member'), memreg.grant_access('researcher', 'members', 'research');
CREATE TABLE sealed AS SELECT memreg.seal('phones', canary()) AS token;
END
exercise($everything);
learn($key{A});
exercise(q{SELECT memreg.destroy_scope('old'); SELECT memreg.rotate_scope('phones'); SELECT memreg.retire_scope_version('phones', 1); SELECT memreg.forget_subject_secret('members', 3); DELETE FROM member WHERE id = 2;});
my $told = exercise($errors);

configure('B', 'A');
$node->restart;
exercise($everything . 'SELECT memreg.rewrap_keys(1); SELECT memreg.rewrap_keys();' . $everything);
learn($key{B});
$told .= exercise($errors);
cmp_ok(scalar keys %secret, '>', 200, 'there are secrets to be kept');
is(scalar(grep { /^key 1 of scope old/ } values %secret), 1, 'also such as are destroyed now');

# A session that is still there for what follows, and has used all of it.
my $session = $node->background_psql('postgres', on_error_stop => 0);
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query($_) foreach split /;\n/, $everything;
$session->query($_) foreach grep { !/^SET ROLE/ } split /;\s/, $errors;
$session->query('ROLLBACK');
$session->query('RESET ROLE');

# What is said to clients
$told =~ s/^LINE .*\n.*$//mg;
unlike($told, qr/CANARY/, 'no value is in an error');
like($told, qr/ERROR:\s+$_:/, "of which there were: $_") foreach qw(MR103 MR110 MR113 MR115 MR120 MR122 MR014 25006 42501 55P02);
my $log = slurp_file($node->logfile);
$log =~ s/^\S+ \S+ \S+ \[\d+\] .* (?:STATEMENT|LOG):  .*\n(?:\t.*\n)*//mg;
unlike($log, qr/CANARY/, 'nor in the log beside a statement');

# Files
my $patterns = patterns(keys %secret);
append_to_file("$directory/printed", $printed);
append_to_file("$directory/settings", $node->safe_psql('postgres', "SET ROLE $_; SELECT s::text FROM pg_settings s; SELECT a::text FROM pg_stat_activity a; SELECT pg_show_all_settings()::text")) foreach qw(researcher clerk none);
append_to_file("$directory/statements", $node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements; SELECT s::text FROM pg_stat_statements s')) if grep { $_ eq 'pg_stat_statements' } @extensions;
run([ 'pg_dumpall', '--no-sync', '-h', $node->host, '-p', $node->port, '-f', "$directory/dump" ]) or die 'pg_dumpall';
append_to_file("$directory/commands", join "\n", map { slurp_file("/proc/$_/cmdline") . slurp_file("/proc/$_/environ") } slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/, $pid);
$node->safe_psql('postgres', 'CHECKPOINT');

foreach my $digits ((sort keys %secret)[ 0, 1 ])
{
	foreach my $form (pack('H*', $digits), $digits, uc $digits, encode_base64(pack('H*', $digits), ''))
	{
		unlink "$directory/found";
		append_to_file("$directory/found", "\0\377" x 1000 . $form . "\0\n");
		is(found($patterns, "$directory/found"), 'found', 'what is there is found');
	}
}
my $wrapped = $node->safe_psql('postgres', q{SELECT string_agg(encode(wrapped_key, 'hex') || E'\n', '') FROM memreg.scope_key WHERE wrapped_key IS NOT NULL});
like(found(patterns(split /\n/, $wrapped), $node->data_dir, "$directory/dump"), qr/^(?=.*dump)(?=.*\b[0-9A-F]{24}\b)/, 'wrapped keys are in the dump, in WAL and in other files');
is(found($patterns, map { "$directory/$_" } grep { -e "$directory/$_" } qw(printed settings statements dump commands)), '', 'no key is in what clients see, in statistics, settings, a dump, or an environment');
is(found($patterns, $node->logfile), '', 'nor in the log');
is(found($patterns, $node->data_dir), '', 'nor in any file of the server');
is(found("CANARY\n", $node->data_dir, "$directory/dump", $node->logfile), '', 'what was sealed is in none either');

# Memory: pages with keys are not for core dumps, and the others have none.
sub mappings
{
	my ($pid) = @_;
	my @mappings;

	no warnings 'portable'; # addresses have 64 bits
	foreach (split /\n/, slurp_file("/proc/$pid/smaps"))
	{
		push @mappings, { from => hex $1, to => hex $2, mode => $3, name => $4 } if /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)/;
		$mappings[-1]{flags} = " $1 " if /^VmFlags: (.*)/;
	}
	return @mappings;
}

# What is in a mapping; where nothing was ever put, nothing can be read.
sub content
{
	my ($memory, $mapping) = @_;
	my $content = '';

	for (my $at = $mapping->{from}; $at < $mapping->{to}; $at += 1 << 20)
	{
		my $length = $mapping->{to} - $at < 1 << 20 ? $mapping->{to} - $at : 1 << 20;

		sysseek($memory, $at, 0) or last;
		sysread($memory, $content, $length, length $content) or last;
	}
	return $content;
}

# Keys are in mappings that no core dump has, some of them locked too; a file has the others, but for those of programs that
# nobody can write.
sub check_memory
{
	my ($what, $pid, $locked, $kept) = @_;
	my $core = "$directory/core_$pid";
	my %at;

	open my $memory, '<:raw', "/proc/$pid/mem" or die "/proc/$pid/mem: $!";
	foreach my $mapping (mappings($pid))
	{
		next if $mapping->{name} =~ /^\[v/ || $mapping->{name} =~ /^\// && $mapping->{mode} !~ /w/;
		my $content = content($memory, $mapping);

		if ($mapping->{flags} =~ / dd /)
		{
			foreach (@$locked, @$kept)
			{
				push @{ $at{$_} }, $mapping if index($content, pack 'H*', $_) >= 0;
			}
		}
		else
		{
			append_to_file($core, $content);
		}
	}
	close $memory;
	is_deeply([ map { $secret{$_} } grep { !$at{$_} } @$locked, @$kept ], [], "keys are in memory of $what that core dumps leave out");
	is(scalar(grep { $_->{mode} =~ /w/ } map { @$_ } values %at), 0, 'which cannot be written');
	is(scalar(grep { $_->{flags} !~ / lo / } map { @{ $at{$_} // [] } } @$locked), 0, 'nor swapped out');
	isnt(found("$directory/A\n", $core), '', "a core dump of $what has settings");
	is(found($patterns, $core), '', 'and no keys') or diag(map { "$secret{$_}\n" } grep { found(patterns($_), $core) ne '' } keys %secret);
}

# A lock is not inherited: the postmaster's is that of the master keys, a session's that of what it has unwrapped.
SKIP:
{
	my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
	my @unwrapped = grep { $secret{$_} =~ /^subkey (1 of key 2 of scope university|5 of key 2 of scope phones|12 of key 1 of scope members\/|16 of key 1 of scope university)$/ } keys %secret;
	my @master = @key{qw(A B)};
	my $may_lock = slurp_file("/proc/$postmaster/limits") =~ /Max locked memory +(\d{6,}|unlimited)/;

	skip 'no VmFlags here', 1 unless slurp_file("/proc/$postmaster/smaps") =~ /VmFlags/;
	skip 'the memory of other processes cannot be read here', 1 unless open my $memory, '<:raw', "/proc/$postmaster/mem";
	is(scalar @unwrapped, 4, 'subkeys that the session has');
	check_memory('the postmaster', $postmaster, $may_lock ? (\@master, []) : ([], \@master));
	check_memory('a session', $pid, $may_lock ? (\@unwrapped, \@master) : ([], [ @unwrapped, @master ]));
}
$session->quit;
$node->stop;
done_testing();
