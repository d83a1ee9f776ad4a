# Random statements over the tables of Tables.pm, which have one right answer: rows in no order, but always the same.
#
#   my $grammar = Grammar->new($seed, $purpose);
#   my $statement = $grammar->statement;    { sql, writes, refused }
#
# refused is the SQLSTATE that memreg must answer with, as the statement writes what the purpose may not. The same seed
# gives the same statements on every machine.
#
# Expressions are made for a type from a scope: the columns that may stand there, innermost level last. What a
# statement would try, constants of hidden values, stands in conditions only.
package Grammar;
use strict;
use warnings;
use Tables;

my @output_types = qw(int8 int8 int4 text text text bool date numeric timestamptz inet);

sub new
{
	my ($class, $seed, $purpose) = @_;

	srand($seed);
	return bless({ purpose => $purpose, names => 0, ctes => [] }, $class);
}

sub statement
{
	my ($self) = @_;

	$self->{names} = 0;
	$self->{ctes} = [];
	# Where keys are withheld, the copy has none to cascade along.
	return $self->write if $self->{purpose} ne 'statistics' && one_in(5);
	return { sql => one_in(30) ? $self->locking : $self->query(3, []) };
}

# A query; columns are named c1, c2, ... types: of its columns, any if left out.
sub query
{
	my ($self, $depth, $scope, $types) = @_;
	my $known = $self->{ctes};
	my $with = $depth > 1 && one_in(5) ? $self->with($depth - 1, $scope) : '';
	my $body;

	$types ||= [ map { any(@output_types) } 1 .. 1 + int(rand(4)) ];
	$body = $depth > 0 && one_in(6) ? $self->set_operation($depth - 1, $scope, $types) : $self->select($depth, $scope, $types);
	$body .= $self->order(scalar @$types) if $body =~ /^SELECT DISTINCT ON/ || one_in(4);
	$self->{ctes} = $known;
	return $with . $body;
}

# Rows that are locked, of a table or of a view that is no more than that.
sub locking
{
	my ($self) = @_;
	my $table = any(Tables::guarded(), 'plain_view', 'barrier_view');
	my $level = [ map { [ "l.$_->[0]", $_->[1] ] } Tables::columns_of($table) ];

	return 'SELECT ' . $self->targets([ map { any(@output_types) } 1 .. 3 ], sub { $self->expression($_[0], 2, [$level], 0) })
	  . " FROM $table l WHERE " . $self->condition(2, [$level]) . any(' FOR UPDATE', ' FOR SHARE', ' FOR KEY SHARE') . any('', ' OF l') . any('', ' SKIP LOCKED');
}

# By all columns, so that LIMIT and DISTINCT ON have one answer.
sub order
{
	my ($self, $columns) = @_;
	my $by = join(', ', map { $_ . any('', ' DESC', ' NULLS FIRST') } 1 .. $columns);

	return " ORDER BY $by" . any('', ' LIMIT ' . int(rand(6)), ' OFFSET 2', ' LIMIT 4 OFFSET 1');
}

sub with
{
	my ($self, $depth, $scope) = @_;
	my @ctes;

	foreach (1 .. 1 + int(rand(2)))
	{
		my $name = $self->name('w');
		my @types = map { any(@output_types) } 1 .. 3;

		if (one_in(4))
		{
			push @ctes, $self->recursive($name);
			@types = qw(int8 text int4);
		}
		else
		{
			push @ctes, "$name AS " . any('', '', 'MATERIALIZED ', 'NOT MATERIALIZED ') . '(' . $self->query($depth, $scope, \@types) . ')';
		}
		$self->{ctes} = [ @{ $self->{ctes} }, [ $name, [ columns_of(@types) ] ] ];
	}
	return 'WITH RECURSIVE ' . join(', ', @ctes) . ' ';
}

# Who invited whom, or who lives where, a few steps far.
sub recursive
{
	my ($self, $name) = @_;
	my $step = any('m.invited_by = r.c1', 'm.zip = r.c2', 'm.zip > r.c2', 'm.id < r.c1', 'm.invited_by = r.c1 AND m.zip IS NOT NULL');

	my $search = any('', '', '', ' SEARCH DEPTH FIRST BY c1 SET path', ' CYCLE c1 SET is_cycle USING path');

	return "$name(c1, c2, c3) AS (SELECT id, zip, 1 FROM member UNION SELECT m.id, m.zip, c3 + 1 FROM $name r JOIN member m ON $step WHERE c3 < 3)$search";
}

