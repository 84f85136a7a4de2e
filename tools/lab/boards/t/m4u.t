#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# iommu-sim's M4U on a busy host, without an emulator.
# shellcheck source-path=SCRIPTDIR source=../../t/lib.sh
. "$(dirname -- "$0")/../../t/lib.sh"

# shellcheck disable=SC2086 # a word or none
if ! gcc -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra ${WERROR-} -pthread \
	-o "$tmp/m4u" "$test_dir/m4u_test.c" "$test_dir/../sim/m4u.c" 2>"$tmp/err"; then
	sed 's/^/# /' "$tmp/err"
	bail "the test does not build"
fi
"$tmp/m4u"
