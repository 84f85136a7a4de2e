#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The tests of the BPF programs without BPF: bpf/count.h, compiled for this machine,
# counts in the test's own process. Each user can run them, and the kernel's result gets
# a second one beside it.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=../../tools/t/tap.sh
. "$here/../../tools/t/tap.sh"
need_built
export natively=1

# natively PROGRAM TESTS SKIPPED: so many tests pass, and so many of them cannot run here
natively() {
	run "$bin/$1"
	is "$status $(grep -c '^ok' "$tmp/out") $(grep -c '^# SKIP' "$tmp/out")" "0 $2 $3" "$1, counted by this process"
}
CMOCKA_MESSAGE_OUTPUT=TAP
export CMOCKA_MESSAGE_OUTPUT
natively bpf_test 15 1
natively stream_test 10 2
natively tasks_test 10 4
done_testing
