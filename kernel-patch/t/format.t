#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# Each kernel, of 32 or 64 bits, lays the events out as the files in formats/ say, so that
# one reader reads them all. Only the numbers of the events differ between kernels.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source-path=SCRIPTDIR
set -u

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
wanted=$top/kernel-patch/t/formats

formats() {
	# shellcheck disable=SC2016 # the guest's shell expands it
	boot -- sh -c '
		cd /sys/kernel/tracing/events/io_pgtable || exit
		for event in create destroy install split free refuse; do
			cat io_pgtable_$event/format || exit
		done' >"$tmp/formats"
}

same() {
	grep -v '^ID: ' "$tmp/formats" | diff -u "$wanted" - >"$out"
}

test_kernel() {
	check "$where: has the six events" formats
	check "$where: lays them out as all do" same
}

each_kernel test_kernel
