#!/bin/sh
# Runs as root in a fresh Debian 12, with the package beside this file: installs it, has an ordinary user
# do the main job and clone with git, removes and purges it, and looks for what it left.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export DEBIAN_FRONTEND=noninteractive

fails() {
	echo "FAILED: $*" >&2
	exit 1
}

# All files but those of the package tools, the test and what is in memory.
all_files() {
	find / -xdev \( -path /proc -o -path /dev -o -path /package -o -path /var/lib/apt -o -path /var/lib/dpkg -o \
		-path /var/cache -o -path /var/log -o -path /tmp -o -path /home -o -path /run \) -prune -o -print | sort
}

userdel -rf person 2>/dev/null || :
apt-get update -qq
dpkg -P keybearer >/dev/null 2>&1 || :
# What it needs comes first and stays: left behind is what only keybearer brought.
needs=$(dpkg-deb -f "$here"/keybearer_*.deb Depends | tr ',' '\n' | sed 's/(.*//; s/|.*//' | tr -d ' ')
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $needs >/dev/null
# So does what a new user leaves in /etc.
useradd --create-home --shell /bin/sh person
all_files >"$here/before"

apt-get install -y -qq --no-install-recommends "$here"/keybearer_*.deb >/dev/null
cp "$here"/*.py "$here/main-job" /home/person/
runuser -u person -- sh -c 'cd && KB_SERVER=$HOME/token_server.py sh ./main-job'
runuser -u person -- sh -c 'cd && XDG_RUNTIME_DIR= python3 -B ./clone.py'
(cd /home/person && find . | sort) >"$here/home-before"

dpkg -r keybearer >"$here/removed"
[ "$(grep -c 'keybearer setup --undo' "$here/removed")" = 1 ] || fails "remove does not say how to undo"
(cd /home/person && find . | sort) >"$here/home-after"
cmp "$here/home-before" "$here/home-after" || fails "remove changed a home"
dpkg -P keybearer
all_files >"$here/after"
diff "$here/before" "$here/after" || fails "something is left behind"
[ -e /home/person/.config/keybearer/config.json ] || fails "the person's file is gone"
userdel -rf person 2>/dev/null || :
echo "Nothing is left but the person's files."
