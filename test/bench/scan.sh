# shellcheck shell=bash
# Sourced, not run: a scan of a whole table, with and without memreg.
#
# 5 million visits of 1 million subjects, of whom three in four consent, counted
# and summed up.  plain.visit and protected.visit are copies of each other.

scan="SELECT count(*), sum(amount) FROM"
UNDER_PURPOSE="SET ROLE analyst; SET memreg.purpose = 'research'"

# Beside memreg, the two policies that one would write by hand.
bench_scan_bigint() {
	database visits_bigint make_visits_by_hand
	scan_sides
	side exists "SET ROLE by_exists" "$scan handwritten.visit"
	side in "SET ROLE by_in" "$scan handwritten.visit"
	time_sides "$BENCH_RUNS"
	expect_scans
	expect "$(consenting_visits)" exists in
	line scan_bigint memreg plain ms '<=' 1.10
	line scan_exists exists plain ms
	line scan_in in plain ms
}

# The leader and two workers on both sides.
bench_scan_parallel() {
	local parallel="SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
		SET min_parallel_table_scan_size = 0"

	database visits_bigint make_visits_by_hand
	require_parallel "$parallel"
	scan_sides "$parallel;"
	time_sides "$BENCH_RUNS"
	expect_scans
	line scan_parallel memreg plain ms
}

bench_scan_uuid() {
	database visits_uuid make_visits uuid
	scan_sides
	time_sides "$BENCH_RUNS"
	expect_scans
	line scan_uuid memreg plain ms '<=' 1.25
}

bench_scan_text() {
	database visits_text make_visits text
	scan_sides
	time_sides "$BENCH_RUNS"
	expect_scans
	line scan_text memreg plain ms '<=' 1.25
}

scan_sides() {
	side memreg "${1:-} $UNDER_PURPOSE" "$scan protected.visit"
	side plain "${1:-} SET ROLE analyst" "$scan plain.visit"
}

expect_scans() {
	expect "$(sql "$scan plain.visit")" plain
	expect "$(consenting_visits)" memreg
}

consenting_visits() {
	sql "$scan plain.visit WHERE subject IN (SELECT subject FROM handwritten.consent)"
}

require_parallel() {
	local table

	for table in plain.visit protected.visit; do
		sql "$1; $UNDER_PURPOSE; EXPLAIN $scan $table" | grep -q Gather || progress "$BENCHMARK: the scan of $table is not parallel"
	done
}

make_visits() {
	database_file visits key="$1" visits="$(scaled 5000000)" subjects="$(scaled 1000000)"
}

make_visits_by_hand() {
	make_visits bigint
	database_file handwritten
}
