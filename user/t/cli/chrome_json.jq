# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Is a file what the Trace Event Format says, as far as we use it? Prints what is not.

def bad($what): "\($what): \(tojson | .[:200])";
def number: type == "number";
def name_of($names; $e): $names["\($e.pid) \($e.tid)"];

# Slices of a track, by their beginnings and else as they come, lie within the one
# that is open or behind it. In whole nanoseconds, which floating point keeps.
def nested:
	map({from: (.ts * 1000 | round), to: ((.ts * 1000 | round) + (.dur * 1000 | round)), e: .})
	| sort_by(.from)
	| reduce .[] as $s ({open: [], bad: []};
		.open |= until(length == 0 or .[-1] > $s.from; .[:-1])
		| if (.open | length > 0) and .open[-1] < $s.to then .bad += [$s.e | bad("crosses another")] else . end
		| .open += [$s.to])
	| .bad[];

. as $file
| ($file | keys - ["displayTimeUnit", "otherData", "traceEvents"] | map(bad("unknown member"))[]),
  ($file | select(.displayTimeUnit != "ns" and (.traceEvents | length) > 0) | .displayTimeUnit | bad("time unit")),
  ($file.otherData | select(any(.[]; type != "string")) | bad("not strings")),
  ([$file.traceEvents[] | select(.ph == "M" and .name == "thread_name")
	| {key: "\(.pid) \(.tid)", value: .args.name}] | from_entries) as $names
| $file.traceEvents
| (.[] | (
	(select(.ph as $ph | ["M", "X", "i", "C"] | index($ph) | not) | bad("phase")),
	(select((.pid | number | not) or (.tid | number | not)) | bad("no pid or tid")),
	(select((.name | type) != "string" or .name == "") | bad("no name")),
	(select(.ph != "M" and ((.ts | number | not) or .ts < 0)) | bad("no ts")),
	(select(.ph == "X" and ((.dur | number | not) or .dur <= 0)) | bad("no dur")),
	(select(.ph == "i" and .s != "t") | bad("no scope")),
	(select(.ph == "C" and (.args | length == 0 or any(.[]; number | not))) | bad("no value")),
	(select((.ph == "X" or .ph == "i") and name_of($names; .) == null) | bad("on a track without a name")),
	(select((.ph == "X" or .ph == "i") and .pid == 1 and .args.cpu != null and
		(name_of($names; .) | test("^CPU \(.args.cpu)( |$)") | not))? | bad("on another track"))
  )),
  (map(select(.ph == "X")) | group_by([.pid, .tid])[] | nested)
