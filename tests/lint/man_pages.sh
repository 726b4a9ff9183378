#!/bin/sh
# The manual pages say nothing that mandoc warns about. Skips itself without mandoc.
command -v mandoc >/dev/null || {
	echo "mandoc is not installed"
	exit 77
}
cd "$(dirname "$0")/../../docs/man" || exit 1
exec mandoc -Tlint -W warning ./*.1 ./*.5
