#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# A module built against lab kdir: it loads, its reports are caught, and its counts repeat.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

cp -r "$test_dir/planted" "$tmp/"
for variant in --stock ''; do
	rm -f "$tmp/planted/planted.ko"
	# shellcheck disable=SC2086
	lab kdir 6.1 arm64 $variant
	is "$status $(wc -l <"$tmp/out")" '0 1' "kdir $variant: one line"
	make -C "$(cat "$tmp/out")" M="$tmp/planted" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- clean modules >"$tmp/make.log" 2>&1
	ok $? "kdir $variant: builds a module"
	# shellcheck disable=SC2086
	lab run $variant --dir "$tmp/planted" -- sh -c 'insmod planted.ko && lsmod && rmmod planted && ls /sys/kernel/btf'
	is "$status" 0 "kdir $variant: the module loads and goes"
	has "$tmp/out" '^planted ' "kdir $variant: lsmod has it"
done

load='insmod planted.ko warn=1; echo loaded'
lab run --dir "$tmp/planted" -- sh -c "$load"
is "$status" 124 'a planted WARN: status 124'
is "$(cat "$tmp/out")" loaded "a planted WARN: the command's output all the same"
has "$tmp/err" 'WARNING: CPU: .* planted_init' 'a planted WARN: the line is shown'
has "$tmp/err" 'planted by the lab.s test' 'a planted WARN: and what came before it'
has "$tmp/err" 'Call trace:' 'a planted WARN: and after it'
has "$tmp/err" "^lab: the kernel's log holds a report" 'a planted WARN: says so'
lab run --dir "$tmp/planted" '--allow-splat=^WARNING: .* planted_init\+' -- sh -c "$load; exit 5"
is "$status" 5 "a planted WARN that is allowed: the command's status"
lab run --dir "$tmp/planted" '--allow-splat=^WARNING: .* other_init\+' -- sh -c "$load"
is "$status" 124 'another one allowed: status 124'
lab run --dir "$tmp/planted" --allow-splat=other --allow-splat planted_init -- sh -c "$load"
is "$status" 0 'two allowed, one of them this'

lab run --stock -- sh -c 'echo c >/proc/sysrq-trigger'
is "$status" 124 'a panic: status 124'
has "$tmp/err" 'Kernel panic - not syncing: sysrq triggered crash' 'a panic: the line is shown'
lab run --stock '--allow-splat=Kernel panic - not syncing: sysrq' -- sh -c 'echo c >/proc/sysrq-trigger'
is "$status" 125 'an allowed panic: the guest died all the same'

for run in 1 2; do
	lab run --icount --dir "$tmp/planted" -- sh -c 'nproc; insmod planted.ko; cat /sys/module/planted/parameters/ticks'
	cp "$tmp/out" "$tmp/icount.$run"
done
is "$(head -n 1 "$tmp/icount.1")" 1 '--icount: one CPU'
# 100,000 rounds of two instructions, and the clock has steps of 16 ns.
first=$(tail -n 1 "$tmp/icount.1") second=$(tail -n 1 "$tmp/icount.2")
[ "$first" -ge 200000 ] && [ "$first" -le 200200 ]
ok $? "--icount: a nanosecond is an instruction ($first)"
[ $((first - second)) -le 16 ] && [ $((second - first)) -le 16 ]
ok $? "--icount: the same loop twice, the same count ($first, $second)"
done_testing
