# The master key: every way in which it can be absent or wrong is named, costs no more than the time allowed, and tells
# nobody anything of it; the server starts all the same, and what needs no key works.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# A key for tests, which must never show up anywhere but in the settings that hold it.
my $digits = '5ec4e7' . '0123456789abcdef' x 3 . 'fedcba9876';
my $other_digits = 'a' x 64;

my $node = PostgreSQL::Test::Cluster->new('keys');
my $directory = PostgreSQL::Test::Utils::tempdir;
my $file = "$directory/key";
my $pids = "$directory/pids";
my $alone = ''; # what single-user mode printed

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.master_key_command = ''
memreg.retention_naptime = 0
memreg.master_key_timeout = 1
log_statement = all
shared_buffers = 1MB
max_connections = 20
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
CREATE ROLE clerk;
SELECT memreg.create_register('members', 'Member register', 'Example City');
END

# Absent in a server that was started with these settings, and why.
sub absent_with
{
	my ($name, $settings, $why) = @_;

	start_with($settings);
	my ($code, $out, $error) = query(q{SELECT memreg.create_scope('new')});
	like($error, qr/MR101.*the master key is not available.*$why.*HINT:/s, "absent: $name");
}

# The same without a server: single-user mode loads memreg as a server does, and is quicker.
sub absent_alone
{
	my ($name, $settings, $why) = @_;
	my ($out, $error);

	configure($settings);
	run_log([ 'postgres', '--single', '-D', $node->data_dir, 'postgres' ],
		'<', \"SELECT memreg.create_scope('new')", '>', \$out, '2>', \$error);
	$alone .= $out . $error;
	like($error, qr/MR101.*the master key is not available.*$why.*HINT:/s, "absent: $name");
}

sub command
{
	my ($text) = @_;
	$text =~ s/\\/\\\\/g;
	$text =~ s/'/''/g;
	return "memreg.master_key_command = '$text'";
}

sub key_file
{
	my ($path) = @_;
	return "memreg.master_key_file = '$path'";
}

# Settings stand until the next call.
sub configure
{
	my ($settings) = @_;

	write_file($node->data_dir . '/key.conf', "$settings\n");
}

sub start_with
{
	my ($settings) = @_;

	$node->stop('fast', fail_ok => 1);
	configure($settings);
	$node->start;
}

sub query
{
	my ($sql, %options) = @_;
	my ($out, $error);
	my $code = $node->psql('postgres', $sql, stdout => \$out, stderr => \$error,
		extra_params => [ '-v', 'VERBOSITY=verbose' ], %options);
	return ($code, $out, $error);
}

sub write_file
{
	my ($path, $content, $mode) = @_;

	unlink $path;
	open my $handle, '>', $path or die "$path: $!";
	binmode $handle;
	print $handle $content;
	close $handle or die "$path: $!";
	chmod $mode // 0600, $path or die "$path: $!";
}

# Those of the processes in the file that run; what has ended may wait to be reaped by init.
sub alive
{
	return grep { (-e "/proc/$_/stat" ? slurp_file("/proc/$_/stat") : 'Z') !~ /\bZ\b/ } split ' ', -e $pids ? slurp_file($pids) : '';
}

$node->append_conf('postgresql.conf', "include_if_exists 'key.conf'");

# No source, or two
absent_with('no source', '', 'no key source was configured');
unlike(slurp_file($node->logfile), qr/starts without the master key/, 'nobody is warned of a key that was never configured');
write_file($file, $digits);
absent_with('two sources', command("echo $digits") . "\n" . key_file($file),
	'both memreg.master_key_command and memreg.master_key_file were set');

