#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Each verb reports known figures (fake.c).
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$bin/fake

# same NAME FILE: what was printed, but for times of the day, is as in FILE
same() {
	sed -e 's/^[0-9]*\.[0-9]* s,/N s,/' -e 's/^total of .*/total of N s/' \
		-e 's/^  *[0-9]*\.[0-9] \( *[0-9-]\)/      N.N \1/' "$tmp/out" >"$tmp/same"
	run diff -u "$here/$2" "$tmp/same"
	ok $status "$1"
}

# jqs NAME FILTER: true of all that was printed, as an array
jqs() {
	cp "$tmp/out" "$tmp/json"
	run jq -e -s "$2" "$tmp/json"
	ok $status "$1"
	cp "$tmp/json" "$tmp/out"
}

run "$v7scope" stat --tasks --stacks -- true
check "stat: status" [ $status -eq 0 ]
same "stat: text" stat.text
check "stat: no line is wider than 80" [ "$(awk 'length > 80' "$tmp/same" | wc -l)" -eq 0 ]
FAKE=stock run "$v7scope" stat -- true
check "stat on a stock kernel: the section that lost its address is reported at once" \
	[ "$(grep -c 'dev 14006000.iommu: a section was split at iova 0x600000, and this kernel loses its address.*task v7s-load/70; arm_v7s_split_blk_unmap < __arm_v7s_unmap' "$tmp/err")" -eq 1 ]
same "stat on a stock kernel: text" stock.text
FAKE=stock FAKE_SECTIONS=25 run "$v7scope" stat --json -- true
check "ten of many sections are reported, then the total" \
	[ "$(grep -c 'a section was split' "$tmp/err") $(grep -c '26 sections in all' "$tmp/err") $(wc -l <"$tmp/err")" = "10 1 12" ]
jqs "stat on a stock kernel: unavailable figures are null" '.[-1] | .total as $t |
	$t.install.attempts == 18180 and $t.install.lost == 180 and $t.free.tables == 3780 and
	$t.split.block.done == 63 and .corrupted == 26 and .probe_misses == 5 and .refusal_misses == 2 and
	([$t.split.attempts, $t.split.waits, $t.install.map.won, $t.free.lost, $t.refuse.raced, $t.net,
	$t.alive, $t.window_ns, .tasks, .stacks, .waits_for, .other_tasks] | all(. == null)) and
	(.exact | not) and (.exact_why | length) > 0'
run "$v7scope" stat --json --tasks --stacks -i 0.1 -n 2
jqs "stat: an object for each interval, and one for all" 'map(.final) == [false, false, true] and
	map(.seq) == [1, 2, null] and all(.schema == 2 and .verb == "stat") and
	([.. | numbers | . == floor] | all)'
jqs "stat: tasks" '.[-1].tasks | map([.pgtable, .tgid, .pid, .comm, .exited, .install.lost]) ==
	[[1, 70, 70, "v7s-load", false, 30], [2, 70, 71, "v7s-load", false, 29], [1, 70, 72, "o\ndd", true, 28]]'
jqs "stat: who waited for whom" '.[-1].waits_for | map([.waiter, .holder, .holder_comm, .waits, .untimed]) ==
	[[70, 72, "o\ndd", 4, 0], [70, null, null, 3, 1]]'
jqs "stat: stacks" '.[-1].stacks[0].frames | map(.symbol) ==
	["arm_v7s_split_blk_unmap", "__arm_v7s_unmap", null] and map(.address) == [null, null, "0xffff8200"]'
jqs "stat: CPUs" '.[-1].cpus | map([.cpu, .install.attempts]) == [[0, 130], [1, 229]]'
cp "$tmp/json" "$tmp/all.json"
run "$v7scope" stat --json -- true
jqs "stat: what was not asked for is null" '.[-1] | [.tasks, .stacks, .waits_for, .other_tasks,
	.other_stacks, .other_waits_for] == [null, null, null, null, null, null]'
run "$v7scope" top --json -n 1
jqs "top: JSON is that of stat, with tasks" 'map(.final) == [false, true] and all(.tasks | length == 3)'

