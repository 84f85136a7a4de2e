#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# `convert --to perfetto`: protoc decodes the trace, which is compared with the recording
# slice by slice.
# shellcheck disable=SC2016 # what stands in single quotes is for jq, or for a shell within
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
command -v protoc >/dev/null || skip_all "no protoc here (tools/deps would install it)"
v7scope=$bin/fake

# record NAME [OPTION]...
record() {
	name=$1
	shift
	"$v7scope" record -o "$tmp/$name" "$@" >/dev/null 2>&1
}

# decode NAME: what there is to compare of a recording
decode() {
	rm -f "$tmp/$1.trace"
	"$v7scope" convert "$tmp/$1" --to perfetto -o "$tmp/$1.trace" 2>/dev/null
	"$v7scope" report "$tmp/$1" trace --stacks --json >"$tmp/$1.events" 2>/dev/null
	python3 "$here/perfetto.py" "$tmp/$1.trace" >"$tmp/$1.slices"
}

# differ NAME: what differs
differ() { run jq -n -r --slurpfile got "$tmp/$1.slices" --slurpfile all "$tmp/$1.events" -f "$here/perfetto.jq"; }

# same NAME WHAT
same() {
	decode "$1"
	differ "$1"
	check "$2: each event is a slice, with its times, arguments and flow" [ "$status $(wc -c <"$tmp/out")" = "0 0" ]
}

record plain -- true
same plain "a few events"
FAKE_LOAD=5000 record load --tasks --stacks -- sleep 0.5
same load "a load"
lanes=$(jq -r 'select(.on) | .on | select(test(" lane "))' "$tmp/load.slices" | sort -u | wc -l)
depth=$(jq -r 'select(.depth and (.name | test("^(wait|hold)$") | not)) | .depth' "$tmp/load.slices" | sort -n | tail -n 1)
check "a load: slices overlap on lanes, and nest" [ "$((lanes > 1)) $((depth > 0))" = "1 1" ]
FAKE_LOAD=6000 FAKE_DROP=50 record drops -- sleep 0.6
same drops "events were dropped"
check "events were dropped: in many places" [ "$(grep -c '"cat": "dropped"' "$tmp/drops.slices")" -gt 100 ]
FAKE_OVERRUN=1 FAKE_LOAD=6000 FAKE_DROP=1000 record overruns -- sleep 0.6
same overruns "events were lost by trace buffers"
check "events were lost by trace buffers: with the cause" [ "$(grep '"cat": "dropped"' "$tmp/overruns.slices" | grep -c '"cause": "overrun"')" -gt 1 ]
FAKE_UNKNOWN=1 record unknown -- true
same unknown "a page table is not known"
for percent in 92 96 99; do
	head -c $(($(wc -c <"$tmp/load") * percent / 100)) "$tmp/load" >"$tmp/cut"
	same cut "$percent percent of a recording"
done
FAKE_LOAD=3000000 record latest --keep-last 256K -- sleep 2
same latest "the latest events of a recording"

# Counters, a line for each reading
FAKE_WHEN=$tmp/when record counters -- sh -c 'sleep 1.3; touch "$1"; sleep 0.5' sh "$tmp/when"
same counters "counters"
"$v7scope" report "$tmp/counters" --json -i 0.1 >"$tmp/said"
jq -r 'select(.final | not) | .tables[] | select(.pgtable) | if .alive then "tables alive of pgtable \(.pgtable) \(.alive)"
	else "net tables of pgtable \(.pgtable) \(.net)" end' "$tmp/said" | sort >"$tmp/wanted"
jq -r 'select(.type == "COUNTER") | "\(.on) \(.value)"' "$tmp/counters.slices" | sort >"$tmp/out"
check "counters: of each page table at each reading" cmp "$tmp/out" "$tmp/wanted"
check "counters: there are some" [ "$(wc -l <"$tmp/wanted")" -gt 3 ]

# plant NAME FILTER WHAT: a fault in the slices of a small load is noticed
plant() {
	jq -c -s "$2"' | .[]' "$tmp/small.slices" >"$tmp/planted.slices"
	cp "$tmp/small.events" "$tmp/planted.events"
	differ planted
	check "noticed: $1" grep -q "^$3" "$tmp/out"
}
FAKE_LOAD=500 record small --stacks -- sleep 0.3
same small "a small load"
of='(map(.type == "BEGIN" and .parent == "CPUs" and .cat == "install") | index(true)) as $i | '
plant "a slice too few" "$of del(.[\$i])" "numbers of events"
plant "a slice twice" "$of .[:\$i] + [.[\$i]] + .[\$i:]" "numbers of events"
plant "a nanosecond too long" "$of .[\$i].dur += 1" time
plant "a nanosecond too late" "$of .[\$i].ts += 1" time
plant "another name" "$of .[\$i].name += \"x\"" name
plant "another flow" "$of .[\$i].flows = [4711]" flow
plant "no flow" "$of .[\$i].flows = []" flow
plant "another address" "$of .[\$i].args.iova = \"0x123\"" arguments
plant "another stack" "$of .[\$i].args.stack[0] += \"x\"" arguments
plant "another lifetime" '(map(.cat == "pgtable") | index(true)) as $i | .[$i].dur += 1' lifetimes
plant "a hold too long" '(map(.name == "hold") | index(true)) as $i | .[$i].dur += 1' "waits and holds"
head -c -1 "$tmp/load.trace" >"$tmp/broken"
run python3 "$here/perfetto.py" "$tmp/broken"
check "noticed: a trace without its last byte" [ $status -ne 0 ]

# Size and memory. The tool waits for its reader before the end, with its peak.
cat >"$tmp/peak.py" <<'EOT'
import re, subprocess, sys
p = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE)
p.stdout.read(int(sys.argv[1]) - 200000)
with open('/proc/%d/status' % p.pid) as f:
    print(re.search(r'VmHWM:\s*(\d+)', f.read())[1])
p.stdout.read()
sys.exit(p.wait())
EOT
for n in 100000 1000000; do
	count=$(FAKE_LOAD=$n FAKE_STEP=5000 "$v7scope" record -o "$tmp/many.$n" --json -- sleep $((n / 400000 + 1)) | jq .events)
	run "$v7scope" convert "$tmp/many.$n" --to perfetto -o "$tmp/many.trace" --force
	# A busy machine records fewer.
	check "$count events are recorded, of $n" [ "$count" -gt $((n / 2)) ]
	bytes=$(wc -c <"$tmp/many.trace")
	check "they take $((bytes / count)) bytes each, at most 40" [ "$status $((bytes <= 40 * count))" = "0 1" ]
	python3 "$tmp/peak.py" "$bytes" "$v7scope" convert "$tmp/many.$n" --to perfetto -o - >"$tmp/kib.$n"
done
read -r few <"$tmp/kib.100000"
read -r many <"$tmp/kib.1000000"
check "many events take the memory of few ($few and $many KiB)" [ "$many" -lt $((few + few / 4)) ]
done_testing
