#!/bin/sh
# Fuzzes one target for KB_FUZZ_SECONDS: run.sh PROGRAM CORPUS
#
# Below the working directory, what reaches new code joins corpus/NAME, and what breaks a rule
# is left in found/ and shown as base64: `base64 -d > FILE; PROGRAM FILE` shows it again.
set -u
program=$1 kept=$2
name=$(basename "$kept")
mkdir -p "corpus/$name" found || exit 1
rm -f "found/$name-"*
"$program" -max_total_time="${KB_FUZZ_SECONDS:-60}" -timeout=10 -max_len=16384 -verbosity=0 \
	-artifact_prefix="found/$name-" -print_final_stats=1 "corpus/$name" "$kept"
status=$?
for input in "found/$name-"*; do
	[ -f "$input" ] || continue
	printf '%s:\n' "$input"
	base64 "$input"
done
exit "$status"
