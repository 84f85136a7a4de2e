#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# A kernel as Debian ships it: the counts by kprobes equal the load's arithmetic and
# ftrace's counts. A figure that this kernel cannot give is null. Runs on $kernel and
# $arch, 6.1 and arm64 unless set.
# shellcheck disable=SC2016 # what $ begins is for jq
set -u
kernel=${kernel-6.1} arch=${arch-arm64}
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

stress=$("$top/tools/stress/build" "$kernel" "$arch" --stock) || bail "no v7stress.ko"
# shellcheck source=../../../tools/lab/tables.sh
. "$top/tools/lab/tables.sh"
arch_row "$arch"
cp -r "$here/slow" "$tmp/slow.d" || exit 1
# shellcheck disable=SC2154 # from arch_row
make -C "$("$top/tools/lab/lab" kdir "$kernel" "$arch" --stock)" M="$tmp/slow.d" ARCH="$karch" CROSS_COMPILE="$cross" modules >"$tmp/out" 2>&1 ||
	bail "no slow.ko: $(tail -n 5 "$tmp/out")"
cp "$stress" "$tmp/slow.d/slow.ko" "$here/stock" "$tmp/" || exit 1

# The load makes the kernel warn where it splits supersections in vain.
"$top/tools/lab/lab" run --kernel "$kernel" --arch "$arch" --stock --dir "$tmp" -- sh stock >"$tmp/out" 2>&1
ok $? "the guest's part"
[ "$tap_failed" -eq 0 ] || done_testing

# of NAME TEST FILTER: of a load's final report, with $load its result, $seen what
# ftrace saw, and $splits whether this kernel splits anything
of() {
	awk '{ printf "%s%s", (NR > 1 ? "," : "["), "[\"" $1 "\"," $2 "]" } END { print (NR ? "]" : "[]") }' \
		"$tmp/$1.seen" >"$tmp/seen.json" 2>/dev/null || echo '[]' >"$tmp/seen.json"
	tail -n 1 "$tmp/$1.stat" >"$tmp/stat.json"
	[ -e "$tmp/$1.result" ] || echo null >"$tmp/$1.result"
	jq -n -e --slurpfile load "$tmp/$1.result" --slurpfile seen "$tmp/seen.json" \
		"(\$load[0]) as \$load | (\$seen[0] | map({ key: .[0], value: .[1] }) | from_entries) as \$seen |
		(\$load.splits == 1) as \$splits | input | $3" "$tmp/stat.json" >"$tmp/out" 2>&1
	set -- $? "$1: $2"
	[ "$1" -eq 0 ] || { cat "$tmp/seen.json" "$tmp/stat.json" >>"$tmp/out"; }
	ok "$1" "$2"
}

for load in install churn long long32; do
	of $load "installs that won are those of the load" \
		'.total.install.won == $load.expect.won_map + $load.expect.won_split and .total.install.won > 0'
	of $load "frees are those of the load and of the lost installs" \
		'.total | .free.tables == .install.lost + $load.expect.free_unmap + $load.expect.free_replaced'
	of $load "the reasons of the frees, where they are available" \
		'.total.free | .lost == .tables - $load.expect.free_unmap - $load.expect.free_replaced and
		(if .unmap == null then .replaced == null
		 else .unmap == $load.expect.free_unmap and .replaced == $load.expect.free_replaced end)'
	of $load "all creations and destructions were observed" \
		'.destroys == $load.tables and .total.creates == $load.tables and
		all(.tables[]; .created and .destroyed and .alive == 0)'
	of $load "not exact, and no probe missed an event" \
		'.source == "kprobe" and .exact == false and (.exact_why | length) == 1 and
		(.exact_why[0] | test("kprobes") and (test("at least") | not)) and
		(.probe_misses == null or .probe_misses == 0)'
