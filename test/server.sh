# shellcheck shell=bash
# Sourced, not run: the server that the regress, pgtap and isolation suites share.
#
# Each test file finds a database of its own and no role but postgres, so tests
# neither clean up nor depend on each other.

TEST_DATABASE=contrib_regression

# The port is only a part of the socket's name: no test listens to the network.
export PGHOST=$TMPDIR PGPORT=5432 PGUSER=postgres PGDATABASE=$TEST_DATABASE

# What is read before it is written shows as nonsense, not as zeros by luck.
export MALLOC_PERTURB_=85

start_server() {
	initdb --pgdata="$STAGE/run/data" --username=postgres --auth=trust --locale=C --encoding=UTF8 \
		--no-sync --no-instructions >"$STAGE/run/initdb.log" 2>&1 || { cat "$STAGE/run/initdb.log" && return 1; }
	cat test/server.conf - >>"$STAGE/run/data/postgresql.conf" <<-END
		listen_addresses = ''
		unix_socket_directories = '$TMPDIR'
	END
	pg_ctl start --silent --wait --pgdata="$STAGE/run/data" --log="$STAGE/run/server.log" ||
		{ tail -n 40 "$STAGE/run/server.log" && return 1; }
}

server_runs() {
	[ -e "$STAGE/run/data/postmaster.pid" ]
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
