# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# For the tests of the lab and of its boards: TAP, and the lab itself.

test_dir=$(dirname -- "$(readlink -f -- "$0")")
top=${test_dir%/tools/*}
lab=$top/tools/lab/lab
# shellcheck source=tools/t/tap.sh
. "$top/tools/t/tap.sh"

# lab ARGUMENT...: its output in $tmp/out and $tmp/err, its status in $status
lab() { run "$lab" "$@"; }
