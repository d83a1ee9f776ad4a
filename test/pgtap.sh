#!/bin/bash
# Runs one pgTAP file in a database of its own that has pgtap, on a free server.
set -euo pipefail

# shellcheck source=test/server.sh
. "$(dirname "$0")/server.sh"

take_server
drop_database
create_database
psql -X -q -v ON_ERROR_STOP=1 --command='CREATE EXTENSION pgtap'
exec psql -X -q -A -t -P pager=off -v ON_ERROR_STOP=1 --file="$1"
