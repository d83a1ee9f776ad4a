#!/bin/bash
# make bench: builds memreg into a private server tree and measures it there
# against plain PostgreSQL.  docs/benchmarks.md says what, and how to read it.
#
#   BENCH="scan_bigint withdrawal" BENCH_SCALE=0.1 make bench    measures a part, with less data
#
# Root does no more than prepare the place; the server and test/bench/measure.sh
# are an unprivileged user's.
set -euo pipefail
set -m # what measures is a process group, so that a signal reaches all of it

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/stage.sh
. "$here/../stage.sh"
# shellcheck source=test/bench/server.sh
. "$here/server.sh"

results=(bench.txt bench.csv bench.svg)

main() {
	trap clean_up EXIT
	trap 'exit 130' INT TERM HUP
	stage_open bench
	stage_is_ours=yes
	stage_build
	server_start
	stage_as env PGHOST="$server_sockets" PGPORT=5432 PGUSER=postgres BENCH_OUT="$STAGE" \
		source/test/bench/measure.sh </dev/null &
	measuring=$!
	wait "$measuring"
}

clean_up() {
	local status=$?

	trap '' INT TERM HUP
	[ -n "${stage_is_ours:-}" ] || exit "$status"
	[ -z "${measuring:-}" ] || kill -TERM -- "-$measuring" 2>/dev/null || true
	server_remove
	bring_results
	stage_close
	exit "$status"
}

# To where they are looked for, when the place is another.
bring_results() {
	local file to=$STAGE_TOP/.build/bench

	[ "$STAGE" != "$to" ] && mkdir -p "$to" || return 0
	for file in "${results[@]}"; do
		[ ! -e "$STAGE/$file" ] || cp "$STAGE/$file" "$to/$file"
	done
}

main
