#!/bin/bash
# Installs the Debian packages that a purpose needs and that are missing.
#
#   test/packages.sh build|assert|bench|check|fuzz|lint|versions
#
# Says what it installs before it does.  Nothing happens where all are there.
set -euo pipefail
shopt -s inherit_errexit

newest_supported=18 # PostgreSQL; the oldest is that of Debian 12

main() {
	local purpose=${1:?usage: packages.sh build|assert|bench|check|fuzz|lint|versions}
	local wanted missing

	if ! command -v dpkg-query >/dev/null; then
		echo "memreg: this is not Debian, going on with the tools that are here" >&2
		return
	fi
	wanted=$(packages_for "$purpose")
	missing=$(missing_of "$wanted")
	[ -n "$missing" ] || return 0

	may_install || fail "neither root nor sudo here; as root, run: apt-get install --no-install-recommends $missing"
	echo "memreg: for \"$purpose\" these packages are missing and are installed now: $missing"
	install_packages "$missing"
}

packages_for() {
	case $1 in
		build) build_packages ;;
		assert) build_packages; test_packages; server_build_packages ;;
		bench) build_packages; bench_packages ;;
		check) build_packages; test_packages ;;
		fuzz) build_packages; echo clang libclang-rt-dev ;;
		lint) build_packages; echo clang-format clang-tidy shellcheck ;;
		versions) echo debootstrap ;;
		*) fail "packages.sh knows no purpose \"$1\"" ;;
	esac
}

build_packages() {
	echo make gcc libc6-dev libsodium-dev
	own_server || server_packages
}

test_packages() {
	echo perl libipc-run-perl python3 sqlsmith
	own_server || extension_packages pgtap partman
}

# What building the server itself takes.
server_build_packages() {
	echo bison bzip2 flex libicu-dev libreadline-dev libssl-dev libxml2-dev pkg-config zlib1g-dev
}

bench_packages() {
	echo gnuplot-nox
	own_server || extension_packages partman
}

# A server of one's own, named with PG_CONFIG, brings everything of its version.
own_server() {
	[ -n "${PG_CONFIG:-}" ] && [[ $(command -v "$PG_CONFIG") != /usr/* ]]
}

server_packages() {
	local version

	version=$(server_version)
	echo "postgresql-$version postgresql-server-dev-$version"
}

extension_packages() {
	local version

	version=$(server_version)
	printf '%s\n' "${@/#/postgresql-$version-}"
}

# The server to build for: the one PG_CONFIG names, the newest that extensions
# can already be built for here, or the newest that this Debian offers.
server_version() {
	local version

	if [ -n "${PG_CONFIG:-}" ]; then
		"$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'
		return
	fi
	version=$({ dpkg-query -W -f '${Package} ${db:Status-Status}\n' 'postgresql-server-dev-*' 2>/dev/null || true; } |
		sed -n 's/^postgresql-server-dev-\([0-9]*\) installed$/\1/p' | newest)
	if [ -z "$version" ]; then
		know_packages >&2
		version=$(apt-cache --names-only search '^postgresql-server-dev-[0-9]+$' |
			sed 's/^postgresql-server-dev-\([0-9]*\) .*/\1/' | newest)
	fi
	[ -n "$version" ] || fail "no PostgreSQL up to $newest_supported is offered here"
	echo "$version"
}

newest() {
	awk -v limit="$newest_supported" '$1 <= limit' | sort -n | tail -n 1
}

missing_of() {
	local package status
	for package in $1; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || true
		[ "$status" = installed ] || printf '%s ' "$package"
	done
}

# A machine fresh from its image has no package lists.
know_packages() {
	! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || return 0
	echo "memreg: fetching the package lists first"
	as_root apt-get update -q
}

install_packages() {
	know_packages
	without_cluster apt_install "$1" && return
	echo "memreg: once more, with fresh package lists"
	as_root apt-get update -q
	without_cluster apt_install "$1" || fail "could not install: $1"
}

apt_install() {
	# shellcheck disable=SC2086 # a list of package names
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
		-o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 $1
}

# A server package starts a cluster of its own on port 5432 when it is installed
# first.  memreg needs none, and asks for none while it installs.
without_cluster() {
	local setting=/etc/postgresql-common/createcluster.d/memreg-install.conf

	# shellcheck disable=SC2064 # the name as it is now
	trap "as_root rm -f $setting" EXIT
	as_root mkdir -p "${setting%/*}"
	echo 'create_main_cluster = false' | as_root tee "$setting" >/dev/null
	"$@"
}

may_install() {
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null
}

as_root() {
	may_install || fail "neither root nor sudo here; as root, run: apt-get update"
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

fail() {
	echo "memreg: $*" >&2
	exit 1
}

main "$@"
