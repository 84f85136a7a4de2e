#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# `v7scope flush` on the drivers counts the flushes that iommu-sim was told of, the
# timeouts that the driver wrote into the log, and the waits that ftrace saw. No flush is
# shorter than iommu-sim made it.
# shellcheck disable=SC2016 # what $ begins is for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# flushed LATENCY PARAMETER=VALUE...: the guest's part
flushed() {
	latency=$1
	shift
	rm -f "$tmp/guest"/*.json "$tmp/guest"/*.result "$tmp/guest/hist.slow"
	on "$board" "$kernel" --flush-us "$latency" -- sh flush.guest "$@"
}

# that FILTER: of the last report, with iommu-sim's counts $before and $after
that() {
	jq -c --slurpfile before "$tmp/guest/before.result" --slurpfile after "$tmp/guest/load.result" \
		"(\$before[0].sim) as \$before | (\$after[0].sim) as \$after | select(.final) | $1" "$tmp/guest/flush.json"
}

# How often the driver was seen to wait for a spinlock, right where it takes it.
waits() {
	awk '/^{/ { slow = who = ""; next }
		/hitcount:/ { sum += who ~ /^mtk_iommu_/ ? $NF : 0; next }
		/queued_spin_lock_slowpath\+/ { slow = 1; next }
		slow && who == "" && $1 !~ /^_raw_spin_lock_irqsave\+/ { who = $1 }
		/Dropped: [1-9]/ { print "some were dropped" }
		END { print sum + 0 }' "$tmp/guest/hist.slow"
}

# metric FILE NAME [LABEL]: the sum over the devices
metric() { awk -v name="^v7scope_$2[{].*${3-}" '$0 ~ name { sum += $NF } END { print sum + 0 }' "$tmp/guest/$1.prom"; }

# exported: serve and export have what flush has
exported() {
	for file in serve export; do
		is "$(metric $file flushes_total) $(metric $file flush_timeouts_total) $(metric $file flush_seconds_count) $(metric $file flush_lock_contended_total)" \
			"$(that '.total | "\(.flushes) \(.timeouts) \(.flush_ns.count) \(.waits // 0)"' | tr -d '"')" "$name: $file, the same flushes, timeouts, times and waits"
		is "$(metric $file flushes_total 'device="7f000000.iommu"')" "$(that .total.flushes)" "$name: $file, of that device"
	done
	is "$(jq -c '.flushes | [.driver, .total.flushes, .total.timeouts, .total.waits]' "$tmp/guest/serve.json")" \
		"$(that '[.driver, .total.flushes, .total.timeouts, .total.waits]')" "$name: the snapshot has them, too"
}

# recorded: a recording has what flush has, and is explained by it
recorded() {
	is "$(jq -c "$figures" "$tmp/guest/recorded.json")" "$(that "$figures")" "$name: a recording has the same flushes, by device, timeouts, waits and times"
	is "$(jq '[.last_timeouts[] | select(.frames | length > 0)] | length' "$tmp/guest/recorded.json")" \
		"$(that '[.last_timeouts[] | select(.frames | length > 0)] | length')" "$name: the last timeouts with their stacks, too"
	is "$(jq -c '[.driver, any(.findings[]; .rule == "flush_timeouts")]' "$tmp/guest/explained.json")" \
		"$(that '[.driver, .total.timeouts > 0]')" "$name: a recording's timeouts are a finding, if there are any"
}
figures='del(.. | .buckets?) | [[.devices[], .other, .total | [.dev, .flushes, .range, .all, .own, .sync, .timeouts, .waits, .flush_ns.count]],
	[.last_timeouts[]? | [.dev, .tgid, .pid, .comm, .runtime_status]]]'

in_log() { grep -cE "$(sed -n 's/^timeout //p' "$here/$board/board")" "$tmp/guest/$1.log"; }

for board in $boards; do
	for kernel in $kernels; do
		name="$board $kernel $arch"
		stage "$board" "$kernel"
		cp "$test_dir/flush.guest" "$tmp/guest/"

		flushed 50 "transfers=${transfers-3000}"
		is "$status" 0 "$name: runs"
		is "$(that '.total.flushes == $after.flushes_range + $after.flushes_all - $before.flushes_range - $before.flushes_all')" \
			true "$name: as many flushes as iommu-sim was told of"
		is "$(that '.total | (.range // 0) + .all == .flushes and .flushes > 2000')" true "$name: of a range, or of all"
		is "$(that '[.exact, .missed, .no_room, .total.timeouts]')" '[true,0,0,0]' "$name: exact, and no timeouts"
		# 50 us are above 2^15 ns. Without a lock, a flush may end when another one does.
		case $board in mt8195) few=0 ;; *) few=100 ;; esac
		is "$(that ".total | .flush_ns.count == .flushes and .flush_ns.untimed == 0 and .flush_ns.p50 >= 50000 and
			(.flush_ns.buckets[:16] | add) * 1000 <= .flushes * $few")" \
			true "$name: none takes less than 50 us, or at most $few of 1000"
		is "$(jq -s 'map(select(.final | not).total.flushes) | add == $all' --argjson all "$(that .total.flushes)" "$tmp/guest/flush.json")" \
			true "$name: intervals add up to all"
		is "$(that '[.devices[] | [.dev, .flushes]]')" "[[\"7f000000.iommu\",$(that .total.flushes)]]" "$name: by device"
		exported
		recorded
		case $board,$arch in
		mt8195,arm64)
			"$top/tools/dashboards/t/metrics" "$top/tools/dashboards/rules.yml" "$top/tools/dashboards/v7scope.json" | grep '^v7scope_flush' |
				while read -r used; do grep -q "^${used}[{]" "$tmp/guest/serve.prom" || echo "$used"; done >"$tmp/out"
			is "$(cat "$tmp/out")" "" "$name: each metric of flushes that a rule or panel uses is there"
			is "$(that .total.waits)" "$(waits)" "$name: waits for tlb_lock as ftrace saw them"
			is "$(that '.total | .waits > 10 and .lock_wait_ns.count == .waits and .lock_wait_ns.untimed == 0')" true "$name: there were, and each has its time"
			;;
		*) is "$(that '.total | [.waits, .lock_wait_ns]')" '[null,null]' "$name: there is no lock to be waited for" ;;
		esac
		is "$(jq -r '.facts.flush | .ok, .value' "$tmp/guest/doctor.json" | xargs)" "true $(that .driver | tr -d '"'): $(
			case $board in mt8195) echo "all but its own counts, times, timeouts, waits for tlb_lock" ;; *) echo "all but its own counts, times, timeouts" ;; esac
		)" "$name: doctor knows"

		# Five milliseconds are too long for any driver.
		flushed 5000 transfers=64 queues=1
		is "$status" 124 "$name timeouts: a report of the lab's"
		is "$(that '.exact and .total.timeouts > 10 and .total.timeouts <= .total.flushes')" true "$name timeouts: flushes do, and it is exact"
		exported
		recorded
		case $board in
		mt8195)
			is "$(that .total.timeouts)" "$(($(in_log load) - $(in_log before)))" "$name timeouts: as many as the log has"
			is "$(that '.total.timeouts == $after.flushes_all - $before.flushes_all')" true "$name timeouts: as many as iommu-sim was told to flush all"
			is "$(that '.devices[0].timeouts == .total.timeouts')" true "$name timeouts: of the device"
			;;
		*)
			# Its driver does not write each of them, but asks each time whether it may.
			is "$(that .total.timeouts)" "$(sed -n 's/^{ caller: .*\] ipmmu_\(tlb\|iotlb\|flush\)_.*hitcount: *//p' "$tmp/guest/hist.limit" | awk '{ n += $1 } END { print n + 0 }')" "$name timeouts: as many as ftrace saw"
			is "$([ "$(in_log load)" -lt "$(that .total.timeouts)" ]; echo $?)" 0 "$name timeouts: more than the log has"
			;;
		esac
	done
done
done_testing
