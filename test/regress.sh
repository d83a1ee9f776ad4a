#!/bin/bash
# Runs one file of pg_regress or pg_isolation_regress, the program TOOL, on a free server; prints TAP.
#
#   test/regress.sh TOOL FILE
#
# What the file printed is left in $STAGE/run/NAME/results, what differs is shown.
set -euo pipefail

# shellcheck source=test/server.sh
. "$(dirname "$0")/server.sh"

tool=$1
name=$(basename "${2%.*}")
out=$STAGE/run/$name

main() {
	echo "1..1"
	make_place
	take_server
	if run >"$out/log" 2>&1; then
		echo "ok 1 - $name"
	else
		echo "not ok 1 - $name"
		show_failure >&2
		exit 1
	fi
}

# PostgreSQL 15 looks for what is expected where it writes, later versions here.
make_place() {
	mkdir -p "$out"
	ln -sfn "$PWD/expected" "$out/expected"
}

# PostgreSQL 15 prints "test NAME ... ok", later versions print TAP.
run() {
	drop_database
	"$tool" --bindir="$STAGE_BIN" --inputdir=test --outputdir="$out" \
		--host="$PGHOST" --port="$PGPORT" --user="$PGUSER" --dbname="$TEST_DATABASE" "$name" |
		tee "$out/verdict"
	grep -Eq '^(test .*\.\.\. ok|ok 1 )' "$out/verdict"
}

show_failure() {
	if [ -s "$out/regression.diffs" ]; then
		head -n 100 "$out/regression.diffs"
	else
		tail -n 40 "$out/log"
	fi
}

main
