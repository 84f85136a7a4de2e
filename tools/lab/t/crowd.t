#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Several tracers on the same functions: two v7scopes count by kprobes and one as it likes,
# first alone, then beside ftrace's return probes on each function that they probe and on its
# callers, then beside its function graph tracer on both, then beside fexit programs on both.
# All count what the load's arithmetic says.
#
#   kernels='6.1-stock debian-6.12 debian-7.x' besides='nothing graph' prove crowd.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
kernels=${kernels-debian-6.12}
besides=${besides-nothing returns graph fexits}

# of REPORT NAME FILTER: on a final report; $load is the result of its load
of() {
	tail -n 1 "$dir/$1" | jq -e --slurpfile result "$dir/${1%.*}.result" "\$result[0] as \$load | $3" >"$tmp/jq" 2>&1
	set -- $? "$@"
	ok "$1" "$2: $3"
	[ "$1" -eq 0 ] || { cat "$tmp/jq" "$dir/${2%.*}.result" && tail -n 1 "$dir/$2"; } | cut -c 1-3000 | sed 's/^/#   /'
}

judge() {
	of "$1" 'won installs are those of the load' \
		'.total.install.won == $load.expect.won_map + $load.expect.won_split and .total.install.won > 0'
	of "$1" 'frees are those of the load and the lost tables, each with its reason' \
		'.total | .free.tables == .install.lost + $load.expect.free_unmap + $load.expect.free_replaced and
		.free.lost == .install.lost and .free.unmap == $load.expect.free_unmap and .free.replaced == $load.expect.free_replaced'
	of "$1" 'each page table is created and destroyed' \
		'.total.creates == $load.tables and .destroys == $load.tables and all(.tables[]; .created and .destroyed and .alive == 0)'
	of "$1" 'split blocks are those of the load' \
		'.total.split.block.done == (if $load.splits == 1 then $load.expect.split_block_done else null end)'
	of "$1" 'no caller was hidden, and no call was skipped' \
		'all(.exact_why[]; test("hid |at least|±") | not) and .exact == (.source == "fentry")'
}

for row in $kernels; do
	kernel=${row%-stock} stock=
	tap_prefix="$row: "
	[ "$kernel" = "$row" ] || stock=--stock
	dir=$tmp/$row
	mkdir "$dir" || exit
	# shellcheck disable=SC2086
	stress=$("$top/tools/stress/build" "$kernel" arm64 $stock 2>"$tmp/err")
	case $? in
	0) ;;
	122) skip "all" "$(tail -n 1 "$tmp/err")"; continue ;;
	*) has /dev/null . 'v7stress.ko builds with its headers'; sed 's/^/#   /' "$tmp/err"; continue ;;
	esac
	cp "$stress" "$test_dir/crowd.guest" "$dir/" || exit
	here='' packages=''
	for beside in $besides; do
		case $row/$beside in
		# Our kernels are built without the function tracer.
		[0-9]*/graph) continue ;;
		# Since v6.4, arm64 kernels have fexit programs.
		5.10-*/fexits | 6.1-*/fexits | debian-6.1/fexits) continue ;;
		*/fexits) packages='--packages bpftrace' ;;
		esac
		here="$here $beside"
	done
	# shellcheck disable=SC2086
	lab run $packages --timeout 3600 --kernel "$kernel" $stock --dir "$dir" -- sh crowd.guest $here
	is "$status" 0 'the loads run, and the kernel reports nothing'
	[ "$status" -eq 0 ] || continue
	for result in "$dir"/*.result; do
		name=$(basename "$result" .result)
		for report in outer inner best; do
			judge "$name.$report"
		done
		is "$(tail -qn 1 "$dir/$name.outer" "$dir/$name.inner" | jq -r .source | xargs)" 'kprobe kprobe' "$name: both by kprobes"
	done
done
done_testing
