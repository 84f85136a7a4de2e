#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Two clients at two banks of the infrastructure M4U. Both banks get the same page table, and
# each has its own IOVA allocator: maps collide, and a device reads the other client's buffer.
# With the patch of kernel-patch/upstream, neither happens.
# shellcheck disable=SC2016 # what $ begins is for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
patch=$(echo "$top/kernel-patch/upstream/banks-v7.3"/*.patch)
transfers=${transfers-2000}

# both NAME KERNEL [OPTION of lab kdir]...
both() {
	name=$1
	shift
	stage mt8195 "$@"
	cp "$test_dir/banks.guest" "$tmp/guest/"
	on mt8195 "$@" -- sh banks.guest "$transfers"
	if [ "$status" -eq 122 ]; then
		skip "$name" "$(tail -n 1 "$tmp/err")"
		return 1
	fi
	both=$(jq -c '[.map_errors, .transfers]' "$tmp/guest/both.json")
	# The counters of iommu-sim go on from the first load to the second.
	reached=$(jq -sc 'map(.sim | [.late_stale, .late_refused]) | transpose | map(.[1] - .[0])' "$tmp/guest/both.json" "$tmp/guest/other.json")
	echo "# $name: a buffer for each client: refused, read: $both; pages of the other client reached, not reached: $reached"
	echo "# $name: load: buffers $(result .transfers), refused $(result .map_errors), wrong $(account .wrong), faults $(account .faults), warnings $(grep -ac 'WARNING: ' "$tmp/log")"
}

for kernel in $kernels; do
	stock=--stock
	case $kernel in debian-*) stock= ;; esac
	# shellcheck disable=SC2086 # an option or none
	if both "mt8195 $kernel" "$kernel" $stock; then
		is "$status" 124 "$name: the kernel warns"
		has "$tmp/log" 'WARNING: .* __arm_v7s_map' "$name: because of a map"
		is "$both" '[1,1]' "$name: the map of the second client is refused"
		is "$reached" '[4,0]' "$name: a device reaches each page of the other client's buffer"
	fi
	# A kernel as Debian ships it has no patch.
	[ -n "$stock" ] || continue
	if both "mt8195 $kernel, patched" "$kernel" $stock --patch "$patch"; then
		is "$status $(grep -v 'waiting for another' "$tmp/err")" '0 ' "$name: runs, no driver timeout, no report"
		is "$both" '[0,2]' "$name: each client maps a buffer, and its device reads it"
		is "$reached" '[0,4]' "$name: a device reaches no page of the other client's buffer"
		is "$(result "[.transfers >= $transfers, .map_errors, .bad_pages, .bad_answers]")" '[true,0,0,0]' "$name: under load, no map is refused, no transfer is wrong"
		is "$(account '[.wrong, .pattern, .faults, .stale]')" '[0,0,0,0]' "$name: iommu-sim has nothing else to report"
	fi
done
done_testing
