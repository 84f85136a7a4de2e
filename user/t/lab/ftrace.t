#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The source ftrace in the lab. Its instance goes, however the tool ends, and no other
# instance does. Losses are told. check, record and serve work on it, and each obstacle is
# named.
# shellcheck disable=SC2016 # what $ begins is for jq
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

stress=$("$top/tools/stress/build") || bail "no v7stress.ko"
dir=$tmp/guest
mkdir "$dir" && cp "$stress" "$here/ftrace" "$dir/" || exit 1
"$top/tools/lab/lab" run --packages util-linux --dir "$dir" -- sh ftrace >"$tmp/out" 2>&1
ok $? "the guest's part runs, and the kernel has nothing to say of it"
cd "$dir" || exit 1

# status NAME WANTED
status() { cp "$1.err" "$tmp/err"; [ "$(cat "$1.status")" = "$2" ]; ok $? "$1: status $2"; }
# left NAME WANTED: instances
left() { xargs <"$1.left" >"$tmp/out"; [ "$(cat "$tmp/out")" = "$2" ]; ok $? "$1: instances that are left: ${2:-none}"; }
# of NAME DESCRIPTION FILTER: of the last object
of() {
	tail -n 1 "$1.out" >"$tmp/last"
	jq -e "$3" "$tmp/last" >"$tmp/out" 2>&1
	ok $? "$1: $2"
}
# refused NAME PATTERN: in one line
refused() {
	status "$1" 1
	[ "$(wc -l <"$1.err")" -eq 1 ] && grep -q "^v7scope: .*$2" "$1.err"
	ok $? "$1: $2"
}

status plain 0
left plain 'other v7scope'
left killed 'other v7scope v7scope.going v7scope.killed'
status third 0
left third 'other v7scope v7scope.going'
of third "counts right" ".exact and .total.install.won == $(jq .expect.won_map third.result)"
status going 0
of going "saw the same while others came and went" ".exact and .total.install.won == $(jq .expect.won_map third.result)"
left going ''

status bare 0
of bare "without capabilities it is chosen" '.source == "ftrace" and .exact'
of bare_doctor "and recommended" '.recommended == "ftrace" and .ways.ftrace.works and (.ways.bpf.works | not)'
refused bare_bpf 'CAP_BPF'
left bare ''

of doctor_going "doctor: nothing is left of who goes on" '.facts.instances_left | .value == "none" and .ok and .advice == null'
of doctor_killed "doctor: what is left of who was killed, and what to do" '.facts.instances_left |
	.value == "v7scope.killed" and (.ok | not) and (.advice | test("rmdir"))'
of doctor_third "doctor: nothing, once somebody has cleared up" '.facts.instances_left | .value == "none" and .ok'

status check 3
left check ''
of check "cannot tell of growth in so short a time, all else passes, by ftrace" '[.judgements[] | select(.result != "pass") | .name] == ["growth"] and
	.figures.source == "ftrace" and .figures.exact and .figures.total.install.won == '"$(jq '.expect | .won_map + .won_split' check.result)"

