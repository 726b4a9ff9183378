# Shared by the scripts here; sourced with $root naming the source tree.

programs=$root/build/programs # what is unpacked and not installed

say() {
	printf '\n== %s\n' "$*"
}

# Runs a command silently; when it fails, shows what it said.
quietly() {
	log=$(mktemp)
	if "$@" >"$log" 2>&1 </dev/null; then
		rm -f "$log"
		return 0
	fi
	cat "$log"
	rm -f "$log"
	return 1
}

# Runs a command as root, or fails when we are not and cannot become it.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		return 1
	fi
}

# The packages of one kind, in the order of the list.
packages() {
	sed -n "s/^$1  *\([^ ]*\).*/\1/p" "$root/scripts/packages.txt"
}

# The program by which a package of the kind "unpack" is known.
program_of() {
	sed -n "s/^unpack  *$1\$/$1/p; s/^unpack  *$1  *//p" "$root/scripts/packages.txt"
}

# Those of the kinds given that are not there.
missing_packages() {
	for kind; do
		for package in $(packages "$kind"); do
			is_there "$kind" "$package" || printf '%s ' "$package"
		done
	done
}

is_there() {
	if [ "$1" = unpack ]; then
		program=$(program_of "$2")
		command -v "$program" >/dev/null || [ -x "$programs/usr/bin/$program" ]
	else
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null)" = installed ]
	fi
}

install_packages() {
	[ $# -eq 0 ] || as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends "$@"
}

unpack_packages() {
	[ $# -gt 0 ] || return 0
	mkdir -p "$programs" || return
	(cd "$programs" && apt-get download "$@" && for file in ./*.deb; do
		dpkg-deb -x "$file" . && rm "$file" || exit 1
	done)
}

# Installs, or unpacks, what is missing of the kinds given. Without root it only says what
# that is.
ensure_packages() {
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if ! as_root true; then
		echo "Not installed, and this is not root: $missing"
		echo "This script installs them when it runs as root."
		return 1
	fi
	echo "Installing: $missing"
	unpack=
	case " $* " in *" unpack "*) unpack=$(missing_packages unpack) ;; esac
	install=
	for package in $missing; do
		case " $unpack " in *" $package "*) ;; *) install="$install $package" ;; esac
	done
	# shellcheck disable=SC2086 # lists of words
	quietly as_root apt-get update && quietly install_packages $install &&
		quietly unpack_packages $unpack
}

# is_made FOLDER KIND...: it holds what the list names now.
is_made() {
	folder=$1
	shift
	[ "$(of_kinds "$@")" = "$(cat "$folder/.complete" 2>/dev/null)" ]
}

of_kinds() {
	for kind; do
		packages "$kind"
	done
}

# make_tree FOLDER SUITE KIND...: a Debian of its own with the packages of these kinds, some of which may be
# another architecture's (name:architecture). The machine's own apt may know a proxy, or other rules.
make_tree() {
	tree=$1 suite=$2
	shift 2
	eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
	[ -z "${http_proxy:-}" ] || export http_proxy
	rm -rf --one-file-system "$tree" && mkdir -p "$(dirname "$tree")" &&
		quietly debootstrap --variant=minbase "$suite" "$tree" &&
		cp -a /etc/apt/apt.conf.d/. "$tree/etc/apt/apt.conf.d/" || return
	# Nothing that is installed there starts.
	printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d" && chmod 755 "$tree/usr/sbin/policy-rc.d" || return
	for architecture in $(of_kinds "$@" | sed -n 's/.*:\(arm64\)$/\1/p' | sort -u); do
		chroot "$tree" dpkg --add-architecture "$architecture" || return
	done
	quietly chroot "$tree" apt-get update || return
	# shellcheck disable=SC2046 # a list of words
	quietly chroot "$tree" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $(of_kinds "$@") &&
		quietly chroot "$tree" apt-get clean &&
		of_kinds "$@" >"$tree/.complete"
}