done
for load in install churn; do
	of $load "lost installs, as many as ftrace counted" \
		'.total.install.lost > 0 and .total.install.lost ==
		($seen.lost // ($seen | with_entries(select(.key | test("_map"))) | add))'
	of $load "the installs of each page table" \
		'([.tables[] | { dev, won: .install.won }] | sort) ==
		([$load.pgtables[] | { dev, won: .expect.won_map }] | sort) and (.tables | length) == 2'
	of $load "the sum of the tasks is the total" \
		'(.tasks | length) > 0 and ([.tasks[].install.attempts] | add) == .total.install.attempts and
		all(.tasks[] | select(.install.attempts > 0); .comm | test("^v7stress/"))'
done
# Only arm64 has a slow path of spinlocks, and only kernels that split have the lock.
[ "$arch" = arm64 ] && [ "$(jq .splits "$tmp/split.result")" = 1 ] && waits=true || waits=false
of split "waits for split_lock, where they are visible" \
	'.total | if '$waits' then .wait_ns.count + .wait_ns.untimed == .split.waits else .split.waits == null and .wait_ns == null end'
of install "unavailable times and reasons are null" \
	'.total | .window_ns == null and .hold_ns == null and (.split.waits | . == null or . == 0) and
	.split.cont.done == null and .refuse.exists == null and .refuse.nomem == null and .install.map.won == null'

if [ "$(jq .splits "$tmp/split.result")" = 1 ]; then
	of split "each section that is split" \
		'.total.split.block.done == $load.expect.split_block_done and .corrupted == $load.expect.split_block_done and
		.corrupted > 10'
	sections=$(jq .expect.split_block_done "$tmp/split.result")
	cp "$tmp/split.said" "$tmp/out"
	lines=$(grep -c '^v7scope: dev v7stress.0: a section was split at iova 0x[0-9a-f]*00000, .*(task v7stress/.*arm_v7s_install_table' "$tmp/split.said")
	[ "$lines" -eq 10 ]
	ok $? "the first 10 split sections are reported at once, with device, address, task and stack"
	grep -q "^v7scope: $sections sections in all were split" "$tmp/split.said"
	ok $? "the total number of split sections is reported"
	of long "blocks of the long format keep their addresses" \
		'.corrupted == 0 and .total.split.block.done == $load.expect.split_block_done'
	! grep -q section "$tmp/long.said"
	ok $? "the long format: no section is reported"
else
	of split "this kernel splits nothing" \
		'.corrupted == null and .total.split.block.done == null and .total.install.split.won == null'
fi

if [ "$(jq .splits "$tmp/split.result")" = 1 ]; then
	# A series of samples is known by its name and labels.
	awk '{ n = $NF; $1 = $NF = "" } ($0 in last) && n < last[$0] { print $0, "from", last[$0], "to", n; bad = 1 }
		n > 2 ^ 52 { print $0, n; bad = 1 } { last[$0] = n } END { exit bad || NR < 100 }' "$tmp/serve.samples" >"$tmp/out"
	ok $? "serve: no counter of splits ever goes back, in $(awk '{ n = $1 } END { print n }' "$tmp/serve.samples") scrapes"
	jq -e -s 'map(select(.cpus)) | length > 50 and all(.[]; all(.cpus[];
		.split.block.done < 1e9 and .install.won < 1e9 and .install.won <= .install.attempts))' "$tmp/serve.snapshots" >"$tmp/out" 2>&1
	ok $? "serve: no counter of a CPU ever wraps"
	is "$(sed -n 's/^v7scope_splits_total{.*outcome="done".* //p' "$tmp/serve.metrics" | awk '{ sum += $1 } END { print sum + 0 }') $(
		sed -n 's/^v7scope_corrupted_sections_total //p' "$tmp/serve.metrics")" \
		"$(jq -s '[.[].expect.split_block_done] | add | "\(.) \(.)"' -r "$tmp/serve.results")" "serve: the final counters are those of the loads"
fi

of many "page tables at addresses that were used before" \
	'.destroys == 12 and .total.creates == 12 and ([.tables[].pgtable] | unique | length) == 12 and
	all(.tables[]; .destroyed and .alive == 0)'
for load in before before-long; do
	of $load "page tables from before the start: destroyed, and no table is freed before that" \
		'.destroys == (if "'$load'" == "before" then 1 else 2 end) and .total.creates == 0 and
		.total.free.tables == 0 and .total.net == 0 and all(.tables[]; .destroyed) and
		(.exact_why | length) == 1 and (.exact_why[0] | test("at least") | not)'
done
run jq -e -s 'map(select(.line == "event")) | length == 2 and ([.[].pgtable] | unique | length) == 2 and
	all(.[]; .event == "destroy" and .pgtable > 0 and .fmt == "arm_64_lpae_s1" and (.dev | test("^v7stress")))' \
	"$tmp/before-long.trace"
ok $status "before-long: each destruction has its number, device and format"
[ "$(cat "$tmp/killed")" -eq 0 ]
ok $? "a killed v7scope leaves no probe"

of parking "CPU 0 goes offline: counts all the same" \
	'.total.install.won == $load.expect.won_map and .total.install.won > 0'
of parked "CPU 0 is offline: counts all the same" \
	'.total.install.won == $load.expect.won_map and .total.install.won > 0'
of swapped "CPU 0 comes back and CPU 1 goes offline: counts all the same" \
	'.total.install.won == $load.expect.won_map and .total.install.won > 0'
jq -e '.recommended == "kprobe"' "$tmp/parked.doctor" >"$tmp/out" 2>&1
ok $? "CPU 0 is offline: doctor recommends kprobes"

of disarmed "kprobes that are disarmed while v7scope counts are reported" \
	'.total.install.won == 0 and .exact == false and (.exact_why[0] | test("disarmed while counting"))'
cp "$tmp/again.said" "$tmp/out"
[ "$(cat "$tmp/again")" -eq 1 ] && grep -q '^v7scope: cannot use source kprobe: kprobes are disarmed' "$tmp/again.said"
ok $? "disarmed kprobes are refused"

# By their names alone, functions still tell what they install.
cp "$tmp/hidden.said" "$tmp/out"
if grep -q '^lost' "$tmp/install.seen"; then
	of hidden "hidden addresses: installs are shown" \
		'.total.install.won == $load.expect.won_map and .total.free.tables == null and .total.free.lost == null and
		(.exact_why[0] | test("addresses are hidden"))'
else
	[ "$(cat "$tmp/hidden")" -eq 1 ] && grep -q '^v7scope: .*hides the addresses.*kptr_restrict' "$tmp/hidden.said"
	ok $? "hidden addresses: refused, and the message names the remedy"
fi
done_testing
