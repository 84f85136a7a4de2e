# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Is a Perfetto trace what was recorded? $got is what perfetto.py prints, $all what
# `report trace --json` prints. Prints what differs.

def hex: ltrimstr("0x") | explode | reduce .[] as $c (0; . * 16 + (if $c > 96 then $c - 87 else $c - 48 end));
def bad($what): "\($what): \(tojson | .[:400])";
def waited: if .event == "split" and .holder != -1 then .wait_ns // 0 else 0 end;
def held: if .event == "split" and .kind == "cont" then .hold_ns // 0 else 0 end;
# Longer than the uptime: not a valid duration
def took: (if .event == "install" then .window_ns // 0 else waited + held end) as $ns | if $ns > .time_ns then 0 else $ns end;
def named: .event + (if .event == "install" or .event == "split" then " \(.outcome // "?")" elif .event == "free" or .event == "refuse" then " \(.why // "?")" else "" end);
def args: {pgtable, cpu, level, kind, block_size, size, holder,
	why: (if .event == "install" then .why // "?" else null end),
	iova: (if .event == "create" or .event == "destroy" then null else .iova end),
	task: (if .tgid == .pid then "/\(.pid)" else "/\(.tgid):\(.pid)" end),
	stack: (.frames // null | if . then map(.symbol // "?") else . end)};
def shown: {pgtable, cpu, level, kind, block_size, size, holder, why,
	iova: (.iova | if . then hex else . end),
	task: (.task | sub("^[^/]*"; "")), stack};

($got[-1].faults[:20][] | bad("fault")),
([$all[] | select(.line == "event")] as $events |
[$got[] | select(.parent == "CPUs")] as $slices |
($slices | map(select(.cat != "dropped" and (.name == "wait" or .name == "hold" | not)))) as $heads |
(select($events == []) | bad("no events")),
(select(($events | length) != ($heads | length)) | [$events, $heads | length] | bad("numbers of events")),
([$events, $heads] | transpose | .[] | select(all(.[]; . != null)) | .[0] as $e | .[1] as $s |
	(select($s.name != ($e | named) or $s.cat != $e.event) | bad("name")),
	(select($s.on | test("^CPU \($e.cpu)( lane [0-9]+)?$") | not) | bad("track")),
	(select($s.flows != [$e.pgtable // empty]) | bad("flow")),
	(select(($e | args) != ($s.args | shown)) | bad("arguments")),
	(if $s.type == "BEGIN" then select($s.ts + $s.dur != $e.time_ns or $s.dur != ($e | took)) else select($s.ts != $e.time_ns) end | bad("time"))),
# A lane has no room for some of the slices that overlap.
([$events, $heads] | transpose | map(select((.[0] // {} | took) > 0)) | map(.[1].type) |
	(map(select(. != "BEGIN")) | length) as $instants | select($instants * 100 > length) | bad("instants")),
([[$events, $heads] | transpose[] | select(.[1].type == "BEGIN") | .[0] as $e | ($e | waited) as $wait | ($e | held) as $hold |
	(select($wait > 0) | ["wait", $e.time_ns - $wait - $hold, $wait]), (select($hold > 0) | ["hold", $e.time_ns - $hold, $hold])] as $parts |
	[$slices[] | select(.name == "wait" or .name == "hold") | [.name, .ts, .dur]] | select(. != $parts) | bad("waits and holds")),
# Lifetimes
([$got[] | select(.name == "recording")] | if length == 1 then .[0] else bad("no recording") end) as $recording |
(reduce $events[] as $e ({}; .["\($e.pgtable)"] |= (. // {flow: [$e.pgtable // empty], from: ([$recording.ts, $e.time_ns - ($e | took)] | min), to: ($recording.ts + $recording.dur)} |
	if $e.event == "create" then .from = $e.time_ns elif $e.event == "destroy" then .to = $e.time_ns else . end)) | [.[]] | sort) as $lives |
([$got[] | select(.cat == "pgtable") | {flow: .flows, from: .ts, to: (.ts + .dur)}] | sort | select(. != $lives) | bad("lifetimes")),
# Drops
([$got[] | select(.cat == "dropped")] as $gaps |
([$all[-1].cpus[].dropped] | add // 0) as $dropped |
(select(([$gaps[].args.dropped] | add // 0) != $dropped) | [$dropped, $gaps] | bad("number dropped")),
(($events | group_by(.cpu) | map({key: "\(.[0].cpu)", value: map(.time_ns)}) | from_entries) as $times |
$gaps[] | . as $gap | $times["\(.args.cpu)"] // [] | select(any(.[]; . > $gap.ts and . < $gap.ts + ($gap.dur // 0))) | bad("an event in a gap"))))
