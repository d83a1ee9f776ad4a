# shellcheck shell=bash
# Sourced, not run: recording consents, against the plain INSERTs into state and
# ledger that it amounts to, into tables with the same columns and indexes.
#
# The plain side has no history to look up, no argument to check and nobody to
# tell; its rows are those that memreg wrote for one subject, as constants.

next_subject="\\set subject 1000000000 * (:run + 1) + 2 * :n + :client_id
\\set n :n + 1"

bench_grant() {
	database ledger make_ledger
	use_index
	side memreg "user=registrar" "$next_subject
SELECT memreg.grant_consent('members', :subject::bigint, 'research');"
	side one_statement "user=registrar" "$next_subject
WITH state AS ($(plain_insert one state ':subject::text')) $(plain_insert one event ':subject::text');"
	side two_statements "user=registrar" "$next_subject
BEGIN;
$(plain_insert two state ':subject::text');
$(plain_insert two event ':subject::text');
END;"
	pgbench_sides
	expect_recorded memreg memreg
	expect_recorded one_statement one
	expect_recorded two_statements two
	line grant memreg one_statement /s '>=' 0.7
	line grant_two memreg two_statements /s '>=' 0.7
}

bench_bulk() {
	local many subjects

	! lacks grant_consents bulk || return 0
	database ledger make_ledger
	use_index
	many=$(scaled 100000)
	subjects="generate_series(1000000000000 * (%run% + 1), 1000000000000 * (%run% + 1) + $many - 1)"
	side memreg "" "SELECT FROM memreg.grant_consents('members', ARRAY(SELECT $subjects), 'research')"
	side plain "" "WITH state AS ($(plain_insert bulk state n::text) FROM $subjects n) $(plain_insert bulk event n::text) FROM $subjects n"
	time_sides "$BENCH_RUNS"
	expect_bulk memreg $((many * (BENCH_RUNS + 1)))
	expect_bulk bulk $((many * (BENCH_RUNS + 1)))
	line bulk plain memreg ms '>=' 0.5
}

# As in use: what changes has to be told to those who hold the index.
use_index() {
	! server_has "$INDEX_LOADER" || sql "SELECT memreg.$INDEX_LOADER()" >/dev/null
}

# An INSERT of what memreg wrote for one subject, with another one's key.
plain_insert() {
	sql "SELECT bench.plain_insert('$1', 'consent_$2', '$3')"
}

# One state and one event for each transaction.
expect_recorded() {
	expect_rows "$2" "$(processed "$1")" 'BETWEEN 1000000000 AND 999999999999'
}

expect_bulk() {
	expect_rows "$1" "$2" '>= 1000000000000'
}

expect_rows() {
	local table count

	for table in consent_state consent_event; do
		count=$(sql "SELECT count(*) FROM $1.$table WHERE subject::bigint $3")
		[ "$count" = "$2" ] || { echo "memreg: $BENCHMARK: $count rows in $1.$table, not $2" >&2 && return 1; }
	done
}

make_ledger() {
	database_file consents key=bigint subjects="$(scaled 1333333)"
	database_file ledger
}