# What needs no key works without it.
is($node->safe_psql('postgres', <<'END'), "f\nt\nt\nf", 'what needs no key works without it');
SET client_min_messages = error;
DO $$ BEGIN PERFORM memreg.create_purpose('members', 'research', 'consent'); END $$;
SELECT memreg.master_key_present();
SELECT memreg.grant_consent('members', 1, 'research') > 0;
SELECT memreg.has_consent('members', 1, 'research');
SELECT EXISTS (SELECT FROM memreg.scope);
END
my ($code, $out, $error) = query(q{SELECT memreg.create_purpose('members', 'contact', 'consent')});
like($error, qr/NOTICE.*no pseudonyms yet.*make_purpose_scope/s, 'a purpose without pseudonyms is made, and it is said');
($code, $out, $error) = query(q{SELECT memreg.set_treatment('members', 'research', 'contact', 'pseudonym')});
like($error, qr/MR101/, 'a treatment that needs them is not');
like(slurp_file($node->logfile), qr/LOG: .*memreg starts without the master key: both/, 'the log says why the key is absent');

# Commands that hang: the time allowed is a second.
foreach my $hanging (
	[ 'a command that hangs', 'echo $$ > PIDS; exec sleep 60' ],
	[ 'a command whose child hangs', 'echo $$ > PIDS; sleep 60 & echo $! >> PIDS; wait' ],
	[ 'a command that hangs after printing a key', "echo \$\$ > PIDS; echo $digits; exec sleep 60" ],
	[ 'a command that closes its output and hangs', "echo \$\$ > PIDS; echo $digits; exec >&- sleep 60" ],
	[ 'a command that ends and whose child keeps the output', 'sleep 60 & echo $! > PIDS' ],
	[ 'a command that cannot be terminated', 'trap "" TERM INT HUP; echo $$ > PIDS; while :; do sleep 1; done' ],
	[ 'a command that dribbles', 'echo $$ > PIDS; while :; do printf a; sleep 0.2; done' ])
{
	my ($name, $text) = @$hanging;
	my $before = time;

	unlink $pids;
	$text =~ s/PIDS/$pids/g;
	absent_with($name, command($text), 'the key command did not finish within 1 seconds');
	cmp_ok(time - $before, '<', 20, "no more than the time allowed is waited for $name");
	is(join(' ', alive()), '', "nothing is left of $name");
}

$node->stop;

# Commands that fail
absent_alone('a command that fails', command('exit 3'), 'At server start, the key command failed with exit code 3');
absent_alone('a command that does not exist', command('/nonexistent/command'), 'the key command failed with exit code 127');
absent_alone('a command that fails after printing a key', command("echo $digits; exit 1"), 'the key command failed with exit code 1');
absent_alone('a command that is killed', command('kill -9 $$'), 'the key command was ended by signal 9');

# Output that is no key
my $no_key = 'gave something else than 64 hexadecimal digits';
foreach my $wrong (
	[ 'nothing', 'true' ],
	[ 'a newline', 'echo' ],
	[ '63 digits', 'printf ' . substr($digits, 1) ],
	[ '65 digits', "printf ${digits}0" ],
	[ '64 characters, one of them no digit', 'printf ' . substr($digits, 1) . 'g' ],
	[ 'an 0x before the digits', 'printf 0x' . substr($digits, 2) ],
	[ 'blanks around the digits', "printf ' $digits '" ],
	[ 'a newline before the digits', "printf '\\n$digits'" ],
	[ 'two newlines', "printf '$digits\\n\\n'" ],
	[ 'a carriage return', "printf '$digits\\r\\n'" ],
	[ 'a NUL', "printf '$digits\\000'" ],
	[ 'binary', "printf '\\001\\200\\377%061d' 0" ],
	[ 'colons', "printf '%s' ab:cd" ],
	[ 'two keys', "echo $digits; echo $digits" ],
	[ 'no end of output', 'yes' . substr($digits, 0, 3) . ' || yes' ])
{
	my ($name, $text) = @$wrong;
	absent_alone($name, command($text), $name =~ /no end/ ? '(?:gave something else|was ended by signal|failed with exit code)' : "the key command $no_key");
}

