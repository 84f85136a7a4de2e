#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The drivers under load: every transfer reaches its page, no invalidation times out, and
# all counts agree. The transfers are the same on the stock kernel and on the patched one.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
transfers=${transfers-20000}
runs=${runs-1}
# Each of the four queues has transfers / 32 batches, of which at least two access
# addresses that are unmapped.
late=$((transfers < 8192 ? transfers / 64 : 128))

# Whatever the load, this is of its own making, and repeats.
same='{transfers, bytes, segments, single, sg, coherent, big, bad_pages, bad_answers, map_errors}'

for board in $boards; do
	for kernel in $kernels; do
		name="$board $kernel $arch"
		stage "$board" "$kernel"
		run=0
		while [ $((run += 1)) -le "$runs" ]; do
			on "$board" "$kernel" -- sh watch "transfers=$transfers" "late=$late" "seed=$run"
			is "$status $(grep -v 'waiting for another' "$tmp/err")" '0 ' "$name $run: runs, no driver timeout, no report"
			"$here/compare" "$tmp/guest" >"$tmp/differs" 2>&1
			is "$? $(cat "$tmp/differs")" '0 ' "$name $run: v7scope, ftrace, the load and iommu-sim agree"
			is "$(result "[.transfers >= $transfers, .bad_pages, .bad_answers, .map_errors]")" \
				'[true,0,0,0]' "$name $run: all transfers, none wrong"
			# Linux' bit for one with a page table
			is "$(result '.domain_type % 2 == 1')" true "$name $run: in a translated domain"
			is "$(account '[.wrong, .pattern, .faults, .stale, .late_stale, .reported, .interrupts]')" \
				'[0,0,0,0,0,0,0]' "$name $run: iommu-sim has nothing to report"
			is "$(account '[(select(.rings < .requests) | "rings"), (("late_refused", "hits", "walk_cache_hits", "tables_freed") as $counter
				| select((.[$counter] // 0) == 0) | $counter)]')" '[]' "$name $run: iommu-sim checked transfers and walks"
			result "$same" >"$tmp/patched.$run"
			echo "# $(result '"transfers \(.transfers) in \(.elapsed_ns / 1e9 * 10 | floor / 10) s, \(.bytes / 1048576 | floor) MiB"'), $(account '"flushes \(.flushes_range + .flushes_all), tables freed \(.tables_freed), of these cached \(.freed_while_cached)"')"
		done
		rm -rf "$tmp/guest.good"
		cp -r "$tmp/guest" "$tmp/guest.good"
		stage "$board" "$kernel" --stock
		on "$board" "$kernel" --stock -- sh -c "insmod ./dmaload.ko transfers=$transfers late=$late seed=1 && cat /sys/kernel/debug/dmaload/result >result.json"
		is "$status $(grep -v 'waiting for another' "$tmp/err")" '0 ' "$name stock: runs, no driver timeout, no report"
		is "$(result "$same")" "$(cat "$tmp/patched.1")" "$name stock: the same transfers as on the patched kernel"
	done
done

# compare reports each difference that is planted.
forged() {
	cp -r "$tmp/guest.good" "$tmp/forged"
	"$@"
	"$here/compare" "$tmp/forged" >"$tmp/differs" 2>"$tmp/err"
	echo "$? $(head -n 1 "$tmp/differs")"
	rm -rf "$tmp/forged"
}
edit() { jq -c "$2" "$tmp/forged/$1" >"$tmp/edited" && mv "$tmp/edited" "$tmp/forged/$1"; }
is "$(forged true)" '0 ' 'compare: accepts the results of the guest'
is "$(forged edit result.json '.sim.wrong = 1')" '1 wrong: 1' 'compare: a wrong translation'
is "$(forged edit result.json '.sim.bytes = 0' | cut -c 1-18)" '1 iommu-sim read 0' 'compare: data that iommu-sim did not read'
is "$(forged edit stat.json '.exact = false' | cut -c 1-28)" '1 v7scope does not say exact' 'compare: a count that is not exact'
# On a host with much else to do the histogram has dropped some already: these are
# put back first, so that what is forged is the only difference.
ours='map(select(.final)) | last | .tables[] | select(.dev | test("iommu"))'
lost=$(awk '/# event histogram/ { ours = 0 } /keys=pgtable/ { ours = 1 } ours && /Dropped:/ { n = $2 } END { print n + 0 }' "$tmp/guest.good/hist.install")
pgtable=$(jq -s "$ours | .pgtable" "$tmp/guest.good/stat.json")
won=$(jq -s "$ours | .install.map.won" "$tmp/guest.good/stat.json")
is "$(forged edit stat.json "(.tables[]? | .install.map.won) += $((lost + 1))" | cut -c 1-17)" \
	'1 install.map.won' 'compare: a table too many'
# dropped N: N tables more than the histogram has, which says it dropped one more than before
dropped() {
	edit stat.json '(.tables[]? | .install.map.won) += '"$1"
	sed -i -E "s/Dropped: .*/Dropped: $((lost + 1))/
		s/^(\{ pgtable: +$pgtable, why: +0, outcome: +0 \} hitcount: +)[0-9]+/\1$won/" "$tmp/forged/hist.install"
}
is "$(forged dropped $((lost + 1)))" '0 ' 'compare: accepts a difference that ftrace dropped'
is "$(forged dropped $((lost + 2)) | cut -c 1-17)" '1 install.map.won' 'compare: a difference of one more than ftrace dropped'
is "$(forged dropped -1 | cut -c 1-17)" '1 install.map.won' 'compare: a difference of one less'
is "$(forged edit stat.json '(.tables[]? | .alive) += 1' | cut -c 1-14)" '1 tables alive' 'compare: a table that iommu-sim does not find'
is "$(forged sh -c ": >'$tmp/forged/hist.free'" | cut -c 1-6)" '1 free' 'compare: a histogram that is empty'
is "$(forged rm "$tmp/forged/hist.free" 2>/dev/null)" '2 ' 'compare: a histogram that is missing'
done_testing
