# shellcheck shell=bash
# Sourced, not run: the sides that a benchmark compares, and running them in turn,
# A B A B ..., so that whatever disturbs the machine disturbs all of them.
#
#   sides_begin BENCHMARK             forget those of the last one
#   side NAME BEFORE STATEMENT        one side.  For psql: what is done untimed, and
#                                     the one statement that is timed; %run% stands
#                                     for the number of the run.  For pgbench: how
#                                     to connect, and the script
#   time_sides RUNS                   run all in one session: milliseconds
#   pgbench_sides                     run all with two clients: transactions per second
#   answers_are_values                what they answered is what was measured, not their times
#   value NAME NUMBER                 a side that was measured otherwise
#   expect ANSWER SIDE...             fail unless each run of these sides answered so
#
# In $BENCH_OUT/sides/BENCHMARK: NAME.values, a number for each run; NAME.answers,
# a line for each run and the warm-up, which is run 0; what was run, and logs.

sides_begin() {
	BENCHMARK=$1
	sides=()
	SIDES_AT=$BENCH_OUT/sides/$1
	rm -rf "$SIDES_AT"
	mkdir "$SIDES_AT"
}

side() {
	sides+=("$1")
	echo "$2" >"$SIDES_AT/$1.before"
	echo "$3" >"$SIDES_AT/$1.statement"
}

answers_are_values() {
	local name

	for name in "${sides[@]}"; do
		tail -n +2 "$SIDES_AT/$name.answers" >"$SIDES_AT/$name.values" # the first is the warm-up's
	done
}

value() {
	echo "$2" >"$SIDES_AT/$1.values"
}

time_sides() {
	progress "$BENCHMARK: ${sides[*]}"
	time_script "$1" >"$SIDES_AT/script.sql"
	# Unbuffered, to tell at once which run has begun.
	stdbuf -oL psql -X -q -A -t -v ON_ERROR_STOP=1 --file="$SIDES_AT/script.sql" |
		tee "$SIDES_AT/output" | time_collect "$1"
}

time_script() {
	local name run

	echo "SET client_min_messages = warning;"
	for ((run = 0; run <= $1; run++)); do
		for name in "${sides[@]}"; do
			time_turn "$name" "$(<"$SIDES_AT/$name.before")" "$(<"$SIDES_AT/$name.statement")"
		done
	done
}

time_turn() {
	cat <<-END
		\\o /dev/null
		RESET ROLE;
		RESET ALL;
		${2//%run%/$run};
		\\o
		\\echo @ $1 $run
		\\timing on
		${3//%run%/$run};
		\\timing off
	END
}

# Reads what psql prints: "@ SIDE RUN", the answer, "Time: 12.345 ms".
time_collect() {
	local line name='' run=0

	while IFS= read -r line; do
		case $line in
			'@ '*)
				read -r _ name run <<<"$line"
				tick "$BENCHMARK: $name, run $run of $1"
				;;
			'Time: '*)
				line=${line#Time: }
				[ "$run" = 0 ] || echo "${line%% *}" >>"$SIDES_AT/$name.values"
				;;
			*) echo "$line" >>"$SIDES_AT/$name.answers" ;;
		esac
	done
}

pgbench_sides() {
	local name run

	progress "$BENCHMARK: ${sides[*]}, ${BENCH_SECONDS} s each run"
	for name in "${sides[@]}"; do
		pgbench_side "$name" 0 --transactions=20 >/dev/null
	done
	for ((run = 1; run <= BENCH_RUNS; run++)); do
		for name in "${sides[@]}"; do
			tick "$BENCHMARK: $name, run $run of $BENCH_RUNS"
			pgbench_side "$name" "$run" --time="$BENCH_SECONDS" >>"$SIDES_AT/$name.values"
		done
	done
}

# Prints transactions per second.  In the script, :run and :client_id tell who
# runs it, and :n, which is 0 at first, can count.
pgbench_side() {
	local log=$SIDES_AT/$1.$2.log

	pgbench --no-vacuum --protocol=prepared --client=2 --jobs=2 --define="run=$2" --define=n=0 \
		--file="$SIDES_AT/$1.statement" "${@:3}" "dbname=$PGDATABASE $(cat "$SIDES_AT/$1.before")" >"$log" 2>&1 ||
		{ cat "$log" >&2 && return 1; }
	sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$log" >>"$SIDES_AT/$1.answers"
	sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$log"
}

# How many transactions a side of pgbench has run, with the warm-up.
processed() {
	awk '{ sum += $1 } END { print sum }' "$SIDES_AT/$1.answers"
}

expect() {
	local name

	for name in "${@:2}"; do
		if [ "$(sort -u "$SIDES_AT/$name.answers")" != "$1" ]; then
			echo "memreg: $BENCHMARK: $name answers $(sort -u "$SIDES_AT/$name.answers" | xargs), not $1" >&2
			return 1
		fi
	done
}
