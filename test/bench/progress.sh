# shellcheck shell=bash
# Sourced, not run: tells what is being done, after how long.
#
#   progress TEXT    print a line
#   tick TEXT        print a line, unless there was one within five seconds

progress_last=-5

progress() {
	progress_last=$SECONDS
	printf '%3d:%02d  %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"
}

tick() {
	[ $((SECONDS - progress_last)) -lt 5 ] || progress "$@"
}
