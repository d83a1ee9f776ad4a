#!/usr/bin/perl
# Runs test programs that print TAP and counts their assertions.
#
#   tap.pl --counts=FILE [--jobs=N] [--exec=COMMAND] [--logs=DIR] TEST...
#
# FILE receives "PASSED FAILED".  A program that dies, or whose output does not
# fit its plan, has failed at least once, whatever it printed.  COMMAND stands
# before each test's path.  Of a failed test, DIR/regress_log_NAME is shown.
use strict;
use warnings;
use File::Basename;
use Getopt::Long;
use TAP::Harness;

my $jobs = 1;
my ($counts, $exec, $logs) = ('', '', '');
GetOptions('counts=s' => \$counts, 'jobs=i' => \$jobs, 'exec=s' => \$exec, 'logs=s' => \$logs)
  or exit 2;

my $harness = TAP::Harness->new(
	{
		jobs => $jobs,
		failures => 1,
		timer => 1,
		exec => [ split ' ', $exec ],
	});
my $result = $harness->runtests(@ARGV);
my ($passed, $failed) = (0, 0);

foreach my $test ($result->descriptions)
{
	my ($parser) = $result->parsers($test);

	$passed += $parser->passed;
	next unless $parser->has_problems;
	$failed += $parser->failed || 1;
	show_log($test);
}

open my $file, '>', $counts or die "$counts: $!";
print $file "$passed $failed\n";
close $file or die "$counts: $!";
exit($failed > 0);

sub show_log
{
	my $log = "$logs/regress_log_" . basename($_[0], '.pl');

	return unless open my $file, '<', $log;
	my @lines = <$file>;
	my $first = @lines > 40 ? @lines - 40 : 0;
	print "---- end of $log\n", @lines[ $first .. $#lines ], "----\n";
}
