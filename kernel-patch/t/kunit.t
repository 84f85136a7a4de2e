#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The kernel's own tests pass with the series, and each that belongs to a fix
# fails on a kernel that has all of the series but that fix.
set -u

top=$(readlink -f -- "$(dirname -- "$0")/../..")
lab=$top/tools/lab/lab
out=$(mktemp) || exit 1
trap 'rm -f -- "$out"' EXIT
n=0

# kunit WITHOUT: boots that kernel; $out then has a line for each test. From the
# log, as what debugfs keeps of a suite is cut off after 512 bytes in v6.1.
kunit() {
	# A kernel without a fix may well complain of what it does wrong.
	"$lab" run ${1:+--without "$1"} ${1:+--allow-splat=.} --append kunit.enable=1 -- dmesg |
		sed -n 's/^\[[^]]*\] //; /Subtest: io-pgtable-arm-v7s/,/^[a-z ]*ok 1 io-pgtable-arm-v7s/p' >"$out"
	[ -s "$out" ]
}

# expect NAME COMMAND...
expect() {
	n=$((n + 1))
	name=$1
	shift
	if "$@" >/dev/null; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$out"
	fi
}

all="v7s_test_map_unmap v7s_test_split_large_page v7s_test_split_section
v7s_test_split_supersection v7s_test_late_split v7s_test_events
v7s_test_lost_events v7s_test_wait_event"

echo 1..14
kunit ''
expect "the kernel's tests run with the series" test $? -eq 0
for test in $all; do
	expect "$test passes" grep -Eq "^ *ok [0-9]+ $test\$" "$out"
done
expect "none fails" sh -c "! grep -q '^ *not ok' '$out'"

while read -r fix test; do
	kunit "$fix"
	expect "$test fails without $fix" grep -Eq "^ *not ok [0-9]+ $test\$" "$out"
done <<END
0002 v7s_test_split_section
0002 v7s_test_split_supersection
0003 v7s_test_split_supersection
0004 v7s_test_late_split
END
