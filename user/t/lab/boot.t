#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The events that the kernel traced since boot are taken over. No event is missing or
# counted twice where the two buffers meet, at any moment. The number of live tables is
# known. Runs $rounds times on each kernel of $kernels and $archs.
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck disable=SC2016 # what stands in single quotes is for jq
# shellcheck source-path=SCRIPTDIR source=../../../tools/stress/t/lib.sh
. "$(dirname -- "$0")/../../../tools/stress/t/lib.sh"
need_v7scope
boards=$top/tools/lab/boards
rounds=${rounds-3}

# take_over NAME ARGUMENT-OF-THE-KERNEL [INSTANCE]
take_over() {
	dir=$tmp/boot
	rm -rf "$dir"
	stage "$dir"
	cp "$top/user/t/lab/boot" "$dir/" || exit 1
	check "$1" guest "$dir" --append "$2" -- sh boot "$rounds" ${3+"$3"}
}

# each_round NAME FILTER: of its last object, and $load, what it has to come to
each_round() {
	filter=$2
	check "$1" rounds_are
}
rounds_are() {
	round=0
	while [ $((round = round + 1)) -le "$rounds" ]; do
		jq -n -e --slurpfile load "$dir/result.$round" --slurpfile stat "$dir/stat.$round.json" \
			"(\$load[0]) as \$load | (\$stat[-1]) as \$r | $filter" || { echo "round $round"; cat "$dir/result.$round"; tail -n 1 "$dir/stat.$round.json"; return 1; }
	done
}

right='$r.total | .install.won == $load.expect.won_map + $load.expect.won_split and .install.lost == .free.lost and
	.split.cont.done == $load.expect.split_cont_done and .split.block.done == $load.expect.split_block_done and
	.free.unmap == $load.expect.free_unmap and .free.replaced == $load.expect.free_replaced and .creates == 2'
alive='all($r.tables[]; .created) and
	([$r.tables[] | [.dev, .alive]] | sort) == ([$load.pgtables[] | [.dev, .walk.tables]] | sort)'

first_buffer() {
	take_over "taken over while it goes on" 'trace_event=io_pgtable:* trace_clock=mono trace_buf_size=4M'
	each_round "each event once" "$right"
	each_round "exact, and nothing has been lost" '$r.exact and $r.exact_why == [] and $r.source == "ftrace"'
	each_round "what is alive is what a walk finds" "$alive"
	# Its times are another clock's; the events are the same.
	take_over "with the clock that it has by itself" 'trace_event=io_pgtable:* trace_buf_size=4M'
	each_round "with the clock that it has by itself: each event once" "$right"
}

too_small() {
	take_over "a buffer that was too small" 'trace_event=io_pgtable:* trace_clock=mono trace_buf_size=32K'
	each_round "a buffer that was too small: that is said" '$r.exact == false and any($r.exact_why[]; test("since boot.*too small"))'
	each_round "a buffer that was too small: alive is not known" 'all($r.tables[]; .alive == null and .alive_why != null)'
}

# Since v6.4
own_instance() {
	case $kernel in 5.* | 6.1) skip "an instance made by the kernel" "not before v6.4"; return ;; esac
	take_over "an instance made by the kernel" 'trace_instance=boot,io_pgtable:*' boot
	each_round "an instance made by the kernel: each event once" "$right"
	each_round "an instance made by the kernel: what is alive is what a walk finds" "$alive"
}

# A driver as it is, and the hardware's own walk
board() {
	dir=$tmp/board
	module=$("$boards/build" load 6.1 arm64 --board mt8195) || bail "no load for the board"
	mkdir -p "$dir" && cp "$module" "$dir/" || exit 1
	check "mt8195: what happened before" "$lab" run --board mt8195 --dir "$dir" --account "$dir/account.json" \
		--append 'trace_event=io_pgtable:* trace_clock=mono trace_buf_size=1M' -- sh -c '
		insmod ./dmaload.ko transfers=6000 big=25 && cat /sys/kernel/debug/dmaload/result >result &&
		v7scope stat --json -n 1 -i 0.1 >late.json && v7scope stat --boot --json -n 1 -i 0.1 >boot.json'
	check "mt8195: else nothing is known of it" jq -e -s '.[-1].tables == []' "$dir/late.json"
	check "mt8195: created, and alive as the hardware walks" jq -n -e --slurpfile load "$dir/result" --slurpfile stat "$dir/boot.json" \
		'$stat[-1] | .exact and (.tables | length) == 1 and .tables[0].created and .tables[0].alive == $load[0].tables and
		.tables[0].alive > 0'
}

each first_buffer
each too_small
each own_instance
# shellcheck disable=SC2034 # names of tests begin with it
tap_prefix=
board
done_testing
