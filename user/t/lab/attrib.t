#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Attribution: a load whose numbers are known by task, page table and stack, compared with
# ftrace's own account of the races.
#
# From the environment: kernels and archs to run on.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
lab=$top/tools/lab/lab
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# shellcheck source=/dev/null disable=SC2317
{
	misuse() {
		bail "$*"
	}
	. "$top/tools/lab/tables.sh"
}

# compare PLAN OUT HIST: as TAP
compare() {
	jq -n --slurpfile plan "$1" --slurpfile out "$2" --rawfile hist "$3" \
		-f "$here/attrib/check.jq" >"$tmp/checks" 2>"$tmp/out"
}

measure() {
	arch_row "$arch"
	dir=$tmp/$kernel-$arch
	mkdir "$dir"
	cp "$here/attrib/Kbuild" "$here/attrib/attrib.c" "$here/attrib/guest" "$dir"
	kdir=$("$lab" kdir "$kernel" "$arch" 2>"$tmp/out")
	status=$?
	if [ $status -eq 122 ]; then
		skip "$kernel $arch" "$(tail -n 1 "$tmp/out")"
		return
	fi
	# shellcheck disable=SC2154 # from arch_row
	[ $status -eq 0 ] && make -s -C "$kdir" M="$dir" ARCH="$karch" CROSS_COMPILE="$cross" modules >"$tmp/out" 2>&1
	ok $? "$kernel $arch: the load builds"
	# On a starved machine two threads may never meet: then once more.
	for try in 1 2 3 4 5; do
		"$lab" run --kernel "$kernel" --arch "$arch" --dir "$dir" -- sh guest >"$tmp/out" 2>&1
		ran=$?
		compare "$dir/plan.json" "$dir/out.json" "$dir/hist"
		checked=$?
		jq -e '.[] | select(.name == "the races were races") | .ok' "$tmp/checks" >/dev/null 2>&1 && break
	done
	ok "$ran" "$kernel $arch: it runs, under v7scope and under ftrace ($try)"
	ok "$checked" "$kernel $arch: there is something to compare"
	jq -c '.[]' "$tmp/checks" >"$tmp/each"
	while read -r line; do
		echo "$line" | jq -c '{got, want}' >"$tmp/out"
		echo "$line" | jq -e .ok >/dev/null
		ok $? "$kernel $arch: $(echo "$line" | jq -r .name)"
	done <"$tmp/each"
}

for kernel in ${kernels-6.1}; do
	for arch in ${archs-arm64}; do
		measure
	done
done

# A check that finds nothing would find nothing wrong, either: each count that is
# changed by one is noticed.
changed() {
	tail -n 1 "$dir/out.json" | jq -c "$1" >"$tmp/changed.json"
	compare "$dir/plan.json" "$tmp/changed.json" "$dir/hist" && [ -s "$tmp/checks" ] &&
		jq -e 'any(.[]; .ok | not)' "$tmp/checks" >"$tmp/out"
	ok $? "noticed: $1"
}
if [ -s "${dir-}/out.json" ]; then
	changed '.tasks[0].install.map.won += 1'
	changed '.tasks[1].install.map.lost_to_table += 1'
	changed '.tasks[2].split.attempts += 1'
	changed '.tasks[0].comm = "somebody"'
	changed '.tables[0].install.won += 1'
	changed '.cpus[0].install.attempts += 1'
	[ "$(tail -n 1 "$dir/out.json" | jq '.stacks == null')" = true ] || changed '.stacks[0].install.lost += 1'
	[ "$(tail -n 1 "$dir/out.json" | jq '.waits_for == []')" = true ] || changed '.waits_for[0].waits += 1'
fi
done_testing
