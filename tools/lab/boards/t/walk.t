#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# iommu-sim's walker and TLB, without an emulator.
# shellcheck source-path=SCRIPTDIR source=../../t/lib.sh
. "$(dirname -- "$0")/../../t/lib.sh"

# shellcheck disable=SC2086 # a word or none
if ! gcc -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra ${WERROR-} -fsanitize=address,undefined -fno-sanitize-recover \
	-o "$tmp/walk" "$test_dir/walk_test.c" "$test_dir"/../sim/walk.c "$test_dir"/../sim/tlb.c 2>"$tmp/err"; then
	sed 's/^/# /' "$tmp/err"
	bail "the test does not build"
fi
"$tmp/walk"
