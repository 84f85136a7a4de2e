#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# `v7scope explain` on mt8195: the rules on TLB flushes apply to their loads and to no others. The
# same buffer is mapped page by page and with one call; then flushes time out.
# shellcheck disable=SC2016 # what $ begins is for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# explained NAME MICROSECONDS PARAMETER=VALUE...: the guest's part
explained() {
	name=$1 latency=$2
	shift 2
	on "$board" "$kernel" --flush-us "$latency" -- sh explain.guest "$name" "$@"
}

# rules NAME: on flushes, that apply
rules() {
	jq -c '[.findings[].rule | select(test("flush"))]' "$tmp/guest/$1.json"
}

# that NAME FILTER: of the finding on flushes, with $flush the report of flush
that() {
	jq -c --slurpfile flush "$tmp/guest/$1.flush" '($flush[0].total) as $flush | .findings[] | select(.rule | test("flush")) | '"$2" "$tmp/guest/$1.json"
}

for board in $boards; do
	for kernel in $kernels; do
		stage "$board" "$kernel"
		cp "$test_dir/explain.guest" "$tmp/guest/"

		explained pieces 50 plant=pieces transfers=20
		is "$status" 0 "$board $kernel: pieces: runs"
		is "$(rules pieces)" '["unbatched_flushes"]' "$board $kernel: a flush for each piece"
		is "$(that pieces '.figures | .flushes == $flush.flushes and .flushes >= 20 * 257 and .maps_and_unmaps >= 20 * 257 and .maps_and_unmaps < 20 * 257 + 200')" \
			true "$board $kernel: the figures are those of flush, and of the load"
		is "$(that pieces '.figures.unmaps | . >= 10 and . <= 120')" true "$board $kernel: about one unmap for each buffer"

		explained whole 50 plant=whole transfers=20
		is "$status" 0 "$board $kernel: whole: runs"
		is "$(rules whole)" '[]' "$board $kernel: two flushes for each buffer are not remarkable"
		is "$(jq -c '[.driver, (.not_found | contains(["unbatched_flushes", "flush_time", "flush_waits", "flush_timeouts"]))]' "$tmp/guest/whole.json")" \
			'["mtk_iommu",true]' "$board $kernel: but they are judged"

		# A flush takes half of the time after which it times out.
		explained slow 500 plant=whole transfers=60
		is "$(rules slow | jq -c '. - ["flush_timeouts"]')" '["flush_time"]' "$board $kernel: slow flushes"
		is "$(that slow 'select(.rule == "flush_time") | .figures.flushes == $flush.flushes and .figures.flushes >= 120')" true \
			"$board $kernel: as many as flush counts"

		explained crowd 200 transfers=1000 queues=8
		is "$(rules crowd | jq -c 'index("flush_waits") != null and index("unbatched_flushes") == null')" true "$board $kernel: flushes wait for each other"
		is "$(that crowd 'select(.rule == "flush_waits") | .figures.waits == $flush.waits and .figures.waits > 100')" true \
			"$board $kernel: as many waits as flush counts"

		explained late 5000 transfers=64 queues=1
		is "$(rules late | jq -c 'index("flush_timeouts") != null and index("unbatched_flushes") == null')" true "$board $kernel: flushes time out"
		is "$(that late 'select(.rule == "flush_timeouts") | .figures.timeouts == $flush.timeouts and .figures.timeouts > 10')" true \
			"$board $kernel: as many as flush counts"
	done
done
done_testing
