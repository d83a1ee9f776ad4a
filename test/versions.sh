#!/bin/bash
# make check-versions: make check under the other server versions that Debian
# offers, each in a chroot of its suite.
#
# The chroots come from the mirror that this machine's apt uses and are kept in
# $MEMREG_CACHE (/var/cache/memreg) for two weeks.  All work in them is done in
# namespaces of its own, so no mount and no process outlives it.  A suite that
# cannot be had here is skipped, and the reason printed.
set -euo pipefail
set -m # what is started in the background is a process group, to end as a whole

suites="trixie forky" # PostgreSQL 17 and 18
keep_days=14
make_limit=400  # seconds for making a chroot
check_limit=1500 # seconds for make check in it

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${MEMREG_CACHE:-/var/cache/memreg}
results=()
failures=0

main() {
	local suite

	become_root
	possible || skip_all
	mkdir -p "$cache"
	exec 9<"$cache"
	flock 9 # one run at a time works on the chroots
	trap '[ -z "${job:-}" ] || kill -KILL -- "-$job"; exit 130' INT TERM HUP

	for suite in ${SUITES:-$suites}; do
		check_suite "$suite"
	done
	echo
	printf '%s\n' "${results[@]}"
	exit $((failures > 0))
}

become_root() {
	[ "$(id -u)" != 0 ] || return 0
	if command -v sudo >/dev/null && sudo true; then
		exec sudo env MEMREG_CACHE="$cache" SUITES="${SUITES:-}" "$0"
	fi
	reason="making a chroot takes root or sudo"
	skip_all
}

# Whether chroots can be made and entered here; sets reason if not.
possible() {
	reason="this is not Debian"
	command -v apt-get >/dev/null || return
	reason="debootstrap cannot be installed"
	"$top/test/packages.sh" versions || return
	reason="this machine does not let root make namespaces"
	alone 60 true 2>/dev/null
}

skip_all() {
	echo "memreg: other versions skipped: $reason"
	exit 0
}

check_suite() {
	local suite=$1 root=$cache/$1 output=$cache/$1.out version closing

	if ! have_chroot "$suite"; then
		results+=("$suite: skipped: $reason")
		return
	fi
	echo "memreg: make check in $root"
	bring_sources "$root"
	{ alone "$check_limit" "$0" --inside "$root" make -C /srv/memreg check </dev/null 2>&1 | tee "$output"; } &
	finish || true
	version=$(grep -o '^PostgreSQL [0-9]*' "$output" | tail -n 1) || version=PostgreSQL
	closing=$(grep -xE '[0-9]+ passed, [0-9]+ failed' "$output" | tail -n 1) || closing="0 passed, 1 failed"
	results+=("$version ($suite): $closing")
	[[ $closing =~ ^[1-9].*\ 0\ failed$ ]] || failures=$((failures + 1))
}

# A chroot that is there, or a new one; sets reason if neither can be had.
have_chroot() {
	local root=$cache/$1

	[ -z "$(find "$root/.ready" -mtime "-$keep_days" 2>/dev/null)" ] || return 0
	echo "memreg: making a chroot of Debian $1 takes some minutes (log: $root.log)"
	alone "$make_limit" "$0" --make "$1" >"$root.log" 2>&1 </dev/null &
	if finish; then
		rm -rf "$root"
		mv "$root.new" "$root"
		touch "$root/.ready"
		return
	fi
	reason="no chroot could be made: $(tail -n 1 "$root.log")"
	rm -rf "$root.new"
	[ -e "$root/.ready" ] && echo "memreg: taking the old one, as $reason"
}

# Waits for what was just started in the background.
finish() {
	job=$!
	wait "$job"
}

# A time limit, and a namespace whose processes all end with the command.
alone() {
	timeout --foreground --signal=KILL "$1" unshare --mount --pid --fork --kill-child --mount-proc "${@:2}"
}

# Made beside and renamed when complete: what is broken is never used.
make_chroot() {
	local suite=$1 new=$cache/$1.new script=/usr/share/debootstrap/scripts/$1

	[ -e "$script" ] || script=${script%/*}/sid
	rm -rf "$new"
	debootstrap --variant=minbase --include=make "$suite" "$new" "$(mirror)" "$script"
	apt-config dump | grep -E '^Acquire::(http|https|Check|Retries|Languages)' >"$new/etc/apt/apt.conf.d/90host" || true
	bring_sources "$new"
	run_inside "$new" /srv/memreg/test/packages.sh check
	run_inside "$new" apt-get clean
}

# Where this machine's own suite comes from has the others too.
mirror() {
	local found

	# shellcheck source=/dev/null
	. /etc/os-release
	# shellcheck disable=SC2016 # apt's variables
	found=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
		awk -v suite="$VERSION_CODENAME" '$1 == suite && !found++ { print $2 }')
	[ -n "$found" ] || { echo "apt has no source for $VERSION_CODENAME" >&2 && exit 1; }
	echo "$found"
}

bring_sources() {
	local file

	rm -rf "$1/srv/memreg"
	mkdir -p "$1/srv/memreg"
	tar -C "$top" -c --exclude=./.git --exclude=./.build --exclude='*.o' --exclude='*.d' \
		--exclude='*.so' --exclude='./memreg--*.sql' . | tar -C "$1/srv/memreg" -x --no-same-owner
	for file in /etc/resolv.conf /etc/hosts; do
		[ ! -e "$file" ] || cp "$file" "$1$file"
	done
}

# Within a namespace of its own, or the mounts would stay.  chroot is not the
# shell's last command: the shell has to remain as the first process of the
# namespace, which takes in what the tests leave behind.
run_inside() {
	local root=$1 status=0

	mountpoint -q "$root/proc" || {
		mount --bind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/dev/shm"
		mount -t proc proc "$root/proc"
		mount -t tmpfs tmpfs "$root/tmp"
	}
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "${@:2}" || status=$?
	return "$status"
}

case ${1:-} in
	'') main ;;
	--make) make_chroot "$2" ;;
	--inside) run_inside "${@:2}" ;;
	*) echo "usage: versions.sh" >&2 && exit 2 ;;
esac