run "$v7scope" hist -- true
same "hist: text" hist.text
check "hist: no line is wider than 80" [ "$(awk 'length > 80' "$tmp/out" | wc -l)" -eq 0 ]
run "$v7scope" hist --json -n 2 -i 0.1
jqs "hist: intervals, and all" 'map(.final) == [false, false, true] and
	(.[-1] | .tables | map(.window_ns.count) == [3090, 6060, 9030] and map(.hold_ns.untimed) == [3, 3, 3]) and
	.[-1].window_bound == "exact" and .[-1].total.window_ns.count == 18180 and .[-1].total.wait_ns.buckets[11] == 27'
cat "$tmp/json" >>"$tmp/all.json"
run "$v7scope" hist --json --dev 14006000.iommu -- true
jqs "hist: a device" '.[-1] | (.tables | map(.pgtable)) == [1, 2] and .total.window_ns.count == 9150 and .total.window_ns.max == 4000'
run "$v7scope" hist --json --pgtable 3 -- true
jqs "hist: a page table" '.[-1] | (.tables | map(.pgtable)) == [3] and .total.window_ns.count == 9030'
run "$v7scope" hist --json --pgtable 99 -- true
jqs "hist: one that is not there" '.[-1] | .tables == [] and .total.window_ns.count == 0'
FAKE=stock run "$v7scope" hist -- true
check "hist: figures that are not available" [ "$(grep -c 'race window: not available on this kernel' "$tmp/out")" -eq 4 ]
FAKE=stock run "$v7scope" hist --json -- true
jqs "hist: what is not visible is null" '.[-1] | .window_bound == null and (.total | .window_ns == null and .hold_ns == null)'

run "$v7scope" trace --stacks -- true
same "trace: text" trace.text
run "$v7scope" trace --json --stacks -- true
jqs "trace: events, drops, account" '(map(.line) | group_by(.) | map([.[0], length])) ==
	[["account", 1], ["dropped", 1], ["event", 12]] and .[-1].line == "account" and
	.[-1].adds_up and (.[-1].cpus | map(.counted)) == [6, 47]'
jqs "trace: the drops are where they happened" '(map(.line) | index("dropped")) as $i |
	.[$i].dropped == 41 and .[$i].cpu == .[$i + 1].cpu and .[$i + 1].outcome == "found_done"'
jqs "trace: what is not known is null" '.[8].window_ns == null and .[10].level == null and
	(.[11] | .why == null and .outcome == null) and .[5].frames == null and (.[7].frames | length) == 3'
cat "$tmp/json" >>"$tmp/all.json"
run "$v7scope" trace --json --event install,free -- true
jqs "trace: some events" '(map(.event // empty) | unique) == ["free", "install"] and .[-1].adds_up and
	(.[-1].cpus | map(.filtered) | add) == 6'
run "$v7scope" trace --json --lost-only -- true
jqs "trace: what was lost" 'map(select(.line == "event") | .event + " " + (.outcome // .why // "?")) ==
	["install lost_to_table", "free lost", "install ?"]'
run "$v7scope" stat --json --dev 14006000.iommu -- true
jqs "stat --dev: only this device, and the total is that of its page tables" '.[-1] | (.tables | length > 0) and
	([.tables[].dev, .devices[].dev] | unique == ["14006000.iommu"]) and
	.total.install.attempts == ([.tables[].install.attempts] | add)'
run "$v7scope" stat --json --pgtable 3 -- true
jqs "stat --pgtable: only this page table" '.[-1] | [.tables[].pgtable] == [3] and .devices == [] and
	.total.install.attempts == .tables[0].install.attempts'
run "$v7scope" top --json --pgtable 3 -n 1
check "top reports that it has attached, also without a terminal" grep -q '^v7scope: attached ' "$tmp/err"
jqs "top --pgtable: only this page table" '.[-1] | [.tables[].pgtable] == [3]'
FAKE_FAULTS=1 run "$v7scope" top --json --pgtable 3 -n 1
jqs "top --pgtable: no faults, because a fault event has no page table" '.[-1].faults == null'
run "$v7scope" trace --json --dev 14006000.iommu -- true
jqs "trace: a device" '(map(.dev // empty) | unique) == ["14006000.iommu"] and (map(select(.line == "event")) | length) == 8'
run "$v7scope" trace --json -n 3
jqs "trace: COUNT events, and the rest in the account" '(map(select(.line == "event")) | length) == 3 and
	.[-1].adds_up and .[-1].unshown == (.[-1].cpus | map(.emitted) | add) - 3'
