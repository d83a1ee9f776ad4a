# What random queries are made of: the relations of test/policy/equivalence.sql, with their columns' types and what each
# purpose may write, and constants.
package Tables;
use strict;
use warnings;

# A column is "name type", and the purposes, if any, that see it in clear.
my %columns = (
	member => [
		'id int8 care', 'invited_by int8 care', 'email text', 'name text research care', 'zip text', 'born date',
		'score int4 research care', 'height numeric care', 'ip inet', 'last_seen timestamptz research care', 'note text',
		'tags text[]', 'details jsonb', 'income int4', 'handle text', 'pin text' ],
	visit => [
		'visit_id int8 research care', 'member_id int8 care', 'zip text', 'page text research care',
		'minutes int4 research care', 'at timestamptz care', 'ip inet' ],
	answer => [
		'answered date research care', 'member_id int8 care', 'question int4 research care', 'body text care',
		'points numeric research care' ],
	score => [ 'member_id int8 care', 'game text research care', 'points int4 research care' ],
	event => [ 'event_id int4 research care', 'member_id int8 care', 'what text research care', 'cost int4 research care' ],
	call => [
		'event_id int4 research care', 'member_id int8 care', 'what text research care', 'cost int4 research care', 'phone text',
		'minutes int4 research care' ],
	patient => [ 'person uuid care', 'code text', 'ward text research care', 'diagnosis text care' ],
	dose => [ 'dose_id int4 research care', 'person uuid care', 'drug text research care', 'amount numeric research care' ],
	client => [ 'nick text care', 'title text research care', 'phone text' ],
	deal => [ 'deal_id int4 research care', 'nick text care', 'amount numeric research care' ]);
$columns{answer_2025} = [ @{ $columns{answer} }[ 4, 2, 3, 1, 0 ] ];
$columns{answer_rest} = $columns{answer};

# Tables of nobody's, and views and functions over the others, which make_views makes.
my %others = (
	'lab.district' => [ 'zip text', 'title text', 'fee int4' ],
	'lab.wave' => [ 'n int4', 'label text' ],
	'lab.basket' => [ 'k int8', 't text', 'n int4' ],
	plain_view => [ 'id int8', 'zip text', 'email text', 'name text' ],
	barrier_view => [ 'id int8', 'zip text', 'email text', 'score int4' ],
	nested_view => [ 'id int8', 'zip text', 'n int8', 'last text' ],
	merged_view => [ 'zip text', 'name text', 'page text' ],
	'members_of(20)' => [ 'id int8', 'zip text', 'email text' ],
	'procedural_rows(10)' => [ 'id int8', 'zip text', 'email text' ]);

my %constants = (
	int8 => [ 0, 1, 5, 12, 20 ],
	int4 => [ 0, 1, 2, 5, 10, 20 ],
	text => [ q{''}, q{'p1-5'}, q{'page 1'}, q{'Aino'}, q{'go'}, q{'x'}, 'NULL::text' ],
	bool => [ 'true', 'false', 'NULL::bool' ],
	date => [ q{DATE '2025-01-01'}, q{DATE '2024-03-03'}, q{DATE '2024-07-01'} ],
	numeric => [ '0.5', '3::numeric', '10.25' ],
	timestamptz => [ q{TIMESTAMPTZ '2025-01-10 00:00+00'} ],
	inet => [ q{INET '10.0.0.1'} ],
	uuid => [ q{UUID '00000000-0000-0000-0000-000000000000'} ],
	'text[]' => [ q{'{red,blue}'::text[]}, q{'{}'::text[]} ],
	jsonb => [ q{'{}'::jsonb}, q{'{"b": 1}'::jsonb} ]);

# What somebody would try who wants to find out. Conditions only: it must not come back.
my %probes = (
	int8 => [ map { 880000000 + $_ } 1 .. 10 ],
	text => [ map { "'$_'" } 'CANARY', 'CANARY00100', 'CANARY00200', 'CANARY1@example.com', 'CANARY nick 2', 'CANARY1', 'CANARY2' ],
	date => [ q{DATE '1965-05-06'}, q{DATE '1965-01-01'}, q{DATE '1970-01-01'} ],
	int4 => [ 988548, 988000, 990192 ],
	numeric => [ '170.25', '170' ],
	inet => [ q{INET '198.51.100.1'}, q{INET '192.0.2.7'}, q{INET '198.51.100.0/24'} ],
	uuid => [ map { "UUID '88000000-0000-4000-8000-00000000000$_'" } 1 .. 8 ],
	'text[]' => [ q{'{CANARY}'::text[]} ],
	jsonb => [ q{'{"a": "CANARY"}'::jsonb} ]);

sub guarded { return sort keys %columns }

sub all { return sort(keys %columns, keys %others) }

# [name, type] of each column.
sub columns_of
{
	my ($table) = @_;

	return map { [ (split / /)[ 0, 1 ] ] } @{ $columns{$table} || $others{$table} };
}

# May the purpose write a column, [name, type]?
sub is_clear
{
	my ($table, $column, $purpose) = @_;
	my ($words) = grep { /^\Q$column->[0]\E / } @{ $columns{$table} };

	return $words =~ / $purpose\b/;
}

sub types { return sort keys %constants }

sub constants { return @{ $constants{ $_[0] } } }

sub probes { return @{ $probes{ $_[0] } || $constants{ $_[0] } } }

# What no output of a purpose's may hold.
sub canary
{
	my ($purpose) = @_;
	# An income, and not the beginning of a pseudonym or what follows the point of a second.
	my $income = qr/(?<![.-])\b9(?:88|90|91)(?!000)\d{3}(?!\w)/;
	my $everybody = qr/198\.51\.100\.[1-9]|192\.0\.2\.[1-9]|1961-02-03|1984-07-08|CANARY\d*@|CANARY555|CANARY00\d00/;

	return qr/$everybody|CANARY|\b88000000\d|88000000-0000|\b170\.25\b|$income/ if $purpose eq 'research';
	return qr/$everybody|\b88000000\d|88000000-0000|$income|\@example/ if $purpose eq 'statistics';
	return $everybody;
}

# Made in app and in the copies, by the role that reads them.
sub make_views
{
	return <<'END';
CREATE VIEW plain_view AS SELECT id, zip, email, name FROM member;
CREATE VIEW barrier_view WITH (security_barrier) AS SELECT id, zip, email, score FROM member WHERE zip > 'a' OR email IS NULL;
CREATE VIEW nested_view WITH (security_invoker) AS
	SELECT b.id, b.zip, count(v.ip) + count(*) AS n, max(v.page) AS last FROM barrier_view b LEFT JOIN visit v ON v.member_id = b.id GROUP BY b.id, b.zip;
CREATE VIEW merged_view AS SELECT zip, m.name, v.page FROM member m FULL JOIN visit v USING (zip);
CREATE FUNCTION members_of(at_least int) RETURNS TABLE (id bigint, zip text, email text) LANGUAGE sql STABLE AS
	'SELECT m.id, m.zip, m.email FROM member m WHERE m.score >= at_least';
CREATE FUNCTION procedural_rows(at_least int) RETURNS TABLE (id bigint, zip text, email text) LANGUAGE plpgsql STABLE AS
	'#variable_conflict use_column
	BEGIN RETURN QUERY SELECT m.id, m.zip, m.email FROM member m WHERE m.score >= at_least AND m.id IN (SELECT member_id FROM visit); END';
CREATE FUNCTION zip_of(bigint) RETURNS text LANGUAGE sql STABLE AS 'SELECT zip FROM member WHERE id = $1';
CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT coalesce($1, ''none'') || ''!''';
END
}

1;
