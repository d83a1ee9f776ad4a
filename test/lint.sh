#!/bin/bash
# make lint: looks for mistakes in the C sources (.clang-tidy says which) and in
# the scripts, and for C that "make format" would lay out differently.
#
#   test/lint.sh format    make format
#
# All tools are of Debian 12; later versions judge, and format, differently.
set -euo pipefail
shopt -s nullglob globstar

cd "$(dirname "$0")/.."
sources=(src/**/*.c)
with_headers=(src/**/*.[ch] test/unit/**/*.c test/fuzz/**/*.[ch])
scripts=(.ci/run test/**/*.sh)
pg_include=$("${PG_CONFIG:-pg_config}" --includedir-server)
failures=0

main() {
	if [ "${1:-}" = format ]; then
		clang-format -i "${with_headers[@]}"
		return
	fi
	tool clang-format clang-format --dry-run --Werror "${with_headers[@]}"
	tool "clang-tidy, some seconds for each of ${#sources[@]} files" tidy_all
	tool shellcheck shellcheck --external-sources "${scripts[@]}"
	exit $((failures > 0))
}

tool() {
	echo "== $1"
	"${@:2}" || failures=$((failures + 1))
}

# A file at a time: clang-tidy's counts of warnings in server headers are noise.
tidy_all() {
	printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -I {} clang-tidy --quiet {} -- \
		-std=gnu11 -Isrc -isystem "$pg_include" -D_GNU_SOURCE 2> >(grep -v ' warnings\? \(generated\|treated\)' >&2)
}

main "$@"
