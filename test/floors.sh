#!/bin/bash
# Rules about the sources that no compiler knows.  Prints TAP.
#
#   - a file includes its own folder and lower floors, never sideways or up;
#   - only src/core/compat.h knows server versions;
#   - an SQLSTATE stands in src/core/errors.h, once, and in docs/errors.md.
#
# shellcheck disable=SC2317 # rules are called by name
set -euo pipefail
shopt -s nullglob

cd "$(dirname "$0")/.."

declare -A floor=([core]=0 [crypto]=1 [generalize]=1 [ident]=1 [registry]=2 [pseudonym]=3 [consent]=3
	[policy]=4 [subject]=4 [retention]=5 [report]=5 [.]=6)
test_number=0
failures=0

main() {
	echo 1..4
	rule "files include their own folder and lower floors" includes_upward
	rule "only core/compat.h knows server versions" versions_elsewhere
	rule "every SQLSTATE in sql/ stands in core/errors.h" codes_unknown
	rule "every SQLSTATE is described in docs/errors.md" codes_undescribed
	exit $((failures > 0))
}

# A rule holds when its command prints nothing, not even an error.
rule() {
	local broken line

	test_number=$((test_number + 1))
	broken=$("$2" 2>&1) || true
	if [ -z "$broken" ]; then
		echo "ok $test_number - $1"
	else
		failures=$((failures + 1))
		echo "not ok $test_number - $1"
		while read -r line; do echo "#   $line" >&2; done <<<"$broken"
	fi
}

includes_upward() {
	local file line text included

	grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' src | while IFS=: read -r file line text; do
		included=${text#*\"}
		included=${included%%\"*}
		[[ -e src/$included || $included == *..* ]] || continue # the server's
		may_include "${file#src/}" "$included" || echo "$file:$line: $text"
	done
}

may_include() {
	local own other

	[[ $1 == */* ]] && own=${1%/*} || own=.
	[[ $2 == */* ]] && other=${2%/*} || other=.
	[ "$own" = "$other" ] || [ "${floor[$other]:-9}" -lt "${floor[$own]:--1}" ]
}

versions_elsewhere() {
	grep -rn PG_VERSION_NUM src --include='*.[ch]' | grep -v '^src/core/compat\.h:' || true
}

codes_known() {
	sed -n "s/.*MAKE_SQLSTATE('\(.\)', *'\(.\)', *'\(.\)', *'\(.\)', *'\(.\)').*/\1\2\3\4\5/p" src/core/errors.h | sort
}

codes_unknown() {
	comm -13 <(codes_known) <(grep -rohE "'MR[0-9A-Z]{3}'" sql | tr -d "'" | sort -u) | sed 's/$/ is unknown/'
}

codes_undescribed() {
	codes_known | uniq -d | sed 's/$/ is defined twice/'
	comm -23 <(codes_known | uniq) <(grep -owE 'MR[0-9A-Z]{3}' docs/errors.md | sort -u) | sed 's/$/ is not described/'
}

main
