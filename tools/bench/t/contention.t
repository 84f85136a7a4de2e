#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The gain of lockless page tables is measured, here in short runs: each pair has figures.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=../../stress/t/lib.sh
. "$(dirname -- "$0")/../../stress/t/lib.sh"
need_v7scope

contention() { rounds=1 ms=30 "$top/tools/bench/contention" >"$tmp/table"; }
says() { jq -c "$1" "$top/build/bench/contention.json"; }

check "it runs" contention
is "$(grep -c '^guest\|^user' "$tmp/table")" "$(says '.pairs | length')" "it prints each pair"
is "$(says '[.pairs[] | select(.where == "guest") | "\(.pages) \(.pair)"]')" \
	"$(jq -nc '[("1", "256") as $pages | ("lock_alone", "gain_lockless", "gain_own", "gain_locked", "lockless_to_locked", "watched") | "\($pages) \(.)"]')" \
	"all pairs of the guest"
is "$(says '[.pairs[] | select(.where == "user")] | length >= 32')" true "and those in user space"
is "$(says 'all(.pairs[]; .least > 0 and .least <= .median and .median <= .most and .rounds == 1)')" true "each has figures"
is "$(says '[.pairs[] | select(.pair == "gain_own") | .own] | unique')" '[true]' "page tables of their own are that"
check "it says what it does not cover" grep -q '^not covered' "$tmp/table"
done_testing
