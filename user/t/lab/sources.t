#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The sources side by side on one run of the load. Counts and times are the same wherever
# two sources see the same thing, and equal the load's arithmetic. Runs on each kernel of
# $kernels and $archs.
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck disable=SC2016 # what stands in single quotes is for jq
asked=${kernels-}
# shellcheck source-path=SCRIPTDIR source=../../../tools/stress/t/lib.sh
. "$(dirname -- "$0")/../../../tools/stress/t/lib.sh"
need_v7scope
here=$top/user/t/lab

# watch DIR LAB-OPTION... -- PARAMETER=VALUE...
watch() {
	dir=$1
	shift
	lab_options=
	while [ "$1" != -- ]; do
		lab_options="$lab_options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	stage "$dir" $lab_options && cp "$here/sources" "$dir/" || exit 1
	# shellcheck disable=SC2086
	guest "$dir" $lab_options -- sh sources "$@"
}

# All that both have a number or a text for. A page table is known by its device,
# whose load has one: kprobe numbers them by itself. A task is known by its pid.
prelude='
def keyed: (.tables |= (map({key: .dev, value: del(.pgtable)}) | from_entries)) |
	(.cpus |= (map({key: "\(.cpu)", value: .}) | from_entries)) |
	(.tasks |= (. // [] | group_by([.dev, .pid]) | map({key: "\(.[0].dev) \(.[0].pid)", value: .[0] | del(.pgtable, .exited)}) | from_entries)) |
	(.waits_for |= (. // [] | map({key: "\(.dev) \(.waiter) \(.holder)", value: del(.pgtable)}) | from_entries)) |
	{tables, total, other, destroys, cpus, tasks, waits_for} | del(.. | .alive_why?);
def facts: [paths(scalars) as $p | {key: ($p | map(tostring) | join(".")), value: getpath($p)} | select(.value != null)] | from_entries;
def differ($a; $b): ($a | keyed | facts) as $x | ($b | keyed | facts) as $y |
	[$x | keys[] | select(in($y) and $x[.] != $y[.]) | "\(.) \($x[.]) against \($y[.])"];
def shared($a; $b): ($a | keyed | facts) as $x | ($b | keyed | facts) as $y | [$x | keys[] | select(in($y))];
'

# the FILTER: of the final reports, with $a and $b those of two sources
the() {
	jq -n -e --slurpfile load "$dir/result" --slurpfile a "$dir/$first.json" --slurpfile b "$dir/$second.json" \
		"$prelude (\$load[0]) as \$load | (\$a[-1]) as \$a | (\$b[-1]) as \$b | $1"
}

same() { the 'differ($a; $b) | if . == [] then true else (.[:40][] | debug) , false end' 2>&1; }
# The series counts a wait once it finds split_lock taken, kprobe once the CPU enters the
# slow path: not if the lock is free again by then.
same_but_waits() {
	the 'differ($a; $b) | map(select(test("wait") | not)) | if . == [] then true else (.[:40][] | debug) , false end' 2>&1
}
fewer_waits() {
	the '[[$a, $b][] | [.total.split.waits, (.tables | sort_by(.dev)[] | .split.waits)]] | debug |
		all(range(3) as $i | .[0][$i] <= .[1][$i]; .) and (.[0][0] > 0 or .[1][0] < 20)' 2>&1
}
seen() { the "shared(\$a; \$b) | length > $1"; }

# The counts of the source $first equal the load's arithmetic.
right() {
	the '($a | .exact and .exact_why == []) and ($a.total | .install.won == $load.expect.won_map + $load.expect.won_split and
		.split.cont.done == $load.expect.split_cont_done and .split.block.done == $load.expect.split_block_done and
		.free.unmap == $load.expect.free_unmap and .free.replaced == $load.expect.free_replaced and .install.lost == .free.lost) and
		([$a.tables[] | [.dev, .alive]] | sort) == ([$load.pgtables[] | [.dev, .walk.tables]] | sort)'
}

automatic() { [ "$(jq -rs '.[-1].source' "$dir/automatic.json")" = "$1" ] && jq -e --arg s "$1" '.recommended == $s' "$dir/doctor.json"; }
ran() { [ "$(xargs <"$dir/ran")" = "$1" ] || { cat "$dir/ran" "$dir/doctor.json"; return 1; }; }

# The comparison finds a planted difference.
planted() {
	the 'differ($a; ($b | .total.install.map.won += 1)) | length == 1' &&
		the 'differ($a; ($b | .tables[1].window_ns.buckets[12] += 1)) | length == 1'
}

load='mode=mixed threads=3 tables=2 ops=40000'

series() {
	# shellcheck disable=SC2086
	check "the sources run" watch "$tmp/series" -- $load
	check "automatic: bpf" automatic bpf
	first=ftrace second=bpf
	check "ftrace: the arithmetic of the load, exactly" right
	check "ftrace and bpf: the same" same
	check "ftrace and bpf: more than 500 figures are compared" seen 500
	check "ftrace and bpf: a planted difference is found" planted
	grep -q kprobe "$dir/ran" || { skip "kprobe beside them" "doctor says that it does not work here"; return; }
	first=kprobe
	check "kprobe and bpf: the same in all shared figures but waits" same_but_waits
	check "kprobe and bpf: no more waits than the kernel" fewer_waits
	check "kprobe and bpf: more than 30 figures are compared" seen 30
}

stock() {
	# Splits would corrupt what the load verifies.
	check "without the series: the available sources run" watch "$tmp/stock" --stock -- mode=churn threads=3 tables=2 ops=40000
	check "without the series: kprobe alone" ran kprobe
	check "without the series: automatic" automatic kprobe
	first=kprobe second=kprobe
	check "without the series: the counts equal the load's arithmetic" the '$a.total | .install.attempts - (.install.lost // 0) ==
		$load.expect.won_map + $load.expect.won_split'
}

# Where BPF is not even built in: a kernel for this alone takes long to build.
without_bpf() {
	[ -n "$asked" ] || { skip "without BPF" "kernels= names none"; return; }
	# shellcheck disable=SC2086
	check "without BPF: the available sources run" watch "$tmp/without" --config "$here/no-bpf.config" -- $load
	check "without BPF: ftrace alone" ran ftrace
	check "without BPF: automatic" automatic ftrace
	first=ftrace second=ftrace
	check "without BPF: exact" right
}

each series
each stock
kernels=${kernels%% *} archs=${archs%% *}
each without_bpf
done_testing
