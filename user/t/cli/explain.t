#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Explanations of known figures (fake.c), as text and as JSON, live and of a recording.
# shellcheck disable=SC2016 # what $ begins is for jq
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$bin/fake
FAKE=board
export FAKE

# found NAME RULES: of all rules, these are found
found() {
	json "$1: found: ${2:-nothing}" '[.findings[].rule] == ($rules | split(" "))' --arg rules "$2"
}

FAKE_PLANT=keep run "$v7scope" explain --json -- true
check "a load in which nothing is remarkable: status" [ $status -eq 0 ]
found "nothing remarkable" ''
json "each rule is in one of the lists" '([.findings[], .not_judged[] | .rule] + .not_found) as $all | ($all | length) == 22 and ($all | unique | length) == 22'
json "what was not counted is not judged" '[.not_judged[].rule] == ["flush_timeouts", "growth", "unbatched_flushes", "flush_time", "flush_waits"] and
	.driver == null and .verb == "explain" and .final and .exact'
cp "$tmp/out" "$tmp/all.json"
FAKE_PLANT=keep run "$v7scope" explain -- true
check "nothing remarkable, in words" grep -qx 'nothing remarkable' "$tmp/out"

# Each plant makes one rule true; without keep, tables come and go.
for plant in lose=lost_races window=long_window refuse=unmapped_twice hold=long_holds; do
	FAKE_PLANT="keep ${plant%=*}" run "$v7scope" explain --json -- true
	found "${plant%=*}" "${plant#*=}"
	cat "$tmp/out" >>"$tmp/all.json"
done
run "$v7scope" explain --json -- true
found "tables that are not kept" table_churn
FAKE_PLANT="keep lose" run "$v7scope" explain --json -- true
json "the figures behind it, the worst page table, and the tasks" '.findings[0] | .concern == "slow" and
	(.says | test("^27.80% of 8740 installs lost the race: several tasks")) and .pgtable == 1 and .pgtables == 3 and .dev == "14006000.iommu" and
	.figures == {installs: 8740, lost: 2430, share: 278032, window_p99: 512, stretch: null} and .limits == {lost_share: 100000, min_installs: 1000} and
	.parts == "lost" and (.tasks | map([.comm, .pid, .holder])) == [["v7s-load", 70, null]] and
	(.helps | test("aligned to the region")) and (.basis | test("arm_v7s_install_table"))'
FAKE_PLANT="keep lose" run "$v7scope" explain --json --pgtable 2 -- true
json "one page table" '.findings[0] | .pgtable == 2 and .pgtables == 1'
FAKE_PLANT="keep lose" run "$v7scope" explain --json --dev nothing -- true
found "a device that there is not" few_events

# Text
FAKE_PLANT="keep lose refuse" run "$v7scope" explain -- true
sed -i 's/[0-9.]* s,/N s,/' "$tmp/out"
cp "$tmp/out" "$tmp/text"
run diff -u "$here/explain.text" "$tmp/text"
ok $status "text: what is wrong comes first"
check "text: no line is wider than 80" [ "$(awk 'length > 80' "$tmp/text" | wc -l)" -eq 0 ]

# Flushes
FAKE_FLUSHES=1 FAKE_FAULTS=1 FAKE_PLANT=keep run "$v7scope" explain --json -- true
found "flushes that time out, and take all the time" "flush_timeouts flush_time"
json "their figures" '.driver == "mtk_iommu" and (.findings[] | select(.rule == "flush_time") | .figures |
	.flushes == 2003 and .maps_and_unmaps == 2100 and .unmaps == 1000)'
cat "$tmp/out" >>"$tmp/all.json"
FAKE_FLUSHES=1 FAKE_FAULTS=1 FAKE_PIECES=1 FAKE_PLANT=keep run "$v7scope" explain --json -- true
found "a flush for each piece" "flush_timeouts unbatched_flushes"
FAKE_FLUSHES=1 FAKE_FAULTS=1 FAKE_PLANT=keep run "$v7scope" explain --json --no-flushes -- true
json "without flushes" '.findings == [] and .driver == null'
FAKE_FLUSHES=barred FAKE_PLANT=keep run "$v7scope" explain --json -- true
check "flushes that we may not count" [ "$status $(grep -c 'continuing without TLB flushes' "$tmp/err")" = "0 1" ]
json "are not judged" '.not_judged | map(select(.why == "TLB flushes were not counted")) | length == 4'

# A kernel without the series
FAKE=stock run "$v7scope" explain --json -- true
found "a kernel that corrupts" "section_address not_exact"
json "what it does not show is not judged" '(.not_judged | map(select(.why == "not available on this kernel").rule)) as $n |
	($n | index("long_window") and index("lock_waits") and index("mapped_twice")) and (.not_found | index("lost_races"))'
cat "$tmp/out" >>"$tmp/all.json"
FAKE=stock run "$v7scope" explain -- true
is "$(grep -c '^not judged (not available on this kernel): replaced_live map_race' "$tmp/out") $(grep -c '^not judged' "$tmp/out")" "1 2" \
	"text: rules with the same reason share a line"

