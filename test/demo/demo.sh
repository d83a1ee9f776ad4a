#!/bin/bash
# make demo: a private server, two registers, a made-up population, and what
# memreg promises about it, step by step.  The demo checks what it shows: it ends
# with an error as soon as a promise is broken.
#
# Everything is in the directory it prints; test/demo/stop.sh removes it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/stage.sh
. "$here/../stage.sh"
# shellcheck source=test/demo/server.sh
. "$here/server.sh"
# shellcheck source=test/demo/show.sh
. "$here/show.sh"
# shellcheck source=test/demo/steps.sh
. "$here/steps.sh"

main() {
	local started=$EPOCHREALTIME

	if stage_find demo && [ -e "$STAGE/ready" ] && server_runs; then
		echo "The demo is already running. To begin anew: make demo-stop, then make demo."
		say_goodbye
		return
	fi
	stage_open demo
	require_record
	trap say_what_failed EXIT
	trap 'exit 130' INT TERM HUP
	prepare
	present
	touch "$STAGE/ready"
	trap - EXIT

	printf '\nDone in %s; every promise shown was checked.\n' "$(seconds_since "$started")"
	say_goodbye
}

# demo-stop has to find the place again.
require_record() {
	local place=$STAGE

	stage_find demo && [ "$STAGE" = "$place" ] && return
	rm -rf "$place"
	stage_fail "$STAGE_TOP cannot be written to, so make demo-stop would not find the demo; run it in a clone of your own"
}

prepare() {
	server_stop # what a broken-off demo has left
	rm -f "$STAGE/ready" "$STAGE/demo.log"
	phase "building memreg" stage_build
	phase "starting a private server with memreg preloaded" server_create
	server_psql dba --command='CREATE EXTENSION memreg'
	phase "creating the applications' tables" server_run words tables_community tables_business
	phase "loading 80,000 members and 30,000 customers" server_run_together load_community load_business
	phase "declaring register A, the customer community" server_run register_community
	phase "declaring register B, the business service" server_run register_business
	phase "recording 285,000 consents and withdrawals" \
		server_run_together consents_membership consents_community consents_business
	phase "waiting until consents for a moment have lapsed" server_run consents_lapse
}

say_goodbye() {
	cat <<-END

		Look around as the superuser, who sees everything, or as one who does not:
		  $(server_connect dba)
		  $(server_connect researcher)
		and there: SET memreg.purpose = 'research'; SELECT * FROM community.member LIMIT 5;

		Stop it and remove it: make demo-stop
	END
}

say_what_failed() {
	local status=$?

	if [ -n "$ticker" ]; then
		stop_ticker
		printf '\n\n%s says last:\n' "$STAGE/demo.log"
		tail -n 15 "$STAGE/demo.log" | sed 's/^/  /'
	fi
	if [ -s "$STAGE/server.log" ]; then
		printf '\n%s says last:\n' "$STAGE/server.log"
		tail -n 15 "$STAGE/server.log" | sed 's/^/  /'
	fi
	printf '\nThe demo failed. Try again with: make demo. Remove what is left with: make demo-stop.\n'
	exit $((status > 0 ? status : 1))
}

main
