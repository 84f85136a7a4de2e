#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Each format and set of quirks, on each kernel and architecture: the concurrent load, and
# random requests of one thread that are compared with a flat list. All counts must agree
# in both.
#
#   kernels='5.10 6.12' archs=armv7 ops=10000000 differ_ops=1000000 prove matrix.t
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
ops=${ops-200000}
differ_ops=${differ_ops-100000}
timeout=${timeout-3600}

# format  quirks
rows() {
	cat <<'END'
arm_v7s
arm_v7s ns
arm_v7s no_perms
arm_v7s mtk
arm_v7s mtk+ns
arm_v7s mtk+ttbr_ext
arm_32_lpae_s1
arm_32_lpae_s1 ns
arm_64_lpae_s1
arm_64_lpae_s1 ns
arm_64_lpae_s2
END
}

# Why this kernel has to refuse these quirks, or nothing
refusal() {
	case "$kernel $options $1" in
	*no-lpae*mtk*) echo 'the kernel refuses a page table' ;;
	5.10*ttbr_ext) echo "this kernel does not know 'ttbr_ext' yet" ;;
	esac
}

refused() {
	load refused "$@" >"$tmp/said" 2>&1 && return 1
	grep "v7stress: .*$(refusal "$2" | sed 's/.*=//')" "$tmp/said"
}

same() {
	agree differ mode=differ "ops=$differ_ops" "$@" || return
	found=$(field differ '[.differ.differences, .verify.checked > 10 * .ops]')
	[ "$found" = '[0,true]' ] || {
		field differ '{differ, verify, errors, first_error}'
		return 1
	}
}

took() { echo "# $1: $(field "$1" '"\(.ops) requests, \(.verify.checked) translations, \(.elapsed_ns / 1e9 | floor) s"')"; }

row() {
	set -- "format=$1" ${2:+"quirks=$2"}
	what="$*"
	if [ -n "$(refusal "${2-}")" ]; then
		check "$what: is refused, and why" refused "$@"
		return
	fi
	check "$what: mixed, all agree" agree mixed mode=mixed "ops=$ops" timer=1 "$@"
	took mixed
	check "$what: differ, no difference, all agree" same "$@"
	took differ
}

matrix() {
	for format in $formats; do
		while read -r row_format row_quirks; do
			[ "$row_format" != "$format" ] || row "$row_format" "$row_quirks" <&3
		done <<-END
		$(rows)
		END
	done 3</dev/null
}
each matrix
done_testing
