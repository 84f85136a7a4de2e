#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The stock driver has its known defects. The series has none of those that it mends. The
# series without one of its fixes has that fix's defect again.
#
# full=1 tries all interleavings of each program. only='PROGRAM...' tries the series
# with these programs alone: it must have no defect in them. kernels='6.12 7.3' tries
# the series of these kernels, too.
# shellcheck source-path=SCRIPTDIR source=../../lab/t/lib.sh
. "$(dirname -- "$0")/../../lab/t/lib.sh"
explore=$test_dir/../explore
series=$test_dir/../../../kernel-patch/v6.1/series
full=${full:+--full}

# The patch that fixes a defect; the program that shows the defect; the verdict.
fixes='
Keep-the-address-of-a-secti	parts-1M	wrong-address
Return-the-caller-s-entry-	parts-16M-4K	refused
Do-not-take-an-empty-entry-	part-whole-64K	wrong-address
Do-not-bring-back-entries-t	part-whole-64K	resurrected
Free-a-table-that-has-just-	part-whole-1M	leak
Flush-a-split-large-page-fr	parts-64K	stale-tlb
'
mends() { grep "$1" "$series" | cut -c 1-4; }

# rows FILE PROGRAM VERDICT: how many lines of a table have it.
rows() {
	awk -v program="$2" -v verdict="$3" '
	($2 == "yes" || $2 == "no") && (program == $1 || program == $2) && index($0, " " verdict ":") { n++ }
	END { print n + 0 }' "$1"
}

shows() { [ "$(rows "$1" "$2" "$3")" -gt 0 ]; }

# explore FILE OPTION...: its table and traces in FILE
explore() {
	file=$1
	shift
	"$explore" "$@" >"$file" 2>"$tmp/err"
	status=$?
	[ $status -le 1 ] || sed 's/^/# /' "$tmp/err"
}

# mutate FILE SCRIPT: a copy of the series with a line of the file changed
mutate() {
	rm -rf "$tmp/mutant"
	cp -R "$tmp/series" "$tmp/mutant"
	sed "$2" "$tmp/series/drivers/iommu/$1" >"$tmp/mutant/drivers/iommu/$1"
	! cmp -s "$tmp/series/drivers/iommu/$1" "$tmp/mutant/drivers/iommu/$1"
}

# mutants FORMAT FILE: each line of the input names a fault, the line of sed that plants it
# in the file, the program that shows it, and as which verdict
mutants() {
	while IFS='|' read -r name line program verdict; do
		mutate "$2" "$line"
		ok $? "$1: $name: there is such a line"
		explore "$tmp/without" --tree "$tmp/mutant" --format "$1" --no-traces "$program"
		shows "$tmp/without" "$program" "$verdict"
		ok $? "$1: $name: $program has $verdict"
	done
}

"$test_dir/../tree" 6.1 "$tmp/stock" --stock 2>"$tmp/err" && "$test_dir/../tree" 6.1 "$tmp/series" 2>>"$tmp/err"
ok $? 'the source of 6.1 and the series are there'
[ -d "$tmp/series" ] || { sed 's/^/# /' "$tmp/err"; done_testing; }

if [ -n "${only-}" ]; then
	# shellcheck disable=SC2086 # names
	explore "$tmp/series.out" --tree "$tmp/series" --no-traces $only
	is $status 0 "series: no violation in $only"
	done_testing
fi

# The reduced search has the same outcomes as the search of all schedules.
explore "$tmp/compare" --tree "$tmp/stock" --compare parts-1M same-page-map same-page-both same-part-1M \
	part-whole-1M block-over-live unmap-over-map look-freed map-map
is "$status $(grep -c 'after reduction' "$tmp/compare")" '0 18' 'all schedules and the reduced search: the same outcomes'
explore "$tmp/one" --tree "$tmp/stock" --preemptions 99 --no-traces --program '| map 4K 0 | map 4K 0'
is "$(awk '$1 == "given" && $3 == "plain" { print $4 }' "$tmp/one")" 60 'two maps of one page: 60 schedules'

