# Where random queries run: a server with the tables of test/policy/equivalence.sql, and views over them, and a role that
# runs statements over the guarded tables or over the treated copy.
package Place;
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Tables;

my %role_of = (research => 'researcher', care => 'clerk', statistics => 'analyst');

sub new
{
	my ($class, $name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->append_conf('postgresql.conf', "memreg.retention_naptime = 0\njit = off\nlog_statement = none\nlog_min_error_statement = panic\nmax_parallel_workers_per_gather = 0");
	$node->start;
	$node->safe_psql('postgres', slurp_file("$FindBin::RealBin/../policy/equivalence.sql"));
	foreach my $purpose (sort keys %role_of)
	{
		$node->safe_psql('postgres', "CREATE SCHEMA app_$purpose AUTHORIZATION $role_of{$purpose}; ALTER ROLE $role_of{$purpose} LOGIN");
		foreach my $path ("app_$purpose, app", $purpose)
		{
			$node->safe_psql('postgres', "SET ROLE $role_of{$purpose}; SET memreg.purpose = '$purpose'; SET search_path = $path, lab, public;" . Tables::make_views());
		}
	}
	$node->safe_psql('postgres', 'CREATE ROLE exempt LOGIN BYPASSRLS IN ROLE ' . join(', ', map { $role_of{$_} } sort keys %role_of));
	return bless({ node => $node }, $class);
}

sub node { return $_[0]{node} }

sub role { return $role_of{ $_[1] } }

# What psql says to a script, run by the purpose's role: standard output and standard error. place: guarded, copy; or
# exempt, the guarded tables for somebody whom memreg leaves alone.
sub run
{
	my ($self, $purpose, $place, $script) = @_;
	my $path = $place eq 'copy' ? "$purpose,lab,public" : "app_$purpose,app,lab,public";
	my $role = $place eq 'exempt' ? 'exempt' : $role_of{$purpose};
	my ($out, $error) = ('', '');

	local $ENV{PGOPTIONS} = "-c memreg.purpose=$purpose -c search_path=$path -c statement_timeout=3000";
	$self->{node}->psql('postgres', "\\set VERBOSITY verbose\n\\pset null NULL\n$script", stdout => \$out, stderr => \$error,
		on_error_stop => 0, extra_params => [ '-U', $role ]);
	return ($out, $error);
}

# What the server's log should not hold of a session, judged by what its role may see; of others it is as of research,
# but for the role that may see everything.
sub told
{
	my ($self) = @_;
	my %purpose_of = map { $role_of{$_} => $_ } keys %role_of;
	my $role = '';
	my @told;

	foreach my $line (split /\n/, slurp_file($self->{node}->logfile))
	{
		$role = $line =~ / (\w+)\@postgres / ? $1 : '' if $line =~ /^\d{4}-/;
		$line =~ s/ \[\d+\] / /; # a process's number is nobody's income
		push @told, $line if $role ne 'exempt' && $line =~ Tables::canary($purpose_of{$role} || 'research');
	}
	return @told;
}

# Lines of the server's log that tell of a crash.
sub crashes
{
	my ($self) = @_;

	return grep { /PANIC:|TRAP:|terminated by signal|server process .* exited with|LEAK|leak:/ } split /\n/, slurp_file($self->{node}->logfile);
}

1;
