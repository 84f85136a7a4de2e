#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The tool on the machine that builds it, whose kernel has none of the events.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built

# refused NAME PATTERN COMMAND...: one line on stderr that has PATTERN, status 1
refused() {
	name=$1 pattern=$2
	shift 2
	run "$@"
	[ $status -eq 1 ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -q "^v7scope: .*$pattern" "$tmp/err"
	ok $? "$name"
}

run "$tool" doctor --json
works=$status
jq -e '.schema == 2 and .verb == "doctor" and (.facts | length) >= 15 and
	(.events | keys) == (["create", "destroy", "free", "install", "refuse", "split"] |
		map("io_pgtable_" + .)) and
	all(.events[]; (.bpf | type) != "string" and has("ftrace")) and
	(.ways | keys) == ["bpf", "fentry", "ftrace", "kprobe"]' "$tmp/out" >/dev/null
ok $? "doctor's JSON"
check "the kernel's release" [ "$(jq -r .facts.kernel.value "$tmp/out")" = "$(uname -r)" ]
check "root or not" [ "$(jq -r .facts.root.value "$tmp/out")" = "$([ "$(id -u)" -eq 0 ] && echo true || echo false)" ]
jq -e --argjson works $works '(.recommended != null) == ($works == 0) and
	all(.ways[]; .works == (.why_not == null) and .works == (.state == "works") and .works == (.obstacles == [])) and
	(.nearest == null) == ($works == 0) and
	all(.facts[]; .ok != false or .advice != null)' "$tmp/out" >/dev/null
ok $? "the status says whether a way works, and what is wrong has an advice"
missing=$(jq -r 'keys[], (.facts, .ways, .defects[]?, .ways[], .ways[].obstacles[], .events[] | keys[])' "$tmp/out" | sort -u |
	while read -r key; do
		grep -qw -- "$key" "$here/../../man/v7scope-json.5" "$here/../../man/v7scope-serve.1" || echo "$key"
	done)
printf '%s\n' "$missing" >"$tmp/err"
check "each of doctor's fields is in the man page" [ -z "$missing" ]
possible=$(sed 's/.*[-,]//' /sys/devices/system/cpu/possible)
counters() { "$tool" doctor --tables "$1" --json | jq .facts.counters.value; }
is $(($(counters 1024) - $(counters 512))) $(((possible + 1) * 512 * 1128)) "the memory of more page tables, on each possible CPU"
# A kernel that calls itself 2.6 stands for one before v5.11.
old() { setarch --uname-2.6 setpriv --bounding-set=-sys_resource sh -c 'ulimit -l 64; "$0" doctor --tables 2048 --json' "$tool"; }
if setarch --uname-2.6 setpriv --bounding-set=-sys_resource true 2>/dev/null; then
	old >"$tmp/old"
	limit=$(jq -r .facts.memlock.advice "$tmp/old" | sed -n 's/^ulimit -l \([0-9]*\): .*/\1/p')
	check "the limit of locked memory has room for all page tables" \
		[ "$((${limit:-0} * 1024))" -ge "$(jq '.facts.counters.value + .facts.counters_tasks.value' "$tmp/old")" ]
else
	skip "the limit of locked memory has room for all page tables" "nobody but root may do this"
fi
events=$(jq '[.events[].bpf] | all(. == false)' "$tmp/out")
loads=$(jq .facts.bpf_load.value "$tmp/out")
run "$tool" doctor
check "doctor in text, the same status" [ $status -eq "$works" ]
check "one line for each event" [ "$(grep -c '^io_pgtable_' "$tmp/out")" -eq 6 ]

if [ "$events $loads" = "true true" ]; then
	refused "none of the events: what to do" "none of the io_pgtable events.*kernel-patch" "$tool" stat --source bpf
	refused "none of the events: CMD is not run" "none of the io_pgtable" \
		"$tool" stat --source bpf -- touch "$tmp/touched"
	check "CMD was not run" [ ! -e "$tmp/touched" ]
else
	skip "a kernel without the events" "this one has them, or lets nobody load BPF programs"
fi

# The names of the kernel's functions prove what needs no permission.
why="CAP_BPF and CAP_PERFMON.*sudo"
if grep -q . /proc/kallsyms && ! grep -qw __traceiter_io_pgtable_install /proc/kallsyms; then
	why="none of the io_pgtable events.*kernel-patch"
fi
if [ "$(id -u)" -eq 0 ]; then
	cp "$tool" "$tmp/v7scope"
	chmod 755 "$tmp" "$tmp/v7scope"
	# Past libraries that look for files of root's.
	refused "not root: what to do" "$why" \
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$tmp/v7scope" stat
	run setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$tmp/v7scope" doctor --json
	[ $status -le 1 ] && jq -e '.facts.root.value == false and
		.facts.cap_bpf.ok == false and .events.io_pgtable_install.bpf == null' "$tmp/out" >/dev/null
	ok $? "doctor without root: it cannot tell, and says what to do"
else
	refused "not root: what to do" "$why" "$tool" stat
fi
done_testing
