# shellcheck shell=bash
# Sourced, not run: what the planner takes for a join of ten tables, with memreg and
# without.
#
# The order of the joins is the query's own, and none is a merge join: the planner's
# search for an order takes many times longer, and differs by milliseconds from one
# estimate to another; for merge joins it reads the ends of indexes. Turns are short
# and many, so that whatever disturbs the machine disturbs both sides.

# Five of the tables are protected: their columns as several treatments have them,
# and all in clear.
bench_plan_guarded() {
	database columns make_columns true
	plan_side research "$UNDER_PURPOSE" protected
	plan_side accounts "SET ROLE analyst; SET memreg.purpose = 'accounts'" protected
	plan_side plain "SET ROLE analyst" plain
	plan_sides
	expect_join "$UNDER_PURPOSE" protected
	expect_join "SET ROLE analyst; SET memreg.purpose = 'accounts'" protected
	line_difference plan_guarded research plain us '<=' 50
	line_difference plan_clear accounts plain us
}

# None is, but others of the database are; the other side is a database without
# the extension.
bench_plan_unguarded() {
	database columns make_columns true
	database_beside columns_bare make_columns false
	plan_side memreg "\\connect columns
		SET ROLE analyst" plain
	plan_side bare "\\connect columns_bare
		SET ROLE analyst" plain
	plan_sides
	line_difference plan_unguarded memreg bare us '<=' 5
}

plan_side() {
	side "$1" "$2; SET join_collapse_limit = 1; SET enable_mergejoin = off" "SELECT bench.planning_time(\$\$$(join_of_ten "$3")\$\$, 100)"
}

plan_sides() {
	time_sides $((BENCH_RUNS * 10))
	answers_are_values
}

# What was planned shows what the plain tables show.
expect_join() {
	local found wanted

	found=$(sql "$1; SELECT count(*), sum(amount) FROM ($(join_of_ten "$2")) joined")
	wanted=$(sql "SELECT count(*), sum(amount) FROM ($(join_of_ten plain)) joined")
	[ "$found" = "$wanted" ] || { echo "memreg: $BENCHMARK: the join answers $found, not $wanted" >&2 && return 1; }
}

join_of_ten() {
	local n

	echo "SELECT n1.person_id, n1.name, n2.email, n3.born, n4.amount, n5.noted_at, t1.title, t5.title FROM $1.note_1 n1"
	for n in 2 3 4 5; do
		echo "JOIN $1.note_$n n$n USING (person_id)"
	done
	for n in 1 2 3 4 5; do
		echo "JOIN $1.topic_$n t$n ON t$n.topic_id = n$n.topic_id"
	done
	echo "WHERE n1.district = 'district 3' AND n2.amount > 10 AND n3.born < '1952-01-01' AND n4.noted_at > '2020-01-01'"
}

make_columns() {
	database_file columns protected="$1"
}
