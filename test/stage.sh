# shellcheck shell=bash
# Sourced, not run: the private server tree that checks and the demo work in.
#
#   stage_open NAME    choose its place and its user, and lock it
#   stage_build        copy the server and the sources there, build, install memreg
#   stage_as COMMAND   run a command there as its user
#   stage_find NAME    take up one that stands already (without lock); else fails
#   stage_close        remove it if it stands outside the source tree
#   stage_remove       remove it
#
# After stage_open or stage_find:
#
#   $STAGE             the directory: source/ server/ bin/, the rest is the caller's
#   $STAGE_BIN         $STAGE/bin, the programs of the private server
#   $STAGE_USER        who runs everything there, also the server
#
# A server that is copied elsewhere finds its parts by itself, so memreg is
# installed into the copy and the system's server is never touched.
#
# PostgreSQL refuses to run as root: root works as postgres (else as nobody),
# everybody else as themselves.  The place is .build/NAME in the source tree or,
# where that user or PostgreSQL cannot use such a path, a directory under TMPDIR
# whose name is kept in .build/NAME.path.

STAGE_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

stage_open() {
	stage_find "$1" || stage_create "$1" || stage_fail "no place to work in, neither in .build nor in /tmp"
	exec 8<"$STAGE"
	flock --nonblock 8 || stage_fail "another run is at work in $STAGE"
	echo "memreg: working in $STAGE as $STAGE_USER"
}

stage_find() {
	local record=$STAGE_TOP/.build/$1.path

	stage_prepare
	STAGE_NAME=$1
	STAGE=$STAGE_TOP/.build/$1
	[ ! -s "$record" ] || STAGE=$(cat "$record")
	STAGE_BIN=$STAGE/bin
	stage_usable
}

stage_build() {
	stage_copy_server
	stage_copy_sources
	echo "memreg: building for $(pg_config_asked --version)"
	stage_make all
	stage_make install DESTDIR="$STAGE/server"
}

stage_as() {
	local identity=()

	[ "$(id -u)" != 0 ] ||
		identity=(setpriv --reuid "$STAGE_USER" --regid "$(id -g "$STAGE_USER")" --clear-groups)
	# A server that outlives this script must not inherit its lock.
	(cd "$STAGE" && exec 8<&- && exec env STAGE="$STAGE" STAGE_BIN="$STAGE_BIN" \
		PATH="$STAGE_BIN:$PATH" HOME="$STAGE" USER="$STAGE_USER" LOGNAME="$STAGE_USER" \
		"${identity[@]}" "$@")
}

stage_close() {
	[ "$STAGE" = "$STAGE_TOP/.build/$STAGE_NAME" ] || stage_remove
}

stage_remove() {
	rm -rf "$STAGE" "$STAGE_TOP/.build/$STAGE_NAME.path"
}

stage_fail() {
	echo "memreg: $*" >&2
	exit 1
}

# Who works, and an environment in which nobody's settings change a result.
stage_prepare() {
	local name

	STAGE_USER=$(id -un)
	[ "$(id -u)" != 0 ] || STAGE_USER=$(id -un postgres 2>/dev/null || echo nobody)

	for name in $(compgen -e); do
		case $name in
			PG_*) ;; # asked for by the caller: PG_CONFIG, PG_TEST_...
			PG* | LC_* | LANGUAGE | MAKE* | MFLAGS) unset "$name" ;;
		esac
	done
	export LANG=C.UTF-8 TZ=UTC
}

stage_create() {
	local parent

	STAGE=$STAGE_TOP/.build/$1
	STAGE_BIN=$STAGE/bin
	mkdir -p "$STAGE" 2>/dev/null && stage_own && stage_usable && return
	rmdir "$STAGE" 2>/dev/null || true

	for parent in "${TMPDIR:-/tmp}" /tmp; do
		STAGE=$(mktemp -d "$parent/memreg-$1.XXXXXX") || continue
		STAGE_BIN=$STAGE/bin
		stage_own
		if stage_usable; then
			echo "$STAGE" >"$STAGE_TOP/.build/$1.path" || true
			return
		fi
		rmdir "$STAGE"
	done
	return 1
}

# Root gives the place to its user, and .build to the owner of the source tree.
stage_own() {
	[ "$(id -u)" = 0 ] || return 0
	chown "$STAGE_USER:" "$STAGE"
	[ ! -d "$STAGE_TOP/.build" ] || chown --reference "$STAGE_TOP" "$STAGE_TOP/.build"
}

# make and PostgreSQL's scripts trip over blanks and quotes in a path.
stage_usable() {
	[ -d "$STAGE" ] && [[ $STAGE =~ ^[A-Za-z0-9_./+-]+$ ]] && stage_as test -w . -a -x . 2>/dev/null &&
		stage_as test -r "$STAGE" 2>/dev/null
}

pg_config_asked() {
	"${PG_CONFIG:-pg_config}" "$@"
}

stage_copy_server() {
	local programs data headers directory

	programs=$(dirname "$(pg_config_asked --bindir)")
	data=$(pg_config_asked --sharedir)
	headers=$(pg_config_asked --includedir-server)
	case $programs in
		/usr | /usr/local) stage_fail "the server is not in a directory of its own but in $programs" ;;
	esac

	rm -rf "$STAGE/server" "$STAGE_BIN"
	for directory in "$programs" "$data" "$headers"; do
		mkdir -p "$STAGE/server$directory"
		cp -rT --preserve=mode,timestamps,links "$directory" "$STAGE/server$directory"
	done
	ln -s "server$(pg_config_asked --bindir)" "$STAGE_BIN"
	stage_hand_over server bin
}

# Files that are equal stay as they are, so that make only builds what changed.
stage_copy_sources() {
	local from=$STAGE/incoming to=$STAGE/source file

	stage_drop_other_build
	rm -rf "$from"
	mkdir -p "$from" "$to"
	tar -C "$STAGE_TOP" -c --exclude=./.git --exclude=./.build --exclude='*.o' --exclude='*.d' \
		--exclude='*.so' --exclude='./memreg--*.sql' . | tar -C "$from" -x --no-same-owner

	(cd "$from" && find . -type f -print0) | while IFS= read -r -d '' file; do
		cmp -s "$from/$file" "$to/$file" || { mkdir -p "$(dirname "$to/$file")" && cp "$from/$file" "$to/$file"; }
	done
	(cd "$to" && find . -type f ! -name '*.[od]' -print0) | while IFS= read -r -d '' file; do
		[ -e "$from/$file" ] || rm "$to/$file"
	done
	rm -rf "$from"
	stage_hand_over source
}

# Objects made for another server, or with other options, are of no use.
stage_drop_other_build() {
	local made_for

	made_for=$(pg_config_asked --bindir --version && echo "${CC:-} ${COPT:-} ${PROFILE:-}")
	[ "$made_for" = "$(cat "$STAGE/made_for" 2>/dev/null)" ] || rm -rf "$STAGE/source"
	echo "$made_for" >"$STAGE/made_for"
}

stage_hand_over() {
	[ "$(id -u)" != 0 ] || (cd "$STAGE" && chown -R -h "$STAGE_USER:" "$@")
}

stage_make() {
	stage_as make -s -C source -j"$(nproc)" WERROR=1 PG_CONFIG="$(command -v "${PG_CONFIG:-pg_config}")" "$@"
}
