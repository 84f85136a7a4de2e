#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# `v7scope flush --tasks --stacks` counts by task and by stack what ftrace counted.
# The sums are those of all devices.
# shellcheck disable=SC2016 # what $ begins is for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# seen NAME: ftrace's counts of a function by pid and stack, as JSON. As it walks the
# frames, ftrace misses the function's caller.
seen() {
	awk '/^{ common_pid: / { pid = $3 + 0; stack = ""; within = 0; next }
		/hitcount:/ && pid { print "{\"pid\":" pid ",\"stack\":[" stack "],\"n\":" $3 ",\"bytes\":" $NF "}"; pid = 0 }
		/Dropped: [1-9]/ { print "dropped" }
		/\+0x/ { sub(/\+0x.*/, ""); name = $1
			if (within) stack = stack (stack == "" ? "" : ",") "\"" name "\""
			within = within || name == function_ }' function_="mtk_iommu_$1" "$tmp/guest/$1.hist"
}

# of NAME FILTER: on the final report, with ftrace's $ranges, $maps, $unmaps and $alls
of() {
	for event in tlb_flush_range_sync sync_map iotlb_sync flush_iotlb_all; do
		seen "$event" >"$tmp/$event"
	done
	jq -e --slurpfile ranges "$tmp/tlb_flush_range_sync" --slurpfile maps "$tmp/sync_map" \
		--slurpfile unmaps "$tmp/iotlb_sync" --slurpfile alls "$tmp/flush_iotlb_all" "select(.final) | $2" "$tmp/guest/flush.json" >"$tmp/jq" 2>&1
	set -- $? "$1" "$2"
	ok "$1" "$name: $2"
	[ "$1" -eq 0 ] || { cat "$tmp/jq" "$tmp/tlb_flush_range_sync" && jq -c 'select(.final) | .total.flushes, .tasks, .other_tasks, .stacks[], .other_stacks' "$tmp/guest/flush.json"; } |
		cut -c 1-600 | head -n 40 | sed 's/^/#   /'
}

for kernel in $kernels; do
	board=mt8195 name="mt8195 $kernel"
	stage "$board" "$kernel"
	cp "$test_dir/flushers.guest" "$tmp/guest/"
	on "$board" "$kernel" --flush-us 50 -- sh flushers.guest "transfers=${transfers-2000}" queues=3
	is "$status" 0 "$name: runs"
	[ "$status" -eq 0 ] || { sed 's/^/# /' "$tmp/err"; continue; }
	of "exact, and nothing lost" '.exact and .missed == 0 and .total.flushes > 2000 and
		([.other_tasks, .other_stacks] | all(. == {flushes: 0, flush_sum_ns: 0}))'
	of "the sums over tasks and over stacks are those of the devices" '.total as $all | [.tasks, .stacks] |
		all((map(.flushes) | add) == $all.flushes and (map(.flush_sum_ns) | add) == $all.flush_ns.sum)'
	of "each task as often as ftrace saw it" '(.tasks | map({pid, n: .flushes}) | sort) ==
		($ranges + $alls | group_by(.pid) | map({pid: .[0].pid, n: (map(.n) | add)}) | sort)'
	of "three threads of the load" '[.tasks[].comm] | contains(["dmaload/0", "dmaload/1", "dmaload/2"])'
	of "each stack as often as ftrace saw it" 'def counts: group_by(.stack) | map({stack: .[0].stack, n: (map(.n) | add)});
		(.stacks | map(select(.frames[0].symbol | IN("mtk_iommu_sync_map", "mtk_iommu_iotlb_sync"))
			| {stack: (.frames[1:] | map(.symbol) | .[:5]), n: .flushes}) | counts) ==
		($ranges | map({stack: .stack[:5], n}) | counts) and (.stacks | length) > 3'
	of "each stack begins in the caller that ftrace counted" 'def sum: map(.n // .flushes) | add;
		(.stacks | map(select(.frames[0].symbol == "mtk_iommu_sync_map")) | sum) == ($maps | sum) and
		(.stacks | map(select(.frames[0].symbol == "mtk_iommu_iotlb_sync")) | sum) == ($unmaps | sum)'
	of "each cause as often as ftrace saw its function" 'def sum: map(.n) | add // 0; .total as $t | $t.causes |
		.map == ($maps | sum) and .unmap == ($unmaps | sum) and .all == ($alls | sum) and .table == null and .unknown == 0 and
		([.[]] | add) == $t.flushes'
	of "the sizes that ftrace added up" '.total | .range_bytes.sum == ($ranges | map(.bytes) | add) and .range_bytes.count == .range and
		.range_bytes.max >= .range_bytes.p50 and .range_bytes.p50 >= 4096'
	is "$(jq -s '[.[] | select(.final | not) | .tasks[].flushes] | add == $all' --argjson all "$(jq 'select(.final).total.flushes' "$tmp/guest/flush.json")" "$tmp/guest/flush.json")" \
		true "$name: the tasks of all intervals add up"
	has "$tmp/guest/flush.text" '^ *[0-9]+ +[0-9.]+.s  dmaload/1/[0-9]+$' "$name: a task as text"
	has "$tmp/guest/flush.text" '^ *mtk_iommu_iotlb_sync < .*iommu_' "$name: a stack as text"
	is "$(jq -c 'select(.final) | [.tasks, .other_tasks, .stacks, .other_stacks]' "$tmp/guest/plain.json")" "[null,null,null,null]" "$name: nothing without the options"
done
done_testing
