#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# A board with a kernel as Debian ships it: the driver is Debian's own module. Every transfer
# arrives at the right address, and v7scope counts the tables and the flushes that iommu-sim
# finds.
# shellcheck disable=SC2016 # what $ begins is for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
kernels=${kernels-debian-6.12}
. "$(dirname -- "$0")/lib.sh"
transfers=${transfers-5000}

# that FILE FILTER: of its last report, with iommu-sim's counts $before and $after the load
that() {
	jq -c --slurpfile before "$tmp/guest/before.result" --slurpfile after "$tmp/guest/after.result" \
		"$near (\$before[0]) as \$before | (\$after[0]) as \$after | select(.final) | off as \$off | $2" "$tmp/guest/$1.json" | tail -n 1
}

for board in $boards; do
	for kernel in $kernels; do
		name="$board $kernel"
		tolerate "$kernel"
		stage "$board" "$kernel"
		cp "$test_dir/shipped.guest" "$tmp/guest/"
		on "$board" "$kernel" -- sh shipped.guest "transfers=$transfers" big=25
		if [ "$status" -eq 122 ]; then
			skip "$name" "$(tail -n 1 "$tmp/err")"
			continue
		fi
		is "$status $(grep -v 'waiting for another' "$tmp/err")" '0 ' "$name: runs, no driver timeout, no report"
		[ "$status" -eq 0 ] || continue
		is "$(jq -c '[.bad_pages, .bad_answers, .map_errors, .domain_type % 2]' "$tmp/guest/after.result")" '[0,0,0,1]' \
			"$name: in a translated domain, no transfer is wrong"
		is "$(jq ".transfers >= $transfers" "$tmp/guest/after.result")" true "$name: all transfers are there"
		is "$(account '[.wrong, .pattern, .faults, .stale, .late_stale, .reported, .interrupts]')" \
			'[0,0,0,0,0,0,0]' "$name: iommu-sim has nothing to report"
		is "$(account '.rings >= .requests and .late_refused > 0 and .hits > 0 and .walk_cache_hits > 0 and .tables_freed > 0')" true \
			"$name: it did look"
		is "$(that stat '[.tables[] | select(.dev | test("iommu")).net - ($after.tables - $before.tables) | near(.; 0; $off)]')" '[true]' \
			"$name: v7scope has the tables that iommu-sim finds by its own walk"
		is "$(that stat 'near(.total.free.tables; $after.sim.tables_freed - $before.sim.tables_freed; $off)')" true \
			"$name: v7scope has the tables that iommu-sim saw freed"
		is "$(that stat '.total.install.won > 10')" true "$name: there were installs"
		is "$(that flush .total.flushes)" \
			"$(that flush '$after.sim | .flushes_range + .flushes_all - $before.sim.flushes_range - $before.sim.flushes_all')" \
			"$name: v7scope has the flushes that iommu-sim answered"
		is "$(that flush '[.total | .flushes, .range, .all, .own, .waits]')" "$(that second '[.total | .flushes, .range, .all, .own, .waits]')" \
			"$name: two v7scopes count the same flushes and waits"
		is "$(that flush '.total | .timeouts == 0 and .flushes > 1000')" true "$name: no flush timed out"
		is "$(jq '.facts.flush.ok' "$tmp/guest/doctor.json")" true "$name: doctor knows the driver"
		echo "# $(cat "$tmp/guest/release"): $(that stat '.total | "won \(.install.won) lost \(.install.lost) freed \(.free.tables) skipped \($off)"' | tr -d '"'), flushes $(that flush .total.flushes), transfers $(jq .transfers "$tmp/guest/after.result"), wrong $(account .wrong)"
	done
done
done_testing
