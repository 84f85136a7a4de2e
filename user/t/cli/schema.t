#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The JSON of each verb conforms to its JSON Schema, by Debian's python3-jsonschema.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$bin/fake
# shellcheck source-path=SCRIPTDIR source=server.sh
. "$here/server.sh"
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip_all "python3-jsonschema is not installed"

validate=$here/validate.py
# valid VERB FILE
# shellcheck disable=SC2317 # called by check
valid() { /usr/bin/python3 "$validate" "$tmp/$1.schema" <"$2"; }

for verb in top stat hist trace flush fault explain record report check serve doctor; do
	"$v7scope" schema $verb >"$tmp/$verb.schema" || bail "no schema of $verb"
done

# prints VERB NAME COMMAND...: what the command prints is as the verb's schema says
prints() {
	schema=$1 name=$2
	shift 2
	"$@" >"$tmp/json" 2>"$tmp/err"
	check "$name" valid "$schema" "$tmp/json"
	cat "$tmp/json" >>"$tmp/all.$schema"
}

for fake in series stock board; do
	export FAKE=$fake
	prints stat "stat, $fake" "$v7scope" stat --json --tasks --stacks -i 0.1 -n 2
	prints stat "stat of one device, $fake" "$v7scope" stat --json --dev 14006000.iommu -- true
	prints stat "stat of one page table, $fake" "$v7scope" stat --json --pgtable 3 -- true
	prints top "top, $fake" "$v7scope" top --json -n 1
	FAKE_FAULTS=1 prints top "top with faults, $fake" "$v7scope" top --json -n 1
	prints hist "hist, $fake" "$v7scope" hist --json -n 2 -i 0.1
	prints trace "trace, $fake" "$v7scope" trace --json --stacks -- true
	FAKE_FAULTS=1 prints trace "trace with faults, $fake" "$v7scope" trace --json -- true
	FAKE_UNKNOWN=1 prints trace "trace with unknown values, $fake" "$v7scope" trace --json -- true
	FAKE_UNKNOWN=1 prints stat "stat with unknown values, $fake" "$v7scope" stat --json -- true
	FAKE_FLUSHES=1 prints explain "explain, $fake" "$v7scope" explain --json -- true
	prints check "check, $fake" "$v7scope" check --json -- true
	cp "$tmp/json" "$tmp/$fake.json"
	rm -f "$tmp/night.rec"
	FAKE_FLUSHES=1 prints record "record, $fake" "$v7scope" record --json -o "$tmp/night.rec" -- true
	for view in stat hist trace explain flush; do
		prints report "report $view, $fake" "$v7scope" report "$tmp/night.rec" $view --json
	done
done
FAKE_OVERRUN=1 FAKE_DROP=3 prints trace "trace with overruns" env FAKE=series "$v7scope" trace --json -- true
prints check "check --compare" "$v7scope" check --json --compare "$tmp/series.json" "$tmp/stock.json"
prints check "check --compare, the same" "$v7scope" check --json --compare "$tmp/board.json" "$tmp/board.json"
for fake in series ipmmu smmu; do
	export FAKE=$fake
	prints flush "flush, $fake" "$v7scope" flush --json -i 0.1 -n 2
	prints flush "flush by task and stack, $fake" "$v7scope" flush --json --tasks --stacks -- true
	prints fault "fault, $fake" "$v7scope" fault --json -- true
done
unset FAKE
prints doctor "doctor, on this machine" "$tool" doctor --json

FAKE_FLUSHES=1 start
prints serve "serve: a snapshot with flushes" curl -s "$url/api/v1/snapshot"
check "and they are there" jq -e '.flushes | .driver == "mtk_iommu" and .total.range == 1000 * (.total.all / 3) * 2' "$tmp/json"
stop "serve: ends, flushes and all"
FAKE=stock start --interval 0.2
prints serve "serve: a snapshot" curl -s "$url/api/v1/snapshot"
prints serve "serve: a snapshot with buckets" curl -s "$url/api/v1/snapshot?all=1&buckets=1"
curl -sN --max-time 20 "$url/api/v1/stream" >"$tmp/stream" 2>/dev/null &
reader=$!
until_true 20 grep -q '^event: snapshot' "$tmp/stream"
kill $reader
wait $reader 2>/dev/null
prints serve "serve: the stream" sed -n '$!s/^data: //p' "$tmp/stream"
until_true 20 eval 'curl -s "$url/api/v1/history" | jq -e ".points | length > 1" >"$tmp/out"'
prints serve "serve: the history" curl -s "$url/api/v1/history"
stop "serve: ends"
FAKE_LOAD=20000 start --keep-last 256K
until_true 20 eval 'curl -s "$url/api/v1/events" | jq -e ".count > 200" >"$tmp/out"'
prints serve "serve: the last events" curl -s "$url/api/v1/events"
stop "serve: ends, events and all"
FAKE_FAULTS=1 start --keep-last 256K
until_true 20 eval 'curl -s "$url/api/v1/events" | jq -e "any(.events[]; .event == \"fault\")" >"$tmp/out"'
prints serve "serve: the last events, with faults" curl -s "$url/api/v1/events"
prints serve "serve: a snapshot with faults" curl -s "$url/api/v1/snapshot"
check "and the events are in their number" jq -e '.faults.emitted == 5 and .server.events >= 5' "$tmp/json"
stop "serve: ends, faults and all"
echo '{"time":1600000000,"text":"a section was split"}' >"$tmp/json"
check "serve: an alarm" valid serve "$tmp/json"

