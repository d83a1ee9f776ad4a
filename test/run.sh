#!/bin/bash
# make check: builds memreg into a private server tree and runs every suite there.
#
#   SUITE=regress TESTS="consent_ledger ..." test/run.sh    runs a part
#
# Root does no more than prepare the place; test/suites.sh, which starts servers
# and runs the tests, is an unprivileged user's.
set -euo pipefail
set -m # the suites are a process group, so that a signal reaches all of it

# shellcheck source=test/stage.sh
. "$(dirname "$0")/stage.sh"

main() {
	trap clean_up EXIT
	trap 'exit 130' INT TERM HUP
	stage_open check
	stage_is_ours=yes
	stage_build
	make_socket_directory
	rm -rf "$STAGE/run"
	stage_as env TMPDIR="$sockets" source/test/suites.sh </dev/null &
	suites=$!
	wait "$suites"
}

# A socket's path may have 107 bytes, and the stage's own can be longer.
make_socket_directory() {
	sockets=$(mktemp -d /tmp/memreg.XXXXXX)
	[ "$(id -u)" != 0 ] || chown "$STAGE_USER:" "$sockets"
}

clean_up() {
	local status=$?

	trap '' INT TERM HUP
	[ -n "${stage_is_ours:-}" ] || exit "$status"
	if [ -z "${suites:-}" ]; then
		echo "0 passed, 1 failed" # the build is the first test
	else
		end_suites
	fi
	rm -rf "${sockets:-}"
	stage_close
	exit "$status"
}

# All processes of the suites, if this is an interruption, and any server that
# they have left.
end_suites() {
	local tries=0

	kill -TERM -- "-$suites" 2>/dev/null || true
	while kill -0 -- "-$suites" 2>/dev/null && [ "$tries" -lt 30 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	kill -KILL -- "-$suites" 2>/dev/null || true
	stage_as find run -name postmaster.pid -execdir pg_ctl stop --silent --mode=immediate --pgdata=. ';' || true
}

main
