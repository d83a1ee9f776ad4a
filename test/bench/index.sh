# shellcheck shell=bash
# Sourced, not run: the consent index with 10 million consents: how long it takes
# to load, what memory it takes, and how soon a withdrawal is seen.

INDEX_LOADER=load_consent_index

bench_index_load() {
	! lacks "$INDEX_LOADER" index_load index_load_parallel index_memory || return 0
	database consents_bigint make_consents bigint
	index_sides
	side count_parallel "SET max_parallel_workers_per_gather = 2" "SELECT count(*) FROM memreg.consent_state"
	time_sides "$BENCH_RUNS"
	expect_loaded
	line index_load load count ms '<=' 3
	line index_load_parallel load count_parallel ms

	value bits "$(of_index "8 * bytes")"
	value subjects "$(of_index subjects)"
	line index_memory bits subjects '' '<=' 2
}

bench_index_load_uuid() {
	! lacks "$INDEX_LOADER" index_load_uuid index_memory_uuid || return 0
	database consents_uuid make_consents uuid
	index_sides
	time_sides "$BENCH_RUNS"
	expect_loaded
	line index_load_uuid load count ms '<=' 3

	value bytes "$(of_index bytes)"
	value subjects "$(of_index subjects)"
	line index_memory_uuid bytes subjects '' '<=' 32
}

# What a backend's own memory grows by when it first uses the index: a copy of
# its own would be 1.
bench_index_backend() {
	local memory="substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::bigint * 1024"
	local before after

	! lacks "$INDEX_LOADER" index_backend || return 0
	database consents_uuid make_consents uuid
	sql "SELECT memreg.$INDEX_LOADER()" >/dev/null
	{ read -r before && read -r after; } < <(sql "SELECT $memory; $UNDER_PURPOSE; CREATE TEMPORARY TABLE seen AS
		SELECT count(*) FROM protected.person; RESET ROLE; SELECT $memory")
	value growth $((after - before))
	value index "$(of_index bytes)"
	line index_backend growth index '' '<=' 0.1
}

# Each round one session, which has looked before, looks again right after
# another one has withdrawn a consent, or has only looked at it.
bench_withdrawal() {
	local look="SELECT count(*) FROM protected.person WHERE id = :subject"
	local other="psql -X -q -o /dev/null -v ON_ERROR_STOP=1 --command"
	local subject="(SELECT id FROM protected.person WHERE place = 2 * %run%"

	database consents_bigint make_consents bigint
	side withdrawn "SELECT id AS subject FROM protected.person WHERE place = 2 * %run% + 1 \\gset
		$UNDER_PURPOSE; $look;
		\\! $other \"SELECT memreg.withdraw_consent('members', $subject + 1), 'research')\"
		" "$look"
	side unchanged "SELECT id AS subject FROM protected.person WHERE place = 2 * %run% + 2 \\gset
		$UNDER_PURPOSE; $look;
		\\! $other \"SELECT memreg.has_consent('members', $subject + 2), 'research')\"
		" "$look"
	time_sides "$BENCH_ROUNDS"
	expect 0 withdrawn
	expect 1 unchanged
	line_difference withdrawal withdrawn unchanged ms '<=' 1
}

index_sides() {
	side load "SELECT memreg.reset_consent_index()" "SELECT FROM memreg.$INDEX_LOADER()"
	side count "" "SELECT count(*) FROM memreg.consent_state"
}

expect_loaded() {
	expect "$(of_index subjects)" count
}

of_index() {
	sql "SELECT sum($1) FROM memreg.consent_index WHERE register = 'members' AND purpose = 'research' AND kind = 'consent'"
}

make_consents() {
	database_file consents key="$1" subjects="$(scaled 13333333)"
}
