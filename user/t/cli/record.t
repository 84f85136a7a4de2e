#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Recordings of known figures (fake.c): reports, conversions, and failures on the way.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$bin/fake
kills=${kills-5}
rec=$tmp/rec

# jqs NAME FILTER FILE...: true of all that is in them, as an array
jqs() {
	jqs_name=$1 filter=$2
	shift 2
	run jq -e -s "$prelude $filter" "$@"
	ok $status "$jqs_name"
}
prelude='def counts: del(.. | objects | .elapsed_ns?, .interval_ns?);
def n(f): map(select(.line == "event") | select(f)) | length;'

# record NAME [OPTION]...: leaves what it printed, and its status
record() { rm -rf "$rec" "$rec".*; run timeout 60 "$v7scope" record -o "$rec" "$@"; }

# report_of WHAT [OPTION]...
report() { run timeout 60 "$v7scope" report "$@"; }

record -- true
check "record: status and summary" [ "$status $(grep -c "^$rec: 12 events of .* s, [0-9]* bytes" "$tmp/out") \
$(grep -c '^dropped: 41 ' "$tmp/out") $(grep -c '^exact: yes' "$tmp/out")" = "0 1 1 1" ]
"$v7scope" stat --json -- true | tail -n 1 >"$tmp/live"
report "$rec" --json
cp "$tmp/out" "$tmp/said"
jqs "report: each field as live, except the CPUs, which the fake makes up" \
	'(.[0] | counts | del(.cpus)) == (.[1] | counts | del(.cpus))' "$tmp/live" "$tmp/said"
for options in '' --json '--event install,free' --lost-only '--dev 14006000.iommu --json' '-n 3' '--stacks --json'; do
	# shellcheck disable=SC2086 # options are words
	"$v7scope" trace $options -- true | sed 's/"elapsed_ns":[0-9]*//' >"$tmp/live"
	# shellcheck disable=SC2086
	report "$rec" trace $options
	sed 's/"elapsed_ns":[0-9]*//' "$tmp/out" >"$tmp/said"
	check "report trace $options: as live" [ "$status $(diff "$tmp/live" "$tmp/said")" = "0 " ]
done
"$v7scope" hist --json -d 14006000.iommu -- true | jq 'del(.elapsed_ns, .interval_ns)' >"$tmp/live"
report "$rec" hist --json -d 14006000.iommu
jq 'del(.elapsed_ns, .interval_ns)' "$tmp/out" >"$tmp/said"
check "report hist: as live" cmp -s "$tmp/live" "$tmp/said"
FAKE=stock record -- true
report "$rec" --json
cp "$tmp/out" "$tmp/said"
check "report of a stock kernel: sections that lost their address are reported again" \
	[ "$(grep -c 'a section was split at iova 0x600000.*arm_v7s_split_blk_unmap < __arm_v7s_unmap' "$tmp/err")" -eq 1 ]
jqs "report of a stock kernel: unavailable figures are null" '.[0] | .total.split.attempts == null and
	.tables[0].window_ns == null and .probe_misses == 5 and .refusal_misses == 2 and .corrupted == 1 and (.exact | not)' "$tmp/said"

FAKE_FAULTS=1 record -- true
check "faults: they are events of the recording, and drops are told" \
	[ "$status $(grep -c "^$rec: 17 events" "$tmp/out") $(grep -c '^dropped: 4 faults came faster than they were read$' "$tmp/out")" = "0 1 1" ]
faults='select(.event == "fault" or .line == "account") | del(.time_ns, .elapsed_ns, .faults, .source)'
for options in '' '--event fault,create' --lost-only '--dev 14006000.iommu'; do
	# shellcheck disable=SC2086 # options are words
	FAKE_FAULTS=1 "$v7scope" trace --json $options -- true | jq -c "$faults" >"$tmp/live"
	# shellcheck disable=SC2086
	report "$rec" trace --json $options
	jq -c "$faults" "$tmp/out" >"$tmp/said"
	check "report trace $options: faults and accounts as live" [ "$status $(wc -l <"$tmp/said") $(diff "$tmp/live" "$tmp/said")" = \
		"0 $(case $options in --lost-only) echo 1 ;; --dev*) echo 5 ;; *) echo 6 ;; esac) " ]
done
run "$v7scope" convert "$rec" --to chrome-json -o "$tmp/faults.json"
jqs "convert: a fault is on its CPU and its device, and of no task" '.[0].traceEvents | map(select(.cat == "fault")) |
	length == 10 and map(.name) == (["fault read", "fault read", "fault write", "fault write", "fault read or write", "fault read or write",
	"fault read", "fault read", "fault write", "fault write"]) and all(.[]; .args.task == null and .args.iova == "0x11000")' "$tmp/faults.json"
