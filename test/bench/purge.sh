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