# shellcheck disable=SC2086 # nothing or --full
explore "$tmp/stock.out" --tree "$tmp/stock" $full
is $status 1 'stock: status 1'
for defect in 'parts-1M wrong-address' 'parts-16M-4K refused' 'part-whole-64K wrong-address' \
	'part-whole-64K resurrected' 'part-whole-16M resurrected' 'part-whole-1M leak' 'parts-64K stale-tlb'; do
	# shellcheck disable=SC2086 # two words
	set -- $defect
	shows "$tmp/stock.out" "$1" "$2"
	ok $? "stock: $1 has $2"
	steps=$(awk -v title="$1: $2 " 'index($0, title) == 1 { on = 1; next } on && !NF { exit } on && $1 ~ /^[0-9]+$/ { n++ }
		END { print n + 0 }' "$tmp/stock.out")
	[ "$steps" -gt 0 ] && [ "$steps" -le 30 ]
	ok $? "stock: $1, $2: a trace of at most 30 steps ($steps)"
done

# shellcheck disable=SC2086
explore "$tmp/series.out" --tree "$tmp/series" --no-traces $full
is "$(awk '$2 == "yes"' "$tmp/series.out" | wc -l)" 72 'series: 24 legal programs in three modes'
is "$(awk '$2 == "yes" && $5 != "all"' "$tmp/series.out")" '' 'series: all interleavings of the legal programs'
# A race that the series leaves open also makes its events wrong.
unmended=$(echo "$fixes" | while read -r fix program verdict; do
	[ -z "$fix" ] || [ -n "$(mends "$fix")" ] || echo "$verdict" | sed 's/^resurrected$/resurrected bad-event/'
done | xargs)
is "$(awk -v unmended=" $unmended " '$2 == "yes" || $1 ~ /^part-whole/ {
	for (i = 7; i <= NF; i++) {
		split($i, verdict, ":")
		if (verdict[1] != "none" && !index(unmended, " " verdict[1] " "))
			print
	}
}' "$tmp/series.out")" '' 'series: legal programs, and a part against the whole: only violations that the series leaves open'

echo "$fixes" >"$tmp/fixes"
while read -r fix program verdict; do
	[ -n "$fix" ] || continue
	patch=$(mends "$fix")
	if [ -z "$patch" ]; then
		shows "$tmp/series.out" "$program" "$verdict"
		ok $? "series without a patch for it: $program has $verdict"
		continue
	fi
	! shows "$tmp/series.out" "$program" "$verdict"
	ok $? "series: $program has no $verdict"
	explore "$tmp/without" --without "$patch" --no-traces "$program"
	shows "$tmp/without" "$program" "$verdict"
	ok $? "series without $patch: $program has $verdict"
done <"$tmp/fixes"