FAKE_MISCOUNT=1 run "$v7scope" trace -- true
check "trace: an account that does not add up is reported" \
	[ "$(grep -c 'does not add up$' "$tmp/out") $(grep -c 'counted: no$' "$tmp/out")" = "2 1" ]
FAKE_MISCOUNT=1 run "$v7scope" trace --json -- true
jqs "trace --json: adds_up is false" '.[-1].adds_up == false'

FAKE_FAULTS=1 run "$v7scope" trace -- true
check "trace: a line for each fault, and their account" \
	[ "$(sed -n 's/^ *[0-9.]*   0  -  *fault  *-  0x00011000 \(.*\)/\1/p; s/^faults: //p' "$tmp/out" | xargs)" = \
	"read (dev ?) write (dev 14006000.iommu) read or write (dev 14006000.iommu) read (dev 14006000.iommu) write (dev 14006000.iommu) 5 emitted + 4 dropped + 0 filtered = 9 counted" ]
FAKE_FAULTS=1 run "$v7scope" trace --json --event fault,create -- true
jqs "trace --event fault: faults of no task and no page table" 'map(select(.line == "event") | .event) ==
	["create", "fault", "fault", "fault", "fault", "fault"] and .[-1].adds_up and (.[-1].cpus | map(.emitted) | add) == 1 and
	(.[-1].faults | .emitted == 5 and .dropped == 4 and .filtered == 0 and .counted == 9 and .last.access == "write") and
	(map(select(.event == "fault")) | map(.access) == ["read", "write", null, "read", "write"] and .[0].dev == null and
	all(.[1:][]; .iova == 69632 and .dev == "14006000.iommu") and all(.[]; .pid == null and .comm == null and .pgtable == null))'
cat "$tmp/json" >>"$tmp/all.json"
FAKE_FAULTS=1 run "$v7scope" trace --json --dev 14006000.iommu -n 10
jqs "trace --dev: the faults of this device, and COUNT has them" '(map(select(.line == "event")) | length == 10 and map(select(.event == "fault")) ==
	.[8:]) and .[-1].faults.filtered == 1 and .[-1].unshown == 2'
for option in '--event install' --lost-only; do
	# shellcheck disable=SC2086 # words
	FAKE_FAULTS=1 run "$v7scope" trace --json $option -- true
	jqs "trace $option: no faults" 'all(.[]; .event != "fault") and .[-1].faults == null'
done
FAKE_FAULTS=barred run "$v7scope" trace --json -- true
is "$(tail -n 1 "$tmp/out" | jq .faults) $(cat "$tmp/err")" "null " "trace: goes on in silence where faults cannot be counted"
FAKE_FAULTS=1 run "$v7scope" trace --event fault --lost-only -- true
is "$status $(cat "$tmp/err")" "1 v7scope: --lost-only leaves faults out: remove it, or fault from --event" "trace --event fault --lost-only: says that nothing would come"
run "$v7scope" trace --event fault -- true
is "$status $(cat "$tmp/err")" "1 v7scope: cannot use source fault: there is no IOMMU; run it on a board" "trace --event fault: says what is missing"
FAKE_FAULTS=barred run "$v7scope" trace --event install,fault -- true
is "$status $(cat "$tmp/err")" "1 v7scope: cannot use source fault: BPF is not permitted; run it as root" "trace --event fault: says what lifts the obstacle"

FAKE_FAULTS=1 run "$v7scope" top --json -n 1
jqs "top: faults, and the last" 'all(.faults | .last.ago_ns >= 0 and (del(.last.ago_ns) == {emitted: 5, dropped: 4, filtered: 0, counted: 9,
	last: {dev: "14006000.iommu", iova: 69632, access: "write"}}))'
