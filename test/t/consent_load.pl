# Many sessions give and withdraw the consents of few subjects at once, by every protocol; afterwards the ledger tells one story.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('load');

$node->init;
$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_register('people', 'Another register', 'Example City', 'text');
SELECT memreg.create_purpose('members', 'research', 'consent');
SELECT memreg.create_purpose('people', 'research', 'consent');
END

# In the extended protocols :n is a parameter without a type.
my $scripts = PostgreSQL::Test::Utils::tempdir;
my %script = (
	grant => q{SELECT memreg.grant_consent('members', :n, 'research');},
	withdraw => q{SELECT memreg.withdraw_consent('members', :n, 'research');},
	lapse => q{SELECT memreg.grant_consent('members', :n, 'research', expires_at => clock_timestamp() + interval '1 second');},
	text => q{SELECT memreg.grant_consent('people', :n, 'research');},
	look => q{SELECT memreg.has_consent('members', :n, 'research');},
	pair => q{BEGIN; SELECT memreg.withdraw_consent('people', :n, 'research'); SELECT memreg.grant_consent('people', :n, 'research'); END;},
	undone => q{BEGIN; SELECT memreg.withdraw_consent('members', :n, 'research'); ROLLBACK;});
my $each = 40;
my $clients = 6;

foreach my $name (sort keys %script)
{
	my $path = "$scripts/$name.sql";
	append_to_file($path, "\\set n random(1, 5)\n" . join("\n", split /(?<=;) /, $script{$name}) . "\n");
}
foreach my $protocol (qw(simple extended prepared))
{
	# In the simple protocol :n arrives as a number, which is no key of the register of texts.
	my @names = grep { $protocol ne 'simple' || $script{$_} !~ /people/ } sort keys %script;

	$node->command_ok([ 'pgbench', '--no-vacuum', "--protocol=$protocol", "--client=$clients", '--jobs=2', "--transactions=$each",
			map { "--file=$scripts/$_.sql" } @names ],
		"acts at once, protocol $protocol");
}

cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM memreg.consent_event'), '>', $clients * $each, 'there are events');
is($node->safe_psql('postgres', <<'END'), '', 'numbers have no gap, time goes forward, and each event says what it changed');
SELECT * FROM (
	SELECT e.*, row_number() OVER subject AS should, lag(happened_at) OVER subject AS earlier,
	       coalesce(lag(act) OVER subject = 'granted' AND coalesce(lag(expires_at) OVER subject > happened_at, true), false) AS stood,
	       lag(expires_at) OVER subject AS stood_until
	  FROM memreg.consent_event e WINDOW subject AS (PARTITION BY purpose_id, subject ORDER BY number)) e
 WHERE number <> should OR happened_at < earlier
    OR changed <> ((act = 'granted', expires_at) IS DISTINCT FROM (stood, CASE WHEN stood THEN stood_until END)) LIMIT 5
END
is($node->safe_psql('postgres', <<'END'), '', 'what stands is what the last event says');
SELECT * FROM memreg.consent_state s
  FULL JOIN (SELECT DISTINCT ON (purpose_id, subject) * FROM memreg.consent_event ORDER BY purpose_id, subject, number DESC) e USING (purpose_id, subject)
 WHERE (s.granted, s.events, s.changed_at) IS DISTINCT FROM (e.act = 'granted', e.number, e.happened_at) OR s.expires_at IS DISTINCT FROM e.expires_at
END
is($node->safe_psql('postgres', 'SELECT count(DISTINCT subject) FROM memreg.consent_event'), '5', 'of the five subjects');
$node->stop;
done_testing();
