# shellcheck shell=bash
# Sourced, not run: what treatments cost a row, on the tables of scan.sh.
#
# All purposes here have the same ground, a contract, for the same rows, and differ
# by what they see of the columns.

# A column in clear, beside others that are not, against all in clear.
# shellcheck disable=SC2154 # scan: of scan.sh
bench_columns_clear() {
	database visits_bigint make_visits_by_hand
	have_treatments
	treatment_side beside_others visitors protected.visit
	treatment_side all_clear accounts protected.visit
	time_sides "$BENCH_RUNS"
	expect "$(sql "$scan plain.visit")" beside_others all_clear
	line columns_clear beside_others all_clear ms '<=' 1.02
}

# Nanoseconds a row, over the same column in clear; and, to measure that by, over the
# plain column what a CASE costs that asks two of PostgreSQL's own cheapest functions.
bench_clear_if_consent() {
	database visits_bigint make_visits_by_hand
	have_treatments
	treatment_side if_consent letters protected.visit
	treatment_side clear accounts protected.visit
	side case "SET ROLE analyst" "SELECT count(*), sum(CASE WHEN id & 3 <> 0 THEN amount END) FROM plain.visit"
	side plain "SET ROLE analyst" "$scan plain.visit"
	time_sides "$BENCH_RUNS"
	expect "$(sql "$scan plain.visit")" clear plain
	expect "$(amounts_of_consenting)" if_consent
	nanoseconds_a_row if_consent clear case plain
	line_difference clear_if_consent if_consent clear ns '<=' 15
	line_difference case_by_hand case plain ns
}

# A join over keys that are pseudonyms for the purpose, against the plain tables and
# against the same over the keys in clear.
bench_equality_raw() {
	local join="SELECT count(*), sum(v.amount) FROM"

	database visits_bigint make_visits_by_hand
	have_treatments
	side pseudonyms "SET ROLE analyst; SET memreg.purpose = 'visitors'" "$join protected.visit v JOIN protected.visitor s USING (subject)"
	side clear "SET ROLE analyst; SET memreg.purpose = 'accounts'" "$join protected.visit v JOIN protected.visitor s USING (subject)"
	side plain "SET ROLE analyst" "$join plain.visit v JOIN plain.visitor s USING (subject)"
	time_sides "$BENCH_RUNS"
	expect "$(sql "$scan plain.visit")" pseudonyms clear plain
	line equality_raw pseudonyms plain ms
	line equality_raw_clear pseudonyms clear ms
}

treatment_side() {
	side "$1" "SET ROLE analyst; SET memreg.purpose = '$2'" "$scan $3"
}

# The first of these benchmarks makes what they need.
have_treatments() {
	[ "$(sql "SELECT EXISTS (SELECT FROM memreg.purpose WHERE purpose = 'visitors')")" = t ] || database_file treatments
}

amounts_of_consenting() {
	sql "SELECT count(*), sum(amount) FILTER (WHERE subject IN (SELECT subject FROM handwritten.consent)) FROM plain.visit"
}

nanoseconds_a_row() {
	local name

	for name in "$@"; do
		awk -v rows="$(sql "SELECT count(*) FROM plain.visit")" '{ print 1000000 * $1 / rows }' "$SIDES_AT/$name.values" >"$SIDES_AT/$name.ns"
		mv "$SIDES_AT/$name.ns" "$SIDES_AT/$name.values"
	done
}
