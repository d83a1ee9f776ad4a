#!/bin/bash
# make fuzz: looks for inputs that break what reads tokens, codes and addresses.
#
#   FUZZ="email ip" FUZZ_SECONDS=60 test/fuzz/fuzz.sh    some targets, a minute each
#
# Each test/fuzz/NAME.c is a target of clang's libFuzzer, built with the sources
# that it includes and the checkers of addresses and undefined behaviour.  It
# runs for FUZZ_SECONDS (600), as many targets at once as there are processors,
# from the inputs in test/fuzz/corpus/NAME, which make check reads too, and from
# those that earlier runs found worth keeping.
#
#   .build/fuzz/NAME            the program; with a file as argument it reads that one
#   .build/fuzz/NAME.log        what it said
#   .build/fuzz/NAME.corpus/    inputs that reach something new
#   .build/fuzz/NAME.crash-...  the input that broke it; also timeout-, leak-, oom-
set -euo pipefail
shopt -s nullglob

cd "$(dirname "$0")/../.."
work=.build/fuzz
include="-Isrc -isystem $("${PG_CONFIG:-pg_config}" --includedir-server)"
seconds=${FUZZ_SECONDS:-600}

# shellcheck source=test/sources.sh
. test/sources.sh

main() {
	local file names=()

	for file in test/fuzz/*.c; do
		file=${file##*/}
		[[ -n ${FUZZ:-} && " $FUZZ " != *" ${file%.c} "* ]] || names+=("${file%.c}")
	done
	[ "${#names[@]}" -gt 0 ] || fail "no target of that name"
	make_place
	for file in "${names[@]}"; do
		echo "memreg: building $file"
		build "$file"
	done
	echo "memreg: ${#names[@]} targets, $seconds seconds each"
	printf '%s\n' "${names[@]}" | xargs -I {} -P "$(nproc)" "$0" --run {} || fail "an input broke something, see above"
	echo "memreg: nothing found"
}

# Root gives what it makes to the owner of the source tree.
make_place() {
	mkdir -p "$work"
	[ "$(id -u)" != 0 ] || chown --reference . .build "$work"
}

build() {
	local files

	mapfile -t files < <(sources_of "test/fuzz/$1.c" test/fuzz/driver/elog.c)
	# shellcheck disable=SC2086 # a list of options
	clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		$include -o "$work/$1" "${files[@]}" -lsodium
}

# The last line is the number of inputs, or what was found.  255 tells xargs to
# start no other.
run() {
	local name=$1 log=$work/$1.log status=0

	mkdir -p "$work/$name.corpus"
	"$work/$name" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 -artifact_prefix="$work/$name." \
		"$work/$name.corpus" "test/fuzz/corpus/$name" 2>&1 | tee "$log" |
		sed -un "s/^#[0-9]*[[:blank:]]*pulse .*/$name: &/p" || status=$?
	if [ "$status" = 0 ]; then
		echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, nothing found"
		return
	fi
	echo "$name: BROKEN, log in $log"
	grep -aE 'broken:|runtime error:|ERROR:|SUMMARY:|Test unit written' "$log" | sed "s/^/$name: /" || true
	return 255
}

fail() {
	echo "memreg: $*" >&2
	exit 1
}

case ${1:-} in
	'') main ;;
	--run) run "$2" ;;
	*) fail "usage: fuzz.sh" ;;
esac
