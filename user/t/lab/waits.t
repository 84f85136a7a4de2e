#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Waits for split_lock on a kernel without the series: v7scope counts and times those that
# ftrace sees in the same run, and no waits for other locks. Runs on $kernel with $options
# of lab run, by default Debian's 6.12, and with each of the $sources.
# shellcheck disable=SC2016 # what $ begins is for jq
set -u
kernel=${kernel-debian-6.12} options=${options-} sources=${sources-fentry kprobe}
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# shellcheck disable=SC2086
stress=$("$top/tools/stress/build" "$kernel" arm64 $options 2>"$tmp/err")
case $? in
0) ;;
122) skip "waits for split_lock" "$(tail -n 1 "$tmp/err")"; done_testing ;;
*) bail "no v7stress.ko: $(tail -n 5 "$tmp/err")" ;;
esac
cp "$stress" "$here/waits" "$tmp/" || exit 1
# The load makes the kernel warn where it splits supersections in vain.
# shellcheck disable=SC2086
"$top/tools/lab/lab" run --kernel "$kernel" $options --dir "$tmp" -- sh waits "$sources" >"$tmp/out" 2>&1
ok $? "the guest's part"
[ "$tap_failed" -eq 0 ] || done_testing

# of NAME TEST FILTER: of a load's final report; $seen are the waits that ftrace saw, and the
# number of its probes that the kernel skipped
of() {
	tail -n 1 "$tmp/$1.stat" | jq -e --slurpfile load "$tmp/$1.result" \
		--argjson seen "$(jq -Rc 'split(" ") | map(tonumber)' "$tmp/$1.seen")" \
		"\$load[0] as \$load | ((.recursion_misses.io_pgtable_split // 0) + \$seen[1]) as \$missed | $3" >"$tmp/out" 2>&1
	set -- $? "$@"
	[ "$1" -eq 0 ] || { cat "$tmp/$2.seen" && tail -n 1 "$tmp/$2.stat"; } >>"$tmp/out"
	ok "$1" "$2: $3"
	echo "# $2: v7scope $(tail -n 1 "$tmp/$2.stat" | jq -c '.total | [.split.waits, .wait_ns.sum]'), ftrace $(cat "$tmp/$2.seen")"
}

jq -e .facts.waits.value "$tmp/doctor.json" >"$tmp/out" 2>&1
ok $? "doctor: this kernel shows the waits"
for source in $sources; do
	of "$source" "the waits are those that ftrace saw" \
		'.source == "'"$source"'" and $seen[0] > 10 and (.total.split.waits - $seen[0] | fabs) <= $missed'
	# The flush of a split takes 100 us, under the lock. Two threads wait.
	of "$source" "each wait has a duration, which is that of the holds" \
		'.total | (.split.waits == .wait_ns.count + .wait_ns.untimed) and
		(.wait_ns | .untimed <= $missed and .p50 > 50000 and .sum < 2 * $load.elapsed_ns)'
	of "$source" "each page table has its waits, and so have the tasks" \
		'([.tables[].split.waits] | add == $seen[0] and all(. > 0)) and (.tables | length) == 2 and
		([.tasks[].split.waits] | add) == .total.split.waits and ([.tasks[].wait_sum_ns] | add) == .total.wait_ns.sum and
		all(.tasks[] | select(.split.waits > 0); .comm | test("^v7stress/"))'
	of "$source" "holds, 64K splits and holders are not visible" \
		'.total.hold_ns == null and .total.split.cont.done == null and .waits_for == null'
	of "$source-none" "without splits there are no waits" \
		'.total.split.waits == 0 and .total.wait_ns.count == 0 and $seen[0] == 0 and .total.install.won > 0'
done
jq -e '[.findings[] | select(.rule == "lock_waits") | .figures | .waits > 0 and .splits == null and .p99 > 1000] == [true]' \
	"$tmp/explain.json" >"$tmp/out" 2>&1
ok $? "explain: the rule of waits applies"
done_testing
