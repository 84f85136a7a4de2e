#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# The kernel's own tests pass with the series, and each that belongs to a fix
# fails on a kernel that has all of the series but that fix.
#
# $without names the fixes to leave out, one kernel each; "all" is all of them.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source-path=SCRIPTDIR
set -u

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

without=${without:-0006 0007 0008}

# Each fix, and the tests that must notice when it is gone.
fixes() {
	cat <<'END'
0001 msm_test_flush_range
0003 v7s_test_split_section
0003 v7s_test_split_supersection
0004 v7s_test_split_supersection
0005 v7s_test_split_nothing
0005 v7s_test_late_split
0006 v7s_test_split_rest
0007 v7s_test_unmap_split
0008 v7s_test_split_flush
END
}

# kunit [LAB-OPTION]...: boots that kernel; $out then has a line for each test.
# From the log, as what debugfs keeps of a suite is cut off after 512 bytes in v6.1.
# v5.10 has no kunit.enable and always runs them; v7.3 wants to be told twice.
kunit() {
	boot "$@" --append 'kunit.enable=1 kunit.autorun=1' -- dmesg >"$tmp/dmesg"
	status=$?
	true >"$out"
	[ "$status" -ne 0 ] ||
		sed -nE 's/^\[[^]]*\] //; /^ +(not )?ok [0-9]+/ p; /^ +# .*(EXPECT|ASSERT)/ p' "$tmp/dmesg" >"$out"
	return "$status"
}

# v5.10 writes a dash.
passes() { says "^ +ok [0-9]+( -)? $1\$"; }
fails() { says "^ +not ok [0-9]+( -)? $1\$"; }
# Under PREEMPT_RT nobody can ask whether a lock is waited for.
skips_on_rt() { says "^ +ok [0-9]+( -)? $1 # SKIP PREEMPT_RT "; }
none_fails() { ! says '^ +not ok'; }

fails_without_passes_with() {
	fails "$1" && grep -qxF "$1" "$tmp/passed"
}

# A kernel without a fix may well complain of what it does wrong.
test_kernel() {
	cases=$(sed -n 's/^+[[:space:]]*KUNIT_CASE(\(.*\)),$/\1/p' "$top/kernel-patch/v$kernel"/*.patch)
	# msm_iommu is a driver for 32-bit Arm alone.
	[ "$arch" = armv7 ] || cases=$(echo "$cases" | grep -v '^msm_')
	check "$where: boots with the series and the kernel's tests, and complains of nothing" kunit
	true >"$tmp/passed"
	for test in $cases; do
		case ${options-} in *'--lane rt'*)
			if skips_on_rt "$test"; then
				skip "$where: $test passes" "PREEMPT_RT"
				continue
			fi
			;;
		esac
		check "$where: $test passes" passes "$test"
		if passes "$test"; then echo "$test" >>"$tmp/passed"; fi
	done
	check "$where: no test fails" none_fails

	booted=
	fixes | while read -r fix test; do
		case " $without " in *" $fix "* | ' all ') ;; *) continue ;; esac
		echo "$cases" | grep -qxF "$test" && echo "$fix $test"
	done >"$tmp/fixes"
	while read -r fix test; do
		[ "$fix" = "$booted" ] ||
			check "$where: boots without $fix" \
				kunit --without "$fix" --allow-splat=.
		booted=$fix
		check "$where: $test fails without $fix, passes with it" \
			fails_without_passes_with "$test"
	done <"$tmp/fixes"
}

each_kernel test_kernel