FAKE_FAULTS=1 record --event install -- true
report "$rec" trace
check "faults: left out by --event" [ "$status $(grep -c fault "$tmp/out")" = "0 0" ]

# TLB flushes, counted beside the events
flushes='del(.. | .elapsed_ns?, .interval_ns?, .per_second?, .time_ns?, .causes?, .range_bytes?)'
for fake in '' ipmmu smmu; do
	FAKE=$fake FAKE_FLUSHES=1 record -- true
	check "flushes${fake:+ of $fake}: status and summary" [ "$status $(grep -c ': 12 events' "$tmp/out")" = "0 1" ]
	FAKE=$fake "$v7scope" flush --json -- true | tail -n 1 | jq -S "$flushes" >"$tmp/live"
	report "$rec" flush --json
	cp "$tmp/out" "$tmp/flushes.json"
	jq -S "$flushes" "$tmp/out" >"$tmp/said"
	cmp "$tmp/live" "$tmp/said" >"$tmp/out" 2>&1
	check "flushes${fake:+ of $fake}: each field as live" [ "$status $? $(jq .total.flushes "$tmp/said")" = \
		"0 0 $(case $fake in ipmmu) echo 9 ;; smmu) echo 6039 ;; *) echo 6009 ;; esac)" ]
	jqs "flushes${fake:+ of $fake}: what was not counted is null" \
		'last | .total.causes == null and .total.range_bytes == null and .tasks == null and .stacks == null' "$tmp/flushes.json"
done
FAKE_FLUSHES=1 record -- true
report "$rec" flush
FAKE_FLUSHES=1 "$v7scope" flush -- true | sed -n '/^$/,$p' >"$tmp/all"
grep -v '^  causes\|^  bytes' "$tmp/all" | sed 's/[0-9]* per second//; s/^[0-9.]* s,/N s,/; s/^ *[0-9.]* timeout/timeout/' >"$tmp/live"
sed 's/[0-9]* per second//; s/^[0-9.]* s,/N s,/; s/^ *[0-9.]* timeout/timeout/' "$tmp/out" >"$tmp/said"
run diff "$tmp/live" "$tmp/said"
check "flushes: in text as live, with the timeouts' tasks and stacks" [ "$status $(grep -c 'mtk_iommu_tlb_flush_range_sync < ' "$tmp/said")" = "0 1" ]
FAKE_FLUSHES=1 FAKE_STEPS=9 record -- sleep 2.5
report "$rec" flush --json -i 1
cp "$tmp/out" "$tmp/said"
jqs "flushes: the sum of the intervals is the total" '(map(select(.final | not)) | length) >= 2 and
	(map(select(.final | not) | .total.flushes) | add) == .[-1].total.flushes and .[-1].total.flushes == 9 * 2003' "$tmp/said"
report "$rec" flush --json -i 1 -n 1
check "flushes: COUNT intervals" [ "$(wc -l <"$tmp/out")" -eq 2 ]
report "$rec" --json
check "flushes: stat of such a file" [ "$status $(wc -c <"$tmp/err")" = "0 0" ]
report - flush <"$rec"
check "flushes: a file as standard input" [ "$status $(grep -c '^total' "$tmp/out")" = "0 1" ]
head -c $(($(wc -c <"$rec") * 60 / 100)) "$rec" >"$tmp/cut"
report "$tmp/cut" flush --json
check "flushes: a truncated file" [ "$status $(grep -c 'has no end' "$tmp/err")" = "1 1" ]
cp "$tmp/out" "$tmp/said"
jqs "flushes: a truncated file has those up to there" 'last.total.flushes as $n | $n > 0 and $n < 9 * 2003' "$tmp/said"
FAKE_FLUSHES=1 record --no-flushes -- true
report "$rec" flush
check "--no-flushes: report flush fails, and names the remedy" \
	[ "$status $(wc -c <"$tmp/out") $(grep -c 'has no TLB flushes: record again with this v7scope, without --no-flushes' "$tmp/err")" = "1 0 1" ]
FAKE_FLUSHES=barred record -- true
check "flushes that we may not count: record goes on without them" \
	[ "$status $(grep -c 'continuing without TLB flushes' "$tmp/err") $(grep -c ': 12 events' "$tmp/out")" = "0 1 1" ]
