# shellcheck shell=bash
# Sourced, not run: removing what is past its term, against one DELETE by hand, and
# the loop that a scheduler would run.
#
# Each run finds its table filled anew. All sides have the same rows, in no order of
# time, with the same three indexes.

bench_purge_many() {
	purge_sides 27
	line purge_many memreg one_delete ms '<=' 1.25
	line purge_many_loop loop one_delete ms
}

bench_purge_few() {
	purge_sides 1
	line purge_few memreg one_delete ms '<=' 1.25
	line purge_few_loop loop one_delete ms
}

bench_partition_drop() {
	database purge make_purge
	partition_side one_delete plain "DELETE FROM plain.tour WHERE toured_at <= now() - interval '1 year'"
	partition_side drop_table plain "DROP TABLE plain.tour_old"
	partition_side memreg kept "CALL memreg.run_retention()"
	time_sides "$BENCH_RUNS"
	[ "$(sql "SELECT count(*) FROM kept.tour")" = "$(sql "SELECT count(*) FROM plain.tour")" ] && [ -z "$(sql "SELECT to_regclass('kept.tour_old')")" ] ||
		{ echo "memreg: $BENCHMARK: the partition has not gone, or others have" >&2 && return 1; }
	line partition_drop memreg one_delete ms '<=' 0.5
	line partition_drop_table drop_table one_delete ms
}

# A pass over a thousand rules that have nothing to do, of which a second is allowed.
bench_retention_idle() {
	database purge make_purge
	sql "SELECT bench.make_idle($(scaled 1000))" >/dev/null
	side idle "" "CALL memreg.run_retention()"
	time_sides "$BENCH_RUNS"
	value second 1000
	line retention_idle idle second ms '<=' 1
}

# One row in four is in the partition.
partition_side() {
	side "$1" "SELECT bench.fill_years('$2', $(scaled 2000000), 25); VACUUM (FREEZE, ANALYZE) $2.tour; CHECKPOINT; SET memreg.retention_max_share = 1" "$3"
}

# So many rows in a hundred are due.
purge_sides() {
	database purge make_purge
	purge_side one_delete plain "$1" "DELETE FROM plain.visit WHERE visited_at <= now() - interval '1 year'"
	purge_side memreg kept "$1" "CALL memreg.run_retention()"
	purge_side loop plain "$1" "CALL bench.loop()"
	time_sides "$BENCH_RUNS"
	expect_purged plain "$1"
	expect_purged kept "$1"
}

purge_side() {
	side "$1" "SELECT bench.fill('$2', $(scaled 2000000), $3); VACUUM (FREEZE, ANALYZE) $2.visit; CHECKPOINT; SET memreg.retention_max_share = 1" "$4"
}

expect_purged() {
	local left

	left=$(sql "SELECT count(*) FROM $1.visit WHERE visited_at <= now() - interval '1 year'")
	[ "$left" = 0 ] || { echo "memreg: $BENCHMARK: $left rows are left in $1.visit" >&2 && return 1; }
	[ "$(sql "SELECT count(*) FROM $1.visit")" = "$(sql "SELECT count(*) FROM generate_series(1, $(scaled 2000000)) n WHERE NOT bench.is_due(n, $2)")" ] ||
		{ echo "memreg: $BENCHMARK: other rows are gone from $1.visit as well" >&2 && return 1; }
}

make_purge() {
	database_file purge
}
