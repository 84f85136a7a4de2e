#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# v7scope in the lab, on the patched kernel and on one without the series.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
lab=$top/tools/lab/lab
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

stress=$("$top/tools/stress/build") || bail "no v7stress.ko"
cp "$stress" "$here/guest" "$tmp/" || exit 1

"$lab" run --dir "$tmp" -- sh guest >"$tmp/guest.tap"
ok $? "the guest's part runs, and the kernel has nothing to say of it"
grep '^1\.\.' "$tmp/guest.tap" >"$tmp/out"
ok $? "and to its end"
# Its tests become ours.
while read -r line; do
	case $line in
	"ok "*) : >"$tmp/out"; ok 0 "${line#*- }" ;;
	"not ok "*) : >"$tmp/out"; ok 1 "${line#*- }" ;;
	"#"*) echo "$line" ;;
	esac
done <"$tmp/guest.tap"

# json FILES NAME FILTER: of the final reports of these
json() {
	(cd "$tmp" && for f in $1; do tail -n 1 "$f"; done | jq -s -e "$3") >"$tmp/out" 2>&1
	ok $? "$2"
}
json "inner.json outer.json" "two at once count the same" \
	'map(.total) | (.[0].install.attempts > 0) and .[0] == .[1]'
json inner.json "exact" '.[0].exact and .[0].exact_why == []'
json inner.json "every lost table is freed" '.[0].total | .install.lost == .free.lost'
json inner.json "what is alive is known" '.[0].tables | length == 2 and
	all(.created and (.destroyed | not) and .alive == .install.won - .free.unmap - .free.replaced)'
json rmmod.json "destroying emits no frees" '.[0] | .destroys == 2 and .total.free.unmap == 0'
json many.json "all of many page tables" '.[0] | (.tables | length) == 200 and .destroys == 200 and
	.total.creates == 200 and .total.install.won > 0 and all(.tables[]; .destroyed and .alive == 0)'
json many.json "none of them is under other" '.[0] | .exact and
	([.other.install, .other.free | .. | numbers] | add) == 0'
json burst.json "of too many destroyed at once, all are counted" '.[0] | .destroys == 1340 and
	.total.creates == 1340 and .total.alive == null and
	(.exact_why | any(test("numbers were overwritten")))'
json burst.json "later page tables have rows" '.[0].tables | sort_by(.pgtable)[-60:] |
	length == 60 and all(.created and .destroyed and .alive == 0) and (map(.install.won) | add) > 0'
for f in many burst; do
	(cd "$tmp" && jq -s -e '(.[-1].total | .install.attempts, .free.lost, .creates) ==
		([.[:-1][].total] | map(.install.attempts), map(.free.lost), map(.creates) | add)' $f.json) >"$tmp/out" 2>&1
	ok $? "the intervals add up to the whole: $f"
done

"$lab" run --stock -- sh -c 'v7scope stat --source bpf; [ $? -eq 1 ] && v7scope doctor --json' \
	>"$tmp/doctor" 2>"$tmp/out"
ok $? "without the series: status 1"
grep -q 'none of the io_pgtable events; apply kernel-patch/' "$tmp/out"
ok $? "without the series: what to do"
jq -e '.recommended == "kprobe" and (.ways.bpf.works | not) and (.defects | length) == 3 and all(.defects[]; .sure) and
	.facts.v7s_code.value' "$tmp/doctor" >"$tmp/out" 2>&1
ok $? "without the series: the defects"

# Debian builds this kernel without BTF.
stress=$("$top/tools/stress/build" debian-armmp 2>"$tmp/err")
status=$?
if [ $status -eq 122 ]; then
	skip "a kernel without BTF" "$(tail -n 1 "$tmp/err")"
else
	mkdir "$tmp/armmp" && cp "$stress" "$tmp/armmp/"
	ok $? "the load builds with the headers of a kernel without BTF"
	"$lab" run --kernel debian-armmp --dir "$tmp/armmp" -- sh -c '[ ! -e /sys/kernel/btf ] && v7scope stat --json -i 60 -- \
		sh -c "insmod ./v7stress.ko format=arm_64_lpae_s1 mode=install ops=2000 threads=2 &&
			cat /sys/kernel/debug/v7stress/result >result && rmmod v7stress"' >"$tmp/armmp/stat" 2>"$tmp/out"
	ok $? "a kernel without BTF: counts"
	tail -n 1 "$tmp/armmp/stat" | jq -e --slurpfile load "$tmp/armmp/result" \
		'.total.install.won == $load[0].expect.won_map and .total.install.won > 0 and .source == "kprobe"' >"$tmp/out" 2>&1
	ok $? "without BTF: as many as the load has won"
fi

# The same with the series takes a kernel of its own to be built.
[ -n "${kernels-}" ] || { skip "the series without BTF" "kernels= names none"; done_testing; }
printf '# CONFIG_%s is not set\n' DEBUG_INFO_BTF DEBUG_INFO_BTF_MODULES >"$tmp/no-btf.config"
"$lab" run --config "$tmp/no-btf.config" -- \
	sh -c '[ ! -e /sys/kernel/btf ] && v7scope doctor --json >&2 && v7scope stat -n 1 -i 0.1' >"$tmp/out" 2>"$tmp/doctor"
ok $? "a kernel without BTF is as good"
grep -q '^exact: yes' "$tmp/out"
ok $? "without BTF: exact"
done_testing
