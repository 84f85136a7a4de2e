#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The same session on each kernel, with the series and without. The figures equal the
# load's arithmetic, and a figure that this kernel cannot give is null.
#
# $kernels and $archs say where it runs; "all" is all that the lab has. The reports stay
# below build/matrix, where the script `table` finds them.
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck disable=SC2016 # what $ begins is for jq
set -u

here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
lab=$top/tools/lab/lab
[ "${kernels:=6.1}" != all ] || kernels='5.10 6.1 6.12 7.3'
[ "${archs:=arm64}" != all ] || archs='arm64 armv7'
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# of VERB NAME FILTER: of the verb's last object, beside $load, the load's result
of() {
	tail -n 1 "$dir/$1.json" >"$tmp/last"
	jq -e --slurpfile load "$dir/$1.result" "(\$load[0]) as \$load | $3" "$tmp/last" >"$tmp/out" 2>&1
	set -- $? "$1: $2"
	[ "$1" -eq 0 ] || cat "$tmp/last" >>"$tmp/out"
	ok "$1" "$2"
}

# A figure is either exact or, where the kernel cannot give it, null.
same='def same(n): . == null or . == n;'

session() {
	tap_prefix="$kernel $arch $variant: "
	option=
	# Without the series, splits corrupt what the load would then verify.
	load='mode=mixed threads=3 tables=2 ops=30000'
	if [ "$variant" = stock ]; then
		option=--stock
		load='mode=churn threads=3 tables=2 ops=30000'
	fi
	dir=$top/build/matrix/$kernel-$arch-$variant
	rm -rf "$dir"
	mkdir -p "$dir" || exit 1
	# shellcheck disable=SC2086 # no option, no word
	module=$("$top/tools/stress/build" "$kernel" "$arch" $option 2>"$tmp/out")
	case $? in
	0) ;;
	122)
		skip "the session" "Debian's mirrors have no such kernel any more"
		rmdir "$dir"
		return
		;;
	*) ok 1 "the load builds"; return ;;
	esac
	if [ ! -e "$top/build/$arch/v7scope" ]; then
		ok 1 "there is a build/$arch/v7scope (see the README for CROSS_COMPILE)"
		return
	fi
	cp "$module" "$here/session" "$dir/" || exit 1
	# shellcheck disable=SC2086
	"$lab" run --kernel "$kernel" --arch "$arch" $option --dir "$dir" -- sh session "$load" >"$tmp/out" 2>&1
	ran=$?
	rm -f "$dir/v7stress.ko" "$dir/session"
	ok $ran "each verb runs, without a kernel warning"
	[ $ran -eq 0 ] || return
	cp "$dir/doctor.json" "$tmp/out"

	jq -e '.recommended | IN(if $series then "bpf" else "fentry", "kprobe" end)' --argjson series "$series" \
		"$dir/doctor.json" >/dev/null
	ok $? "doctor recommends the best source"
	jq -e '(.defects | length) == if $series or .facts.kernel.value >= "7" then 0 else 3 end' \
		--argjson series "$series" "$dir/doctor.json" >/dev/null
	ok $? "doctor knows the defects of this kernel"
	of stat "installs that won" "$same"' .total.install.won |
		same($load.expect.won_map + $load.expect.won_split)'
	of stat "installs that lost, and their tables" "$same"' .total | .install.lost as $lost |
		(.install.attempts | same($load.expect.won_map + $load.expect.won_split + $lost)) and
		(.free.lost | same($lost))'
	of stat "tables freed" "$same"' .total.free |
		(.unmap | same($load.expect.free_unmap)) and (.replaced | same($load.expect.free_replaced))'
	of stat "splits" "$same"' .total.split |
		(.cont.done | same($load.expect.split_cont_done)) and
		(.block.done | same($load.expect.split_block_done))'
	of stat "tables alive equal the walk of each page table" "$same"'
		[.tables[] | { dev, alive }] as $seen |
		($seen | length) == 2 and
		all($load.pgtables[]; . as $p | $seen[] | select(.dev == $p.dev) | .alive | same($p.walk.tables))'
	of stat "the load verified its mappings" '$load.verify.wrong == 0 and $load.errors == 0'
	# No stack leads out of a BPF program on 32-bit Arm: null.
	stacks='.stacks'
	[ "$arch" != armv7 ] || stacks='.stacks // .cpus'
	of stat "tasks, stacks and CPUs have the same sum" '
		.total.install.attempts as $all |
		all(.tasks, '"$stacks"', .cpus; ([.[].install.attempts] | add) == $all)'
	of hist "durations" '.total.window_ns | . == null or
		.count >= $load.expect.won_map + $load.expect.won_split'
	of trace "emitted, dropped and filtered add up to the counted events" '.adds_up and
		all(.cpus[]; .emitted + .dropped + .filtered == .counted) and ([.cpus[].dropped] | add) > 0'
	grep -c '"line":"event"' "$dir/trace.json" >"$tmp/events"
	of trace "a line for each emitted event" "([.cpus[].emitted] | add) == $(cat "$tmp/events")"
	if [ "$variant" = series ]; then
		of stat "exact, and nothing is missing" '.exact and
			([.total | .install, .split, .free, .refuse, .window_ns | .. | select(. == null)] |
			length) == 0'
	else
		of stat "not exact, with a reason" '(.exact | not) and (.exact_why | length) > 0'
	fi
	# The script `table` needs only these files.
	tail -n 1 "$dir/plain.json" >"$dir/last.json" && rm -f "$dir"/trace.json "$dir"/stat.json
}

for kernel in $kernels; do
	for arch in $archs; do
		for variant in series stock; do
			series=false
			[ "$variant" = stock ] || series=true
			session
		done
	done
done
done_testing
