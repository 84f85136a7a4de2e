#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Planted faults are noticed, with their addresses, and nothing else is. The stock kernel
# and the patched one both pass this.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# shellcheck disable=SC2016 # the guest expands it
load='insmod ./dmaload.ko plant=$0 && cat /sys/kernel/debug/dmaload/result >result.json'
address='"0x[0-9a-f]+"'

# plant NAME [OPTION of lab run]...
plant() {
	what=$1
	shift
	# shellcheck disable=SC2154 # from stage
	on "$board" "$kernel" "$@" -- sh -c "$load" "$what"
}

counts='[.wrong, .stale, .late_stale, .faults]'

for board in $boards; do
	for kernel in $kernels; do
		name="$board $kernel"
		stage "$board" "$kernel" --stock

		plant corrupt --stock
		is "$status" 0 "$name corrupt: runs"
		is "$(account "$counts")" '[1,0,0,0]' "$name corrupt: one wrong translation"
		account .reports >"$tmp/reports"
		has "$tmp/reports" "\"what\":\"wrong\",.*\"iova\":$address,\"expected\":$address,\"found\":$address" \
			"$name corrupt: IOVA, expected and found address"
		is "$(result .bad_pages)" 1 "$name corrupt: the client knows"

		plant skip --stock
		is "$status" 0 "$name skip: runs"
		is "$(account "$counts")" '[0,0,1,0]' "$name skip: one access after the unmap goes through"
		account .reports >"$tmp/reports"
		has "$tmp/reports" "\"what\":\"late_stale\",.*\"iova\":$address,\"expected\":null,\"found\":$address" \
			"$name skip: IOVA, nothing expected, found address"
		is "$(account '.flushes_skipped > 0')" true "$name skip: the invalidation was there"

		plant fault --stock
		is "$status" 124 "$name fault: the driver's report is one of the lab's"
		is "$(account "$counts")" '[0,0,0,1]' "$name fault: one fault"
		is "$(account .interrupts)" 1 "$name fault: one interrupt"
		has "$tmp/log" "$(sed -n 's/^report //p' "$here/$board/board" | head -n 1)" "$name fault: the driver's own words"
		has "$tmp/log" "iova[= ]0x48000000" "$name fault: the driver has the address"

		# The kernel's own defect, where it has one: only short descriptors do.
		plant split --stock
		is "$status" 0 "$name split, stock: runs"
		case $board in
		mt8195)
			is "$(account "$counts")" '[255,0,0,0]' "$name split, stock: 255 pages of the section lead elsewhere"
			has "$tmp/account" "\"iova\":\"0x48002000\",\"expected\":$address,\"found\":\"0x2000\"" \
				"$name split, stock: as page 2 leads to 0x2000"
			;;
		*) is "$(account "$counts")" '[0,0,0,0]' "$name split, stock: all pages lead where they did" ;;
		esac
		stage "$board" "$kernel"
		plant split
		is "$status $(account "$counts") $(account '.pages > 500')" '0 [0,0,0,0] true' \
			"$name split, patched: all pages lead where they did"

		# Five milliseconds are too long for any driver.
		stage "$board" "$kernel" --stock
		on "$board" "$kernel" --stock --flush-us 5000 -- sh -c 'insmod ./dmaload.ko transfers=8 queues=1'
		is "$status" 124 "$name timeouts: a report of the lab's"
		has "$tmp/err" "^lab: $board: the driver waited in vain for its IOMMU [1-9][0-9]* times" "$name timeouts: how many"
		has "$tmp/log" "$(sed -n 's/^timeout //p' "$here/$board/board")" "$name timeouts: the driver's own words"
	done
done
done_testing
