#!/bin/sh
# poisoned_keys.sh PROGRAM: PROGRAM (poisoned_keys.c) under memcheck, with directories and a key
# file of its own. 77, skipped: there is no valgrind.
here=${0%/*}
command -v valgrind >/dev/null || exit 77
XDG_RUNTIME_DIR=$(mktemp -d /dev/shm/kb-test-XXXXXX) || exit 1
trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
trap 'exit 1' HUP INT TERM
POISONED_KEY_FILE=$XDG_RUNTIME_DIR/machine.key
(umask 077 && head -c 32 /dev/urandom >"$POISONED_KEY_FILE") || exit 1
KB_MEMCHECK_SUPPRESSIONS=$here/poisoned_keys.suppressions
export XDG_RUNTIME_DIR POISONED_KEY_FILE KB_MEMCHECK_SUPPRESSIONS
"$here/memcheck" "$1"
