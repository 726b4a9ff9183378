# Shared by scripts/test and scripts/demo; sourced with $root naming the source tree.

say() {
	printf '\n== %s\n' "$*"
}

# The packages of the kinds given, in the order of the list.
packages() {
	for kind; do
		sed -n "s/^$kind  *//p" "$root/scripts/packages.txt"
	done
}

missing_packages() {
	for package in $(packages "$@"); do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=absent
		[ "$state" = installed ] || printf '%s ' "$package"
	done
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

# Programs for tests only: their packages' services must not start here.
without_services() {
	policy=/usr/sbin/policy-rc.d
	if [ -e $policy ]; then
		"$@"
		return
	fi
	printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
	as_root chmod 755 $policy
	"$@"
	status=$?
	as_root rm -f $policy
	return $status
}

# Installs what is missing of the kinds given. Without root it only says what that is.
ensure_packages() {
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if ! as_root true; then
		echo "Not installed, and this is not root: $missing"
		echo "As root: apt-get install --no-install-recommends $missing"
		return 1
	fi
	echo "Installing: $missing"
	log=$(mktemp)
	# shellcheck disable=SC2086 # a list of words
	if as_root apt-get update >"$log" 2>&1 &&
		without_services as_root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y --no-install-recommends $missing >>"$log" 2>&1 </dev/null; then
		rm -f "$log"
		return 0
	fi
	cat "$log"
	rm -f "$log"
	return 1
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
