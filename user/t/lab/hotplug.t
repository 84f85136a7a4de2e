#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Counts are those of the load's arithmetic while CPUs go offline and come back, while the
# machine sleeps, and in namespaces and a cpuset.
# shellcheck disable=SC2016 # what stands in single quotes is for jq
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source-path=SCRIPTDIR source=../../../tools/stress/t/lib.sh
. "$(dirname -- "$0")/../../../tools/stress/t/lib.sh"
need_v7scope
dir=$tmp/guest
stage "$dir"
cp "$top/user/t/lab/hotplug" "$dir/"

guest "$dir" --packages util-linux -- sh hotplug >"$tmp/out" 2>"$tmp/err"
is "$?" 0 "the guest's part runs to its end, and the kernel reports nothing"

# counts NAME FILTER: the filter is true, with the load's result as $load and the last
# report as its input
counts() {
	check "$2" jq -n -e --slurpfile load "$dir/$1.result" --slurpfile report "$dir/$1.json" \
		'$load[0] as $load | $report[-1] | '"$3"
}
right='.exact and .exact_why == [] and .total.install.won == $load.expect.won_map + $load.expect.won_split and
	.total.split.cont.done == $load.expect.split_cont_done and .total.split.block.done == $load.expect.split_block_done and
	.total.free.unmap == $load.expect.free_unmap and .total.free.replaced == $load.expect.free_replaced and
	.total.install.lost == .total.free.lost and $load.errors == 0'

for source in bpf ftrace; do
	counts $source.toggle "$source: CPU 1 comes and goes" "$right"
	check "$source: it did" test "$(cat "$dir/$source.turns")" -ge 1
	counts $source.toggle0 "$source: CPU 0 comes and goes" "$right"
	check "$source: it did" test "$(cat "$dir/$source.turns0")" -ge 1
	counts $source.back "$source: started without CPU 1, which comes back" "$right"
	counts $source.without0 "$source: started without CPU 0, which comes back" "$right"
done
check "trace: emitted and dropped events are all events, with a line for each" jq -n -e --slurpfile load "$dir/trace.result" \
	'[inputs] | (map(select(.line == "event")) | length) as $lines | last |
	.adds_up and .exact and ([.cpus[].emitted] | add) == $lines and $lines > 1000 and
	([.cpus[].counted] | add) > ($load[0].expect | .won_map + .won_split)' "$dir/trace.json"
counts record "record: the recording has all counts" '.exact and .total.install.won == $load.expect.won_map + $load.expect.won_split'
check "check: the counts pass" jq -e '[.judgements[] | select(.result == "pass") | .name] |
	contains(["exact", "consistent", "lost_freed", "balanced", "corruption"])' "$dir/check.json"
counts cpuset "a cpuset without CPU 1" "$right"
has "$dir/allowed" 'Cpus_allowed_list:.0$' "a cpuset without CPU 1: v7scope is in it"
counts cpuset "a cpuset without CPU 1: both are counted" '[.cpus[] | select(.install.attempts > 0) | .cpu] == [0, 1]'
counts pidns "a PID namespace" "$right"
counts timens "a time namespace" "$right"
counts timens "a time namespace: the time that passed is that of the load" '.elapsed_ns >= $load.elapsed_ns and .elapsed_ns < $load.elapsed_ns + 60e9'

guest "$dir" -- sh hotplug sleep >"$tmp/slept" 2>"$tmp/err"
is "$?" 0 "suspended twice: the guest's part runs to its end, and the kernel reports nothing"
for source in bpf ftrace; do
	for part in load report; do
		jq -c "select(.source == \"$source\") | .$part" "$tmp/slept" >"$dir/$source.sleep.$part"
	done
	mv "$dir/$source.sleep.load" "$dir/$source.sleep.result"
	mv "$dir/$source.sleep.report" "$dir/$source.sleep.json"
	counts $source.sleep "$source: the machine slept" "$right"
	is "$(jq "select(.source == \"$source\") | .slept" "$tmp/slept")" 0 "$source: it did sleep"
done
done_testing
