# shellcheck shell=bash
# Sourced, not run: how the demo tells what it does.  Needs server.sh.
#
#   phase TITLE COMMAND...   run a slow thing, with a dot for each second
#   step TITLE TEXT          begin a numbered step and say what one will see
#   show ROLE SQL            SQL, then its result; the result is also in $shown
#   show_refused CODE ROLE SQL   likewise, and fail unless it is refused with CODE
#   session_open ROLE        a session of ROLE that stays open; session_show SQL
#   promise TEXT TEST...     check what was shown; ends the demo if it does not hold
#   value SQL                one value, as the superuser who sees everything

shown=
step_number=0
ticker=

phase() {
	local title=$1 started=$EPOCHREALTIME

	shift
	printf '  %-58s' "$title "
	tick &
	ticker=$!
	("$@") >>"$STAGE/demo.log" 2>&1
	stop_ticker
	printf ' %s\n' "$(seconds_since "$started")"
}

tick() {
	while sleep 1; do printf .; done
}

stop_ticker() {
	[ -z "$ticker" ] || { kill "$ticker" && wait "$ticker"; } 2>/dev/null || true
	ticker=
}

seconds_since() {
	awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", to - from }'
}

step() {
	step_number=$((step_number + 1))
	printf '\n%s%d. %s%s\n' "$bold" "$step_number" "$1" "$plain"
	fold -s -w 96 <<<"$2" | sed 's/^/   /; s/ *$//'
}

show() {
	show_sql "$1" "$2"
	if ! shown=$(server_psql "$1" "${table_style[@]}" <<<"$2" 2>&1); then
		indent "$shown"
		fail "that should have worked"
	fi
	indent "$shown"
}

show_refused() {
	show_sql "$2" "$3"
	shown=$(printf '%s\n\\echo SQLSTATE :LAST_ERROR_SQLSTATE\n' "$3" |
		server_psql "$2" "${table_style[@]}" -v ON_ERROR_STOP=0 2>&1)
	indent "$shown"
	promise "it was refused, with SQLSTATE $1" grep -qx "SQLSTATE $1" <<<"$shown"
}

show_sql() {
	printf '\n%s' "$blue"
	sed "1s/^/   $1=> /; 1!s/^/   ${1//?/ }   /" <<<"$2"
	printf '%s' "$plain"
}

indent() {
	# shellcheck disable=SC2001 # every line of it
	sed 's/^\(..*\)/   \1/' <<<"$1"
}

session_open() {
	session_role=$1
	coproc session { server_psql "$1" "${table_style[@]}" -v ON_ERROR_STOP=0 2>&1; }
}

session_show() {
	local line

	show_sql "$session_role" "$1"
	printf '%s\n\\echo end of answer\n' "$1" >&"${session[1]}"
	shown=
	while IFS= read -r -t 60 line <&"${session[0]}"; do
		[ "$line" != "end of answer" ] || break
		shown+=$line$'\n'
	done
	[ "$line" = "end of answer" ] || fail "the session of $session_role gave no answer"
	shown=${shown%$'\n\n'}
	indent "$shown"
}

session_close() {
	echo '\q' >&"${session[1]}"
	wait "${session_PID:?}"
}

promise() {
	local text=$1

	shift
	"$@" || fail "a promise is broken: $text"
	echo "   ${green}✓ $text$plain"
}

value() {
	server_psql dba -A -t --command="$1"
}

fail() {
	echo "   ${red}✗ $*$plain"
	exit 1
}

table_style=(-P footer=off -P null=NULL -P linestyle=ascii -P border=1)
bold='' blue='' green='' red='' plain=''
if [ -t 1 ]; then
	bold=$'\e[1m' blue=$'\e[34m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi
