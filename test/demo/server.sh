# shellcheck shell=bash
# Sourced, not run: the demo's private server.  Needs test/stage.sh.
#
#   server_create      a new cluster with memreg preloaded, and start it
#   server_runs        is it up?
#   server_stop        stop it, if it is
#   server_psql ROLE   psql there; further arguments are psql's
#   server_run FILE... run SQL files of the demo; server_run_together: all at once
#   server_connect     print the command that connects to it
#
# It listens on no network address.  Its socket stands in a directory that only
# its user can enter, so nobody needs a password and nobody else gets in.

SERVER_DATABASE=demo

server_create() {
	rm -rf "$STAGE/data" "$STAGE/master_key" "$STAGE/server.log"
	server_make_socket_directory
	stage_as sh -c 'umask 077 && od -An -v -N32 -tx1 /dev/urandom | tr -d " \n" >master_key'
	stage_as initdb --pgdata=data --username=dba --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
		--no-sync --no-instructions
	server_settings | stage_as tee -a data/postgresql.conf
	stage_as pg_ctl start --silent --wait --timeout=60 --pgdata=data --log=server.log
	stage_as createdb --host="$(server_socket)" --username=dba "$SERVER_DATABASE"
}

server_settings() {
	cat <<-END
		listen_addresses = ''
		unix_socket_directories = '$(server_socket)'
		unix_socket_permissions = 0700
		shared_buffers = 128MB
		max_wal_size = 2GB
		shared_preload_libraries = 'memreg'
		memreg.master_key_file = '$STAGE/master_key'
		memreg.retention_naptime = '2s'
	END
}

# The path of a socket has at most 107 bytes, so not every place will do.
server_make_socket_directory() {
	local directory=$STAGE/socket

	if [ "${#directory}" -gt 80 ]; then
		directory=$(stage_as mktemp -d /tmp/memreg-demo-socket.XXXXXX)
	else
		stage_as mkdir -p "$directory"
	fi
	stage_as chmod 700 "$directory"
	echo "$directory" >"$STAGE/socket_directory"
}

server_socket() {
	cat "$STAGE/socket_directory"
}

server_runs() {
	[ -s "$STAGE/data/postmaster.pid" ] && stage_as pg_ctl status --pgdata=data >/dev/null 2>&1
}

server_stop() {
	! server_runs || stage_as pg_ctl stop --silent --wait --mode=fast --pgdata=data
	[ ! -e "$STAGE/socket_directory" ] || rm -rf "$(server_socket)"
}

server_psql() {
	local role=$1

	shift
	stage_as psql -X -q -v ON_ERROR_STOP=1 --host="$(server_socket)" --username="$role" --dbname="$SERVER_DATABASE" "$@"
}

# Runs SQL files of the demo as its superuser, one after the other or all at once.
server_run() {
	local file

	for file in "$@"; do
		server_psql dba --file="$STAGE/source/test/demo/$file.sql"
	done
}

server_run_together() {
	local file running=()

	for file in "$@"; do
		server_run "$file" &
		running+=("$!")
	done
	for file in "${running[@]}"; do
		wait "$file"
	done
}

server_connect() {
	local as=''

	[ "$(id -u)" != 0 ] || as="runuser -u $STAGE_USER -- "
	echo "$as$STAGE_BIN/psql -h $(server_socket) -U ${1:-dba} $SERVER_DATABASE"
}