# Defects that no patch of the series fixes: one line of the driver is changed.
mutants short io-pgtable-arm-v7s.c <<'END'
no barrier before a table is published|s/dma_wmb();/;/|map-map|unordered
entries are not synced|s/^\(static void __arm_v7s_pte_sync.*\)$/#define __arm_v7s_pte_sync(...)\n__attribute__((unused)) static void unused_sync(arm_v7s_iopte *ptep, int num_entries,/|map-map|stale-walker
the loser keeps its table|s/__arm_v7s_free_table(cptep, lvl + 1, data);/;/|map-map|leak
a table is freed and not flushed|s/io_pgtable_tlb_flush_walk(iop, iova, blk_size,/(void)(/|table-freed|stale-tlb
a table is published with a plain store|s/return cmpxchg_relaxed(ptep, curr, new);/{ arm_v7s_iopte old = READ_ONCE(*ptep); if (old == curr) *ptep = new; return old; }/|map-map|lost
no event for a table that lost|s/IO_PGTABLE_FREE_LOST/IO_PGTABLE_FREE_UNMAP/|map-map|bad-event
END

explore "$tmp/fuzz" --tree "$tmp/stock" --fuzz 5000
is $status 1 'stock: libFuzzer finds a wrong sequence'
if [ -z "$unmended" ]; then
	explore "$tmp/fuzz" --tree "$tmp/series" --fuzz "${full:+100}5000"
	is $status 0 'series: libFuzzer finds no wrong sequence'
fi

# The long descriptors. Stock kernels have no defect in legal programs.
explore "$tmp/compare" --tree "$tmp/series" --format long --compare parts-2M part-whole-2M same-part-2M \
	same-page-both look-freed unmap-over-map
is "$status $(grep -c 'after reduction' "$tmp/compare")" '0 18' 'long: all schedules and the reduced search: the same outcomes'
# shellcheck disable=SC2086 # nothing or --full
explore "$tmp/long.stock" --tree "$tmp/stock" --format long $full
is "$status $(awk '$2 == "yes"' "$tmp/long.stock" | wc -l)" '0 38' 'long, stock: 19 legal programs in two modes, no violation'
# shellcheck disable=SC2086
explore "$tmp/long" --tree "$tmp/series" --format long --no-traces $full
is "$status $(awk '$2 == "yes"' "$tmp/long" | wc -l)" '0 57' 'long, series: 19 legal programs in three modes, no violation'
# Errors of the caller that the format does not survive, so that the search is seen to find them.
for defect in 'part-whole-2M leak' 'part-whole-2M use-after-free' 'block-over-live use-after-free'; do
	# shellcheck disable=SC2086 # two words
	set -- $defect
	shows "$tmp/long" "$1" "$2"
	ok $? "long: $1 has $2"
done

mutants long io-pgtable-arm.c <<'END'
no barrier before a table is published|s/dma_wmb();/;/|map-map|unordered
an entry is not synced|s/__arm_lpae_sync_pte(ptep, 1, cfg);/;/|map-map|stale-walker
the loser keeps its table|s/__arm_lpae_free_pages(cptep, tblsz, cfg);/;/|map-map|leak
the loser of a split keeps its table|s/__arm_lpae_free_pages(tablep, tablesz, cfg);/;/|parts-2M|leak
a table is freed and not flushed|s/io_pgtable_tlb_flush_walk(iop, iova + i/(void)(iova + i/;s/^\([[:space:]]*\)ARM_LPAE_GRANULE(data));/\10);/|table-freed|stale-tlb
a table is published with a plain store|s/old = cmpxchg64_relaxed(ptep, curr, new);/old = READ_ONCE(*ptep); if (old == curr) *ptep = new;/|map-map|lost
a split leaves the address out|s/blk_paddr = iopte_to_paddr(blk_pte, data);/blk_paddr = 0;/|parts-2M|wrong-address
a split maps all of the block again|s/if (i >= unmap_idx_start \&\& i < (unmap_idx_start + num_entries))/if (0)/|parts-2M|resurrected
no event for a table that lost|s/IO_PGTABLE_FREE_LOST/IO_PGTABLE_FREE_UNMAP/|map-map|bad-event
END
explore "$tmp/fuzz" --tree "$tmp/series" --format long --fuzz "${full:+100}5000"
is $status 0 'long, series: libFuzzer finds no sequence that is wrong'
mutate io-pgtable-arm.c 's/blk_paddr = iopte_to_paddr(blk_pte, data);/blk_paddr = 0;/'
explore "$tmp/fuzz" --tree "$tmp/mutant" --format long --fuzz 5000
is $status 1 'long, a split leaves the address out: libFuzzer finds a sequence'

# Real threads. Leaf entries are stored plainly, beside lookups; a split must not store so.
explore "$tmp/out" --tree "$tmp/stock" --tsan 1
is "$(cat "$tmp/out")" 'plain write in __arm_v7s_set_pte
plain write in arm_v7s_split_cont' 'stock: ThreadSanitizer finds the stores of leaf entries, and those of a split'
explore "$tmp/out" --tree "$tmp/series" --tsan 20
is "$(cat "$tmp/out")" 'plain write in __arm_v7s_set_pte' 'series: ThreadSanitizer finds the stores of leaf entries only'
explore "$tmp/out" --tree "$tmp/series" --format long --tsan 20
is "$(cat "$tmp/out")" 'plain write in __arm_lpae_clear_pte
plain write in __arm_lpae_init_pte' 'long, series: ThreadSanitizer finds the stores of leaf entries only'

# Requests in a fixed time: figures, and no warning of the driver or table left behind
if [ "$(nproc)" -gt 1 ]; then
	explore "$tmp/out" --tree "$tmp/series" --scale 1 1
	is "$status $(jq -c '[(.pairs | length), ([.pairs[] | select(.median > 0 and .ns[0] > 0)] | length)] | .[0] == .[1] and .[0] >= 32' "$tmp/out")" \
		'0 true' 'series: requests of one thread and two, with and without a lock'
	is "$(jq -c '[.pairs[].pair] | unique' "$tmp/out")" '["gain_locked","gain_lockless","gain_own","lock_alone","lockless_to_locked"]' 'and the ratios that matter'
	explore "$tmp/out" --tree "$tmp/series" --format long --scale 1 1
	is $status 0 'long, series: likewise'
else
	skip 'requests in a fixed time' 'two threads need two CPUs'
fi
explore "$tmp/out" --scale 10 none
is $status 2 'rounds that are no number: status 2'

for kernel in ${kernels-}; do
	"$test_dir/../tree" "$kernel" "$tmp/$kernel" 2>"$tmp/err" || {
		skip "$kernel" "$(tail -n 1 "$tmp/err")"
		continue
	}
	for format in short long; do
		# shellcheck disable=SC2086
		explore "$tmp/$kernel.$format" --tree "$tmp/$kernel" --format $format --no-traces $full
		is "$status $(awk '$2 == "yes"' "$tmp/$kernel.$format" | awk 'END { print NR > 20 }')" '0 1' \
			"$kernel, series, $format: no violation in a legal program"
	done
done

explore "$tmp/out" --format none
is $status 2 'an unknown format: status 2'
explore "$tmp/out" --tree "$tmp/nowhere"
is $status 3 'no kernel tree: status 3'
explore "$tmp/out" --tree "$tmp/stock" --program 'map 3K 0 | unmap'
is $status 2 'a malformed program: status 2'
explore "$tmp/out" --tree "$tmp/stock" no-such-program
is $status 2 'an unknown program: status 2'
done_testing
