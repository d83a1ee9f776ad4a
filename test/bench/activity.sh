# shellcheck shell=bash
# Sourced, not run: visits that are inserted, with and without noting that the
# member was active.  A visit is a row with a primary key, an index, and a foreign
# key to its member.

# One by one, of members who have been noted today: a tenth of all, who are on the
# site at the time; and all of them, of whom a new connection knows nobody.
bench_activity() {
	database activity make_activity
	side plain "" "$(visit_script plain.visit 0.1)"
	side tracked "" "$(visit_script tracked.visit 0.1)"
	side all "" "$(visit_script tracked.visit 1)"
	pgbench_sides
	expect_visits plain "$(processed plain)"
	expect_visits tracked $(($(processed tracked) + $(processed all)))
	line activity plain tracked /s '<=' 1.05
	line activity_cold plain all /s
}

# Many in a statement: of members who have been noted, and of members who have not.
bench_activity_bulk() {
	local visits=$((10 * $(members)))

	database activity_bulk make_activity
	side plain "" "$(visits_statement plain.visit "$visits")"
	side tracked "" "$(visits_statement tracked.visit "$visits")"
	side first "DELETE FROM memreg.subject_event" "$(visits_statement tracked.visit "$visits")"
	time_sides "$BENCH_RUNS"
	expect_visits plain $((visits * (BENCH_RUNS + 1)))
	expect_visits tracked $((2 * visits * (BENCH_RUNS + 1)))
	line activity_bulk tracked plain ms
	line activity_first first plain ms
}

visit_script() {
	echo "\\set member random(1, greatest(1, int($2 * $(members))))"
	echo "INSERT INTO $1 (member, page) VALUES (:member, 'start');"
}

visits_statement() {
	echo "INSERT INTO $1 (member, page) SELECT 1 + n * 7919::bigint % $(members), 'start' FROM generate_series(1, $2) n"
}

# Each is there, beside the first ones, and nobody was forgotten.
expect_visits() {
	local found wanted

	found=$(sql "SELECT count(*) FROM $1.visit; SELECT count(*) FROM memreg.last_activity WHERE not_after > now()" | xargs)
	wanted="$(($2 + $(members))) $(members)"
	[ "$found" = "$wanted" ] || { echo "memreg: $BENCHMARK: $1 has $found visits and members, not $wanted" >&2 && return 1; }
}

members() {
	scaled 20000
}

make_activity() {
	database_file activity members="$(members)"
}
