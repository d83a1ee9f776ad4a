# shellcheck shell=bash
# Sourced, not run: the C files that a test without a server is made of.
#
#   sources_of FILE...   those files, with the .c beside each header that they
#                        include, and that those include
#
# Needs $include, the compiler's options for where headers are.

sources_of() {
	local files=("$@") count=0

	while [ "${#files[@]}" != "$count" ]; do
		count=${#files[@]}
		mapfile -t files < <(with_included "${files[@]}")
	done
	printf '%s\n' "${files[@]}"
}

with_included() {
	local file

	# shellcheck disable=SC2086,SC2154 # a list of options; the caller's
	{
		printf '%s\n' "$@"
		cc -MM $include "$@" | tr -s '[:blank:]' '\n' | sed -n 's/\.h$/.c/p'
	} | sort -u | while read -r file; do
		[ ! -e "$file" ] || echo "$file"
	done
}
