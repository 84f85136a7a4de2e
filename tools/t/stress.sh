# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# For tests of several kernels: the load that is built for one of them. The test has
# included tap.sh and set $top.

# stress_for NAME KERNEL [ARGUMENT of tools/stress/build]...: $stress is its v7stress.ko.
# False if the mirrors no longer have that kernel: then the test NAME is skipped.
stress_for() {
	stress_name=$1
	shift
	# shellcheck disable=SC2154 # the test sets it
	stress=$("$top/tools/stress/build" "$@" 2>"$tmp/err")
	case $? in
	0) ;;
	122) skip "$stress_name" "$(tail -n 1 "$tmp/err")"; return 1 ;;
	*) bail "no v7stress.ko for $stress_name: $(tail -n 1 "$tmp/err")" ;;
	esac
}
