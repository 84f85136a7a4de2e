#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Recordings in the lab: the report of a recording equals live counting beside it and the
# load's arithmetic. The host reads the board's file. Disks are full or read-only, a clock
# is set, and the recorder is killed at any moment.
#
# From the environment: kernels and archs to run on; ops, the length of the load (50000000
# are 10^7 events); kills, their number.
# shellcheck disable=SC2016 # what stands in single quotes is for jq, or the guest
# shellcheck source-path=SCRIPTDIR source=../../../tools/stress/t/lib.sh
. "$(dirname -- "$0")/../../../tools/stress/t/lib.sh"
need_v7scope
tool=${tool-$top/build/$(uname -m)/v7scope}
ops=${ops-400000}
kills=${kills-10}

# says NAME FILTER: of what the last run left
says() {
	check "$1" jq -e -n --slurpfile record "$dir/record.json" --slurpfile stat "$dir/stat.json" \
		--slurpfile report "$dir/report.json" --slurpfile result "$dir/result.json" '
		def events: .install.attempts + .split.attempts + .creates + .unknown + .free.lost + .free.unmap +
			.free.replaced + ([.refuse[]] | add);
		$stat[-1] as $live | $report[-1] as $r | $record[-1] as $rec | $result[0] as $load | '"$2"
}

# same_as_live NAME: field by field, but for the times of who began and ended when
same_as_live() {
	says "$1: the total is that of who counted beside it" '$r.total == $live.total'
	says "$1: each page table is" '$r.tables == $live.tables and $r.devices == $live.devices'
	says "$1: each task is" '($r.tasks | sort_by(.pgtable, .pid)) == ($live.tasks | sort_by(.pgtable, .pid)) and
		($r.tasks | length) > 1'
	says "$1: so is all else" '($r | [.destroys, .exact, .exact_why, .cpus, .recursion_misses, .corrupted]) ==
		($live | [.destroys, .exact, .exact_why, .cpus, .recursion_misses, .corrupted])'
	says "$1: and what the load knows" '$r.total.install.map.won == $load.expect.won_map and
		$r.total.install.split.won == $load.expect.won_split and $r.exact and $r.total.install.attempts > 1000'
	says "$1: recorded + dropped = counted" '$rec.events + $rec.dropped == ($r.total | events) + $r.destroys and
		$rec.complete and $rec.lost == 0'
}

loads() {
	dir=$tmp/load
	mkdir -p "$dir"
	stage "$dir"
	cp "$top/user/t/lab/record.guest" "$dir/"
	check "loads are recorded" guest "$dir" -- sh record.guest loads "$ops"
	dir=$tmp/load/4096
	same_as_live "a load"
	"$tool" report "$dir/rec" --json >"$dir/host.json"
	ok $? "the host reads it, too"
	check "and finds the same" cmp "$dir/host.json" "$dir/report.json"
	echo "# $(jq -r '"\(.events) events of \(.elapsed_ns / 1e9) s, \(.dropped) dropped, \(.bytes / .events) bytes each"' "$dir/record.json")"
	# Per CPU, since events of the same time are in no order.
	check "trace.dat is made of it" "$tool" convert "$dir/rec" --to trace.dat -o "$dir/trace.dat" --force
	guest "$dir" --packages trace-cmd -- sh -c 'debian trace-cmd report /host/trace.dat >lines'
	sed -n 's/^ *\(.*-[0-9]*\)  *\[0*\([0-9][0-9]*\)\]  *[0-9.]*: \(io_pgtable_[a-z]*:\)  */\1 [\2] \3 /p' "$dir/lines" |
		sort -s -t'[' -k2,2.2 >"$dir/shown"
	"$tool" report "$dir/rec" trace --json | jq -r -f "$top/user/t/lab/tracedat.jq" | sort -s -t'[' -k2,2.2 >"$dir/wanted"
	check "trace.dat: trace-cmd shows each event as it is" cmp "$dir/wanted" "$dir/shown"
	check "trace.dat: there were some" [ "$(wc -l <"$dir/shown")" -gt 1000 ]
	dir=$tmp/load/16
	same_as_live "with next to no room"
	says "with next to no room: much was dropped" '$rec.dropped > $rec.events'
}

wrong() {
	dir=$tmp/wrong
	mkdir -p "$dir"
	stage "$dir"
	cp "$top/user/t/lab/record.guest" "$dir/"
	check "what goes wrong" guest "$dir" -- sh record.guest wrong
	is "$(cat "$dir/full.status") $(grep -c 'No space left on device' "$dir/full.err")" "1 1" "a disk that is full: status, told of once"
	"$tool" report "$dir/full" trace --json >"$dir/trace.json" 2>"$dir/trace.err"
	is "$(grep -c '"line":"event"' "$dir/trace.json")" "$(jq .events "$dir/full.json")" "a disk that is full: what was not lost is there"
	"$tool" report "$dir/clock" --json >"$dir/clock.json" 2>"$dir/clock.err"
	# date(1) sets whole seconds; a busy machine takes its time between reading and setting.
	is "$? $(cat "$dir/clock.status") $(grep -Ec 'the clock of the day was set by \+(35[0-9][0-9]|3600)\.' "$dir/clock.err") $(wc -l <"$dir/clock.err")" \
		"0 0 1 1" "a clock that is set: told of, and no more"
	check "a clock that is set: the time goes on" jq -e '.elapsed_ns > 3e9 and .elapsed_ns < 1e12' "$dir/clock.json"
	is "$(cat "$dir/ro.status") $(grep -c 'Read-only file system' "$dir/ro.err") $(wc -l <"$dir/ro.err")" "1 1 1" "a disk that is read-only: status, one line"
}

killed() {
	dir=$tmp/killed
	mkdir -p "$dir"
	stage "$dir"
	cp "$top/user/t/lab/record.guest" "$dir/"
	check "killed $kills times" guest "$dir" -- sh record.guest killed "$kills"
	bad="" readable=0 empty=0
	for n in $(seq 0 $((kills - 1))); do
		file=$dir/killed.$n
		[ -s "$file" ] || { empty=$((empty + 1)); continue; }
		"$tool" report "$file" --json >"$dir/out" 2>"$dir/err"
		[ "$? $(grep -c 'has no end: the recorder was killed' "$dir/err")" = "1 1" ] &&
			jq -e '.final' "$dir/out" >/dev/null || bad="$bad $n: $(cat "$dir/err")"
		jq .elapsed_ns "$dir/out" >>"$dir/times"
		readable=$((readable + 1))
	done
	echo "# $readable files, $empty that had nothing yet; counters up to $(sort -n "$dir/times" | tail -n 1) ns"
	is "$bad" "" "killed $kills times: each file can be read, and says that it has no end"
	check "killed $kills times: some had something" [ "$readable" -gt $((kills / 3)) ]
}

each loads
each wrong
each killed
done_testing
