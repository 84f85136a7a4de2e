#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# v7scope check in the lab: on a kernel that behaves, on one that does not, and on an idle
# board. From the environment: seconds, the time for which the first is watched.
# shellcheck disable=SC2016 # what $ begins is for jq
set -u
seconds=${seconds-20}
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
lab=$top/tools/lab/lab
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# guest PART ARGUMENT OPTION: of tools/lab/lab run
guest() {
	part=$1
	shift
	stress=$("$top/tools/stress/build" 6.1 arm64 ${2:+"$2"} 2>"$tmp/err") || bail "no v7stress.ko"
	cp "$stress" "$here/check" "$tmp/"
	# shellcheck disable=SC2086
	"$lab" run $2 --timeout $((seconds + 900)) --dir "$tmp" -- sh check "$part" $1 >"$tmp/out" 2>&1
	ok $? "$part: the guest's part runs, and the kernel has nothing to say of it"
	[ "$tap_failed" -eq 0 ] || done_testing
}

# judged NAME STATUS FILTER WHAT: the verdict of that name, with $load what the load
# says if it was asked
judged() {
	{
		jq -r '.judgements[] | select(.result != "pass") | "\(.name): \(.result): \(.why)"' "$tmp/$1.json"
		cat "$tmp/$1.said" "$tmp/$1.json"
	} >"$tmp/out" 2>&1
	check "$1: status $2" [ "$(cat "$tmp/$1.status")" -eq "$2" ]
	[ -e "$tmp/$1.result" ] || echo null >"$tmp/$1.result"
	jq -e --slurpfile load "$tmp/$1.result" "(\$load[0]) as \$load | $3" "$tmp/$1.json" >/dev/null 2>"$tmp/err"
	ok $? "$1: $4"
}
named='def named($result): [.judgements[] | select(.result == $result) | .name];'

# Threads race only while the host runs both virtual CPUs.
raced() { jq -e '.figures.total | .install.lost > 0 and .split.waits > 0' "$tmp/mixed.json" >/dev/null; }
tries=0
until guest series "${seconds}s" ''; tries=$((tries + 1)); [ $tries -eq 4 ] || raced; do :; done
judged mixed 0 "$named"' .result == "pass" and named("pass") == [.judgements[].name] and (.judgements | length) == 14' \
	"each judgement passes"
judged mixed 0 '.ended == "time" and .figures.exact and .figures.source == "bpf" and
	([.figures.tables[].fmt // "several"] | unique | length) > 1 and .figures.total.install.lost > 0 and .figures.total.split.waits > 0' \
	"with races, waits, and both formats in it"
build_id=$(readelf -n "$("$lab" kdir 6.1 arm64)/vmlinux" | sed -n 's/.*Build ID: //p')
judged mixed 0 '.kernel.build_id == "'"$build_id"'" and (.kernel.release | test("^6.1.*v7scope")) and
	.kernel.machine == "aarch64" and .series.present and all(.series.events[]; .) and .defects == []' \
	"which kernel it is"
judged idle 3 "$named"' .result == "cannot tell" and named("fail") == [] and
	named("cannot tell") == ["traffic", "growth", "losses"] and .figures.total.install.attempts == 0' \
	"an idle board cannot be judged"
judged once 3 "$named"' named("fail") == [] and .ended == "command" and
	(.figures.total.install.won == $load.expect.won_map + $load.expect.won_split) and
	(.judgements | map({ key: .name, value: .figures }) | from_entries |
		.lost_freed.freed == .lost_freed.lost and .lost_freed.unfreed == 0 and
		.balanced.net == $load.pgtables[0].walk.tables)' \
	"its figures are those of the load"
run prove -e cat "$tmp/tap.json"
[ $status -eq 0 ] && grep -q 'Tests=13,' "$tmp/out"
ok $? "TAP: prove understands it"
check "TAP: status 3" [ "$(cat "$tmp/tap.status")" -eq 3 ]

guest stock '' --stock
judged split 1 "$named"' .result == "fail" and named("fail") == ["corruption"] and
	(.judgements[] | select(.name == "corruption") | (.why | test("section_split_address")) and
		.figures.corrupted == $load.expect.split_block_done)' \
	"the kernel as Debian ships it fails, and says for which defect"
judged split 1 '(.series.present | not) and ([.defects[].id] | index("section_split_address")) and .figures.corrupted > 10' \
	"which it is known to have"
judged split 1 '.judgements[] | select(.name == "memory") |
	.result == "cannot tell" and .figures.nomem == null and (.why | test("lack of memory are not available on this kernel"))' \
	"one kprobe an install shows no lack of memory"
done_testing
