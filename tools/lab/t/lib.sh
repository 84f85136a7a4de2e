# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# For the tests of the lab and of its boards: TAP, and the lab itself.

test_dir=$(dirname -- "$(readlink -f -- "$0")")
top=${test_dir%/tools/*}
lab=$top/tools/lab/lab
# shellcheck source=tools/t/tap.sh
. "$top/tools/t/tap.sh"

# lab ARGUMENT...: its output in $tmp/out and $tmp/err, its status in $status
lab() { run "$lab" "$@"; }

# tolerate KERNEL: the definitions of jq in $near for its reports. PREEMPT_RT preempts a
# fentry program, and then the kernel skips it for other tasks on that CPU. The report
# gives the number of skipped events: no count is further off. On other kernels, no count
# is off at all.
# off: that number; near(A; B; N): A and B differ by N at most
# shellcheck disable=SC2016,SC2034 # jq expands it; the tests use it
tolerate() {
	tolerated=false
	case $1 in *-rt) tolerated=true ;; esac
	near="def tolerated: $tolerated;"'
		def off: if tolerated then [.exact_why[]? | capture("^± (?<n>[0-9]+):").n | tonumber] | add // 0 else 0 end;
		def near($a; $b; $n): $a - $b | -$n <= . and . <= $n;'
}
