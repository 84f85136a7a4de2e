#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The same seed gives the same requests and the same expected counts, whatever the races
# and the timers did. Another seed gives other requests.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

cat >"$tmp/twice" <<'END'
for parameters; do
	for run in 1 2; do
		# shellcheck disable=SC2086
		insmod ./v7stress.ko $parameters || exit
		cat /sys/kernel/debug/v7stress/result
		rmmod v7stress || exit
	done
done
END

repeat() {
	stage "$tmp/load"
	cp "$tmp/twice" "$tmp/load/"
	set -- \
		"mode=install seed=7 ops=100000" \
		"mode=split seed=7 ops=100000" \
		"mode=churn seed=7 ops=100000" \
		"mode=mixed seed=7 ops=100000 threads=2" \
		"mode=mixed seed=7 ops=100000 threads=8 tables=3" \
		"mode=mixed seed=7 ops=100000 timer=1" \
		"mode=mixed seed=7 ops=100000 format=arm_32_lpae_s1 timer=1" \
		"mode=differ seed=7 ops=20000" \
		"mode=mixed seed=18446744073709551615 ops=100000 timer=1 threads=8"
	guest "$tmp/load" -- sh twice "$@" >"$tmp/results" 2>"$tmp/errors" ||
		bail "the load failed: $(cat "$tmp/errors")"

	run=0
	for parameters; do
		run=$((run + 1))
		first=$(sed -n $((2 * run - 1))p "$tmp/results" | jq -c '[.seed, .ops, .expect, [.pgtables[].expect]]')
		second=$(sed -n $((2 * run))p "$tmp/results" | jq -c '[.seed, .ops, .expect, [.pgtables[].expect]]')
		is "${first:-nothing}" "$second" "the same twice: $parameters"
	done
	is "$(tail -n 1 "$tmp/results" | jq -r .seed)" \
		18446744073709551615 "the seed is handed out with all its bits"

	guest "$tmp/load" -- sh twice "ops=100000 seed=1" "ops=100000 seed=2" >"$tmp/results" 2>"$tmp/errors" ||
		bail "the load failed: $(cat "$tmp/errors")"
	is "$(jq -s '[.[].expect] | unique | length' "$tmp/results")" \
		2 "another seed, other counts"
}
each repeat
done_testing
