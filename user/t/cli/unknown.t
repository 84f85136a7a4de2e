#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Page tables and formats that are not known, as of a kernel that has more page tables
# than the kprobes can number: each output says so, and none names another format.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$bin/fake
rec=$tmp/rec
export FAKE_UNKNOWN=1

# jqs NAME FILTER: true of the output, as an array
jqs() {
	cp "$tmp/out" "$tmp/json"
	jqs_name=$1
	run jq -e -s "$2" "$tmp/json"
	ok $status "$jqs_name"
}

# no_name NAME: the output does not name the format whose number is 0
no_name() { check "$1: no other format" [ "$status $(grep -c arm_32_lpae_s1 "$tmp/out")" = "0 0" ]; }

# trace_of NAME COMMAND...: the same live and from a recording
trace_of() {
	name=$1
	shift
	run "$@"
	no_name "$name"
	check "$name: page tables, and the format at create and destroy" \
		[ "$(grep -c '^ *[0-9.]* .* ? .*(dev -)$' "$tmp/out") $(grep -c '  *destroy  *?  ? (dev -)$' "$tmp/out") \
$(grep -c '  *create  *?  ? ias 32 ' "$tmp/out")" = "12 1 1" ]
	run "$@" --json
	jqs "$name: null in JSON" 'map(select(.line == "event")) | length == 12 and all(.[]; .pgtable == null and .fmt == null)'
}

# stat_of NAME COMMAND...
stat_of() {
	name=$1
	shift
	run "$@"
	no_name "$name"
	has "$tmp/out" '^pgtable 3 \(dev .*, \?\)$' "$name: ? for the format"
	run "$@" --json
	jqs "$name: null in JSON" '.[-1] | (.tables | map(.fmt)) == ["arm_v7s", "arm_v7s", null] and
		([.devices[].fmt] | sort) == [null, "arm_v7s"]'
}

run "$v7scope" record -o "$rec" -- true
# shellcheck disable=SC2016 # for the inner shell
trace_of trace sh -c '"$0" trace "$@" -- true' "$v7scope"
trace_of "report trace" "$v7scope" report "$rec" trace
# shellcheck disable=SC2016
stat_of stat sh -c '"$0" stat "$@" -- true' "$v7scope"
stat_of "report stat" "$v7scope" report "$rec"

run "$v7scope" check --json --for 0.1s
status=0
no_name check
jqs "check: null in JSON" '.[0].figures.tables[2].fmt == null'
run "$v7scope" export --textfile "$tmp/x.prom" -- true
cp "$tmp/x.prom" "$tmp/out"
no_name metrics
has "$tmp/out" '^v7scope_page_tables\{device=".*mmu",format="-"\} 1$' "metrics: the format is -"

run "$v7scope" convert "$rec" --to chrome-json -o "$tmp/trace.json"
cp "$tmp/trace.json" "$tmp/out"
no_name chrome-json
jqs "chrome-json: a track for page tables that are not known" \
	'.[0].traceEvents | any(.[]; .name == "thread_name" and .args.name == "pgtable ? (dev -, ?)") and
	all(.[]; .args.pgtable == null)'
done_testing
