# shellcheck shell=bash
# Sourced, not run: pseudonyms and sealed values, value by value.
#
# A table of e-mail addresses is scanned, each value is given to a function, and
# what comes out is counted. What the same scan takes without the function is
# taken off, run by run: the lines compare the functions alone.

bench_pseudonym() {
	database addresses make_addresses
	function_side scan "email"
	function_side uuid "memreg.pseudonym_uuid('bench', email)"
	function_side text "memreg.pseudonym('bench', email)"
	function_side sha256 "sha256(email_bytes)"
	function_side hmac "hmac(email, 'a key of this benchmark', 'sha256')"
	function_side bigint "memreg.pseudonym_bigint('bench', id)"
	time_sides "$BENCH_RUNS"
	expect_all
	net_of scan uuid text sha256 hmac bigint
	line pseudonym_hmac hmac_net uuid_net ms '>=' 4
	line pseudonym_sha256 uuid_net sha256_net ms '<=' 1.5
	line pseudonym_text text_net uuid_net ms '<=' 1.3
	line pseudonym_bigint bigint_net uuid_net ms
}

bench_seal() {
	database addresses make_addresses
	function_side scan "note"
	function_side seal "memreg.seal('bench', note)"
	function_side seal_random "memreg.seal_random('bench', note)"
	function_side uuid "memreg.pseudonym_uuid('bench', note)"
	time_sides "$BENCH_RUNS"
	expect_all
	net_of scan seal seal_random uuid
	line seal seal_net uuid_net ms '<=' 3
	line seal_random seal_random_net uuid_net ms
}

# Microseconds a value.
bench_shape() {
	database addresses make_addresses
	function_side scan "ip"
	function_side ipv4 "memreg.pseudonym_ip('bench', ip)"
	function_side ipv6 "memreg.pseudonym_ip('bench', ip6)"
	function_side email "memreg.pseudonym_email('bench', email)"
	function_side phone "memreg.pseudonym_phone('bench', phone)"
	function_side nickname "memreg.nickname('bench', email)"
	time_sides "$BENCH_RUNS"
	expect_all
	net_of scan ipv4 ipv6 email phone nickname
	values_of ipv4_net ipv6_net email_net phone_net nickname_net
	line shape_ipv4 ipv4_net_us values '' '<=' 10
	line shape_ipv6 ipv6_net_us values ''
	line shape_email email_net_us values ''
	line shape_phone phone_net_us values ''
	line shape_nickname nickname_net_us values ''
}

# One process, and a leader with one worker.
bench_pseudonym_parallel() {
	local parallel="SET max_parallel_workers_per_gather = 1; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
		SET min_parallel_table_scan_size = 0"

	database addresses make_addresses
	function_side serial "memreg.pseudonym_uuid('bench', email)"
	side parallel "$parallel" "SELECT count(memreg.pseudonym_uuid('bench', email)) FROM plain.address"
	time_sides "$BENCH_RUNS"
	expect_all
	line pseudonym_parallel serial parallel ms '>=' 1.5
}

# The largest memory that a backend ever had, after all values once, and after all
# of them twenty times more. What is shared with others it has touched before.
bench_pseudonym_memory() {
	local memory="substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::bigint * 1024"
	local work="count(memreg.pseudonym('bench', email)) AS pseudonyms, count(memreg.seal('bench', email)) AS seals"
	local once="SELECT email FROM plain.address"
	local often=$once first last run

	for ((run = 1; run < 20; run++)); do
		often+=" UNION ALL $once"
	done
	database addresses make_addresses
	{ read -r first && read -r last; } < <(sql "CREATE TEMPORARY TABLE first AS SELECT $work FROM ($once) a; SELECT $memory;
		CREATE TEMPORARY TABLE last AS SELECT $work FROM ($often) a; SELECT $memory")
	value often "$last"
	value once "$first"
	line pseudonym_memory often once '' '<=' 1.1
}

function_side() {
	side "$1" "" "SELECT count($2) FROM plain.address"
}

# NAME_net: milliseconds of NAME less those of the side named first.
net_of() {
	local name

	for name in "${@:2}"; do
		paste "$SIDES_AT/$name.values" "$SIDES_AT/$1.values" | awk '{ print $1 - $2 }' >"$SIDES_AT/${name}_net.values"
	done
}

# NAME_us: the same in microseconds, beside how many values they were for.
values_of() {
	local name

	for name in "$@"; do
		awk '{ print 1000 * $1 }' "$SIDES_AT/$name.values" >"$SIDES_AT/${name}_us.values"
	done
	awk -v values="$(scaled 500000)" '{ print values }' "$SIDES_AT/$1.values" >"$SIDES_AT/values.values"
}

# shellcheck disable=SC2154 # sides: of sides.sh
expect_all() {
	expect "$(scaled 500000)" "${sides[@]}"
}

make_addresses() {
	database_file addresses addresses="$(scaled 500000)"
}
