#!/bin/bash
# Measures memreg against plain PostgreSQL, on the server that PGHOST and PGPORT
# name, as its superuser PGUSER.  Started by "make bench", small by a test.
#
#   BENCH           names of the benchmarks to run, all by default
#   BENCH_SCALE     size of the data, 1 by default: 5 million rows scanned, 10 million purged, 10 million consents
#   BENCH_RUNS      how often each side of a pair is run, 5 by default
#   BENCH_SECONDS   how long a run of pgbench takes, 5 by default
#   BENCH_ROUNDS    how often a withdrawal is measured, 200 by default
#   BENCH_OUT       where bench.txt, bench.csv and bench.svg are written; below
#                   it, in sides/, what was run and what came out
#
# A benchmark is a function bench_NAME in one of the files sourced below, and a
# name in this list.  Those that stand side by side use the same database.
benchmarks="
	scan_bigint scan_parallel columns_clear clear_if_consent equality_raw lookup lookup_set_local
	scan_uuid
	scan_text
	index_load withdrawal
	index_load_uuid index_backend
	grant bulk
	pseudonym seal shape pseudonym_parallel pseudonym_memory
	activity activity_bulk
	plan_guarded plan_unguarded
	purge_many purge_few purge_held purge_many_loops purge_few_loops purge_memory partition_drop retention_idle
	foreground_other foreground_same"
set -euo pipefail
shopt -s inherit_errexit

BENCH_SOURCE=$(cd "$(dirname "$0")" && pwd)
: "${BENCH_OUT:?names the directory for the results}"
BENCH_SCALE=${BENCH_SCALE:-1}
BENCH_RUNS=${BENCH_RUNS:-5}
BENCH_SECONDS=${BENCH_SECONDS:-5}
BENCH_ROUNDS=${BENCH_ROUNDS:-200}

# shellcheck source=test/bench/progress.sh
. "$BENCH_SOURCE/progress.sh"
# shellcheck source=test/bench/database.sh
. "$BENCH_SOURCE/database.sh"
# shellcheck source=test/bench/sides.sh
. "$BENCH_SOURCE/sides.sh"
# shellcheck source=test/bench/lines.sh
. "$BENCH_SOURCE/lines.sh"
# shellcheck source=test/bench/scan.sh
. "$BENCH_SOURCE/scan.sh"
# shellcheck source=test/bench/treatment.sh
. "$BENCH_SOURCE/treatment.sh"
# shellcheck source=test/bench/lookup.sh
. "$BENCH_SOURCE/lookup.sh"
# shellcheck source=test/bench/index.sh
. "$BENCH_SOURCE/index.sh"
# shellcheck source=test/bench/consent.sh
. "$BENCH_SOURCE/consent.sh"
# shellcheck source=test/bench/pseudonym.sh
. "$BENCH_SOURCE/pseudonym.sh"
# shellcheck source=test/bench/activity.sh
. "$BENCH_SOURCE/activity.sh"
# shellcheck source=test/bench/plan.sh
. "$BENCH_SOURCE/plan.sh"
# shellcheck source=test/bench/purge.sh
. "$BENCH_SOURCE/purge.sh"
# shellcheck source=test/bench/foreground.sh
. "$BENCH_SOURCE/foreground.sh"

main() {
	local name

	require_known "${BENCH:-}"
	server_prepare
	lines_begin
	for name in $benchmarks; do
		if [[ " ${BENCH:-$name} " == *" $name "* ]]; then
			run_benchmark "$name"
		fi
	done
	database_drop
	lines_end
	! line_has_failed
}

require_known() {
	local name known

	known=$(xargs <<<"$benchmarks")
	for name in $1; do
		[[ " $known " == *" $name "* ]] || { echo "memreg: no benchmark \"$name\"; there are: $known" >&2 && exit 2; }
	done
}

# One that breaks does not take the others with it.  It must not be part of a
# condition, here or in the caller: the shell would go on after its errors.
run_benchmark() {
	local status

	set +e
	(
		set -e
		sides_begin "$1"
		"bench_$1"
	)
	status=$?
	set -e
	if [ "$status" != 0 ]; then
		line_failed "$1"
	fi
}

main