# A schema that allows everything would be none.
# planted VERB NAME JQ: a fault in what was printed
planted() {
	jq -c "$3" "$tmp/all.$1" >"$tmp/json"
	! cmp -s "$tmp/json" "$tmp/all.$1" || bail "nothing planted: $2"
	check "noticed: $2" sh -c '! "$@"' sh /usr/bin/python3 "$validate" "$tmp/$1.schema" "$tmp/json"
	/usr/bin/python3 "$validate" "$tmp/$1.schema" <"$tmp/json" >"$tmp/out" 2>&1
	check "noticed by a line of its own: $2" grep -q '^line [0-9]*, /' "$tmp/out"
}
planted stat "another version" '.schema = 3'
planted stat "a new field of a page table" '.tables[].planted = 1'
planted stat "a field of the counts that is gone" 'del(.total.install.won)'
planted stat "a bucket too few" '.total.window_ns |= (if . then .buckets |= .[1:] else . end)'
planted stat "a text instead of a number" '.total.free.tables |= tostring'
planted hist "a new field of the final object" '.planted = null'
planted trace "an outcome that there is not" 'if .outcome then .outcome = "planted" else . end'
planted trace "an event without its place" 'del(.iova)'
planted trace "an access that there is not" 'if .access then .access = "planted" else . end'
planted trace "an account of faults without a sum" 'if .faults then .faults |= del(.counted) else . end'
planted record "a field that is gone" 'del(.complete)'
planted check "a verdict that there is not" '.result = "planted"'
planted flush "a count that is gone" 'del(.total.timeouts)'
planted flush "a timeout in a state that sysfs does not know" '.last_timeouts[0].runtime_status = "asleep"'
planted flush "a cause that is gone" 'del(.total.causes.unmap)'
planted flush "a task without its time" 'if .tasks then del(.tasks[0].flush_sum_ns) else . end'
planted flush "a stack that has a pid" 'if .stacks then .stacks[0].pid = 1 else . end'
planted fault "a verdict that there is not" 'if .verdict then .verdict = "planted" else . end'
planted fault "a field of a map that is gone" 'if .map then .map |= del(.pid) else . end'
planted explain "a rule that there is not" '.not_found += ["planted"]'
planted explain "a finding without what helps" 'del(.findings[].helps)'
planted explain "a figure that is no integer" '.findings[].figures.planted = "many"'
planted explain "a new field of a finding" '.findings[].planted = 1'
planted doctor "a fact that is gone" 'del(.facts.btf)'
planted serve "a field of the history that is gone" 'if .points then .points[].total |= del(.waits) else . end'
planted serve "a new field of a device in the history" 'if .points then .points[].devices[].planted = 1 else . end'
planted serve "a count of the flushes that is gone" 'if .flushes then .flushes.total |= del(.timeouts) else . end'
planted serve "a field of the last events that is gone" 'if .events then del(.offset) else . end'
planted serve "a new field of an event" 'if .events then .events[0].planted = 1 else . end'
planted serve "a field of the server that is gone" 'if .server then .server |= del(.now) else . end'

# The command line.
for verb in export convert help version frob '' ' stat'; do
	run "$tool" schema "$verb"
	[ $status -eq 2 ] && [ ! -s "$tmp/out" ] && grep -q "'$verb' prints no JSON" "$tmp/err"
	ok $? "no schema of '$verb'"
done
run "$tool" schema
check "no verb: an error" [ $status -eq 2 ]
run sh -c '"$1" schema stat >/dev/full' sh "$tool"
check "a full disk is an error" [ $status -eq 1 ]
# Each verb that takes --json has a schema, and the help of schema names it.
for verb in $("$tool" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	"$tool" help "$verb" | grep -q -- --json || continue
	[ "$verb" != schema ] || continue
	# shellcheck disable=SC2016 # for the shell that is started
	check "there is a schema of $verb, and its help says so" sh -c '"$1" schema "$2" >/dev/null && "$1" help schema | grep -qw "$2"' sh "$tool" "$verb"
done
done_testing