sub set_operation
{
	my ($self, $depth, $scope, $types) = @_;
	my $operator = any('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'EXCEPT ALL', 'INTERSECT ALL');

	return '(' . $self->query($depth, $scope, $types) . ") $operator (" . $self->query($depth, $scope, $types) . ')';
}

sub select
{
	my ($self, $depth, $scope, $types) = @_;
	my ($from, $level) = $self->from($depth, $scope);
	my $inner = [ @$scope, $level ];
	my $where = one_in(3) ? '' : ' WHERE ' . $self->condition($depth, $inner);

	return $self->grouped($depth, $inner, $types, "$from$where") if one_in(4);
	return $self->windowed($depth, $inner, $types, "$from$where") if one_in(8);
	return $self->by_key($types) if one_in(30) && $self->{purpose} ne 'statistics';
	return 'SELECT ' . any('', '', '', '', '', 'DISTINCT ', 'DISTINCT ON (1) ') . $self->targets($types, sub { $self->expression($_[0], $depth, $inner, 0) }) . "$from$where";
}

sub targets
{
	my ($self, $types, $expression) = @_;
	my $number = 0;

	return join(', ', map { $number++; $expression->($_) . " AS c$number" } @$types);
}

# By a table's primary key, which brings its other columns along. Where the purpose sees no key, that is refused.
sub by_key
{
	my ($self, $types) = @_;
	my ($table, $key) = @{ any([ 'member', 'id' ], [ 'visit', 'visit_id' ], [ 'patient', 'person' ], [ 'client', 'nick' ], [ 'deal', 'deal_id' ]) };
	my ($one, $more) = ($self->name('t'), $self->name('t'));
	my $level = [ map { [ "$one.$_->[0]", $_->[1] ] } Tables::columns_of($table) ];

	return 'SELECT ' . $self->targets($types, sub { $self->column($_[0], [$level]) // $self->aggregate($_[0], $level) })
	  . " FROM $table $one LEFT JOIN $table $more ON $more.$key >= $one.$key GROUP BY $one.$key";
}

# What is not grouped by stands in aggregates.
sub grouped
{
	my ($self, $depth, $scope, $types, $rest) = @_;
	my (@by, @targets);
	my $number = 0;
	my $having;

	foreach my $type (@$types)
	{
		my $target = $self->column($type, [ $scope->[-1] ]);

		$number++;
		if (defined $target && one_in(2))
		{
			push @by, $target;
		}
		else
		{
			$target = $self->aggregate($type, $scope->[-1]);
		}
		push @targets, "$target AS c$number";
	}
	$having = one_in(3) ? ' HAVING ' . $self->aggregate('int8', $scope->[-1]) . ' >= ' . int(rand(4)) : '';
	return 'SELECT ' . join(', ', @targets) . $rest . (@by ? ' GROUP BY ' . grouping(@by) : '') . $having;
}

sub grouping
{
	my $list = join(', ', @_);

	return any($list, $list, $list, "ROLLUP ($list)", "CUBE ($list)", "GROUPING SETS (($list), ())");
}

# An aggregate of a type over columns of one level.
sub aggregate
{
	my ($self, $type, $level) = @_;
	my $of = sub { $self->column($_[0], [$level]) || any(Tables::constants($_[0])) };
	my $filter = one_in(5) ? ' FILTER (WHERE ' . ($self->column('text', [$level]) || q{''}) . q{ > 'p1-3')} : '';
	my $text = $of->('text');
	my $uuid = $of->('uuid');

	return any('count(*)', 'count(' . $of->(any(qw(text inet date int8))) . ')', 'count(DISTINCT ' . $of->('text') . ')', 'max(' . $of->('int8') . ')', 'sum(' . $of->('int4') . ')') . $filter if $type eq 'int8';
	return any('bool_and(', 'bool_or(') . $of->('text') . any(" > 'p')", ' IS NULL)') if $type eq 'bool';
	return any("min($text)", "max($text)", "string_agg($text, ',' ORDER BY $text)") . $filter if $type eq 'text';
	return "(array_agg($uuid ORDER BY $uuid))[1]" if $type eq 'uuid';
	return any('min(', 'max(') . $of->($type) . ')' . $filter;
}

# Functions that give peers the same, so that the order among them does not matter.
sub windowed
{
	my ($self, $depth, $scope, $types, $rest) = @_;
	my $over = sub {
		my $by = $self->column(any(qw(text int8)), [ $scope->[-1] ]) || '1';
		my $order = $self->column(any(qw(text int8 int4)), [ $scope->[-1] ]) || '1';

		return any("(PARTITION BY $by)", "(ORDER BY $order)", "(PARTITION BY $by ORDER BY $order)", '()',
			"(ORDER BY $order GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP)");
	};

	return 'SELECT ' . $self->targets($types, sub {
		my ($type) = @_;

		return $self->expression($type, $depth, $scope, 0) if $type eq 'uuid' || one_in(2);
		return any('rank()', 'dense_rank()', 'count(*)') . ' OVER ' . $over->() if $type eq 'int8';
		return $self->aggregate($type, $scope->[-1]) =~ s/string_agg\((\S+), .*$/max($1)/r . ' OVER ' . $over->();
	}) . $rest;
}

# FROM, and the columns that it brings.
sub from
{
	my ($self, $depth, $scope) = @_;
	my $level = [];
	my $from = $self->item($depth, $scope, $level);

	foreach (1 .. any(0, 0, 1, 1, 1, 2))
	{
		my $before = [@$level];
		my $item = $self->item($depth, [ @$scope, $before ], $level);
		my $condition = $self->join_condition($depth, $before, [ @$level[ scalar @$before .. $#$level ] ], [ @$scope, $level ]);
		# What refers to the left side cannot be on the nullable side of RIGHT and FULL.
		my $kind = $item =~ /^LATERAL/ ? any('JOIN', 'LEFT JOIN') : any('JOIN', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN');

		$kind = 'LEFT JOIN' if $kind eq 'FULL JOIN' && $condition =~ /'x'::text/;
		my $merged = one_in(3) && $self->merged($before, [ @$level[ scalar @$before .. $#$level ] ]);

		if ($merged)
		{
			my $alias = $self->name('j');

			$condition = "USING ($merged->[0]) AS $alias";
			push @$level, [ "$alias.$merged->[0]", $merged->[1] ];
		}
		$from .= " $kind $item " . ($merged ? $condition : "ON $condition");
	}
	$self->joined($level, \$from) if one_in(8);
	return (" FROM $from", $level);
}

# A column, [name, type], that both sides have once: to join USING it.
sub merged
{
	my ($self, $left, $right) = @_;
	my %times;

	$times{"$_->[0] $_->[1]"}++ foreach map { [ $_->[0] =~ s/.*\.//r, $_->[1] ] } @$left, @$right;
	my @both = grep { my ($name, $type) = @$_;
		$type ne 'row' && 1 == (grep { $_->[0] =~ /\.$name$/ } @$left) && 1 == (grep { $_->[0] =~ /\.$name$/ } @$right) && $times{"$name $type"} == 2
	} map { [ $_->[0] =~ s/.*\.//r, $_->[1] ] } @$left;

	return any(@both);
}

# The whole of FROM under one name, by which those columns can be asked for that are there once.
sub joined
{
	my ($self, $level, $from) = @_;
	my $alias = $self->name('j');
	my %times;
	my @columns;

	return if $$from =~ / AS j\d+\b|LATERAL/ || $$from !~ / JOIN .* ON [^()]*$/;
	$times{ $_->[0] =~ s/.*\.//r }++ foreach @$level;
	@columns = grep { $_->[1] ne 'row' && $times{ $_->[0] =~ s/.*\.//r } == 1 } @$level;
	@$level = ((map { [ "$alias." . $_->[0] =~ s/.*\.//r, $_->[1] ] } @columns), [ $alias, 'row' ]);
	$$from = "($$from) $alias";
}

# By equal columns, mostly; FULL JOIN can do nothing else.
sub join_condition
{
	my ($self, $depth, $left, $right, $scope) = @_;
	my $type = any(qw(int8 int8 int8 text text uuid));
	my ($one, $other) = ($self->column($type, [$left]), $self->column($type, [$right]));

	$type = 'text' unless defined $one && defined $other;
	$one ||= $self->column('text', [$left]) || q{'x'};
	$other ||= $self->column('text', [$right]) || q{'x'};
	($one, $other) = ("$one\::text", "$other\::text") if $type eq 'text';
	return "$one = $other";
}

# One item of FROM; its columns are added to the level.
sub item
{
	my ($self, $depth, $scope, $level) = @_;
	my ($text, @columns);

	return $self->values_item($scope, $level) if @$scope && $depth > 0 && one_in(10);
	my $alias = $self->name('t');

	$self->{sampled} = '';
	if (@{ $self->{ctes} } && one_in(2))
	{
		my $cte = any(@{ $self->{ctes} });

		($text, @columns) = ($cte->[0], @{ $cte->[1] });
	}
	elsif ($depth > 0 && one_in(5))
	{
		my @types = map { any(@output_types) } 1 .. 3;
		my $lateral = @$scope && one_in(2);

		$text = ($lateral ? 'LATERAL (' : '(') . $self->query($depth - 1, $lateral ? $scope : outer($scope), \@types) . ')';
		@columns = columns_of(@types);
	}
	else
	{
		$text = one_in(6) ? any(Tables::all()) : any(Tables::guarded());
		@columns = Tables::columns_of($text);
		push @columns, [ '', 'row' ] if $text =~ /^\w+$/;
		$text = "ONLY $text" if $text eq 'event' && one_in(4);
	}
	$self->{sampled} = $text =~ /^\w+$/ && grep({ $_ eq $text } Tables::guarded()) && one_in(15) ? ' TABLESAMPLE SYSTEM (100)' : '';
	push @$level, map { [ $_->[0] eq '' ? $alias : "$alias.$_->[0]", $_->[1] ] } @columns;
	return "$text $alias$self->{sampled}";
}

# Rows out of a column's array or object, or of a list.
sub values_item
{
	my ($self, $scope, $level) = @_;
	my $alias = $self->name('t');
	my ($tags, $details) = map { $self->column($_, $scope) } 'text[]', 'jsonb';

	if (defined $tags && one_in(2))
	{
		push @$level, [ "$alias.c1", 'text' ], [ "$alias.c2", 'int8' ];
		return "LATERAL unnest($tags) WITH ORDINALITY $alias(c1, c2)";
	}
	if (defined $details && one_in(2))
	{
		push @$level, [ "$alias.c1", 'text' ], [ "$alias.c2", 'text' ];
		return "LATERAL jsonb_each_text(CASE jsonb_typeof($details) WHEN 'object' THEN $details END) $alias(c1, c2)";
	}
	my @types = map { any(@output_types) } 1 .. 3;
	my @rows = map { '(' . join(', ', map { '(' . $self->expression($_, 1, $scope, 0) . ")::$_" } @types) . ')' } 1 .. 2;

	push @$level, map { [ "$alias.$_->[0]", $_->[1] ] } columns_of(@types);
	return 'LATERAL (VALUES ' . join(', ', @rows) . ") $alias(c1, c2, c3)";
}

# Levels that are seen from a subquery in FROM that is not LATERAL: not its neighbors'.
sub outer
{
	my ($scope) = @_;

	return [ @$scope[ 0 .. $#$scope - 1 ] ];
}

sub column
{
	my ($self, $type, $scope) = @_;
	my @found = map { $_->[0] } grep { $_->[1] eq $type } map { @$_ } @$scope;

	return @found ? any(@found) : undef;
}

# An expression of a type. probing: it may hold constants of hidden values.
sub expression
{
	my ($self, $type, $depth, $scope, $probing) = @_;
	my $local = $self->column($type, [ $scope->[-1] ]);

	return $local if defined $local && !one_in(3);
	return $self->subquery($type, $depth - 1, $scope) if $depth > 0 && one_in(6);
	return $self->composed($type, $depth - 1, $scope, $probing) if $depth > 0 && one_in(2);
	return $self->column($type, $scope) // $self->constant($type, $probing) if !one_in(4);
	return $self->constant($type, $probing);
}

sub constant
{
	my ($self, $type, $probing) = @_;

	return any($probing && one_in(2) ? Tables::probes($type) : Tables::constants($type));
}

# Of expressions of the same and of other types.
sub composed
{
	my ($self, $type, $depth, $scope, $probing) = @_;
	my $of = sub { $self->expression($_[0], $depth, $scope, $probing) };
	my $same = $of->($type);

	return $self->condition($depth, $scope) if $type eq 'bool';
	return any("coalesce($same, " . $of->($type) . ')', "nullif($same, " . $of->($type) . ')',
		'CASE WHEN ' . $self->condition($depth, $scope) . " THEN $same ELSE " . $of->($type) . ' END') if one_in(2);
	return $self->composed_text($of, $scope) if $type eq 'text';
	return any('length(' . $of->('text') . ')', "($same % 7)", 'extract(year FROM ' . $of->('date') . ')::int') if $type eq 'int4';
	return any("($same % 11)", $of->('int4') . '::int8', 'abs(' . $of->('int4') . ')::int8') if $type eq 'int8';
	return any('greatest(', 'least(') . "$same, " . $of->($type) . ')';
}

sub composed_text
{
	my ($self, $of, $scope) = @_;
	my $row = $self->column('row', $scope);

	return any("$row\::text", "to_jsonb($row) ->> " . any(q{'zip'}, q{'email'}, q{'member_id'}), "to_jsonb($row)::text") if defined $row && one_in(8);
	return $self->composed_lookup($of) if one_in(8);
	return any('upper(' . $of->('text') . ')', $of->('text') . " || '-'", 'concat(' . $of->('text') . ', ' . $of->('int8') . ')',
		'md5(' . $of->('text') . ')', 'left(' . $of->('text') . ', 5)', 'shout(' . $of->('text') . ')', 'zip_of(' . $of->('int8') . ')',
		map { '(' . $of->($_) . ')::text' } qw(int8 date inet text[] jsonb uuid numeric timestamptz));
}

# Out of arrays, objects and rows that are made on the way.
sub composed_lookup
{
	my ($self, $of) = @_;
	my ($array, $object, $text) = map { $of->($_) } 'text[]', 'jsonb', 'text';

	return any("($array)[1]", "array_to_string($array, ',', 'none')", "array_append($array, $text)::text", "($object ->> 'a')", "($object -> 'b')::text",
		"ROW($text, " . $of->('int8') . ')::text', "jsonb_build_object('k', $text, 'n', " . $of->(any(qw(date numeric inet))) . ')::text',
		"array_to_string(ARRAY[$text, " . $of->('text') . "], '/')", "format('%s', $text)");
}

# One value: of an aggregate.
sub subquery
{
	my ($self, $type, $depth, $scope) = @_;
	my ($from, $level) = $self->from($depth, $scope);
	my $inner = [ @$scope, $level ];

	return $self->condition($depth, $scope) if $type eq 'bool';
	return '(SELECT ' . $self->column_aggregate($type, $level) . "$from WHERE " . $self->condition($depth, $inner) . ')';
}

sub column_aggregate
{
	my ($self, $type, $level) = @_;
	my $column = $self->column($type, [$level]);

	return any('count(*)', 'count(' . (defined $column ? $column : '*') . ')') if $type eq 'int8' && one_in(2);
	return "max(NULL::$type)" if !defined $column && $type !~ /^(bool|uuid|jsonb)$/;
	return "(array_agg(" . ($column // "NULL::$type") . ' ORDER BY ' . ($column // '1') . '))[1]' if $type =~ /^(uuid|jsonb|bool)$/;
	return any('min', 'max') . "($column)";
}

sub condition
{
	my ($self, $depth, $scope) = @_;
	my $of = sub { $self->expression($_[0], $depth - 1, $scope, 1) };
	my $type = any(qw(text text text int8 int8 int4 date numeric inet uuid timestamptz));
	my $one = $of->($type);

	if ($depth > 0 && one_in(3))
	{
		return '(' . $self->condition($depth - 1, $scope) . any(' AND ', ' OR ') . $self->condition($depth - 1, $scope) . ')' if one_in(2);
		return '(NOT ' . $self->condition($depth - 1, $scope) . ')' if one_in(3);
		return $self->subquery_condition($type, $one, $depth - 1, $scope);
	}
	return $self->row_condition($scope) if one_in(15);
	return $self->pair_condition($type, $one, $depth, $scope) if one_in(10);
	return "($one = ANY (ARRAY[" . join(', ', map { $of->($type) } 1 .. 2) . ']))' if one_in(15);
	return '(' . $of->('text') . ' = ANY ((' . $of->('text[]') . ')::text[]))' if one_in(20);
	return "($one IS " . any('NULL', 'NOT NULL') . ')' if one_in(6);
	return "($one IN (" . join(', ', map { $self->constant($type, 1) } 1 .. 3) . '))' if one_in(8);
	return "($one " . any('LIKE', 'NOT LIKE', '~') . q{ } . any(q{'p1-%'}, q{'CANARY%'}, q{'%a%'}) . ')' if $type eq 'text' && one_in(4);
	return "($one IS " . any('', 'NOT ') . 'DISTINCT FROM ' . $of->($type) . ')' if one_in(6);
	return "($one " . any('=', '=', '=', '<>', '<', '>', '<=', '>=') . ' ' . $of->($type) . ')';
}

sub subquery_condition
{
	my ($self, $type, $one, $depth, $scope) = @_;
	my $from_query = sub { $self->query($depth, $scope, [$type]) };

	return any('', 'NOT ') . 'EXISTS (' . $self->query($depth, $scope) . ')' if one_in(3);
	return "($one " . any('= ANY', '> ANY', '>= ALL', '<> ALL') . ' (' . $from_query->() . '))' if one_in(3);
	return "($one " . any('IN', 'NOT IN') . ' (' . $from_query->() . '))';
}

# Two at a time.
sub pair_condition
{
	my ($self, $type, $one, $depth, $scope) = @_;
	my $of = sub { $self->expression($_[0], $depth - 1, $scope, 1) };
	my $second = any(qw(text int8));
	my ($other, $third, $fourth) = ($of->($type), $of->($second), $of->($second));

	return "(($one, $third) IN (" . $self->query($depth - 1, $scope, [ $type, $second ]) . '))' if $depth > 0 && one_in(2);
	return "(($one, $third) " . any('=', '<>', '<', '>=', 'IS DISTINCT FROM') . " ($other, $fourth))";
}

# About a whole row, where there is one.
sub row_condition
{
	my ($self, $scope) = @_;
	my $row = $self->column('row', $scope);

	return 'true' unless defined $row;
	return any("($row IS NULL)", "(NOT $row IS NOT NULL)", "($row IS DISTINCT FROM NULL)", "($row\::text > 'p')",
		"(to_jsonb($row) ->> 'zip' > 'p1-5')", "(to_jsonb($row)::text !~ 'CANARY')", "($row = $row)");
}

# Statements that write. Where they return something, it is of the rows that they write.
sub write
{
	my ($self) = @_;
	my $kind = any(qw(update update delete delete insert merge copy_into));
	my $statement = $self->$kind;

	$statement->{sql} = "WITH w AS ($statement->{sql}) SELECT *, w::text, (SELECT count(*) FROM w) FROM w" . any('', ' LEFT JOIN member ON true WHERE member IS NULL')
	  if $statement->{sql} =~ /^(?!MERGE).* RETURNING .*$/ && one_in(4);
	return $statement;
}

sub update
{
	my ($self) = @_;
	my $table = any(Tables::guarded());
	my @columns = Tables::columns_of($table);
	my $level = [ map { [ "u.$_->[0]", $_->[1] ] } @columns ];
	my @set = pick(1 + int(rand(2)), grep { $_->[0] !~ /^(answered|visit_id|event_id|dose_id|deal_id|question)$/ } @columns);
	my $refused = grep { !Tables::is_clear($table, $_, $self->{purpose}) } @set;

	# Keys stay what they are: another person's could be anybody's.
	@set = grep { $refused || $_->[0] !~ /^(id|invited_by|member_id|person|nick)$/ } @set;
	@set = ([ 'score', 'int4' ]) if !@set && $table eq 'member';
	return $self->delete unless @set;
	my $assigned = join(', ', map { "$_->[0] = " . $self->assigned($_, $level) } @set);
	my $where = ' WHERE ' . $self->condition(2, [$level]);

	# All rows that match bring the same, so that it does not matter which comes first.
	if (one_in(4))
	{
		my $source = [];
		my $item = $self->item(1, [], $source);

		$where = " FROM $item WHERE " . $self->join_condition(1, $level, $source, []) . any('', ' AND ' . $self->condition(1, [ [ @$level, @$source ] ]));
	}
	elsif (one_in(5))
	{
		$assigned = '(' . join(', ', map { $_->[0] } @set) . ') = (SELECT ' . join(', ', map { $self->assigned($_, $level) } @set) . ')';
	}
	return {
		writes => 1,
		refused => $refused ? 'MR310' : '',
		sql => "UPDATE $table u SET $assigned$where" . $self->returning($level) };
}

sub assigned
{
	my ($self, $column, $level) = @_;
	my $value = $column->[0] eq 'score' ? 'coalesce(' . $self->expression('int4', 1, [$level], 0) . ', 0)' : $self->expression($column->[1], 1, [$level], 0);

	return $value;
}

sub delete
{
	my ($self) = @_;
	my $table = any(Tables::guarded());
	my $level = [ map { [ "d.$_->[0]", $_->[1] ] } Tables::columns_of($table) ];

	if (one_in(3))
	{
		my $other = [];
		my $item = $self->item(1, [], $other);
		my $condition = $self->join_condition(1, $level, $other, []);

		return { writes => 1, sql => "DELETE FROM $table d USING $item WHERE $condition" . $self->returning($level) };
	}
	return { writes => 1, sql => "DELETE FROM $table d WHERE " . $self->condition(2, [$level]) . $self->returning($level) };
}

sub returning
{
	my ($self, $level) = @_;

	return '' if one_in(3);
	return ' RETURNING ' . join(', ', map { $self->expression(any(@output_types), 1, [$level], 0) } 1 .. 3) if one_in(2);
	return ' RETURNING ' . $level->[0][0] =~ s/\..*/.*/r;
}

# Into tables of the registers where keys are clear, else into one beside them.
sub insert
{
	my ($self) = @_;
	my $table = any(qw(score event call));
	my @columns = Tables::columns_of($table);
	my $member = any(map { 880000000 + $_ } 1, 2, 3, 10);
	my @named = grep { $_->[0] eq 'member_id' || $_->[0] eq 'event_id' || Tables::is_clear($table, $_, $self->{purpose}) || one_in(8) } @columns;
	my $refused = grep { !Tables::is_clear($table, $_, $self->{purpose}) } @named;
	my $values = join(', ', map { $_->[0] eq 'member_id' ? $member : $_->[0] eq 'event_id' ? 77 : $self->expression($_->[1], 1, [ [] ], 0) } @named);

	return {
		writes => 1,
		refused => $refused ? 'MR310' : $member == 880000010 ? '42501' : '',
		sql => "INSERT INTO $table (" . join(', ', map { $_->[0] } @named) . ") VALUES ($values)" . (one_in(2) ? ' RETURNING *' : '') };
}

sub copy_into
{
	my ($self) = @_;
	my $query = $self->query(2, [], [qw(int8 text int4)]);
	my $conflict = any('', ' ON CONFLICT (k) DO NOTHING', ' ON CONFLICT (k) DO UPDATE SET t = excluded.t, n = basket.n + 1');

	return { writes => 1, sql => "INSERT INTO lab.basket SELECT c1, max(c2), max(c3) FROM ($query) q WHERE c1 IS NOT NULL GROUP BY c1" . ($conflict || ' ON CONFLICT DO NOTHING') . ' RETURNING *' };
}

# A source row for each key at most, or two would want to change one row.
sub merge
{
	my ($self) = @_;
	my $table = any(qw(visit score answer event));
	my $level = [ map { [ "t.$_->[0]", $_->[1] ] } Tables::columns_of($table) ];
	my $source = $self->query(1, [], [qw(int8 text)]);
	my @settable = grep { Tables::is_clear($table, $_, 'research') && $_->[0] !~ /^(answered|visit_id|event_id|question)$/ } Tables::columns_of($table);
	my $column = any(@settable);

	return {
		writes => 1,
		sql => "MERGE INTO $table t USING (SELECT c1, max(c2) AS c2 FROM ($source) q GROUP BY c1) s ON t.member_id = s.c1"
		  . ' WHEN MATCHED AND ' . $self->condition(1, [ [ @$level, [ 's.c2', 'text' ] ] ])
		  . any(' THEN DELETE', ' THEN DO NOTHING', " THEN UPDATE SET $column->[0] = " . $self->expression($column->[1], 1, [$level], 0))
		  . ' WHEN MATCHED' . any(' THEN DO NOTHING', " THEN UPDATE SET $column->[0] = NULL") };
}

sub name
{
	my ($self, $letter) = @_;

	return $letter . ++$self->{names};
}

sub columns_of
{
	my $number = 0;

	return map { [ 'c' . ++$number, $_ ] } @_;
}

sub any { return $_[ rand @_ ] }

sub one_in { return rand($_[0]) < 1 }

sub pick
{
	my ($count, @from) = @_;
	my @picked;

	push @picked, splice(@from, rand @from, 1) while @from && @picked < $count;
	return @picked;
}

1;
