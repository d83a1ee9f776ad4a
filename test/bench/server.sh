# shellcheck shell=bash
# Sourced, not run: the private server of the benchmarks.  Needs test/stage.sh.
#
#   server_start     a new cluster with memreg preloaded, running
#   server_remove    stop it, if it runs, and remove it
#
#   $server_sockets  the directory of its socket; it listens to no network

server_start() {
	server_remove # what a run that was killed has left
	# A socket's path may have 107 bytes, and the stage's own can be longer.
	server_sockets=$(stage_as mktemp -d /tmp/memreg-bench.XXXXXX)
	stage_as initdb --pgdata=data --username=postgres --auth=trust --locale=C.UTF-8 --encoding=UTF8 \
		--no-sync --no-instructions >/dev/null
	server_settings | stage_as tee -a data/postgresql.conf >/dev/null
	stage_as pg_ctl start --silent --wait --pgdata=data --log=server.log ||
		stage_fail "the server does not start: $(tail -n 3 "$STAGE/server.log")"
}

# BENCH_SETTINGS has the last word.
server_settings() {
	cat "$STAGE/source/test/server.conf" "$STAGE/source/test/bench/server.conf" - <<-END
		listen_addresses = ''
		unix_socket_directories = '$server_sockets'
		${BENCH_SETTINGS:-}
	END
}

server_remove() {
	if [ -s "$STAGE/data/postmaster.pid" ]; then
		stage_as pg_ctl stop --silent --mode=immediate --pgdata=data || true
	fi
	rm -rf "$STAGE/data" "${server_sockets:-}"
}
