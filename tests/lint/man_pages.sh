#!/bin/sh
# The manual pages say nothing that mandoc or groff warns about, and fit a terminal of 80 columns
# whole, with our name at top and bottom. Skips itself where neither is installed.
cd "$(dirname "$0")/../../docs/man" || exit 1
failed=0

complain() {
	echo "$*"
	failed=1
}

# What a reader would see: lines that fit, the page's whole title, no name but ours.
check_page() {
	page=$1 by=$2 text=$3
	name=$(echo "${page%.*}" | tr a-z A-Z)"(${page##*.})"
	long=$(echo "$text" | awk 'length > 80')
	[ -z "$long" ] || complain "$page: longer than 80 columns by $by: $long"
	echo "$text" | head -n 1 | grep -q "^$name " || complain "$page: no whole title by $by"
	echo "$text" | head -n 1 | grep -q "[^ ]$name" && complain "$page: titles that touch by $by"
	echo "$text" | tail -n 1 | grep -q '^keybearer .* keybearer$' || complain "$page: another's footer by $by"
}

command -v mandoc >/dev/null || command -v groff >/dev/null || {
	echo "neither mandoc nor groff is installed"
	exit 77
}
# A lone bracket or point stands outside of its macro's quotes, unless \& is before it.
lone=$(grep -nE '^\.(Ql|Dq|Sq|Li) [][().,:;!?|]( |$)' ./*.[157])
[ -z "$lone" ] || complain "this quotes nothing: $lone"
if command -v mandoc >/dev/null; then
	mandoc -Tlint -W warning ./*.1 ./*.5 ./*.7 || failed=1
	for page in *.[157]; do
		check_page "$page" mandoc "$(mandoc -Tascii -Owidth=80 "$page" | sed 's/.\x08//g')"
	done
fi
if command -v groff >/dev/null; then
	for page in *.[157]; do
		warnings=$(groff -mandoc -Tascii -rLL=78n -ww "$page" 2>&1 >/dev/null)
		[ -z "$warnings" ] || complain "$page: groff warns: $warnings"
		check_page "$page" groff "$(groff -mandoc -Tascii -rLL=78n -P-cbou "$page" | sed -n '/./p')"
	done
fi
exit $failed
