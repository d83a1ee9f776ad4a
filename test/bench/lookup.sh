# shellcheck shell=bash
# Sourced, not run: one row by its primary key, with and without memreg, on the
# tables of scan.sh.  Prepared statements, two clients.

bench_lookup() {
	database visits_bigint make_visits_by_hand
	side memreg "user=analyst options='-c memreg.purpose=research'" "$(lookup_script protected.visit)"
	side plain "user=analyst" "$(lookup_script plain.visit)"
	pgbench_sides
	expect_lookups
	line lookup memreg plain /s '>=' 0.90
}

# A pool's way: each transaction sets the purpose.  Others set a setting of theirs.
bench_lookup_set_local() {
	database visits_bigint make_visits_by_hand
	side memreg "user=analyst" "$(lookup_script protected.visit "SET LOCAL memreg.purpose = 'research'")"
	side plain "user=analyst" "$(lookup_script plain.visit "SET LOCAL app.tenant = 'research'")"
	pgbench_sides
	expect_lookups
	line lookup_set_local memreg plain /s '>=' 0.90
}

# In a transaction, if something is set first.
lookup_script() {
	echo "\\set id random(1, $(scaled 5000000))"
	[ -z "${2:-}" ] || printf '%s;\n' BEGIN "$2"
	echo "SELECT amount, page FROM $1 WHERE id = :id;"
	[ -z "${2:-}" ] || echo "END;"
}

# pgbench does not look at answers: the first thousand, one by one.
expect_lookups() {
	local found wanted

	found=$(sql "$UNDER_PURPOSE; SET plan_cache_mode = force_generic_plan; PREPARE lookup(bigint) AS
		SELECT id, amount FROM protected.visit WHERE id = \$1;
		$(seq -f 'EXECUTE lookup(%.0f);' 1000)" | sort | md5sum)
	wanted=$(sql "SELECT id, amount FROM plain.visit WHERE id <= 1000 AND subject IN (SELECT subject FROM handwritten.consent)" | sort | md5sum)
	[ "$found" = "$wanted" ] || { echo "memreg: $BENCHMARK: wrong answers" >&2 && return 1; }
}
