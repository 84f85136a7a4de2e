#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The harness for made-up machines runs, and its own arithmetic agrees with the tool's.
# shellcheck source-path=SCRIPTDIR source=../../t/tap.sh
. "$(dirname -- "$0")/../../t/tap.sh"
scale=${bin:?is the folder of the built tests}/scale

says() { jq -c "$1" "$tmp/json"; }

check "page tables alone" "$scale" -o "$tmp/json" 8 500 40 0 64
is "$(says '.sizes[0] | .exact and .busy_ms > 0 and .resident_mb > 1')" true "it is exact, and has figures"
is "$(says '.sizes[0] | [.slots, .other]')" "[64,0]" "40 active page tables of 500 have slots after a reading"
check "as many on a machine with so many IOMMU groups" "$scale" -o "$tmp/json" 8 500 40 0
is "$(says '.sizes[0] | [.slots, .other, .exact]')" "[256,0,true]" "they have slots"
check "more active page tables than slots" "$scale" -o "$tmp/json" 8 2000 200 0 64
is "$(says '.sizes[0] | .exact and .other < 0.75 and .last_other < 0.7')" true "as many have slots as there are"
check "on a machine with so many IOMMU groups" "$scale" -o "$tmp/json" 8 2000 200 0
is "$(says '.sizes[0] | [.slots, .other, .exact]')" "[256,0,true]" "200 active page tables of 2,000 have slots after a reading"
check "with tasks" "$scale" -o "$tmp/json" 4 100 40 500
is "$(says '.sizes[0] | [.cpus, .tables, .active, .tasks, .exact]')" '[4,100,40,500,true]' "it is exact"
"$scale" 4 10 11 0 2>/dev/null
is $? 2 "more active page tables than page tables: refused"

# The table of limits: each of its cases was run.
run "$scale" -o "$tmp/json"
check "all cases: no sum is wrong" [ $status -eq 0 ]
is "$(sed -n '/^| limit | figure |$/,$p' "$tmp/out" | tail -n +3 | sed 's/^| \(.*\) | \(.*\) |$/\1: \2/')" \
	"$(jq -r '.limits[] | "\(.limit): \(.figure)"' "$tmp/json")" "the table is in the results"
is "$(says '[.sizes[] | .snapshot_bytes < .buckets_bytes and .buckets_bytes <= .all_bytes and .snapshot_bytes < 200000] | all')" \
	true "a snapshot has fewer bytes than one with buckets, and is bounded"
is "$(says '[.spread[] | .other < 0.005] | all')" true "page tables with random numbers have slots"
is "$(says '[.series[] | .buckets < .series] | all')" true "a part of the series are buckets"
done_testing
