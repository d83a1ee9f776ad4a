# The benchmarks run, with little data: every line of the table is there, every limit was compared, and both sides of
# each pair gave the answers that they should. Whether the limits are met shows only at full size, see docs/benchmarks.md.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my %line = (
	scan_bigint => '<= 1.10', scan_exists => ' ', scan_in => ' ', scan_parallel => ' ',
	scan_uuid => '<= 1.25', scan_text => '<= 1.25',
	lookup => '>= 0.90', lookup_set_local => '>= 0.90',
	index_load => '<= 3', index_load_parallel => ' ', index_load_uuid => '<= 3',
	index_memory => '<= 2', index_memory_uuid => '<= 32', index_backend => '<= 0.1',
	withdrawal => '<= 1', grant => '>= 0.7', grant_two => '>= 0.7', bulk => '>= 0.5',
	pseudonym_hmac => '>= 4', pseudonym_sha256 => '<= 1.5', pseudonym_text => '<= 1.3', pseudonym_bigint => ' ',
	seal => '<= 3', seal_random => ' ',
	shape_ipv4 => '<= 10', shape_ipv6 => ' ', shape_email => ' ', shape_phone => ' ', shape_nickname => ' ',
	pseudonym_parallel => '>= 1.5', pseudonym_memory => '<= 1.1',
	columns_clear => '<= 1.02', clear_if_consent => '<= 15', case_by_hand => ' ', equality_raw => ' ', equality_raw_clear => ' ',
	activity => '<= 1.05', activity_cold => ' ', activity_bulk => ' ', activity_first => ' ',
	plan_guarded => '<= 50', plan_clear => ' ', plan_unguarded => '<= 5',
	purge_many => '>= 0.80', purge_many_loop => ' ', purge_many_keyset => ' ',
	purge_held => '>= 0.80', purge_few => '>= 0.80', purge_few_loop => ' ', purge_few_keyset => ' ', purge_memory => '<= 1.1',
	partition_drop => '<= 0.5', partition_drop_table => ' ', partition_drop_partman => ' ', retention_idle => '<= 1',
	foreground_other => '>= 0.93', foreground_other_p99 => '<= 1.25', foreground_same => '>= 0.93', foreground_same_p99 => '<= 1.25');

my $node = PostgreSQL::Test::Cluster->new('bench');
my $results = PostgreSQL::Test::Utils::tempdir;
my %small = (BENCH_OUT => $results, BENCH_SCALE => 0.002, BENCH_RUNS => 1, BENCH_SECONDS => 1, BENCH_ROUNDS => 3);

$node->init;
$node->append_conf('postgresql.conf', slurp_file('test/bench/server.conf') . "shared_buffers = 128MB\n");
$node->start;
local @ENV{ 'PGHOST', 'PGPORT', keys %small } = ($node->host, $node->port, values %small);

command_ok([ 'test/bench/measure.sh' ], 'the benchmarks run, and no answer is wrong');

my ($head, @rows) = split /\n/, slurp_file("$results/bench.csv");
my %row = map { my %cell; @cell{ split /,/, $head } = split /,/, $_, -1; ($cell{name} => \%cell) } @rows;
my $table = slurp_file("$results/bench.txt");

is_deeply([ sort keys %row ], [ sort keys %line ], 'each line of the table is there');
is(scalar @rows, scalar keys %row, 'and once');
foreach my $name (sort keys %line)
{
	my $cell = $row{$name};

	like($table, qr/^\Q$name\E /m, "$name is in the printed table");
	next if $cell->{met} eq 'absent';
	is("$cell->{relation} $cell->{limit}", $line{$name}, "$name has its limit");
	like($cell->{figure}, qr/^-?\d+\.\d+$/, "$name has a figure");
	like($cell->{met}, $line{$name} eq ' ' ? qr/^no limit$/ : qr/^(yes|no)$/, "$name is compared with its limit");
}

$ENV{BENCH} = 'no_such';
command_fails_like([ 'test/bench/measure.sh' ], qr/no benchmark "no_such"; there are: scan_bigint /, 'a name that is none is told');
$node->stop;
done_testing();
