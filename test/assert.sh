#!/bin/bash
# make check-assert: make check on a server that is built with assertions.
#
# Debian's servers are built without.  With them, PostgreSQL checks that memreg
# keeps its rules (a lock before a table is opened, a snapshot before a row is
# read or written, every reference given back), and fills memory that was given
# back, so that what is read there shows.
#
# The source is the upstream tarball of the package, without Debian's patches,
# which fix where things are installed.  It comes from where this machine's apt
# gets the package, and apt verifies it.  What is built stays in
# .build/assert-server: remove it to build anew.
set -euo pipefail
shopt -s nullglob

# shellcheck source=test/stage.sh
. "$(dirname "$0")/stage.sh"

main() {
	stage_open assert-server
	trap stage_close EXIT
	if [ ! -e "$STAGE/pg/complete" ]; then
		rm -rf "$STAGE/apt" "$STAGE/postgresql" "$STAGE/pg"
		bring_source
		build
		bring_extensions
		stage_as touch pg/complete
	fi
	PG_CONFIG=$STAGE/pg/bin/pg_config MEMREG_TEST_LIMIT=${MEMREG_TEST_LIMIT:-900} "$STAGE_TOP/test/run.sh"
}

# With lists of its own, as sources are rarely among what apt looks for.
bring_source() {
	local major file tarball

	major=$(pg_config_asked --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
	echo "memreg: fetching the source of PostgreSQL $major"
	stage_as mkdir -p apt/sources apt/lists/partial apt/cache/archives/partial postgresql
	for file in /etc/apt/sources.list.d/*.list /etc/apt/sources.list; do
		[ ! -e "$file" ] || sed -n 's/^deb /deb-src /p' "$file" | stage_as tee -a apt/sources/all.list >/dev/null
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		sed 's/^Types:.*/Types: deb-src/' "$file" | stage_as tee "apt/sources/${file##*/}" >/dev/null
	done
	apt_alone apt-get update -q
	download "postgresql-$major" || stage_fail "apt brings no source of PostgreSQL $major"
	tarball=$(cd "$STAGE" && echo postgresql-*.orig.tar.*)
	stage_as tar -x --strip-components=1 -C postgresql -f "$tarball"
}

# The newest that is there: a mirror may list what it does not have yet, or any more.
download() {
	local version

	for version in $(apt_alone apt-cache showsrc "$1" | sed -n 's/^Version: //p' | sort -ruV); do
		! apt_alone apt-get source -q --download-only "$1=$version" || return 0
	done
	return 1
}

apt_alone() {
	stage_as "$1" -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$STAGE/apt/sources" \
		-o Dir::State::Lists="$STAGE/apt/lists" -o Dir::Cache="$STAGE/apt/cache" "${@:2}"
}

build() {
	local log=$STAGE/build.log

	echo "memreg: building it with assertions takes some minutes (log: $log)"
	{
		in_source ./configure --prefix="$STAGE/pg" --enable-cassert --enable-debug --enable-tap-tests \
			--with-icu --with-libxml --with-ssl=openssl CFLAGS='-O1 -g' &&
			in_source make -j"$(nproc)" install &&
			in_source make -j"$(nproc)" -C contrib install
	} >"$log" 2>&1 || { tail -n 40 "$log" && stage_fail "PostgreSQL does not build"; }
}

in_source() {
	stage_as env -C postgresql "$@"
}

# What the tests use beside contrib and is SQL alone: Debian's serves any server of that version.
bring_extensions() {
	local file

	for file in "$(pg_config_asked --sharedir)"/extension/{pgtap,pg_partman}*; do
		stage_as cp "$file" "$("$STAGE/pg/bin/pg_config" --sharedir)/extension/"
	done
}

main "$@"