# Files
mkdir "$directory/directory" or die $!;
system('mkfifo', "$directory/fifo") == 0 or die 'mkfifo';
chmod 0600, "$directory/fifo";
absent_alone('a file that is missing', key_file("$directory/missing"), 'the key file could not be opened: No such file or directory');
absent_alone('a directory', key_file("$directory/directory"), 'the key file was no regular file');
absent_alone('a FIFO', key_file("$directory/fifo"), 'the key file was no regular file');
absent_alone('a device', key_file('/dev/zero'), 'the key file was no regular file');
absent_alone('a file under a file', key_file("$file/x"), 'the key file could not be opened: Not a directory');
foreach my $mode (0644, 0640, 0604, 0620, 0610, 0666)
{
	write_file($file, $digits, $mode);
	absent_alone(sprintf('a file of mode %04o', $mode), key_file($file), 'could be read by, somebody else than the server\'s user');
}
absent_alone('a file that is anybody\'s', key_file('/etc/passwd'), 'the key file belonged to, or could be read by, somebody else');
write_file("$directory/open", $digits, 0644);
symlink "$directory/open", "$directory/link_to_open" or die $!;
absent_alone('a symbolic link to a file that is open to others', key_file("$directory/link_to_open"), 'could be read by, somebody else');
write_file($file, '');
absent_alone('an empty file', key_file($file), "the key file $no_key");
write_file($file, "$digits\n\n");
absent_alone('a file with an empty line more', key_file($file), "the key file $no_key");
write_file($file, $digits x 1000);
absent_alone('a large file', key_file($file), "the key file $no_key");
SKIP:
{
	skip 'root may read everything', 1 if $> == 0;
	write_file($file, $digits, 0000);
	absent_alone('a file that cannot be read', key_file($file), 'the key file could not be opened: Permission denied');
}

# Present, in every form allowed
my $pseudonym;
my $fingerprint;
write_file($file, $digits);
symlink $file, "$directory/link" or die $!;
write_file($node->data_dir . '/key', $digits);
foreach my $right (
	[ 'digits from a command', command("printf $digits") ],
	[ 'with a newline', command("echo $digits") ],
	[ 'in capitals', command('echo ' . uc $digits) ],
	[ 'by a pipe', command("echo ${digits}x | tr -d x") ],
	[ 'with per cent signs', command("printf '%s\\n' $digits # %p %f %%") ],
	[ 'after a message on standard error', command("echo hello >&2; echo $digits") ],
	[ 'slowly', command('for d in 5ec4e7 ' . substr($digits, 6) . '; do printf $d; sleep 0.1; done') ],
	[ 'with a child that lets go of the output', command("sleep 3 >/dev/null & echo $digits") ],
	[ 'from a file', key_file($file) ],
	[ 'by a symbolic link', key_file("$directory/link") ],
	[ 'by a path from the data directory', key_file('key') ])
{
	my ($name, $settings) = @$right;

	start_with($settings);
	is($node->safe_psql('postgres', 'SELECT memreg.master_key_present()'), 't', "present: $name");
	unless (defined $pseudonym)
	{
		$node->safe_psql('postgres', q{SELECT memreg.create_scope('university'); SELECT memreg.create_scope('old'); SELECT memreg.destroy_scope('old')});
		$pseudonym = $node->safe_psql('postgres', q{SELECT memreg.pseudonym('university', 'x'), memreg.pseudonym_uuid('university', 'x')});
		$fingerprint = $node->safe_psql('postgres', 'SELECT memreg.master_fingerprint()');
	}
	is($node->safe_psql('postgres', q{SELECT memreg.pseudonym('university', 'x'), memreg.pseudonym_uuid('university', 'x')}), $pseudonym,
		"the same pseudonyms: $name");
}
write_file("$directory/mode0400", "$digits\n", 0400);
start_with(key_file("$directory/mode0400"));
is($node->safe_psql('postgres', 'SELECT memreg.master_fingerprint()'), $fingerprint, 'the same key from a file that nobody may write');
is($node->safe_psql('postgres', 'SELECT memreg.make_purpose_scope(register, purpose) FROM memreg.purpose'), "t\nt", 'purposes made without the key get their scopes');