cat "$tmp/json" >>"$tmp/all.json"
FAKE_FAULTS=1 run "$v7scope" stat --json -- true
jqs "stat counts no faults" '.[-1].faults == null'

run "$v7scope" flush -i 60 -- true
sed -i -e 's/ [0-9]* per second/ N per second/' -e 's/^\( *[0-9][0-9]*\.[0-9]\)  *[0-9][0-9]* /\1 0 /' "$tmp/out"
same "flush: text" flush.text
run "$v7scope" flush --json -i 0.1 -n 2
jqs "flush: an object for each interval, and one for all" 'map(.final) == [false, false, true] and
	all(.verb == "flush" and .driver == "mtk_iommu" and .lock == "tlb_lock") and ([.. | numbers | . == floor] | all) and
	map(.total.flushes) == [2003, 2003, 6009] and map(.devices | length) == [2, 2, 2]'
jqs "flush: counts, times, and what is not visible" '.[-1] | .exact and .exact_why == [] and .missed == 0 and
	(.devices | map([.range, .all, .own, .timeouts, .waits])) == [[3000, 3, null, 0, 60], [3000, 6, null, 3, 60]] and
	.total.flush_ns.count == 6003 and .total.flush_ns.untimed == 6 and .total.flush_ns.max == 8000 and
	.total.lock_wait_ns.p99 == 60000'
jqs "flush: causes, and what the driver does not flush for" 'all(.devices[], .other, .total | (.causes | add) == .flushes) and
	(.[-1].total.causes == {map: 0, unmap: 6000, table: null, all: 9, own: null, unknown: 0}) and
	(.[-1].total.range_bytes | .count == 6000 and .sum == 6000 * 4096 and .p99 == 4096 and .max == 4096)'
jqs "flush: the last timeouts, with task, stack and runtime PM" 'all(.last_timeouts | map([.dev != null, .tgid, .pid, .comm, .runtime_status, .frames[].symbol]) ==
	([true, 11, 12, "codec", "suspended", "mtk_iommu_tlb_flush_range_sync", "mtk_iommu_iotlb_sync", null] as $codec |
	[$codec, [false, 11, 11, "camera", null], $codec]))'
FAKE_OTHER=1 run "$v7scope" flush --tasks --stacks -i 60 -- true
sed -n '/^tasks/,/^last timeouts/p' "$tmp/out" >"$tmp/part" && mv "$tmp/part" "$tmp/out"
same "flush: tasks and stacks as text" flushers.text
run "$v7scope" flush --json --tasks --stacks -i 0.1 -n 2
jqs "flush: tasks and stacks of each interval, and of all" 'all(.tasks[0].pid == 12 and .tasks[0].tgid == 11 and .tasks[0].comm == "codec" and
	(.total.flushes as $all | [.tasks, .stacks] | all(map(.flushes) | add == $all)) and .stacks[1].frames == [] and
	(.stacks[0].frames | map(.symbol)) == ["mtk_iommu_sync_map", "iommu_map", null] and .other_tasks == {flushes: 0, flush_sum_ns: 0})'
FAKE_OTHER=1 run "$v7scope" flush --json --tasks -- true
jqs "flush: tasks without a slot, and no stacks" '.[-1] | .other_tasks == {flushes: 5, flush_sum_ns: 700} and [.stacks, .other_stacks] == [null, null] and
	(.tasks | map(.flushes) | add) + 5 == .total.flushes'
run "$v7scope" flush --json -- true
jqs "flush: neither tasks nor stacks without the options" '[.[-1] | .tasks, .other_tasks, .stacks, .other_stacks] == [null, null, null, null]'
run "$v7scope" flush --json -i 0.1 -n 2
jqs "flush: per second" '.[0] | .total.per_second as $n | .total.flushes * 1e9 / .interval_ns - $n | . > -1 and . < 1'
cat "$tmp/json" >>"$tmp/all.json"
# flushes FAKE...: those of the metrics of export, without the buckets
flushes() {
	run env "$@" "$v7scope" export --textfile "$tmp/flushes.prom" -- true
	[ $status -eq 0 ] || return
	sed -n '/le="/d; s/^v7scope_\(flush[a-z_]*\){device="\([^"]*\)",driver="\([a-z_0-9-]*\)",*\(reason="[a-z]*"\)*} /\1 \2 \3 \4 /p' "$tmp/flushes.prom" |
		sed 's/  */ /g; s/ e67[^ ]* / e67 /' >"$tmp/out"
}
flushes FAKE_FLUSHES=1
same "flushes in the metrics: of each device" flushes.text
flushes FAKE_FLUSHES=1 FAKE=ipmmu
is "$(grep -c lock "$tmp/out") $(grep timeouts "$tmp/out") $(grep -c other "$tmp/out")" "0 flush_timeouts_total other ipmmu-vmsa 21 1" \
	"flushes in the metrics: no lock, and timeouts of an unknown device"
