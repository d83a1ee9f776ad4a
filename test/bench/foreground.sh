# shellcheck shell=bash
# Sourced, not run: what the application's transactions lose while rows past their
# term are removed beside them, at the default throttle: those on other tables
# (pgbench's own, TPC-B-like), and those on the table itself.
#
# Transactions a second, and the latency that one in a hundred exceeds.

bench_foreground_other() {
	foreground_sides --builtin=tpcb-like
	foreground_lines foreground_other
}

bench_foreground_same() {
	cat >"$SIDES_AT/same.sql" <<-END
		\\set visit random(1, $(scaled 2000000))
		\\set subject random(0, 1048575)
		BEGIN;
		UPDATE kept.visit SET page = 'page now' WHERE visit_id = :visit AND visited_at > now() - interval '6 months';
		SELECT page FROM kept.visit WHERE visit_id = :visit;
		INSERT INTO kept.visit SELECT max(visit_id) + 1, :subject, now(), 'page 1' FROM kept.visit ON CONFLICT DO NOTHING;
		SELECT count(*) FROM kept.visit WHERE subject = :subject;
		COMMIT;
	END
	foreground_sides --file="$SIDES_AT/same.sql"
	foreground_lines foreground_same
}

foreground_lines() {
	line "$1" purge quiet /s '>=' 0.93
	line "${1}_p99" purge_p99 quiet_p99 ms '<=' 1.25
}

foreground_sides() {
	local run

	sides=(quiet purge)
	progress "$BENCHMARK: ${sides[*]}, ${BENCH_SECONDS} s each run"
	database foreground make_foreground
	for ((run = 1; run <= BENCH_RUNS; run++)); do
		tick "$BENCHMARK: run $run of $BENCH_RUNS"
		foreground_run quiet "$run" "$1"
		purge_begin "$run"
		foreground_run purge "$run" "$1"
		purge_end
	done
	expect_some_purged
}

foreground_run() {
	local log=$SIDES_AT/$1.$2.log

	pgbench --no-vacuum --protocol=prepared --client=2 --jobs=2 --time="$BENCH_SECONDS" --max-tries=10 \
		--log --log-prefix="$SIDES_AT/$1.$2.latency" "$3" >"$log" 2>&1 || { cat "$log" >&2 && return 1; }
	sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$log" >>"$SIDES_AT/$1.values"
	cut -d ' ' -f 3 "$SIDES_AT/$1.$2.latency".* | sort -n |
		awk '{ all[NR] = $1 } END { print all[int(NR * 0.99) + 1] / 1000 }' >>"$SIDES_AT/$1_p99.values"
	rm "$SIDES_AT/$1.$2.latency".*
}

# As a worker would, but when the benchmark wants it.
purge_begin() {
	PGAPPNAME=bench_purge psql -X -q -c "SET memreg.retention_max_share = 1" -c "CALL memreg.run_retention()" \
		>"$SIDES_AT/purge.$1.call" 2>&1 &
	purge_process=$!
}

# What it has not come to is left for the next run.
purge_end() {
	sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bench_purge'" >/dev/null
	wait "$purge_process" || true
}

expect_some_purged() {
	[ "$(sql "SELECT coalesce(sum(rows_removed), 0) > 0 FROM memreg.retention_run")" = t ] ||
		{ echo "memreg: $BENCHMARK: nothing was removed meanwhile" >&2 && return 1; }
}

make_foreground() {
	make_purge
	pgbench --initialize --quiet --scale=10 >"$SIDES_AT/initialize.log" 2>&1
	sql "SELECT bench.fill('kept', $(scaled 2000000), 27); ALTER TABLE kept.visit SET (autovacuum_vacuum_scale_factor = 0.05)" >/dev/null
	sql "VACUUM (FREEZE, ANALYZE)" >/dev/null
}
