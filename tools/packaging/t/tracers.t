#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The commands of tools/packaging/tracers.md: Debian's perf, trace-cmd and bpftrace run them
# on a kernel with the series, and count what v7scope and the load count.
#
#   kernels=6.1 prove tracers.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=../../t/stress.sh
. "$top/tools/t/stress.sh"
kernels=${kernels-6.1}

# The commands, in their order. The load takes the place of sleep. bpftrace runs only ELF
# files, so that a shell reads the load. trace-cmd records all events, and its buffers must
# hold them; perf records the lost races only, and bpftrace counts in the kernel.
sed -n 's/^    //p' "$top/tools/packaging/tracers.md" |
	sed "/^trace-cmd/s,sleep 10,/bin/busybox sh /host/load 10000,; s,sleep 10,/bin/busybox sh /host/load 300000," >"$tmp/recipes"
is "$(cut -d ' ' -f 1,2 "$tmp/recipes" | tr '\n' ,)" \
	"perf stat,perf record,perf script,trace-cmd record,trace-cmd report,trace-cmd report,bpftrace -c,bpftrace -c,bpftrace -c," \
	"the page has three lines for each tool"

# number N FILTER: of v7scope's final report beside the line N
number() { tail -n 1 "$dir/$1.stat" | jq -r "$2"; }
# same NAME GOT WANTED: and there were some
same() {
	is "$2" "$3" "$1: ${3:-nothing}"
	check "$1: there were some" test "${3:-0}" -gt 0
}
lost='.total.install.lost' waits='.total.split.waits'

for kernel in $kernels; do
	tap_prefix="$kernel: "
	dir=$tmp/$kernel
	mkdir "$dir" || exit
	stress_for "$kernel" "$kernel" arm64 || continue
	cp "$stress" "$tmp/recipes" "$top/tools/packaging/t/tracers.guest" "$dir/" || exit
	cat >"$dir/load" <<-'END'
	insmod ./v7stress.ko mode=mixed ops=$1 threads=4 tables=2 && cat /sys/kernel/debug/v7stress/result >result && rmmod v7stress
	END
	run "$top/tools/lab/lab" run --kernel "$kernel" --arch arm64 --packages 'linux-perf trace-cmd bpftrace' --timeout 1800 --dir "$dir" -- sh tracers.guest
	is "$status" 0 "the commands run"
	[ "$status" -eq 0 ] || continue
	for n in 1 2 4 7 8 9; do
		is "$(number $n '.total.install.won')" "$(jq '.expect | .won_map + .won_split' "$dir/$n.result")" "line $n: v7scope counts what the load counts"
	done
	for event in install split free create destroy; do
		case $event in
		install) filter=.total.install.attempts ;;
		split) filter=.total.split.attempts ;;
		free) filter=.total.free.tables ;;
		create) filter=.total.creates ;;
		destroy) filter=.destroys ;;
		esac
		same "perf stat: ${event}s" "$(sed -n "s/^ *\([0-9,]*\) *io_pgtable:io_pgtable_$event .*/\1/p" "$dir/1.out" | tr -d ,)" "$(number 1 "$filter")"
	done
	same "perf script: lost races" "$(grep -c 'io_pgtable:io_pgtable_install:.* outcome=lost_' "$dir/3.out")" "$(number 2 $lost)"
	is "$(grep -c 'outcome=won' "$dir/3.out")" 0 "perf script: and no others"
	check "perf script: with the stack of each" [ "$(grep -c 'arm_v7s_map_pages' "$dir/3.out")" -gt 0 ]
	is "$(grep -c 'io_pgtable_install: .*outcome=lost_' "$dir/5.out")" "$(number 4 $lost)" "trace-cmd: lost races"
	has "$dir/6.out" '^CPU: 0$' "trace-cmd: the account of each CPU"
	is "$(awk '$1 == "overrun:" || $1 == "dropped" { n += $NF } END { print n + 0 }' "$dir/6.out")" 0 "trace-cmd: which lost nothing"
	same "bpftrace: lost races" "$(sed -n 's/^@installs\[[0-9]*, [1-9]\]: //p' "$dir/7.out" | awk '{ n += $1 } END { print n }')" "$(number 7 $lost)"
	same "bpftrace: won races" "$(sed -n 's/^@installs\[[0-9]*, 0\]: //p' "$dir/7.out" | awk '{ n += $1 } END { print n }')" "$(number 7 .total.install.won)"
	same "bpftrace: waits" "$(awk '/^\[/ { sub(/^[^)]*\) */, ""); n += $1 } END { print n }' "$dir/8.out")" "$(number 8 $waits)"
	has "$dir/8.out" '^@wait_ns\[v7stress\.[01]\]:' "bpftrace: by device"
	same "bpftrace: waits by the task that was waited for" "$(sed -n 's/^@holder\[.*\]: //p' "$dir/9.out" | awk '{ n += $1 } END { print n }')" "$(number 9 $waits)"
done
done_testing