flushes FAKE=series
is "$(wc -l <"$tmp/out") $(grep -c '^v7scope_capability{name="flush.*} 0$' "$tmp/flushes.prom") $(wc -l <"$tmp/err")" "0 5 0" \
	"flushes in the metrics: absent, and not 0, without such a driver"
flushes FAKE_FLUSHES=barred
is "$(wc -l <"$tmp/out") $(tr '\n' ';' <"$tmp/err")" "0 v7scope: cannot use source flush: kprobes are not permitted; run it as root;v7scope: continuing without TLB flushes; --no-flushes omits this attempt;" \
	"flushes in the metrics: absent without the right to count them, and why"
run env FAKE_FLUSHES=barred "$v7scope" export --no-flushes --textfile "$tmp/flushes.prom" -- true
is "$status $(grep -c '^v7scope_flush' "$tmp/flushes.prom") $(wc -l <"$tmp/err")" "0 0 0" "export --no-flushes"
# faults FAKE...: those of the metrics of export
faults() {
	run env "$@" "$v7scope" export --textfile "$tmp/faults.prom" -- true
	[ $status -eq 0 ] || return
	sed -n 's/^v7scope_faults_total{device="\([^"]*\)"} / \1 /p; s/^v7scope_capability{name="faults"}/capability/p' "$tmp/faults.prom" | sed 's/ e67[^ ]* / e67 /' | xargs >"$tmp/out"
}
faults FAKE_FAULTS=1
is "$(cat "$tmp/out")" "capability 1 14006000.iommu 5 e67 6 other 1" "faults in the metrics: of each device"
faults FAKE=series
is "$(cat "$tmp/out" "$tmp/err")" "capability 0" "faults in the metrics: absent, and not 0, where the kernel has none"
faults FAKE_FAULTS=barred
is "$(cat "$tmp/out") $(tr '\n' ';' <"$tmp/err")" "capability 0 v7scope: cannot use source fault: BPF is not permitted; run it as root;v7scope: continuing without faults of devices;" \
	"faults in the metrics: absent without the right to count them, and why"
FAKE=ipmmu run "$v7scope" flush --json -- true
jqs "flush: a driver without a lock, on a kernel that skipped some" '.[-1] | (.exact | not) and .missed == 3 and
	(.exact_why[0] | test("^3 calls")) and .total.timeouts == 21 and all(.devices[]; .timeouts == null) and
	.total.waits == null and .total.lock_wait_ns == null and .total.range == null and (.waits_why | test("no lock"))'
FAKE=smmu run "$v7scope" flush --json -- true
jqs "flush: syncs after other commands" '.[-1] | .exact and .driver == "arm-smmu-v3" and .lock == null and
	(.total | [.range, .all, .own, .sync, .flushes, .timeouts, .waits]) == [6000, 9, null, 30, 6039, 3, null]'
FAKE=smmu run "$v7scope" flush -- true
check "flush: a column for syncs, where there are any" [ "$(sed -n 's/^ *seconds.* own \{1,\}sync timeouts.*/header/p; s/^  flushes.*own -  sync 30 .*/final/p; /own (flushes/p' "$tmp/out" | xargs)" = "header final" ]

