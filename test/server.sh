# shellcheck shell=bash
# Sourced, not run: the servers that the regress, pgtap and isolation suites share.
#
# Each test file finds a database of its own and no role but postgres, so tests
# neither clean up nor depend on each other.  Roles are a server's, so two tests
# at a time take two servers; a server is known by its port.

TEST_DATABASE=contrib_regression

SERVER_PORTS="5432 5433"

# The port is only a part of the socket's name: no test listens to the network.
export PGHOST=$TMPDIR PGPORT=5432 PGUSER=postgres PGDATABASE=$TEST_DATABASE

# What is read before it is written shows as nonsense, not as zeros by luck.
export MALLOC_PERTURB_=85

start_servers() {
	local port

	for port in $SERVER_PORTS; do
		start_server "$port" || return 1
	done
}

start_server() {
	local data=$STAGE/run/data_$1 log=$STAGE/run/server_$1.log

	initdb --pgdata="$data" --username=postgres --auth=trust --locale=C --encoding=UTF8 \
		--no-sync --no-instructions >"$STAGE/run/initdb.log" 2>&1 || { cat "$STAGE/run/initdb.log" && return 1; }
	cat test/server.conf - >>"$data/postgresql.conf" <<-END
		listen_addresses = ''
		unix_socket_directories = '$TMPDIR'
		port = $1
	END
	pg_ctl start --silent --wait --pgdata="$data" --log="$log" || { tail -n 40 "$log" && return 1; }
}

servers_run() {
	[ -e "$STAGE/run/data_$PGPORT/postmaster.pid" ]
}

# Take a server that no other test uses, until this process ends.
take_server() {
	local port

	while :; do
		for port in $SERVER_PORTS; do
			exec 9>"$STAGE/run/$port.taken"
			! flock --nonblock 9 || break 2
		done
		sleep 0.1
	done
	export PGPORT=$port
}

drop_database() {
	psql -X -q -v ON_ERROR_STOP=1 --dbname=postgres <<-END
		SET client_min_messages = warning;
		DROP DATABASE IF EXISTS $TEST_DATABASE WITH (FORCE);
		SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE oid >= 16384 \gexec
	END
}

create_database() {
	psql -X -q -v ON_ERROR_STOP=1 --dbname=postgres --command="CREATE DATABASE $TEST_DATABASE TEMPLATE template0"
}
