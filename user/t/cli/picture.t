#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The trace viewer of Chromium reads the output of `convert --to chrome-json`. Debian's
# Chromium no longer holds that viewer. The sources of Go do.
# shellcheck disable=SC2016 # what stands in single quotes is for jq
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$bin/fake
modules=$bin/../../playwright

none() {
	skip "the trace viewer" "$*"
	done_testing
}

command -v chromium >/dev/null || none "no chromium here (tools/deps would install Debian's)"
viewer=$("$here/../../../tools/lab/lab" package golang-1.19-src 2>"$tmp/err")/usr/share/go-1.19/src/cmd/trace/static
[ -f "$viewer/trace_viewer_full.html" ] || none "no golang-1.19-src: $(tail -n 1 "$tmp/err")"
run "$here/../../web/fetch" "$here/../web" "$modules"
[ $status -eq 0 ] || bail "playwright-core: $(cat "$tmp/err")"

FAKE_LOAD=4000 FAKE_DROP=100 "$v7scope" record --tasks --stacks -o "$tmp/rec" -- sleep 0.5 >/dev/null
run "$v7scope" convert "$tmp/rec" --to chrome-json -o "$tmp/trace.json"
check "convert" [ $status -eq 0 ]
"$v7scope" report "$tmp/rec" trace --json >"$tmp/events"
"$v7scope" report "$tmp/rec" --json >"$tmp/report"

# plant NAME FILTER: a fault, with $x, a slice of the file
plant() {
	jq -c '([.traceEvents[] | select(.ph == "X" and .dur > 1)] | .[100]) as $x |'"$2" "$tmp/trace.json" >"$tmp/$1.json"
}
plant crossing '.traceEvents += [$x | .ts += .dur / 2]'
plant longer '.traceEvents += [$x | .dur += 0.5]'
plant negative '(.traceEvents[] | select(. == $x) | .dur) |= -.'
plant endless '.traceEvents += [$x | del(.dur) | .ph = "B"]'
plant unbegun '.traceEvents += [$x | del(.dur) | .ph = "E" | .tid = 4711]'
plant unnamed '.traceEvents |= map(select(.name != "thread_name"))'
echo 'no trace' >"$tmp/refused.json"

set -- trace crossing longer negative endless unbegun unnamed refused
for name; do
	set -- "$@" "$tmp/$name.json"
	shift
done
NODE_PATH=$modules/node_modules timeout 120 node "$here/../web/trace.js" "$viewer" "$@" >"$tmp/said" 2>"$tmp/err"
check "the viewer came to its end" [ "$? $(wc -c <"$tmp/err") $(wc -l <"$tmp/said")" = "0 0 $#" ]

# says NAME FILTER: true of what the viewer said; $said is of all files, in order
says() {
	run jq -n -e --slurpfile said "$tmp/said" --slurpfile file "$tmp/trace.json" --slurpfile events "$tmp/events" \
		--slurpfile report "$tmp/report" 'def ns: . * 1000 | round;
		def total(s): reduce s as $x (0; . + $x);
		$said[0] as $v | $file[0].traceEvents as $e | $report[-1] as $r | '"$2"
	ok $status "$1"
}
says "it reads the file without a warning, and slices lie within each other" '$v.refused == null and $v.warnings == [] and $v.faults == []'
says "each track, its slices, their names and times are those of the file" '
	([$e[] | select(.name == "process_name") | {key: "\(.pid)", value: .args.name}] | from_entries) as $processes |
	([$e[] | select(.name == "thread_name") | {key: "\(.pid) \(.tid)", value: .args.name}] | from_entries) as $names |
	[$e[] | select(.ph == "X" or .ph == "i")] | group_by([.pid, .tid]) |
	map({process: $processes["\(.[0].pid)"], name: $names["\(.[0].pid) \(.[0].tid)"], slices: length,
		ns: (group_by(.name) | map({key: .[0].name, value: total(.[].dur // 0 | ns)}) | from_entries)}) |
	length > 20 and sort == ($v.threads | map(del(.sort)) | sort)'
says "CPUs and page tables stand in the order of their numbers" '
	[$v.threads | group_by(.process)[] | sort_by(.sort) | map(.name | capture("(?<n>[0-9]+)").n | tonumber) | . == sort] | . == [true, true]'
says "so are the counters" '([$e[] | select(.ph == "C")] | group_by(.name) | map({name: .[0].name, values: map(.args.tables)}) | sort) ==
	($v.counters | sort) and ($v.counters | length) > 3'
for what in CPUs 'page tables'; do
	# Lanes have no room for all that the fake lets overlap.
	says "on tracks of $what events took as long as in the recording" '
		def slices(f): total($v.threads[] | select(.process == "'"$what"'").ns | to_entries[] | select(.key | f).value);
		def most_of($all): . <= $all and . > 0.99 * $all and . > 0;
		[$events[] | select(.line == "event")] as $all |
		(slices(test("^install ")) | most_of(total($all[].window_ns // 0))) and
		(slices(. == "wait") | most_of(total($all[].wait_ns // 0))) and
		(slices(. == "hold") | most_of(total($all[].hold_ns // 0))) and
		slices(test("^split ")) == slices(. == "wait" or . == "hold")'
done
says "and the race windows and holds are those that were counted, but for what was dropped" '
	total($events[].window_ns // 0) as $window | total($events[].hold_ns // 0) as $hold |
	$window > 0.9 * $r.total.window_ns.sum and $window <= $r.total.window_ns.sum and
	$hold > 0.9 * $r.total.hold_ns.sum and $hold <= $r.total.hold_ns.sum'
says "what was dropped is on tracks of its own" '
	[$v.threads[] | select(.name | test("^CPU [0-9]+ dropped$")).ns | keys[] | split(" ")[0] | tonumber] | length > 1'
i=0
for name in crossing longer negative endless unbegun unnamed refused; do
	i=$((i + 1))
	case $name in
	unbegun) says "noticed: $name" "\$said[$i].warnings != []" ;;
	unnamed) says "noticed: $name" "\$said[$i].threads != \$v.threads" ;;
	refused) says "noticed: $name" "\$said[$i].refused != null" ;;
	*) says "noticed: $name" "\$said[$i].faults != []" ;;
	esac
done
done_testing