FAKE_FLUSHES=1 FAKE_LOAD=3000000 record --keep-last 1M -- sleep 5
report "$rec" flush --json
check "--keep-last: flushes, too" [ "$status $(wc -c <"$tmp/err") $(jq .total.flushes "$tmp/out")" = "0 0 6009" ]
FAKE_FLUSHES=1 FAKE_LOAD=3000000 record --rotate 256K,2 -- sleep 4.5
for file in "$rec".*; do
	report "$file" flush --json
	check "--rotate: ${file##*/} has the flushes" [ "$status $(wc -c <"$tmp/err") $(jq .total.flushes "$tmp/out")" = "0 0 6009" ]
done

# Events that are counted as well, of page tables and tasks that come and go.
FAKE_LOAD=20000 record --tasks --stacks -- sleep 2.3
check "a load: status" [ $status -eq 0 ]
report "$rec" --json
cp "$tmp/out" "$tmp/all"
report "$rec" trace --json
cp "$tmp/out" "$tmp/trace"
jqs "a load: counts and times equal the stream's" '(map(select(.final)) | .[0]) as $r | map(select(.line)) |
	n(.event == "install") as $i | $i == $r.total.install.attempts and $i > 10000 and
	n(.event == "install" and .outcome == "lost_to_leaf") == ($r.total.install | .map.lost_to_leaf + .split.lost_to_leaf) and
	n(.event == "split") == $r.total.split.attempts and n(.event == "free" and .why == "lost") == $r.total.free.lost and
	n(.event == "create") == $r.total.creates and n(.event == "destroy") == $r.destroys and
	(map(.window_ns // 0) | add) == $r.total.window_ns.sum and
	(map(select(.pid == 71)) | n(.event == "install")) == ($r.tasks | map(select(.pid == 71) | .install.attempts) | add) and
	$r.stacks[0].frames[0].symbol == "arm_v7s_split_blk_unmap" and ($r.waits_for | length) == 1' "$tmp/all" "$tmp/trace"
jqs "a load: the account adds up" '.[-1] | .adds_up and (.cpus | map(.emitted) | add) > 10000' "$tmp/trace"
report "$rec" --json -i 1
cp "$tmp/out" "$tmp/said"
jqs "a load: the sum of the intervals is the total" '(map(select(.final | not)) | length) >= 3 and
	(map(select(.final | not) | .total.install.attempts) | add) == (.[-1].total.install.attempts)' "$tmp/said"
report "$rec" --json -i 1 -n 1
check "a load: COUNT intervals" [ "$(wc -l <"$tmp/out")" -eq 2 ]
report - <"$rec"
check "a file as standard input" [ $status -eq 0 ]
# shellcheck disable=SC2002 # a pipe it is to be
cat "$rec" | timeout 60 "$v7scope" report - --json >"$tmp/said"
check "a pipe" cmp -s "$tmp/said" "$tmp/all"

# Conversions
run "$v7scope" convert "$rec" --to chrome-json -o "$tmp/chrome"
check "chrome-json: status" [ "$status $(wc -c <"$tmp/err")" = "0 0" ]
run jq -r -f "$here/chrome_json.jq" "$tmp/chrome"
check "chrome-json: the format is valid, and slices nest" [ "$status $(wc -c <"$tmp/out")" = "0 0" ]
jqs "chrome-json: all events are there, on a track of a CPU and one of a page table each" '(map(select(.line)) | n(true)) as $events |
	(.[-1].traceEvents | map(select((.ph == "X" or .ph == "i") and .args.cpu)) | group_by(.pid) | map(length)) == [$events, $events]' \
	"$tmp/trace" "$tmp/chrome"
jqs "chrome-json: a split that waited has its wait and hold" '.[0].traceEvents | any(.name == "wait") and
	([.[] | select(.name == "hold")] | length) > 100' "$tmp/chrome"
FAKE_LOAD=20000 FAKE_DROP=1000 record -- sleep 1.2
run "$v7scope" convert "$rec" --to chrome-json -o -
jq -c . "$tmp/out" >"$tmp/chrome"
report "$rec" trace --json
tail -n 1 "$tmp/out" >"$tmp/said"
jqs "chrome-json: the number of dropped events" '(.[0].traceEvents | map(.args.dropped // 0) | add) ==
	(.[1].cpus | map(.dropped) | add) and .[1].adds_up' "$tmp/chrome" "$tmp/said"
jqs "chrome-json: each drop is between two events of its CPU" 'def ns: . * 1000 | round;
	def emitted: (.ts | ns) + (.dur // 0 | ns);
	[.[0].traceEvents[] | select(.pid == 1 and .args.cpu)] | group_by(.args.cpu) | map(
		(map(select(.args.dropped | not) | emitted)) as $events | map(select(.args.dropped)) |
		length > 2 and all(.[]; (.ts | ns) as $from | emitted as $to | ([$events[] | select(. > $from and . < $to)] == []) and
			($from < $events[0] or any($events[]; . == $from)) and ($to > $events[-1] or any($events[]; . == $to)))) | all' \
	"$tmp/chrome"

# Killed before a reading told of the last ones
FAKE_LOAD=300000 FAKE_DROP=1000 record -- sleep 1.5
for percent in 60 70 80 90; do
	head -c $(($(wc -c <"$rec") * percent / 100)) "$rec" >"$tmp/cut"
	report "$tmp/cut" trace --json
	jq -c 'select(.line == "dropped") | .dropped' "$tmp/out"
done >"$tmp/cuts"
check "drops: a truncated recording reports no more than there were" [ "$(($(wc -l <"$tmp/cuts") > 2)) $(awk '$1 > 300000' "$tmp/cuts" | wc -l)" = "1 0" ]

# Lost by trace buffers, which nobody counted
FAKE_OVERRUN=1 FAKE_LOAD=20000 FAKE_DROP=1000 record --json -- sleep 1.2
cp "$tmp/out" "$tmp/recorded"
report "$rec" --json
cp "$tmp/out" "$tmp/said"
report "$rec" trace --json
cp "$tmp/out" "$tmp/trace"
jqs "overruns: in the report as live" '.[0].overruns == .[1].overruns and (.[0].overruns | map(.no_room > 0 and .overwritten > .no_room) | all) and
	(.[1].exact | not) and .[0].exact_why == .[1].exact_why and (.[1].exact_why | any(test("--buffer"))) and
	([.[1].tables[] | select(.destroyed | not) | .alive] | length > 0 and all(. == null))' \
	"$tmp/recorded" "$tmp/said"
jqs "overruns: position and cause" 'map(select(.line == "dropped")) as $lost | ($lost | length) > 2 and
	all($lost[]; .cause == "overrun") and ($lost | map(.dropped) | add) == (.[-1].overruns | map(.overwritten + .no_room) | add)' "$tmp/trace"
report "$rec" trace --event refuse --json
cp "$tmp/out" "$tmp/trace"
jqs "overruns: also before the events that a filter keeps" '(map(select(.line == "event" and .event != "refuse")) | length) == 0 and
	(map(.line) | indices("event") | last) as $i | (map(select(.line == "dropped").dropped) | add) as $all |
	$all == (.[-1].cpus | map(.dropped) | add) and (.[:$i] | map(select(.line == "dropped").dropped) | add) > $all / 2' "$tmp/trace"
report "$rec" trace
check "overruns: in text" [ "$(grep -c 'lost here: the trace buffer was full (overrun)$' "$tmp/out") $(grep -c 'dropped: increase --buffer$' "$tmp/out") \
$(grep -c 'the ring' "$tmp/out")" = "$(grep -c 'lost here' "$tmp/out") 1 0" ]
check "overruns: in text there are some" [ "$(grep -c 'lost here' "$tmp/out")" -gt 2 ]
run "$v7scope" convert "$rec" --to chrome-json -o -
jq -c . "$tmp/out" >"$tmp/overrun"
jqs "overruns: chrome-json names the cause" '[.[0].traceEvents[] | select(.cat == "dropped")] as $lost | ($lost | length) > 2 and
	all($lost[]; .args.cause == "overrun" and (.name | test("^[0-9]+ events lost \\(overrun\\)$"))) and
	($lost | map(.args.dropped) | add) == (.[1].overruns | map(.overwritten + .no_room) | add)' "$tmp/overrun" "$tmp/said"
FAKE_OVERRUN=1 FAKE_LOAD=20000 FAKE_DROP=1000 record -- sleep 1.2
check "overruns: the recorder's summary" grep -q '^dropped: 20 events .* --buffer; the counters include none of them$' "$tmp/out"

jq '(.traceEvents | map(.ph == "X") | index(true)) as $i | .traceEvents += [.traceEvents[$i] | .ts += .dur / 2]' \
	"$tmp/chrome" >"$tmp/planted"
run jq -r -f "$here/chrome_json.jq" "$tmp/planted"
check "chrome-json: a planted slice that crosses another is found" grep -q 'crosses another' "$tmp/out"
FAKE_WHEN=$tmp/when record -- sh -c 'sleep 1.3; touch "$1"; sleep 0.5' sh "$tmp/when"
run "$v7scope" convert "$rec" --to chrome-json -o "$tmp/chrome" --force
report "$rec" --json -i 0.1
cp "$tmp/out" "$tmp/said"
jqs "chrome-json: a counter for each page table and reading, also before the first event" '
	(.[0].traceEvents | map(select(.ph == "C") | "\(.name) \(.args.tables)")) as $counters |
	(.[0].traceEvents | map(select(.args.cpu)) | length) as $events |
	[.[1:][] | select(.final | not) | .tables[] | select(.pgtable) | if .alive then "tables alive of pgtable \(.pgtable) \(.alive)"
		else "net tables of pgtable \(.pgtable) \(.net)" end] |
	length > 3 and $events > 0 and sort == ($counters | sort)' "$tmp/chrome" "$tmp/said"
touch "$tmp/there"
run "$v7scope" convert "$rec" --to perfetto -o "$tmp/there"
check "convert: an existing file is kept" [ "$status $(grep -c -- --force "$tmp/err") $(wc -c <"$tmp/there")" = "1 1 0" ]
run "$v7scope" convert "$rec" --to perfetto -o /dev/full --force
check "convert: a full disk" [ "$status $(grep -c 'cannot write' "$tmp/err")" = "1 1" ]
ln -s /dev/full "$tmp/full.gz"
run "$v7scope" convert "$rec" --to chrome-json -o "$tmp/full.gz" --force
check "convert: a full disk, in gzip" [ "$status $(grep -c 'cannot write .*: No space left' "$tmp/err")" = "1 1" ]
[ -c /dev/full ] || bail "it removed /dev/full"
for form in perfetto chrome-json; do
	"$v7scope" convert "$rec" --to $form -o "$tmp/$form"
	run "$v7scope" convert "$rec" --to $form -o "$tmp/$form.gz"
	gzip -dc "$tmp/$form.gz" 2>&1 | cmp - "$tmp/$form" >"$tmp/out" 2>&1
	check "convert: $form in gzip holds the same" [ "$status $?" = "0 0" ]
done

# Limits
FAKE_LOAD=3000000 record --max-size 256K -- sleep 1
check "--max-size: the size, and the rest is counted" \
	[ "$(($(wc -c <"$rec") <= 256 * 1024)) $(grep -c '^left out: [1-9]' "$tmp/out")" = "1 1" ]
FAKE_LOAD=3000000 record --max-size 256K
check "--max-size: record ends when the file is full" [ $status -eq 0 ]
report "$rec" --json
check "--max-size: the number of omitted events is reported" [ "$status $(grep -c 'the recording had reached its size' "$tmp/err")" = "1 1" ]
FAKE_LOAD=3000000 record --for 1s
check "--for: record ends at the time, and no event is omitted" [ "$status $(grep -c '^left out' "$tmp/out")" = "0 0" ]
FAKE_LOAD=3000000 record --keep-last 1M -- sleep 5
check "--keep-last: the size" [ "$status $(($(wc -c <"$rec") <= 1024 * 1024))" = "0 1" ]
report "$rec" --json -i 0.1
cp "$tmp/out" "$tmp/said"
check "--keep-last: the whole file is readable" [ "$status $(wc -c <"$tmp/err")" = "0 0" ]
report "$rec" trace --json
cp "$tmp/out" "$tmp/trace"
jqs "--keep-last: the counters include all events, and the file has the last ones" '
	(map(select(.final)) | .[0].total.install.attempts) as $all | map(select(.line)) |
	n(.event == "install") as $i | $i > 1000 and $i < $all and
	(map(select(.line == "event") | .time_ns) | . == sort)' "$tmp/said" "$tmp/trace"
cat "$rec" | timeout 60 "$v7scope" report - >"$tmp/out" 2>"$tmp/err"
check "--keep-last: a pipe is refused" [ "$? $(grep -c 'cannot be read from a pipe' "$tmp/err")" = "1 1" ]
FAKE_LOAD=3000000 record --rotate 256K,2 --tasks -- sleep 4.5
check "--rotate: the last files" [ "$status $(ls "$rec".* | wc -l) $(ls "$rec" 2>/dev/null)" = "0 2 " ]
set -- "$rec".*
for file; do
	report "$file" --json
	cp "$tmp/out" "$tmp/said.${file##*.}"
	check "--rotate: ${file##*/} is complete" [ "$status $(wc -c <"$tmp/err")" = "0 0" ]
done
cat "$@" | timeout 60 "$v7scope" report - --json >"$tmp/said"
check "--rotate: the files in sequence are one recording" cmp -s "$tmp/said" "$tmp/said.${2##*.}"
rm -f "$rec".*
touch "$rec.0002" "$rec.0003" "$rec.x" "$rec.00009" "$rec-0009"
run "$v7scope" record -o "$rec" --rotate 256K,2 --json -- true
check "--rotate: continues the numbers of earlier runs, and keeps COUNT files in total" \
	[ "$status $(jq -r .file "$tmp/out" | sed 's/.*rec//') $(cd "$tmp" && echo rec.* rec-*)" = "0 .0004 rec.00009 rec.0003 rec.0004 rec.x rec-0009" ]
rm -f "$rec".* "$rec-0009"
touch "$rec.0002"
FAKE_LOAD=3000000 run "$v7scope" record -o "$rec" --rotate 256K --json -- sleep 2.2
check "--rotate: no events are lost at a file of an earlier run" [ "$status $(jq -c '[.lost, .files > 1, .complete]' "$tmp/out")" = "0 [0,true,true]" ]
check "files are for their owner only" [ "$(stat -c %a "$rec.0003")" = 600 ]
FAKE_LOAD=3000000 "$v7scope" record -o "$rec" --rotate 256K >"$tmp/first" 2>&1 &
pid=$!
until_true 30 grep -q attached "$tmp/first"
run "$v7scope" record -o "$rec" --rotate 256K -- true
check "--rotate: a second recorder of the same files is refused" [ "$status $(grep -c "'$rec': another v7scope records to it" "$tmp/err")" = "1 1" ]
kill $pid
wait $pid
timeout 60 "$v7scope" record -o - -- echo hello 2>"$tmp/err" >"$tmp/piped"
check "to standard output: only CMD writes to standard error" [ "$(cat "$tmp/err")" = hello ]
report "$tmp/piped" --json
check "to standard output: the recording is complete" [ "$status $(wc -c <"$tmp/err")" = "0 0" ]

# Errors
touch "$tmp/there"
run "$v7scope" record -o "$tmp/there" -- true
check "an existing file is kept" [ "$status $(grep -c -- '--force overwrites it' "$tmp/err") $(wc -c <"$tmp/there")" = "1 1 0" ]
run "$v7scope" record -o "$tmp/there" --force -- true
check "--force overwrites an existing file, with mode 600" [ "$status $(stat -c %a "$tmp/there")" = "0 600" ]
rm -f "$rec".* "$rec"
FAKE_LOAD=100000 "$v7scope" record -o "$rec" --json >"$tmp/first" 2>"$tmp/first.err" &
pid=$!
until_true 30 grep -q attached "$tmp/first.err"
for force in '' --force; do
	# shellcheck disable=SC2086
	run "$v7scope" record -o "$rec" $force -- true
	check "a second recorder of the same file is refused${force:+, also with $force}" \
		[ "$status $(grep -c "'$rec': another v7scope records to it" "$tmp/err")" = "1 1" ]
done
kill $pid
wait $pid
report "$rec" trace --json
tail -n 1 "$tmp/out" >"$tmp/said"
jqs "the first recorder's file is complete" '.[0].events > 0 and .[0].complete and .[0].events == (.[1].cpus | map(.emitted) | add)' "$tmp/first" "$tmp/said"
mkfifo "$tmp/fifo"
run timeout 30 "$v7scope" record -o "$tmp/fifo" -- true
check "a FIFO needs --force" [ "$status $(grep -c "fifo': this is a block device or a FIFO; --force writes to it" "$tmp/err")" = "1 1" ]
timeout 60 cat "$tmp/fifo" >"$tmp/piped" &
run timeout 30 "$v7scope" record -o "$tmp/fifo" --force -- true
wait $!
report "$tmp/piped"
check "a FIFO with --force gets the whole recording" [ "$status $(wc -c <"$tmp/err")" = "0 0" ]
truncate -s 1M "$tmp/image"
if device=$(losetup -f --show "$tmp/image" 2>"$tmp/err"); then
	run "$v7scope" record -o "$device" -- true
	check "a block device needs --force" [ "$status $(grep -c "'$device': this is a block device or a FIFO; --force" "$tmp/err") $(tr -d '\0' <"$tmp/image" | wc -c)" = "1 1 0" ]
	run "$v7scope" record -o "$device" --force -- true
	check "a block device with --force has the recording" [ "$status $(head -c 4 "$device" | tail -c 3)" = "0 V7R" ]
	report "$device"
	check "a block device is read to the end of the recording" [ "$status $(wc -c <"$tmp/err")" = "0 0" ]
	losetup -d "$device"
else
	skip "a block device" "$(head -n 1 "$tmp/err")"
fi
run "$v7scope" record -o "$tmp/no/such" -- true
check "no such folder" [ "$status $(wc -l <"$tmp/err")" = "1 1" ]
FAKE=none run "$v7scope" record -o "$tmp/none" -- true
check "no source: nothing is left" [ "$status $(ls "$tmp/none" 2>/dev/null)" = "1 " ]
run "$v7scope" record -o "$tmp/none" -- sh -c 'exit 7'
check "status of CMD" [ $status -eq 7 ]
FAKE_LOAD=3000000 record -- sh -c 'sleep 1.3; rm "$1"; sleep 2' sh "$rec"
check "a removed file is reported and created again" [ "$status $(grep -c 'was removed' "$tmp/err") $(ls "$rec")" = "1 1 $rec" ]
report "$rec" --json
cp "$tmp/out" "$tmp/said"
report "$rec" trace --json
cp "$tmp/out" "$tmp/trace"
jqs "a removed file: all counters since the start" '(map(select(.final)) | .[0]) as $all |
	n(.event == "install") as $i | $i > 0 and $i < $all.total.install.attempts and $all.elapsed_ns > 3e9' "$tmp/said" "$tmp/trace"
printf 'something else entirely, and longer than a header of a block is' >"$tmp/other"
for what in report 'convert --to perfetto -o -' 'convert --to chrome-json -o -'; do
	verb=${what%% *}
	options=${what#"$verb"}
	# shellcheck disable=SC2086
	run "$v7scope" "$verb" "$tmp/other" $options
	check "$verb: no recording" [ "$status $(wc -l <"$tmp/err")" = "1 1" ]
	# shellcheck disable=SC2086
	run "$v7scope" "$verb" "$tmp/no-such" $options
	check "$verb: no file" [ "$status $(wc -l <"$tmp/err")" = "2 1" ]
done
for wrong in 'report' 'report --json' 'report FILE frob' 'report FILE stat --tasks' 'report FILE -i 0' 'report FILE trace -i 1' \
	'report FILE flush -d x' 'report FILE flush --tasks' 'report FILE hist -e install' 'report FILE trace -e frob' 'report FILE --json=1' 'report FILE -n 0' 'report FILE -- true' \
	'convert' 'convert --to perfetto' 'convert FILE' 'convert FILE --to perfetto' 'convert FILE -o x' 'convert FILE --to frob -o x' \
	'convert FILE --to' 'convert FILE --to perfetto -o' 'record' 'record -- true' 'record -o x --rotate 1M --keep-last 1M' \
	'record -o - --keep-last 1M' 'record -o - --rotate 1M'; do
	# shellcheck disable=SC2046
	run "$v7scope" $(printf '%s' "$wrong" | sed "s|FILE|$rec|")
	check "refused: $wrong" [ "$status $(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" = "2 1 0" ]
done

# A recording of format 1, made by the last version with it: it has no counters for
# replaced_live and expected, and all others are at another index.
base64 -d "$here/format1.base64" >"$tmp/format1.rec"
report "$tmp/format1.rec" --json
cp "$tmp/out" "$tmp/said"
jqs "format 1: the counters" 'last | .total |
	.free == {lost: 180, unmap: 3600, replaced: 0, replaced_live: null, tables: 3780} and
	.refuse == {exists: 0, absent: 0, partial: 0, nomem: 0, raced: 0, expected: null} and
	.creates == 1 and .net == 14400 and .unknown == 0 and .install.won == 18000 and
	.window_ns.count == 18180 and .hold_ns.count == 441' "$tmp/said"
report "$tmp/format1.rec"
check "format 1: the sum of the refusals needs no expected" [ "$(grep -Ec '^  refused +0  exists 0' "$tmp/out")" -gt 0 ]
report "$tmp/format1.rec" trace --json
cp "$tmp/out" "$tmp/said"
jqs "format 1: the events" 'n(true) == 12' "$tmp/said"

# A recording of format 2, made by the last version with it: it has no other by device.
base64 -d "$here/format2.base64" >"$tmp/format2.rec"
report "$tmp/format2.rec" --json
cp "$tmp/out" "$tmp/said"
report "$tmp/format2.rec" flush
check "format 2: no flushes" [ "$status $(wc -c <"$tmp/out") $(grep -c 'has no TLB flushes' "$tmp/err")" = "1 0 1" ]
report "$tmp/format2.rec" explain --json
check "format 2: flushes are not judged" [ "$status $(jq -c '[.not_judged[] | select(.why == "TLB flushes were not counted").rule]' "$tmp/out")" = \
	'0 ["flush_timeouts","unbatched_flushes","flush_time","flush_waits"]' ]
jqs "format 2: the counters" 'last | .total.install.attempts == 19380 and
	([.tables[].install.attempts] | add) + .other.install.attempts == 19380 and .others == [] and
	.total.free.replaced_live == 0' "$tmp/said"
"$v7scope" record -o "$tmp/format3.rec" -- true >/dev/null 2>&1
check "a recording of today has another format" [ "$(od -A n -t u1 -j 6 -N 1 "$tmp/format2.rec" | xargs) $(od -A n -t u1 -j 6 -N 1 "$tmp/format3.rec" | xargs)" = "2 3" ]

# Killed at any moment: all but the last second is there, and says so.
FAKE_LOAD=100000000 FAKE_STEP=20
export FAKE_LOAD FAKE_STEP
seed=7 bad=
for try in $(seq "$kills"); do
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	rm -f "$rec"
	"$v7scope" record --tasks -o "$rec" >/dev/null 2>&1 &
	pid=$!
	# From before there is anything to its third second
	sleep "$((seed / 65536 % 3)).$((seed / 4096 % 10))"
	kill -9 $pid
	wait $pid 2>/dev/null
	[ -s "$rec" ] || continue
	report "$rec" trace --json
	mv "$tmp/out" "$tmp/trace"
	cp "$tmp/err" "$tmp/trace.err"
	report "$rec" --json
	[ "$status $(grep -c 'has no end: the recorder was killed' "$tmp/err")" = "1 1" ] &&
		jq -e -s "$prelude"'(map(select(.final)) | .[0]) as $r | map(select(.line)) |
			n(.event == "install") >= $r.total.install.attempts' "$tmp/out" "$tmp/trace" >/dev/null ||
		bad="$bad $try: $(cat "$tmp/err" "$tmp/trace.err")"
done
printf '%s\n' "$bad" >"$tmp/err"
check "killed $kills times: each file is readable, and reports what is missing" [ -z "$bad" ]
unset FAKE_LOAD FAKE_STEP

# As root, on a disk of its own
if mkdir "$tmp/disk" && mount -t tmpfs -o size=3m tmpfs "$tmp/disk" 2>/dev/null; then
	head -c 2850k /dev/zero >"$tmp/disk/ballast"
	FAKE_LOAD=3000000 FAKE_STEP=150 run "$v7scope" record --json -o "$tmp/disk/rec" -- \
		sh -c 'sleep 3; cp "$2" "$3"; rm "$1"; sleep 2' sh "$tmp/disk/ballast" "$tmp/disk/rec" "$tmp/while"
	check "a full disk: a message and the status" \
		[ "$status $(grep -c 'No space left on device; counting continues' "$tmp/err")" = "1 1" ]
	cp "$tmp/out" "$tmp/all"
	cp "$tmp/disk/rec" "$rec"
	umount "$tmp/disk"
	report "$tmp/while"
	check "a full disk: the file has no partial block" [ "$(grep -c 'has no end' "$tmp/err") $(grep -c 'cannot be read' "$tmp/err")" = "1 0" ]
	report "$rec" trace --json
	cp "$tmp/out" "$tmp/trace"
	check "a full disk: the report has the number of missing events and the reason" [ "$status $(grep -c 'events could not be written, between .*: No space left on device' "$tmp/err")" = "1 1" ]
	jqs "a full disk: all events that are not reported missing are in the file" '(map(select(.verb == "record")) | .[0]) as $r | map(select(.line)) |
		$r.lost > 0 and n(true) == $r.events and ($r.complete | not) and
		(map(select(.line == "event") | .elapsed_ns) | max) > 3.5e9 and .[-1].adds_up == false' "$tmp/all" "$tmp/trace"
	report "$rec" --json
	cp "$tmp/out" "$tmp/said"
	jqs "a full disk: the counters include all events" '(map(select(.verb == "record")) | .[0]) as $r | map(select(.final)) | .[0] |
		(.total | .install.attempts + .split.attempts + .creates + .free.tables + ([.refuse[]] | add)) + .destroys == $r.events + $r.lost' \
		"$tmp/all" "$tmp/said"
else
	skip "a full disk" "only root can mount a tmpfs"
fi

missing=$({ jq -r 'keys[]' "$tmp/all" 2>/dev/null; } | sort -u | while read -r key; do
	grep -qw -- "$key" "$here/../../man/v7scope-json.5" || echo "$key"
done)
printf '%s\n' "$missing" >"$tmp/err"
check "each field is in the man page" [ -z "$missing" ]
missing=$(for verb in record report convert; do "$v7scope" help $verb; done | grep -o -- '--[a-z][a-z-]*' | sort -u |
	while read -r option; do
		sed 's/\\-/-/g' "$here/../../man/v7scope.1" | grep -q -- "$option" || echo "$option"
	done)
printf '%s\n' "$missing" >"$tmp/err"
check "each option but --help is in the man page" [ "$missing" = --help ]
done_testing
