#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# doctor names each thing that is missing, and its remedy. Each complaint is provoked on a
# kernel of the lab. The test also shows what works without the missing thing.
# shellcheck disable=SC2016 # what $ begins is for jq
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
lab=$top/tools/lab/lab
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# guest DIR SIGHTS LAB-OPTION...: doctor with each of these
guest() {
	dir=$tmp/$1 sights=$2
	shift 2
	mkdir -p "$dir" && cp "$here/doctor" "$dir/" || exit 1
	# shellcheck disable=SC2086 # words
	"$lab" run --dir "$dir" "$@" -- sh doctor $sights >"$tmp/out" 2>&1
	ok $? "the guest's part: $sights"
}

# of NAME STATUS FILTER: what doctor says of it
of() {
	jq -n -e "input | $3" "$dir/$1.json" >"$tmp/out" 2>&1 && [ "$(cat "$dir/$1")" -eq "$2" ]
	ok $? "$1: ${4-$3}"
}

# complaint NAME STATUS FACT PATTERN: of that fact, and what to do
complaint() {
	of "$1" "$2" ".facts.$3 | .ok == false and (.advice | test(\"$4\"))" "$3: $4"
}

# counts NAME FILTER DESCRIPTION: of a load's final report, with $load its result
counts() {
	tail -n 1 "$dir/$1.stat" >"$dir/stat"
	cp "$dir/$1.said" "$tmp/out"
	[ "$(cat "$dir/$1.status")" -eq 0 ] &&
		jq -n -e --slurpfile load "$dir/$1.result" "(\$load[0]) as \$load | input | $2" "$dir/stat" >>"$tmp/out" 2>&1
	ok $? "$1: $3"
}

# refuses NAME PATTERN: and says why, in one line
refuses() {
	cp "$dir/$1.said" "$tmp/out"
	[ "$(cat "$dir/$1.status")" -ne 0 ] && [ "$(wc -l <"$dir/$1.said")" -eq 1 ] &&
		grep -q "^v7scope: .*$2" "$dir/$1.said"
	ok $? "$1: $2"
}

guest stock 'restricted nobody disarmed nameless untraced' --stock
of all 0 '.recommended == "kprobe" and .ways.kprobe.works and (.ways.bpf.works or .ways.ftrace.works | not)'
of all 0 '[.events[].bpf] | all(. == false)'
of all 0 '.events | [.io_pgtable_install, .io_pgtable_split, .io_pgtable_free, .io_pgtable_create, .io_pgtable_refuse] |
	map(.kprobe) == [true, "partly", "partly", true, "partly"]' "what kprobes see of each event"
of all 0 '(.defects | length) == 3 and all(.defects[]; .sure)'
of all 0 '.facts | all(.[]; .ok != false or (.advice | length) > 0)'
of all 0 '.facts.tool.value == "arm64" and .facts.caps_kept.value != null'
complaint all 0 series "kernel-patch.*boot the new kernel"
complaint restricted 0 kptr_restrict "echo 1 >/proc/sys/kernel/kptr_restrict"
complaint restricted 0 addresses "kptr_restrict"
of restricted 0 '.events | .io_pgtable_install.kprobe == true and .io_pgtable_free.kprobe == false'
complaint nobody 1 cap_bpf "try sudo"
complaint nobody 1 cap_perfmon "try sudo"
complaint nobody 1 cap_sys_admin "try sudo"
complaint nobody 1 bpf_load "try sudo"
of nobody 1 '[.ways | .bpf, .ftrace, .kprobe | .state] == ["absent", "absent", "barred"]'
of nobody 1 '.recommended == null and all(.events[]; .bpf == null and .kprobe == null) and .facts.root.value == false'
of nobody 1 '(.defects | length) == 3'
complaint disarmed 1 kprobes_enabled "echo 1 >/sys/kernel/debug/kprobes/enabled"
of disarmed 1 '.recommended == null and .nearest == "kprobe" and .ways.kprobe.state == "barred" and
	(.ways.kprobe.obstacles | length == 1 and (.[0].cause | test("disarmed")))'
of nameless 1 '.facts.v7s_code.value == null and (.facts.v7s_code.advice | test("another mount hides /proc/kallsyms"))'
of nameless 1 '.ways.kprobe.why_not | test("another mount hides /proc/kallsyms")'
cp "$dir/nameless.said" "$tmp/out"
[ "$(cat "$dir/nameless.stat")" -eq 1 ] && grep -q "^v7scope: .*another mount hides /proc/kallsyms" "$dir/nameless.said"
ok $? "nameless: kprobes are refused, and why"
of untraced 0 '.facts.tracefs | .value == false and (.advice | test("mount -t tracefs"))'
of untraced 0 'all(.events[]; .ftrace == null)'

# Kernels that are built for this alone take as long as all the rest together: only
# where a matrix is asked for.
if [ -z "${kernels-}" ]; then
	skip "old kernels, and odd ones" "kernels= names none"
	done_testing
fi

case " $kernels " in
*' 5.10 '*)
	guest old 'locked' --kernel 5.10 --stock
	complaint locked 1 memlock "ulimit -l"
	of all 0 '.facts.recursion_misses | .value == false and (.advice | test("v5.12"))'
	;;
esac

stress=$("$top/tools/stress/build" 6.1 arm64 --stock --config "$here/plain.config") || bail "no v7stress.ko"
kdir=$("$lab" kdir 6.1 arm64 --stock --config "$here/plain.config") || bail "no kernel"
mkdir "$tmp/plain" && cp "$stress" "$tmp/plain/" || exit 1
pahole --btf_encode_detached="$tmp/plain/btf" "$kdir/vmlinux" || bail "no BTF"
guest plain 'interpreted plain' --stock --config "$here/plain.config"
of all 0 '.facts.btf | .value == false and (.advice | test("--btf"))'
complaint interpreted 0 bpf_jit "bpf_jit_enable"
counts without '.total.install.won == $load.expect.won_map and [.tables[].dev] == ["-"] and .tables[0].fmt == "arm_v7s"' \
	"counts are right, the device is not known"
counts with '.total.install.won == $load.expect.won_map and [.tables[].dev] == ["v7stress.0"]' "--btf FILE tells it"
refuses wrong "--btf doctor: cannot read BTF"
refuses missing "--btf .*'/none'"

[ -f "$top/build/armv7/v7scope" ] || bail "no build/armv7/v7scope; build it with: make CROSS_COMPILE=arm-linux-gnueabihf-"
stress=$("$top/tools/stress/build" 6.1 arm64 --stock --config "$here/guarded.config") || bail "no v7stress.ko"
mkdir "$tmp/guarded" && cp "$stress" "$tmp/guarded/" && cp "$top/build/armv7/v7scope" "$tmp/guarded/v7scope-armv7" || exit 1
guest guarded armv7 --stock --config "$here/guarded.config"
of armv7 0 '.facts.tool.value == "armv7, which works on this arm64 kernel" and .recommended == "kprobe"'
counts small '.source == "kprobe" and .total.install.won == $load.expect.won_map and .tables[0].dev == "v7stress.0" and .destroys == 1' \
	"a tool of 32 bits counts right"
guest guarded confidential --stock --config "$here/guarded.config" --append lockdown=confidentiality
complaint confidential 1 lockdown "lockdown=confidentiality"
of confidential 1 '.ways.kprobe.works == false and .recommended == null'
cp "$dir/confidential.said" "$tmp/out"
[ "$(cat "$dir/confidential.stat")" -eq 1 ] && grep -q "^v7scope: .*lockdown" "$dir/confidential.said"
ok $? "confidential: refused, and why"
done_testing
