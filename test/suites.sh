#!/bin/bash
# Runs the test suites and counts.  Started by test/run.sh in the private server
# tree $STAGE, as the user who owns it.  What a broken-off run leaves, run.sh ends.
#
#   floors      rules about the sources            test/floors.sh
#   unit        C without a server, prints TAP     test/unit/*.c, test/fuzz/*.c
#   regress     pg_regress                         test/sql/*.sql, expected/*.out
#   pgtap       pgTAP                              test/pgtap/*.sql
#   isolation   pg_isolation_regress               test/specs/*.spec, expected/*.out
#   tap         PostgreSQL::Test::Cluster          test/t/*.pl
#
# Two files of a suite run at a time, three of the last, which wait a lot.  Those of
# the middle three share servers, see test/server.sh, and begin with CREATE
# EXTENSION memreg.  What a run leaves to look at is in $STAGE/run.
set -euo pipefail
shopt -s nullglob

cd "$STAGE/source"
mkdir "$STAGE/run"

# shellcheck source=test/server.sh
. test/server.sh
# shellcheck source=test/sources.sh
. test/sources.sh

pgxs=$(pg_config --pkglibdir)/pgxs
include="-Isrc -isystem $(pg_config --includedir-server)"
test_limit=${MEMREG_TEST_LIMIT:-300} # seconds that one test file may take
summary=()
all_passed=0
all_failed=0

main() {
	local suite

	for suite in ${SUITE:-floors unit regress pgtap isolation tap}; do
		run_suite "$suite"
	done
	! servers_run || run_suite servers
	summarize
}

# One suite, and its line of the summary.  What says nothing has failed.
run_suite() {
	local suite=$1 tests passed=0 failed=0

	mapfile -t tests < <(tests_of "$suite")
	if [ "${#tests[@]}" -gt 0 ]; then
		echo "== $suite"
		"suite_$suite" "${tests[@]}" || true
		[ $((passed + failed)) -ge "${#tests[@]}" ] || failed=$((${#tests[@]} - passed))
	fi
	summary+=("$(printf '%-10s %4d passed, %d failed' "$suite" "$passed" "$failed")")
	all_passed=$((all_passed + passed))
	all_failed=$((all_failed + failed))
}

summarize() {
	echo
	pg_config --version
	printf '  %s\n' "${summary[@]}"
	echo "$all_passed passed, $all_failed failed"
	[ "$all_failed" = 0 ] && [ "$all_passed" -gt 0 ]
}

# The files of a suite, or those of them that TESTS names.
tests_of() {
	local files file

	case $1 in
		floors) files=(test/floors.sh) ;;
		unit) files=(test/unit/*.c test/fuzz/*.c) ;;
		regress) files=(test/sql/*.sql) ;;
		pgtap) files=(test/pgtap/*.sql) ;;
		isolation) files=(test/specs/*.spec) ;;
		tap) files=(test/t/*.pl) ;;
		servers) echo crash && echo shutdown && return ;;
		*) echo "memreg: no suite \"$1\"" >&2 && return ;;
	esac
	for file in "${files[@]}"; do
		[[ -n ${TESTS:-} && " $TESTS " != *" $(name_of "$file") "* ]] || echo "$file"
	done
}

name_of() {
	local file=${1##*/}
	echo "${file%.*}"
}

suite_floors() {
	run_tap --exec=bash "$@"
}

suite_unit() {
	local file programs=()

	mkdir "$STAGE/run/unit"
	for file in "$@"; do
		if compile_unit "$file"; then
			programs+=("$STAGE/run/unit/$(name_of "$file")")
		else
			report failed "$file" "does not compile"
		fi
	done
	[ "${#programs[@]}" = 0 ] || run_tap "${programs[@]}"
}

suite_regress() {
	run_on_servers "test/regress.sh $pgxs/src/test/regress/pg_regress" "$@"
}

suite_isolation() {
	run_on_servers "test/regress.sh $pgxs/src/test/isolation/pg_isolation_regress" "$@"
}

suite_pgtap() {
	run_on_servers test/pgtap.sh "$@"
}

run_on_servers() {
	have_server && run_tap --jobs=2 --exec="timeout --foreground $test_limit $1" "${@:2}"
}

# TESTDIR is what PostgreSQL 15 reads, the two beside it are of later versions.
suite_tap() {
	local work=$STAGE/run/tap

	mkdir -p "$work/tmp_check/log"
	PERL5LIB=$pgxs/src/test/perl PG_REGRESS=$pgxs/src/test/regress/pg_regress \
		TESTDIR=$work TESTDATADIR=$work/tmp_check TESTLOGDIR=$work/tmp_check/log \
		PG_TEST_PORT_DIR=$work TEMP_CONFIG=$PWD/test/server.conf \
		run_tap --jobs=3 --logs="$work/tmp_check/log" --exec="timeout --foreground $test_limit perl" "$@"
}

# What nobody may overlook after the tests: a backend that crashed, a process
# that keeps a server from stopping.
suite_servers() {
	local port

	if grep -E 'terminated by signal|PANIC:|TRAP:' "$STAGE"/run/server_*.log; then
		report failed "no process crashed"
	else
		report ok "no process crashed"
	fi
	for port in $SERVER_PORTS; do
		if pg_ctl stop --silent --mode=fast --timeout=30 --pgdata="$STAGE/run/data_$port"; then
			report ok "the server at $port stops when told to"
		else
			report failed "the server at $port stops when told to"
		fi
	done
}

run_tap() {
	local counts=$STAGE/run/counts good=0 bad=0

	rm -f "$counts"
	perl test/tap.pl --counts="$counts" "$@" || true
	[ ! -s "$counts" ] || read -r good bad <"$counts"
	passed=$((passed + good))
	failed=$((failed + bad))
}

report() {
	printf '%-6s  %s\n' "$1" "$2"
	if [ "$1" = ok ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

have_server() {
	servers_run || start_servers
}

# A fuzz target becomes a program that reads its corpus.
compile_unit() {
	local files=("$1" test/unit/server/*.c)

	[[ $1 != test/fuzz/* ]] || files+=(test/fuzz/driver/*.c)
	mapfile -t files < <(sources_of "${files[@]}")
	# shellcheck disable=SC2086 # a list of options
	cc -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -g \
		$include -o "$STAGE/run/unit/$(name_of "$1")" "${files[@]}" -lsodium -lm
}

main
