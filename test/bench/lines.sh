# shellcheck shell=bash
# Sourced, not run: the lines of the table.
#
#   lines_begin                              begin a table
#   line NAME A B UNIT [RELATION LIMIT]      A/B, run by run, and the median of that;
#                                            UNIT is that of A's and B's values
#   line_difference NAME A B UNIT RELATION LIMIT    the same for A - B
#   lacks FUNCTION NAME...                   true, and these lines say so, if this
#                                            memreg does not have the function
#   absent REASON NAME...                    these lines say so
#   line_failed NAME                         a line for a benchmark that broke
#   line_has_failed                          true if there is one
#   lines_end                                print the table, write CSV and plot
#
# RELATION is <= or >=.  A line without limit is there to compare with.

lines_begin() {
	csv=$BENCH_OUT/bench.csv
	rm -f "$BENCH_OUT/bench.svg" "$BENCH_OUT/bench.txt"
	echo "name,a,a_value,b,b_value,unit,figure_is,figure,lowest,highest,relation,limit,met" >"$csv"
}

line() {
	line_of ratio "\$1 / \$2" "$@"
}

line_difference() {
	line_of difference "\$1 - \$2" "$@"
}

line_of() {
	local figure_is=$1 name=$3 a=$4 b=$5 unit=$6 relation=${7:-} limit=${8:-}
	local figures figure met

	figures=$(paste "$SIDES_AT/$a.values" "$SIDES_AT/$b.values" | awk "{ printf \"%.6f\\n\", $2 }" | sort -g)
	figure=$(median <<<"$figures")
	met=$(meets "$figure" "$relation" "$limit")
	echo "$name,$a,$(median <"$SIDES_AT/$a.values"),$b,$(median <"$SIDES_AT/$b.values"),$unit,$figure_is,$figure,$(
		head -n 1 <<<"$figures"),$(tail -n 1 <<<"$figures"),$relation,$limit,$met" >>"$csv"
	progress "$name: $figure_is $(rounded "$figure")${limit:+, limit $relation $limit: ${met}}"
}

lacks() {
	! server_has "$1" || return
	absent "this memreg has no function $1" "${@:2}"
}

absent() {
	local name

	progress "$BENCHMARK: absent, $1"
	for name in "${@:2}"; do
		echo "$name,,,,,,,,,,,,absent" >>"$csv"
	done
}

line_failed() {
	progress "$1: FAILED"
	echo "$1,,,,,,,,,,,,failed" >>"$csv"
}

line_has_failed() {
	grep -q ',failed$' "$csv"
}

lines_end() {
	{ machine && echo && lines_table; } >"$BENCH_OUT/bench.txt"
	echo
	cat "$BENCH_OUT/bench.txt"
	echo
	echo "Written to $BENCH_OUT: bench.txt, bench.csv$(lines_plot && echo ', bench.svg')"
}

# The sides' values with the digits that matter, the limits as people write them.
lines_table() {
	awk -F , '
		function shown(number) { return sprintf(number >= 1000 ? "%.0f" : number >= 10 ? "%.1f" : "%.3f", number) }
		NR == 1 {
			form = "%-20s  %-30s  %-30s  %10s  %-17s  %-7s  %s\n"
			printf form, "benchmark", "A", "B", "A/B", "lowest-highest", "limit", "met"
			next
		}
		$8 == "" { printf "%-20s  %s\n", $1, $13; next }
		{
			counted += $12 != ""; met += $13 == "yes"
			printf form, $1, $2 " " shown($3) " " $6, $4 " " shown($5) " " $6,
				shown($8) ($7 == "difference" ? " " $6 : ""), shown($9) "-" shown($10),
				$12 == "" ? "" : $11 " " $12, $13
		}
		END { printf "\n%d of %d limits met\n", met, counted }' "$csv"
}

lines_plot() {
	command -v gnuplot >/dev/null || return
	gnuplot -e "csv = '$csv'; plot_to = '$BENCH_OUT/bench.svg'" "$BENCH_SOURCE/plot.gnuplot" >&2
}

machine() {
	echo "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores," \
		"$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo) memory, $(uname -sr)"
	PGDATABASE=postgres sql "SELECT 'PostgreSQL ' || current_setting('server_version') || ', memreg ' || extversion
		FROM pg_extension WHERE extname = 'memreg'"
	PGDATABASE=postgres sql "SELECT string_agg(name || ' = ' || current_setting(name), ', ' ORDER BY name) FROM pg_settings
		WHERE name IN ('fsync', 'synchronous_commit', 'shared_buffers', 'work_mem', 'jit', 'autovacuum', 'max_parallel_workers_per_gather')"
	echo "scale $BENCH_SCALE, medians of $BENCH_RUNS runs, $BENCH_SECONDS s a run of pgbench, $BENCH_ROUNDS withdrawals"
}

median() {
	sort -g | awk '{ value[NR] = $1 } END { printf "%.6f", (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'
}

meets() {
	if [ -z "$3" ]; then
		echo "no limit"
		return
	fi
	awk -v figure="$1" -v relation="$2" -v limit="$3" \
		'BEGIN { print (relation == "<=" ? figure <= limit : figure >= limit) ? "yes" : "no" }'
}

rounded() {
	awk -v number="$1" 'BEGIN { printf "%.3f", number }'
}
