#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# `v7scope trace` shows each planted fault once, in its place among the other events, record
# keeps it, and top counts it. None of them keeps a history of maps and unmaps.
#
#   boards='mt8195 rcar-gen2' kernels='6.1 debian-6.12' prove events.t
# shellcheck source-path=SCRIPTDIR source=lib.sh
kernels=${kernels-debian-6.12}
. "$(dirname -- "$0")/lib.sh"

# jq has no hexadecimal numbers.
iova=$((0x48000000)) page=$((0x1000))
dev=7f000000.iommu
# Each with the address of its fault, see plant.c
plants="fault $iova
unmapped $((iova + page))
overrun $((iova + 4 * page))
erased $((iova + page))
flood $((iova + page))"

for board in $boards; do
	for kernel in $kernels; do
		name="$board $kernel"
		stage "$board" "$kernel"
		echo "$plants" >"$tmp/rows"
		planted=$(wc -l <"$tmp/rows")
		run_plants "$name" events.guest || continue
		expected="[$(sed "s/.* \(.*\)/[\"$dev\",\1,$access]/" "$tmp/rows" | paste -s -d ,)]"
		for run in all fault report; do
			is "$(jq -s -c 'map(select(.event == "fault") | [.dev, .iova, .access])' "$tmp/guest/$run.json")" "$expected" \
				"$name: each fault once ($run.json)"
			is "$(jq -s 'map(select(.line == "event").time_ns) | . == sort' "$tmp/guest/$run.json")" true \
				"$name: in order of time ($run.json)"
		done
		is "$(jq -s -c '.[-1].faults | [.emitted, .dropped, .filtered, .counted]' "$tmp/guest/all.json")" "[$planted,0,0,$planted]" \
			"$name: trace accounts for them"
		is "$(jq -s 'map(.event // empty) | .[index("fault"):rindex("fault")] | any(. != "fault")' "$tmp/guest/all.json")" true \
			"$name: trace shows other events between them"
		is "$(jq -s 'map(.event // empty) | all(. == "fault")' "$tmp/guest/fault.json")" true "$name: --event fault selects them"
		is "$(sed -n 's/^faults: //p' "$tmp/guest/none.text")" "0 emitted + 0 dropped + 1 filtered = 1 counted" \
			"$name: --dev leaves out faults of other devices"
		is "$(sed -n 's/^tp_name:[[:space:]]*\(map\|unmap\|io_page_fault\)$/\1/p' "$tmp/guest/fdinfo")" io_page_fault \
			"$name: no program runs for a map or an unmap"
		is "$(jq -s -c '.[-1].faults | [.counted, .dropped, .last.dev, .last.iova, .last.ago_ns > 0]' "$tmp/guest/top.json")" \
			"[$planted,0,\"$dev\",$(sed -n '$s/.* //p' "$tmp/rows"),true]" "$name: top counts them, and has the last"
		is "$(account .faults)" "$((4 * planted + 1))" "$name: iommu-sim raised as many"
	done
done
done_testing