# same_as_live NAME FILTER: of the recording and what bpf counted beside it
same_as_live() {
	jq -n -e --slurpfile report "report$1.out" --slurpfile record "record$1.out" --slurpfile bpf "record$1.bpf" --slurpfile trace "report_trace$1.out" \
		--slurpfile chrome "chrome_json$1.out" '
		def sum(f): [.[] | f] | add // 0;
		def events: .install.attempts + .split.attempts + .creates + .unknown + ([.free | .lost, .unmap, .replaced] | add) + ([.refuse[]] | add);
		def lost: sum(.overwritten + .no_room);
		$report[-1] as $r | $record[-1] as $rec | $bpf[-1] as $live | ($trace | map(select(.line == "dropped"))) as $lost | '"$3" >"$tmp/out" 2>&1
	ok $? "record, --buffer $1: $2"
}
for buffer in 1024 16; do
	status "record$buffer" 0
	status "report$buffer" 0
	same_as_live $buffer "a report is as what it was made of" '$r.source == "ftrace" and ([$r, $rec | .overruns, .exact, .exact_why] | .[:3] == .[3:]) and
		($trace | map(select(.line == "event")) | length) == $rec.events and $rec.complete and $rec.lost == 0 and $trace[-1].adds_up'
	# The two destroys have a count of their own.
	same_as_live $buffer "recorded and lost are what bpf counted" '$rec.events + ($rec.overruns | lost) == ($live.total | events) + 2'
	same_as_live $buffer "what was lost is told of where that was, with its cause" '$lost == ($lost | map(select(.cause == "overrun"))) and
		($lost | sum(.dropped)) == ($r.overruns | lost) and
		([$chrome[0].traceEvents[] | select(.cat == "dropped" and .args.cause == "overrun") | .args.dropped] | add // 0) == ($r.overruns | lost)'
done
left record1024 ''
same_as_live 1024 "all counters" '$r.exact and $r.total == $live.total and ($r.tasks | sort_by(.pgtable, .pid)) == ($live.tasks | sort_by(.pgtable, .pid))'
same_as_live 16 "it lost some in the midst, and says so" '($r.exact | not) and ($r.overruns | lost) > 100 and ($lost | length) > 2 and
	any($r.exact_why[]; test("--buffer"))'

# served FILE: of all devices, by kind
served() { awk '/^v7scope_installs_total.*outcome="won"/ { n[$1 ~ /reason="map"/] += $NF } END { print n[1], n[0] }' "$1"; }
for name in serve serve_hup serve16; do
	status $name 0
	left $name ''
	check "$name: while it serves" [ "$(xargs <$name.made) $(xargs <$name.may)" = "v7scope.PID 0000000000000000 0000000000000000 2" ]
done
for name in serve serve_hup; do
	served $name.prom >"$tmp/out"
	check "$name: the arithmetic of the load" [ "$(cat "$tmp/out")" = "$(jq -r '.expect | "\(.won_map) \(.won_split)"' $name.result)" ]
	grep -E '^v7scope_(exact|dropped_total\{reason="overrun"\}) ' $name.after | cut -d' ' -f2 | xargs >"$tmp/out"
	check "$name: exact" [ "$(cat "$tmp/out")" = "1 0" ]
done
grep -E '^v7scope_(exact|dropped_total\{reason="overrun"\}) ' serve16.after >"$tmp/out"
check "serve16: what was lost is a metric, by its cause" grep -q '^v7scope_dropped_total{reason="overrun"} [1-9]' serve16.after
check "serve16: and not exact" grep -q '^v7scope_exact 0$' serve16.after

# losses NAME: told of where they happened, and the account is that of another observer
losses() {
	of "$1" "each CPU adds up" '.adds_up and all(.cpus[]; .emitted + .dropped + .filtered == .counted)'
	jq -n -e --slurpfile trace "$1.out" --slurpfile stat "$1.bpf" '
		def sum(f): [.[] | f] | add // 0;
		def events: .install.attempts + .split.attempts + .creates + .unknown + ([.free | .lost, .unmap, .replaced] | add) + ([.refuse[]] | add);
		$trace[-1] as $account | ($trace | map(select(.line == "event"))) as $events |
		($events | length) == ($account.cpus | sum(.emitted)) and ([$events[].time_ns] | . == sort) and
		($trace | map(select(.line == "dropped")) | sum(.dropped)) == ($account.cpus | sum(.dropped)) and
		($account.cpus | sum(.dropped)) == ($account.overruns | sum(.overwritten + .no_room)) and
		($account.cpus | sum(.counted)) == ($stat[-1] | (.total | events) + 2)' >"$tmp/out" 2>&1
	ok $? "$1: in order, what is missing told of, and in all what bpf counted"
}
losses small
of small "lost some, and says so" '([.cpus[].dropped] | add) > 100 and (.exact | not) and any(.exact_why[]; test("--buffer"))'
of short "lost some, and says so" '(.exact | not) and ([.overruns[].overwritten] | add) > 100 and any(.exact_why[]; test("--buffer"))'
of short "what is alive is not known then" 'all(.tables[]; .alive == null and .alive_why != null)'
for filter in --dev --event --lost-only; do
	losses "filter$filter"
	of "filter$filter" "nothing is missing" '.exact and ([.cpus[].dropped] | add) == 0 and ([.cpus[].filtered] | add) > 0'
done
# kept NAME FILTER NUMBER: of the events that it shows, and how many by bpf
kept() {
	jq -n -e --slurpfile trace "filter$1.out" --slurpfile stat "filter$1.bpf" "
		(\$trace | map(select(.line == \"event\"))) as \$e | (\$stat[-1]) as \$r | (\$e | length) > 0 and all(\$e[]; $2) and (\$e | length) == ($3)" >"$tmp/out" 2>&1
	ok $? "filter$1: all of these, and no others"
}
kept --event '.event == "split" or .event == "free"' '$r.total | .split.attempts + .free.lost + .free.unmap + .free.replaced'
kept --lost-only '(.event == "install" and .outcome != "won") or (.event == "free" and .why == "lost")' '$r.total | .install.lost + .free.lost'
kept --dev '.dev == "v7stress.1" and .pid > 0 and .tgid > 0 and (.comm | length) > 0' '$r.tables[] | select(.dev == "v7stress.1") |
	.install.attempts + .split.attempts + .creates + ([.free | .lost, .unmap, .replaced] | add) + ([.refuse[]] | add) + 1'

status stacks 0
of stacks "null" '.stacks == null and .exact'
grep -q '^v7scope: no stacks: ' stacks.err
ok $? "stacks: why"
refused huge 'out of memory.*--buffer'
left huge ''
refused nobody 'try sudo'
refused readonly 'mounted read-only; mount -o remount,rw'
refused boot 'trace_event=io_pgtable'
refused instance 'cannot open .*/instances/none'
left boot ''
refused unmounted 'mount -t tracefs tracefs /sys/kernel/tracing'
done_testing
