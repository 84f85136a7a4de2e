#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The event stream in the lab. With enough room it equals the counts, in order. With
# almost none it says how much is missing, and the counters stay right.
#
# From the environment: kernels and archs to run on; ops, the length of the load.
# shellcheck disable=SC2016 # what stands in single quotes is for jq, or the guest
# shellcheck source-path=SCRIPTDIR source=../../../tools/stress/t/lib.sh
. "$(dirname -- "$0")/../../../tools/stress/t/lib.sh"
need_v7scope

# With 6000000 there are 10^6 events where large pages are split.
ops=${ops-400000}

# says NAME FILTER: of what the last run left
says() {
	check "$1" jq -e -n --slurpfile trace "$dir/trace.json" --slurpfile stat "$dir/stat.json" "$prelude $2"
}
prelude='
def sum(f): [.[] | f] | add // 0;
def events: .install.attempts + .split.attempts + .creates + .unknown + .free.lost + .free.unmap + .free.replaced + ([.refuse[]] | add);
$trace[-1] as $account | $stat[-1] as $r | ($trace | map(select(.line == "event"))) as $events |'

accounts() {
	says "$1: each CPU adds up" '$account.line == "account" and $account.adds_up and ($account.cpus |
		length > 0 and all(.emitted + .dropped + .filtered == .counted))'
	says "$1: each emitted event is printed" '($events | length) == ($account.cpus | sum(.emitted))'
	says "$1: each dropped event is reported" '($trace | map(select(.line == "dropped")) | sum(.dropped)) ==
		($account.cpus | sum(.dropped))'
	says "$1: in the order of time" '[$events[].time_ns] | . == sort'
	# stat ends before the page tables are destroyed, so only trace counts that.
	says "$1: as many events as stat counted at the same time" '($account.cpus | sum(.counted)) == ($r.total | events) + $r.destroys +
		(if $stat | any(.verb == "stat" and .final and .destroys == 0) then $r.total.pgtables else 0 end)'
}

loss() {
	dir=$tmp/loss
	rm -rf "$dir"
	stage "$dir"
	check "a ring of one page" guest "$dir" -- sh -c \
		'v7scope trace --ring 16 --json -- sh exact "$@" >trace.json' sh mode=mixed ops="$ops"
	check "a ring of one page: the counters are exact" "$stress/verdict" "$dir"
	accounts "a ring of one page"
	says "a ring of one page: dropped far more than it emitted" \
		'$account.cpus | sum(.dropped) > 10 * sum(.emitted) and sum(.emitted) > 16'
	[ "$ops" -lt 6000000 ] ||
		says "a ring of one page: a million events" '$account.cpus | sum(.counted) >= 1e6'
}

# traced NAME OPTION...: 2 page tables, counted by another one; $load operations
traced() {
	how=$1
	shift
	dir=$tmp/traced
	rm -rf "$dir"
	stage "$dir"
	check "$how" guest "$dir" -- env "load=${load-20000}" sh -c 'v7scope trace --ring 16384 --json "$@" -- sh -c \
		"v7scope stat --json -i 60 -- insmod ./v7stress.ko mode=mixed threads=4 tables=2 ops=$load >stat.json
			rmmod v7stress" >trace.json' sh "$@"
	accounts "$how"
	says "$how: nothing is missing" '$account.cpus | sum(.dropped) == 0'
}

# As stat has them, of one page table. A key that no event has stands for 0.
all_counts='
def count(f): map(select(f)) | length;
all($r.tables[]; . as $t | ($events | map(select(.pgtable == $t.pgtable))) as $e |
	($e | map(select(.event == "install"))) as $i | ($e | map(select(.event == "split"))) as $s |
	($e | map(select(.event == "free"))) as $f |
	all("map", "split"; . as $why | all($t.install[$why] | to_entries[];
		. as $x | $x.value == ($i | count(.why == $why and .outcome == $x.key)))) and
	all("cont", "block"; . as $kind | all($t.split[$kind] | to_entries[];
		. as $x | $x.value == ($s | count(.kind == $kind and .outcome == $x.key)))) and
	all("lost", "unmap", "replaced"; . as $why | $t.free[$why] == ($f | count(.why == $why))) and
	$t.split.waits == ($s | count(.holder != -1)) and
	$t.window_ns.sum == ($i | sum(.window_ns // 0)) and
	$t.hold_ns.sum == ($s | map(select(.kind == "cont")) | sum(.hold_ns // 0)) and
	($e | count(.event == "create")) == 1 and $e[0].event == "create" and
	($e | count(.event == "destroy")) == 1 and $e[-1].event == "destroy" and
	all($e[]; .dev == $t.dev and .fmt == $t.fmt))'

room() {
	traced "room for all"
	says "room for all: something happened" '$r.total.install.attempts > 0 and ($r.tables | length) == 2'
	says "room for all: counts and times equal the printed events" "$all_counts"
	says "room for all: each event has a task with a name" 'all($events[]; .pid > 0 and (.comm | length) > 0) and
		any($events[]; .comm | startswith("v7stress/"))'
	says "room for all: the comparison finds a missing event" "($(printf '%s' '$events | del(.[length / 2 | floor])')) as \$events | $all_counts | not"
}

filters() {
	traced "--dev" --dev v7stress.1
	says "--dev: no other device" '($events | length) > 0 and all($events[]; .dev == "v7stress.1")'
	says "--dev: all events of that device" '($r.tables[] | select(.dev == "v7stress.1") | events) + 1 == ($events | length)'
	traced "--event" --event split,free
	says "--event: no other events" 'all($events[]; .event == "split" or .event == "free")'
	says "--event: all events of these types" '($r.total | .split.attempts + .free.lost + .free.unmap + .free.replaced) == ($events | length)'
	# Enough for some to be lost on a host that is busy with more than the lab.
	load=100000 traced "--lost-only" --lost-only --stacks
	says "--lost-only: installs that lost, and their tables" 'all($events[];
		(.event == "install" and .outcome != "won") or (.event == "free" and .why == "lost"))'
	says "--lost-only: all lost installs and their frees" '($r.total | .install.lost + .free.lost) == ($events | length)'
	# Two emulated CPUs of 32 bits may happen to lose none in that time.
	[ "$arch" != arm64 ] || says "--lost-only: there were some" '($events | length) > 0'
	[ "$arch" != arm64 ] ||
		says "--stacks: from the page-table code" 'all($events[]; any(.frames[]; .symbol // "" | startswith("__arm_v7s_")))'
}

each room
each filters
each loss
done_testing
