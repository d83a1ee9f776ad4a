#!/bin/bash
# make demo-stop: stops the demo's server and removes all of the demo.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/stage.sh
. "$here/../stage.sh"
# shellcheck source=test/demo/server.sh
. "$here/server.sh"

if ! stage_find demo; then
	echo "There is no demo to stop."
	exit
fi
server_stop
stage_remove
echo "The demo is stopped, and $STAGE is removed."
