#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# A parameter that makes no sense is refused with a reason, and nothing is left behind. The
# error is EINVAL (22), or the kernel's own ERANGE (34) for a number too large.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

cases() {
	cat <<'END'
22|mode=splits|mode=splits: must be install, split, churn, mixed, cost, cost_split, window, refuse, broken, differ or scale
22|mode=|mode=: must be install, split, churn, mixed, cost, cost_split, window, refuse, broken, differ or scale
22|threads=0|threads=0: must be 1 to 64
22|threads=65|threads=65: must be 1 to 64
22|threads=-1|`-1' invalid for parameter `threads'
22|threads=two|`two' invalid for parameter `threads'
34|threads=99999999999|`99999999999' invalid for parameter `threads'
22|tables=0|tables=0: must be 1 to 128
22|tables=129|tables=129: must be 1 to 128
22|timer=3|timer=3: must be 0 to 2
22|coherent=2|coherent=2: must be 0 to 1
22|ops=0|ops=0: must be 1 to 281474976710656
22|ops=281474976710657|ops=281474976710657: must be 1 to 281474976710656
22|ops=many|`many' invalid for parameter `ops'
34|seed=18446744073709551616|`18446744073709551616' invalid for parameter `seed'
22|seed=-1|`-1' invalid for parameter `seed'
22|format=arm_v8l|format=arm_v8l: must be arm_v7s, arm_32_lpae_s1, arm_64_lpae_s1 or arm_64_lpae_s2
22|quirks=mtk+nt|quirks=mtk+nt: unknown quirk 'nt'
22|quirks=+|quirks=+: unknown quirk ''
22|quirks=ttbr_ext|format=arm_v7s quirks=0x10: the kernel makes no such page table
22|quirks=0x80000000|format=arm_v7s quirks=0x80000000: the kernel makes no such page table
22|lock=inner|lock=inner: must be none or outer
22|lock=|lock=: must be none or outer
22|own=2|own=2: must be 0 to 1
22|pages=0|pages=0: must be 1 to 512
22|pages=513|pages=513: must be 1 to 512
22|mode=scale pages=257|pages=257: a table of arm_v7s has 256
22|ms=0|ms=0: must be 1 to 600000
22|flush_us=1001|flush_us=1001: must be 0 to 1000
22|mode=broken broken=all|broken=all: must be live, leaf, raced, nomem, unsplit or leak
22|plant=nothing|plant=nothing: must be none, walk, verify or count
END
}

stage "$tmp/load"
cat >"$tmp/load/refused" <<'END'
while IFS='|' read -r status parameter message; do
	dmesg -c >/dev/null
	insmod ./v7stress.ko $parameter 2>/dev/null && rmmod v7stress
	echo "status $?"
	dmesg | sed 's/^\(<[0-9]*>\)*\[[^]]*\] //'
	echo "left $(ls -d /sys/module/v7stress /sys/kernel/debug/v7stress /sys/devices/platform/v7stress* 2>/dev/null)"
	echo end
done <cases
END
cases >"$tmp/load/cases"
guest "$tmp/load" -- sh refused >"$tmp/said" 2>"$tmp/errors" || bail "$(cat "$tmp/errors")"

cases >"$tmp/cases"
while IFS='|' read -r status parameter message; do
	: >"$tmp/one"
	while IFS= read -r line && [ "$line" != end ]; do
		printf '%s\n' "$line" >>"$tmp/one"
	done <&3
	check "$parameter is refused" grep -qx "status $status" "$tmp/one"
	check "$parameter: the reason is given" grep -qF -- "v7stress: $message" "$tmp/one"
	check "$parameter: nothing is left" grep -qx 'left ' "$tmp/one"
done <"$tmp/cases" 3<"$tmp/said"

need_v7scope
load unknown ops=1000 thread=2 >"$tmp/said" 2>&1
is $? 1 "a parameter that there is not: status"
check "a parameter that there is not: the reason" grep -q "no parameter 'thread'" "$tmp/said"
done_testing
