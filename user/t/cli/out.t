#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The outputs print a made-up model.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built

"$bin/out_test" --text >"$tmp/text"
run diff -u "$here/out.text" "$tmp/text"
ok $status "text is as it should be"

"$bin/out_test" --json >"$tmp/json" || exit 1

# json NAME FILTER: true of the final report
json() {
	run jq -e -s ".[-1] | $2" "$tmp/json"
	ok $status "$1"
}

run jq -e . "$tmp/json"
ok $status "JSON is JSON"
run iconv -f utf-8 -t utf-8 "$tmp/json"
ok $status "JSON is UTF-8"
check "one object per line" [ "$(wc -l <"$tmp/json")" -eq 2 ]
run jq -e -s '[.[] | .final] == [false, true] and all(.schema == 2 and .verb == "stat")' "$tmp/json"
ok $status "the last object is the final one"
run jq -e -s '[.[] | .. | numbers | . == floor] | length > 500 and all' "$tmp/json"
ok $status "every number is an integer"

json "bytes of a name are kept if they are UTF-8" \
	'.tables[0].dev == "\u001b[31m\ufffdé\"\\"'
json "a format without a name has its number" '.tables | map(.fmt) == ["99", "arm_v7s"]'
json "installs" '.tables[1].install == {attempts: 1000, won: 904, lost: 96, lost_ppm: 96000,
	map: {won: 900, lost_to_table: 95, lost_to_leaf: 0, lost_to_empty: 0},
	split: {won: 4, lost_to_table: 0, lost_to_leaf: 1, lost_to_empty: 0}}'
json "splits" '.tables[1].split == {attempts: 37, waits: 2,
	cont: {done: 30, found_done: 2, gone: 0, failed: 0},
	block: {done: 5, found_done: 0, gone: 0, failed: 0}}'
json "frees" '.tables[1].free == {lost: 96, unmap: 7, replaced: 0, replaced_live: 0, tables: 103}'
json "refusals" '.tables[1].refuse == {exists: 0, absent: 0, partial: 0, nomem: 0, raced: 1, expected: 6}'
json "times" '.tables[1] | .window_ns.count == 1000 and .window_ns.p50 == 512 and
	.window_ns.p99 == 512 and .window_ns.max == 16000 and .window_ns.sum == 600000 and
	.wait_ns.untimed == 1 and .hold_ns.p99 == 2097152 and (.hold_ns.buckets | length) == 32'
json "what is not known is null" '.total.alive == null and (.total.alive_why | type) == "string" and
	.tables[0].wait_ns.p99 == null and .tables[0].alive == null and
	.other.install.lost_ppm == null and .recursion_misses.io_pgtable_destroy == null'
json "net is known all the same" '.tables[0].net == -3 and .tables[1].net == 897'
json "the total has the tables and other" '.total.refuse.exists == 2 and .total.refuse.raced == 1 and
	.total.install.won == 905 and .total.pgtables == 2'
json "it is not exact, and says why" '.exact == false and (.exact_why | length) == 2'
json "by device" '.devices | map(.install.attempts) == [1, 1000]'
run jq -e -s '.[0] | .tables[1].window_ns.max == null and .seq == 1 and .interval_ns == 2500000000' "$tmp/json"
ok $status "an interval has no longest time"

"$bin/out_test" --others >"$tmp/json" || exit 1
json "the number of page tables without a slot is not known" '[.tables, .others, .devices | map(.pgtables)] ==
	[[1], [null, null, null], [1, null]] and .other.pgtables == null and .total.pgtables == 1'
json "the longest time of other may be that of a device" '.others[2] | .dev == null and .install.attempts == 3 and
	.window_ns.count == 3 and .window_ns.max == null and .window_ns.p99 == 256 and .wait_ns.max == 1000'

# The man page describes each field.
man=$here/../../man/v7scope-json.5
missing=$(jq -r '[.. | objects | keys[]] | unique[]' "$tmp/json" | sort -u |
	while read -r key; do
		grep -qw -- "$key" "$man" || echo "$key"
	done)
printf '%s\n' "$missing" >"$tmp/err"
check "each field is in the man page" [ -z "$missing" ]
done_testing