# After a crash
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', q{SELECT memreg.pseudonym('university', 'x'), memreg.pseudonym_uuid('university', 'x')}), $pseudonym, 'the same pseudonyms after a crash');

# Another key is noticed and never used.
my $scopes = q{SELECT md5(string_agg(s::text || k, '' ORDER BY k.scope_id, k.version)) FROM memreg.scope s JOIN memreg.scope_key k USING (scope_id)};
my $before = $node->safe_psql('postgres', $scopes);
start_with(command("echo $other_digits"));
foreach my $needing (
	q{SELECT memreg.pseudonym('university', 'x')},
	q{SELECT memreg.pseudonym_uuid('university', 'x')},
	q{SELECT memreg.create_scope('another')},
	q{SELECT memreg.create_purpose('members', 'another', 'consent')},
	q{SELECT memreg.new_scope_key('another', 1)},
	q{SELECT memreg.master_fingerprint()})
{
	($code, $out, $error) = query($needing);
	like($error, qr/MR102: the master key is not the one.*HINT:/s, "wrong key: $needing");
}
($code, $out, $error) = query(q{SELECT memreg.pseudonym('old', 'x')});
like($error, qr/MR113/, 'a destroyed scope is that under any key');
is($node->safe_psql('postgres', $scopes), $before, 'nothing was written under the wrong key');
is($node->safe_psql('postgres', q{SELECT count(*) FROM memreg.purpose WHERE purpose = 'another'}), '0', 'nor half of a purpose');
is($node->safe_psql('postgres', q{SELECT memreg.has_consent('members', 1, 'research')}), 't', 'consents need no key');
is($node->safe_psql('postgres', q{CREATE DATABASE another}), '', 'another database of the server');
is($node->safe_psql('another', q{CREATE EXTENSION memreg; SELECT memreg.create_scope('university')}), '', 'may start with this key');
start_with(key_file($file));
is($node->safe_psql('postgres', q{SELECT memreg.pseudonym('university', 'x'), memreg.pseudonym_uuid('university', 'x')}), $pseudonym, 'the right key again');
($code, $out, $error) = query(q{SELECT 1});
is($node->psql('another', q{SELECT memreg.pseudonym('university', 'x')}), 3, 'and now the other database has the wrong one');

# Nobody is told.
start_with(command("echo $digits"));
($code, $out, $error) = query("SET ROLE clerk; SHOW memreg.master_key_command");
like($error, qr/42501/, 'an ordinary role cannot show the command');
($code, $out, $error) = query("SET ROLE clerk; SELECT current_setting('memreg.master_key_command')");
like($error, qr/42501/, 'nor read it');
is($node->safe_psql('postgres', q{SET ROLE clerk; SELECT count(*) FROM pg_settings WHERE name IN ('memreg.master_key_command', 'memreg.master_key_file')}), '0',
	'nor find it in a view');
foreach my $setting (qw(command file timeout))
{
	($code, $out, $error) = query("SET memreg.master_key_$setting = '1'");
	like($error, qr/55P02/, "memreg.master_key_$setting cannot be changed while the server runs");
}
my $log = slurp_file($node->logfile) . $alone;
$log =~ s/^.*(?:memreg\.master_key_\w+" changed|parameter "memreg).*$//mg;
unlike($log, qr/$digits/i, 'the key is not in the log');
unlike($log, qr/0123456789abcdef/, 'nor a part of it');
unlike($log, qr/a{64}/, 'nor the other key');
unlike($log, qr/PANIC|terminated by signal (?!9)/, 'nothing crashed');

$node->stop;
done_testing();