# Readings over time
FAKE_STEPS=1000 FAKE_PLANT=grow run "$v7scope" explain --json --for 1s
json "a second is too short for growth" '(.not_judged | map(select(.rule == "growth").why)) == ["watched for too short a time (growth_time)"] and .elapsed_ns > 9e8'
FAKE_STEPS=1000 FAKE_PLANT=grow run "$v7scope" explain --json --for 4s --limit growth_time=3s
json "unless the limit is changed" '.findings[] | select(.rule == "growth") | .figures.growth > 64 and .limits.growth_time == 3e9'
FAKE_STEPS=1000 FAKE_PLANT=grow run "$v7scope" explain --json --for 4s --limit growth_time=3s --limit growth=100000
json "and the other one" '.not_found | index("growth")'
run "$v7scope" explain --limit churn=50% -- true
check "a limit that cannot be changed" [ $status -eq 2 ]

# A recording has the same findings.
for plant in keep "keep lose" "keep refuse window"; do
	rm -f "$tmp/rec"
	FAKE_PLANT=$plant "$v7scope" record -o "$tmp/rec" -- true 2>"$tmp/err" || bail "no recording"
	FAKE_PLANT=$plant run "$v7scope" explain --json -- true
	jq -c '[.findings[] | del(.tasks, .parts)]' "$tmp/out" >"$tmp/live"
	FAKE_FLUSHES=1 run "$v7scope" report "$tmp/rec" explain --json
	jq -c '[.findings[] | del(.tasks, .parts)]' "$tmp/out" >"$tmp/recorded"
	check "a recording: $plant" cmp "$tmp/live" "$tmp/recorded"
done
json "which has no tasks or flushes, unless they were recorded" 'all(.findings[]; .tasks == null and .parts == null) and .driver == null'
run "$v7scope" report "$tmp/rec" explain --json --pgtable 3
json "of one page table" '[.findings[].pgtable] == [3, 3]'
run "$v7scope" report "$tmp/rec" explain --json --limit refused=1000000
json "with another limit" '[.findings[].rule] | index("mapped_twice") == null'
rm -f "$tmp/rec"
FAKE_FLUSHES=1 FAKE_PLANT=keep "$v7scope" record -o "$tmp/rec" -- true >"$tmp/out" 2>"$tmp/err" || bail "no recording"
run "$v7scope" report "$tmp/rec" explain --json
found "a recording of flushes" "flush_timeouts flush_time"
json "their figures, without maps and unmaps" '.driver == "mtk_iommu" and
	(.findings[] | select(.rule == "flush_timeouts") | .figures | .timeouts == 3 and .flushes == 6009) and
	(.findings[] | select(.rule == "flush_time") | .figures | .flushes == 6009 and .maps_and_unmaps == null) and
	(.not_judged | map(select(.rule == "unbatched_flushes").why)) == ["maps and unmaps were not counted"] and
	(.not_found | index("flush_waits"))'
run "$v7scope" report "$tmp/rec" explain -i 1
check "a recording: an option that explain does not have" [ $status -eq 2 ]

# Manners
run "$v7scope" explain --json -- sh -c 'echo hello; exit 7'
check "status of CMD, whose output is not among ours" [ "$status $(cat "$tmp/err")" = "7 hello" ]
run "$v7scope" explain -- /no/such
check "no such CMD" [ "$status $(wc -l <"$tmp/err")" = "127 1" ]
FAKE=none run "$v7scope" explain
check "no source: status 1, one line" [ "$status $(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" = "1 1 0" ]
run sh -c '"$1" explain -- true >/dev/full' sh "$v7scope"
check "a full disk is an error" [ "$status $(grep -c 'cannot write' "$tmp/err")" = "1 1" ]
run "$v7scope" explain --json --for 1s -- sh -c 'trap "echo ended >&2; exit 5" TERM; while :; do sleep 0.1; done'
check "CMD gets SIGTERM when the time is over" [ "$(cat "$tmp/err")" = ended ]
json "and the findings follow" '.elapsed_ns > 9e8'
for signal in HUP INT TERM; do
	env --default-signal=HUP "$v7scope" explain --json >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	until_caught $pid
	kill -$signal $pid
	wait $pid
	status=$?
	check "SIG$signal: the findings so far" [ "$status $(jq -c .final "$tmp/out")" = "0 true" ]
done

# The manual
missing=$(jq -r '.. | objects | keys[]' "$tmp/all.json" | sort -u | while read -r key; do
	grep -qw -- "$key" "$here/../../man/v7scope-explain.1" "$here/../../man/v7scope-json.5" || echo "$key"
done)
printf '%s\n' "$missing" >"$tmp/err"
check "each field is in the man page" [ -z "$missing" ]
missing=$(jq -r '(.findings[], .not_judged[] | .rule), .not_found[]' "$tmp/all.json" | sort -u | while read -r rule; do
	grep -qx -- "\.B $rule" "$here/../../man/v7scope-explain.1" || echo "$rule"
done)
printf '%s\n' "$missing" >"$tmp/err"
check "each rule is in the man page" [ -z "$missing" ]
missing=$(jq -r '.findings[].limits | keys[]' "$tmp/all.json" | sort -u | while read -r name; do
	grep -q -- "$name=" "$here/../../man/v7scope-explain.1" "$here/../../man/v7scope.1" || echo "$name"
done)
printf '%s\n' "$missing" >"$tmp/err"
check "each limit is in the man page" [ -z "$missing" ]
done_testing