run "$v7scope" fault -- true
sed -i -e 's/^[0-9]*\.[0-9]* s/TIME s/' "$tmp/out"
same "fault: text" fault.text
run "$v7scope" fault --json --for 1s
jqs "fault: an object for each, and one for all" 'map(.final) == [false, false, false, false, false, true] and
	all(.verb == "fault") and ([.. | numbers | . == floor] | all) and
	map(.verdict // empty) == ["use_after_unmap", "never_mapped", "mapped", "split_lost_address", "unknown"] and
	.[-1].verdicts == {use_after_unmap: 1, never_mapped: 1, mapped: 1, split_lost_address: 1, unknown: 1}'
jqs "fault: what is not known is null" '.[0].dev == null and map(select(has("access")) | .access) == ["read", "write", null, "read", "write"] and
	.[0].unmap == {iova: 65536, size: 16384, phys: null, before_ns: 2000, pid: 12, comm: "codec"} and
	.[0].map.phys == 2147483648 and .[1].map == null and .[1].below.before_ns == 5000000 and .[3].split.pid == 12'
cat "$tmp/json" >>"$tmp/all.json"
FAKE=stock run "$v7scope" fault --json -- true
jqs "fault: skipped programs that no kernel counts" '.[-1].missed == null'

missing=$(jq -r '.. | objects | keys[]' "$tmp/all.json" | sort -u | while read -r key; do
	grep -qw -- "$key" "$here/../../man/v7scope-json.5" || echo "$key"
done)
printf '%s\n' "$missing" >"$tmp/err"
check "each field is in the man page" [ -z "$missing" ]
missing=$(for verb in stat hist trace flush fault top serve export; do "$v7scope" help $verb; done | grep -o -- '--[a-z][a-z.-]*' | sort -u |
	while read -r option; do
		sed 's/\\-/-/g' "$here/../../man/"*.1 | grep -q -- "$option" || echo "$option"
	done)
printf '%s\n' "$missing" >"$tmp/err"
check "each option but --help is in the man page" [ "$missing" = --help ]

# Manners.
for verb in stat hist trace top flush fault; do
	FAKE=none run "$v7scope" $verb --json
	check "$verb: no source, status 1, one line" [ "$status $(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" = "1 1 0" ]
done
for verb in stat hist trace flush; do
	run "$v7scope" $verb --json -- sh -c 'echo hello; exit 7'
	check "$verb: status of CMD, whose output goes to standard error" [ "$status $(cat "$tmp/err")" = "7 hello" ]
	run "$v7scope" $verb -- /no/such
	check "$verb: no such CMD" [ "$status $(wc -l <"$tmp/err")" = "127 1" ]
	run sh -c '"$1" "$2" -n 1 >/dev/full' sh "$v7scope" $verb
	[ $status -eq 1 ] && grep -q 'cannot write' "$tmp/err"
	ok $? "$verb: a full disk is an error"
	# Also when there is nothing more to write for a long time.
	run sh -c '{ timeout 30 "$1" "$2" -n 1000; echo $? >"$3"; } | { sleep 1; head -n 1; }' \
		sh "$v7scope" $verb "$tmp/left"
	check "$verb: a reader that leaves ends it quietly" [ "$(cat "$tmp/left") $(grep -vc '^v7scope: attached' "$tmp/err")" = "0 0" ]
	for signal in HUP INT TERM; do
		# Not as under nohup, which we may be
		env --default-signal=HUP "$v7scope" $verb --json >"$tmp/out" 2>"$tmp/err" &
		pid=$!
		until_caught $pid
		kill -$signal $pid
		wait $pid
		status=$?
		check "$verb: SIG$signal: the final report" \
			[ "$status $(tail -n 1 "$tmp/out" | jq -c '.final // .line')" = \
			"0 $([ $verb = trace ] && echo '"account"' || echo true)" ]
	done
done
# A SIGHUP that the parent ignores stays ignored: v7scope ends when CMD ends.
sh -c 'trap "" HUP; exec "$@"' sh "$v7scope" stat --json -- sh -c 'kill -HUP $PPID; sleep 0.3; echo on >&2' >"$tmp/out" 2>"$tmp/err"
check "nohup: SIGHUP is ignored" [ "$? $(cat "$tmp/err") $(tail -n 1 "$tmp/out" | jq .final)" = "0 on true" ]
done_testing
