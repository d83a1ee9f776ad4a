# shellcheck shell=bash
# Sourced, not run: databases to measure in.
#
#   server_prepare         roles, and a database to look up functions in
#   server_has FUNCTION    does this memreg have a function of that name?
#   database NAME MAKER... have the database; if it is not there yet, drop the one
#                          that is, and run MAKER, which fills it
#   database_beside NAME MAKER...    another one, without the extension, for as long as that one is there
#   database_drop          drop it
#   database_file NAME VARIABLE=VALUE...    run test/bench/NAME.sql in it
#   sql STATEMENT          run a statement in it, print the answer
#   scaled NUMBER          the number times $BENCH_SCALE
#
# One database is there at a time: the name of the present one is in a file, as
# each benchmark runs in a shell of its own.

server_prepare() {
	rm -rf "$BENCH_OUT/sides"
	mkdir -p "$BENCH_OUT/sides"
	rm -f "$BENCH_OUT/database"
	export PGDATABASE=postgres
	sql "CREATE EXTENSION IF NOT EXISTS memreg"
	sql "CREATE ROLE analyst LOGIN"
	sql "CREATE ROLE registrar LOGIN"
	sql "CREATE ROLE by_exists"
	sql "CREATE ROLE by_in"
}

server_has() {
	case $(PGDATABASE=postgres sql "SELECT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'memreg'::regnamespace AND proname = '$1')") in
		t) return 0 ;;
		f) return 1 ;;
		*) exit 1 ;;
	esac
}

database() {
	export PGDATABASE=$1
	[ "$(cat "$BENCH_OUT/database" 2>/dev/null)" != "$1" ] || return 0
	database_drop
	progress "making the database $1"
	PGDATABASE=postgres sql "CREATE DATABASE $1 TEMPLATE template0"
	sql "CREATE EXTENSION memreg"
	"${@:2}"
	sql "CHECKPOINT"
	echo "$1" >"$BENCH_OUT/database"
}

database_beside() {
	progress "making the database $1"
	PGDATABASE=postgres sql "CREATE DATABASE $1 TEMPLATE template0"
	PGDATABASE=$1 "${@:2}"
}

# Also one that was not finished, and one beside it.
database_drop() {
	local name

	rm -f "$BENCH_OUT/database"
	for name in $(PGDATABASE=postgres sql "SELECT datname FROM pg_database WHERE datname ~ '^(visits|consents|ledger|addresses|columns|activity|purge|foreground)'"); do
		PGDATABASE=postgres sql "DROP DATABASE $name WITH (FORCE)"
	done
}

database_file() {
	local setting settings=()

	for setting in "${@:2}"; do
		settings+=("--set=$setting")
	done
	psql -X -q -o /dev/null -v ON_ERROR_STOP=1 "${settings[@]}" --file="$BENCH_SOURCE/$1.sql"
}

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 --command="SET client_min_messages = warning" --command="$1"
}

scaled() {
	awk -v number="$1" -v scale="$BENCH_SCALE" 'BEGIN { printf "%d", number * scale }'
}
