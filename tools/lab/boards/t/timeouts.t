#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# `v7scope flush` shows the last flushes that timed out, with the task and the stack that
# ftrace saw, and with the runtime power management of the M4U as sysfs has it.
# shellcheck disable=SC2016 # what $ begins is for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
kernels=${kernels-debian-6.12}
. "$(dirname -- "$0")/lib.sh"

# of LOAD NAME FILTER: on the final report, with ftrace's $seen
of() {
	# The histogram has the pid, the callers of the function that flushes, and the number. As it walks
	# the frames, ftrace misses that function itself.
	awk '/^{ common_pid: / { pid = $3 + 0; stack = ""; within = 0; next }
		/hitcount:/ && pid { print "{\"pid\":" pid ",\"stack\":[" stack "],\"n\":" $NF "}"; pid = 0 }
		/\+0x/ { sub(/\+0x.*/, ""); name = $1
			if (within) stack = stack (stack == "" ? "" : ",") "\"" name "\""
			within = within || name == "_dev_warn" }' "$tmp/guest/$1.hist" >"$tmp/hist"
	jq -e --slurpfile seen "$tmp/hist" --arg status "$(cat "$tmp/guest/$1.status")" --argjson pid "$(cat "$tmp/guest/$1.pid")" \
		"select(.final) | $3" "$tmp/guest/$1.json" >"$tmp/jq" 2>&1
	set -- $? "$1" "$2"
	ok "$1" "$name $2: $3"
	[ "$1" -eq 0 ] || { cat "$tmp/jq" "$tmp/hist" && jq -c 'select(.final) | .last_timeouts[]' "$tmp/guest/$2.json"; } | cut -c 1-300 | head -n 20 | sed 's/^/#   /'
}

for kernel in $kernels; do
	board=mt8195 name="mt8195 $kernel"
	stage "$board" "$kernel"
	cp "$test_dir/timeouts.guest" "$tmp/guest/"
	# The gate would end the run with a status of its own.
	on "$board" "$kernel" --flush-us 5000 --allow-splat="$(sed -n 's/^timeout //p' "$here/$board/board")" -- sh timeouts.guest
	if [ "$status" -eq 122 ]; then
		skip "$name" "$(tail -n 1 "$tmp/err")"
		continue
	fi
	is "$status" 0 "$name: runs"
	[ "$status" -eq 0 ] || { sed 's/^/# /' "$tmp/err"; continue; }
	for load in suspended active; do
		of $load "the last timeouts, as many as there are or 16" '.exact and (.last_timeouts | length) == ([.total.timeouts, 16] | min) and
			.total.timeouts == ($seen | map(.n) | add) and (.last_timeouts | . == sort_by(.time_ns)) and .last_timeouts[-1].time_ns <= .elapsed_ns'
		of $load "of the device" 'all(.last_timeouts[]; .dev == "7f000000.iommu")'
		of $load "its runtime power management as sysfs has it" "\$status == \"$load\" and all(.last_timeouts[]; .runtime_status == \$status)"
		of $load "the task and the stack that ftrace saw" '.last_timeouts | length > 0 and all(.pid as $p | (.frames[1:] | map(.symbol // empty)) as $s |
			any($seen[]; .pid == $p and (([.stack, $s] | map(length) | min) as $n | $n > 3 and .stack[:$n] == $s[:$n])))'
	done
	of suspended "more timeouts than it keeps, in the thread of the load" '.total.timeouts > 16 and all(.last_timeouts[];
		.comm == "dmaload/0" and .pid > 0 and (.frames | map(.symbol) | .[0] == "mtk_iommu_tlb_flush_range_sync" and
		(.[1] | IN("mtk_iommu_iotlb_sync", "mtk_iommu_sync_map")) and index("work_through") and index("kthread")))'
	of active "in insmod, from the map and from the unmaps" '(.last_timeouts | all(.comm == "insmod" and .pid == $pid and .tgid == $pid)) and
		([.last_timeouts[].frames[1].symbol] | unique) == ["mtk_iommu_iotlb_sync", "mtk_iommu_sync_map"] and
		all(.last_timeouts[]; .frames | map(.symbol) | index("plant_run") and index("load_module"))'
	has "$tmp/guest/active.text" '^ *[0-9.]+ timeout of insmod/[0-9]+, runtime PM active .dev 7f000000.iommu.' "$name: as text"
	has "$tmp/guest/active.text" '^ *mtk_iommu_tlb_flush_range_sync < mtk_iommu_sync_map < iommu_map < ' "$name: the stack as text"
done
done_testing
