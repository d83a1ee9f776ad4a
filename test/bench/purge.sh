# shellcheck shell=bash
# Sourced, not run: removing what is past its term, against one DELETE by hand, and
# the loop that a scheduler would run.
#
# Each run finds its table filled anew. All sides have the same rows, in no order of
# time, with the same three indexes.

bench_purge_many() {
	purge_sides 27
	line purge_many one_delete memreg ms '>=' 0.80
}

bench_purge_few() {
	purge_sides 1
	line purge_few one_delete memreg ms '>=' 0.80
}

# The same as many, but for one of whom rows are due and stay.
bench_purge_held() {
	database purge make_purge
	sql "SELECT memreg.hold('visitors', bench.subject(1), 'claim (made up)')" >/dev/null
	purge_sides 27
	line purge_held one_delete memreg ms '>=' 0.80
	sql "SELECT memreg.release_hold('visitors', bench.subject(1))" >/dev/null
}

bench_purge_many_loops() {
	purge_loops 27
	purge_loop_lines purge_many
}

bench_purge_few_loops() {
	purge_loops 1
	purge_loop_lines purge_few
}

# The speed of each loop, which is 1/time, against that of one statement.
purge_loop_lines() {
	line "$1_loop" one_delete loop ms
	line "$1_keyset" one_delete keyset ms
}

# The most memory of its own that a backend had while it removed few rows, and many.
bench_purge_memory() {
	database purge make_purge
	purge_memory few 500000
	purge_memory many 10000000
	expect_purged kept 10000000 27
	line purge_memory many few B '<=' 1.1
}

# So many rows, as a side of that name.
purge_memory() {
	progress "$BENCHMARK: $1"
	psql -X -q -o /dev/null -v ON_ERROR_STOP=1 <<<"$(purge_fill kept "$(scaled "$2")" 27)"
	value "$1" "$(most_memory "SET memreg.retention_max_share = 1; SET memreg.retention_busy_share = 1" "CALL memreg.run_retention()" "SELECT pg_sleep(0.3)")"
}

# Looks at the backend again and again, and once after the statements. A run takes that for work of others.
most_memory() {
	local statement options=() backend

	for statement in "$@"; do
		options+=("--command=$statement")
	done
	PGAPPNAME=bench_memory psql -X -q -v ON_ERROR_STOP=1 "${options[@]}" >/dev/null &
	while kill -0 $! 2>/dev/null; do
		backend=$(sql "SELECT pid FROM pg_stat_activity WHERE application_name = 'bench_memory'")
		[ -z "$backend" ] || sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$backend/status" 2>/dev/null || true
		sleep 0.1
	done | sort -n | tail -n 1 | awk '{ print $1 * 1024 }'
	wait $!
}

bench_partition_drop() {
	database purge make_purge
	partition_side one_delete plain "DELETE FROM plain.tour WHERE toured_at <= now() - interval '1 year'"
	partition_side drop_table plain "DROP TABLE plain.tour_old"
	partition_side memreg kept "CALL memreg.run_retention()"
	! has_partman || partman_side
	time_sides "$BENCH_RUNS"
	expect_dropped plain
	expect_dropped kept
	! has_partman || expect_dropped parted
	line partition_drop memreg one_delete ms '<=' 0.5
	line partition_drop_table drop_table one_delete ms
	if has_partman; then
		line partition_drop_partman partman one_delete ms
	else
		absent "pg_partman is not installed" partition_drop_partman
	fi
}

has_partman() {
	[ "$(sql "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_partman')")" = t ]
}

partman_side() {
	sql "CREATE SCHEMA IF NOT EXISTS parted; CREATE SCHEMA IF NOT EXISTS partman; CREATE EXTENSION IF NOT EXISTS pg_partman SCHEMA partman"
	side partman "SELECT bench.fill_parted($(scaled 2000000), 25); $(purge_ready parted.tour)" \
		"SELECT partman.drop_partition_time('parted.tour', '1 year', p_keep_table := false)"
}

expect_dropped() {
	[ "$(sql "SELECT count(*) FROM $1.tour")" = "$(sql "SELECT count(*) FROM generate_series(1, $(scaled 2000000)) n WHERE NOT bench.is_due(n, 25)")" ] ||
		{ echo "memreg: $BENCHMARK: the rows in $1.tour are not those that stay" >&2 && return 1; }
}

# A pass over a thousand rules that have nothing to do, of which a second is allowed.
bench_retention_idle() {
	database purge make_purge
	sql "SELECT bench.make_idle($(scaled 1000))" >/dev/null
	side idle "" "CALL memreg.run_retention()"
	time_sides "$BENCH_RUNS"
	seq "$BENCH_RUNS" | sed "s/.*/1000/" >"$SIDES_AT/second.values"
	line retention_idle idle second ms '<=' 1
}

# One row in four is in the partition.
partition_side() {
	side "$1" "SELECT bench.fill_years('$2', $(scaled 2000000), 25); $(purge_ready "$2.tour")" "$3"
}

# So many rows in a hundred are due.
purge_sides() {
	database purge make_purge
	purge_side one_delete plain "$1" "DELETE FROM plain.visit WHERE visited_at <= now() - interval '1 year'"
	purge_side memreg kept "$1" "CALL memreg.run_retention()"
	time_sides "$BENCH_RUNS"
	expect_purged plain 10000000 "$1"
	expect_purged kept 10000000 "$1"
}

purge_loops() {
	database purge make_purge
	purge_side one_delete plain "$1" "DELETE FROM plain.visit WHERE visited_at <= now() - interval '1 year'"
	purge_side loop plain "$1" "CALL bench.loop()"
	purge_side keyset plain "$1" "CALL bench.keyset()"
	time_sides "$BENCH_RUNS"
	expect_purged plain 10000000 "$1"
}

purge_side() {
	side "$1" "$(purge_fill "$2" "$(scaled 10000000)" "$3")" "$4"
}

purge_fill() {
	echo "SELECT bench.fill('$1', $2, $3); $(purge_ready "$1.visit")"
}

purge_ready() {
	echo "VACUUM (FREEZE, ANALYZE) $1; CHECKPOINT; SET memreg.retention_max_share = 1"
}

# Of so many rows, so many in a hundred were due, and have gone unless they are held.
expect_purged() {
	local found wanted

	found=$(sql "SELECT count(*), count(*) FILTER (WHERE visited_at <= now() - interval '1 year') FROM $1.visit")
	wanted=$(sql "SELECT count(*), count(*) FILTER (WHERE bench.is_due(n, $3)) FROM generate_series(1, $(scaled "$2")) n
		WHERE NOT bench.is_due(n, $3) OR bench.is_held('$1', n)")
	[ "$found" = "$wanted" ] || { echo "memreg: $BENCHMARK: $1.visit has $found rows and due ones, not $wanted" >&2 && return 1; }
}

make_purge() {
	database_file purge
}
