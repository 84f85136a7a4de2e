#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# `v7scope flush` on QEMU's SMMUv3 counts the syncs that ftrace counted, of the same kinds,
# and the timeouts that the driver wrote into the log.
#
#   kernels='debian-6.1 debian-7.x' prove syncs.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
kernels=${kernels-debian-6.12}

# calls LOAD: what ftrace counted, as flush would have it. Opcodes 18, 34 and 42 take an
# address, 16 to 63 invalidate a TLB.
calls() {
	awk '$1 == 1 { n[$2 == 0 || $3 < 16 || $3 > 63 ? "sync" : $3 ~ /^(18|34|42)$/ ? "range" : "all"] += $4 }
		END { printf "{\"range\":%d,\"all\":%d,\"sync\":%d}", n["range"], n["all"], n["sync"] }' "$dir/$1.calls"
}

# of LOAD NAME FILTER: on the final report
of() {
	jq -e --argjson calls "$(calls "$1")" --argjson logged "$(grep -c 'CMD_SYNC timeout' "$dir/$1.log")" \
		--argjson pid "$(cat "$dir/stuck.pid")" --arg dev "$(jq -r 'select(.final) | .devices[0].dev' "$dir/$1.json")" \
		"select(.final) | $3" "$dir/$1.json" >"$tmp/jq" 2>&1
	set -- $? "$1" "$2"
	ok "$1" "$kernel, $2: $3"
	[ "$1" -eq 0 ] || { cat "$tmp/jq" "$dir/$2.calls" && jq -c 'select(.final) | .total, (.last_timeouts[] | [.comm, .pid, .frames[].symbol])' "$dir/$2.json"; } | cut -c 1-900 | sed 's/^/#   /'
}

for kernel in $kernels; do
	dir=$tmp/$kernel
	mkdir "$dir" && cp "$test_dir/syncs.guest" "$dir/" || exit
	lab run --timeout "${timeout-300}" --board smmuv3 --kernel "$kernel" --append iomem=relaxed \
		--allow-splat='CMD_SYNC timeout' --dir "$dir" -- sh syncs.guest
	if [ "$status" -eq 122 ]; then
		skip "$kernel" "$(tail -n 1 "$tmp/err")"
		continue
	fi
	is "$status" 0 "$kernel: the loads run"
	[ "$status" -eq 0 ] || { sed 's/^/#   /' "$tmp/out" "$tmp/err"; continue; }
	for load in read who retype late stuck; do
		of $load "as many syncs of each kind as ftrace counted" '.total | {range, all, sync} == $calls and
			.flushes == .range + .all + .sync and .own == null'
		of $load "exact, and each sync has its time" '.exact and .missed == 0 and .no_room == 0 and
			(.total | .flush_ns.count == .flushes and .flush_ns.untimed == 0)'
		of $load "of the SMMU" '.driver == "arm-smmu-v3" and (.devices | length) == 1 and .other.flushes == 0 and
			(.devices[0].dev | test("smmuv3")) and .devices[0].flushes == .total.flushes'
		of $load "as many timeouts as the log has, of the SMMU" '.total.timeouts == $logged and .devices[0].timeouts == $logged'
	done
	of read "a disk causes thousands of syncs, and none is late" '.total | .range > 1000 and .timeouts == 0 and .flush_ns.max < 1e9'
	of who "all syncs are of a task, and of a stack" '.total.flushes as $n | $n > 1000 and
		([.tasks[].flushes, .other_tasks.flushes] | add) == $n and ([.stacks[].flushes, .other_stacks.flushes] | add) == $n'
	of who "stacks lead to the function that invalidates" '([.stacks[] | select(.frames | map(.symbol) | index("arm_smmu_iotlb_sync")) | .flushes] | add) > 1000'
	is "$(grep -vc ' attached ' "$dir/who.said")" 0 "$kernel, who: no warning"
	of retype "another page table causes the other kinds" '.total | .all > 0 and .sync > 0'
	is "$(awk '$1 == 0 { n += $4 } END { print (n > 0) }' "$dir/retype.calls")" 1 "$kernel, retype: ftrace also counted calls that do not wait"
	of late "each sync of a disabled queue times out, after a second" '.total |
		.timeouts > 0 and .timeouts == .flushes and .flush_ns.sum >= .flushes * 1e9'
	of late "each timeout of the SMMU, from the function that invalidates" '.last_timeouts | length > 0 and all(.dev == $dev and
		.runtime_status == "unsupported" and (.frames | map(.symbol) | .[:3] | index("arm_smmu_iotlb_sync")))'
	of stuck "each timeout of the task that waits, from where it began" '(.total | .timeouts > 1 and .timeouts == .flushes) and
		(.last_timeouts | length == $logged and all(.comm == "sh" and .pid == $pid and .tgid == $pid and
		(.frames | map(.symbol) | index("iommu_group_store_type")))) and (.last_timeouts | .[-1].time_ns - .[0].time_ns) > 9e8'
	is "$(jq -r .facts.flush.value "$dir/doctor.json")" "arm-smmu-v3: counts, times, timeouts" "$kernel: doctor knows"
done
done_testing
