#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The fragments of the configuration: a kernel for experts keeps what other kernels have.
# No fragment asks for an option that another fragment excludes.
# shellcheck disable=SC2034,SC2154 # for build.sh, and by it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
lab_dir=$top/tools/lab
# shellcheck source=../tables.sh
. "$lab_dir/tables.sh"
# shellcheck source=../build.sh
. "$lab_dir/build.sh"
kernel=6.1 arch=arm64 series_names=0001.patch

# symbols FILE...: what these fragments turn on
symbols() { sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=y$/\1/p' "$@" | sort -u; }

symbols "$lab_dir/config/expert.config" >"$tmp/kept"
is "$(grep -cx -e CONFIG_FILE_LOCKING -e CONFIG_MEMBARRIER "$tmp/kept")" 2 'v7scope needs file locks and membarrier()'
for lane in '' $(lanes | sed 's/ .*//'); do
	# shellcheck disable=SC2046 # a word for each fragment
	symbols $(config_files) >"$tmp/asked"
	if grep -qx CONFIG_EXPERT "$tmp/asked"; then
		is "$(comm -23 "$tmp/kept" "$tmp/asked")" '' "lane $lane: for experts, and asks for all that they may leave out"
	else
		ok 0 "lane ${lane:-none}: not for experts"
	fi
done
# In v5.10, DEBUG_INFO depends on !COMPILE_TEST: Kconfig would drop the first.
kernel=5.10 lane=
for arch in $(archs | sed 's/ .*//'); do
	# shellcheck disable=SC2046 # a word for each fragment
	is "$(grep -h 'CONFIG_COMPILE_TEST[ =]' $(config_files) | tail -n 1 | grep y$)" '' "5.10 $arch: asks for debug information, and not for COMPILE_TEST"
done
done_testing
