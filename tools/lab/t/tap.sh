# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# TAP for the lab's tests, and a folder of their own that goes with them.

test_dir=$(dirname -- "$(readlink -f -- "$0")")
lab=$test_dir/../lab
count=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 143' INT TERM HUP

# check STATUS NAME: what the last command said.
check() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
	fi
}

# is GOT WANTED NAME
is() {
	[ "$1" = "$2" ]
	check $? "$3"
	[ "$1" = "$2" ] || printf '%s\n' "got: $1" "wanted: $2" | sed 's/^/#   /'
}

# has FILE ERE NAME: a line of the file matches.
has() {
	grep -qE -e "$2" "$1"
	set -- $? "$@"
	check "$1" "$4"
	[ "$1" -eq 0 ] || { echo "#   no line matches: $3" && sed 's/^/#   /' "$2"; }
}

# lab ARGUMENT...: leaves status, $tmp/out and $tmp/err.
lab() {
	"$lab" "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
}

# until_true SECONDS COMMAND...: waits for a condition, not for a time.
until_true() {
	limit=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$limit" ] || return 1
		sleep 0.1
	done
}

# A zombie is gone, too: who inherits it may be slow to look.
gone() { ! kill -0 "$1" 2>/dev/null || grep -q "^State:.Z" "/proc/$1/status" 2>/dev/null; }

done_testing() { echo "1..$count"; }
