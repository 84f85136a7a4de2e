#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The same seed gives the same requests and the same expected counts, whatever
# the races did and however often the timers fired; another seed gives others.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

cat >"$work/twice" <<'END'
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
	stage "$work/load"
	cp "$work/twice" "$work/load/"
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
	guest "$work/load" -- sh twice "$@" >"$work/results" 2>"$work/errors" ||
		bail "the load failed: $(cat "$work/errors")"

	run=0
	for parameters; do
		run=$((run + 1))
		first=$(sed -n $((2 * run - 1))p "$work/results" | jq -c '[.seed, .ops, .expect, [.pgtables[].expect]]')
		second=$(sed -n $((2 * run))p "$work/results" | jq -c '[.seed, .ops, .expect, [.pgtables[].expect]]')
		is "the same twice: $parameters" "${first:-nothing}" "$second"
	done
	is "the seed is handed out with all its bits" \
		"$(tail -n 1 "$work/results" | jq -r .seed)" 18446744073709551615

	guest "$work/load" -- sh twice "ops=100000 seed=1" "ops=100000 seed=2" >"$work/results" 2>"$work/errors" ||
		bail "the load failed: $(cat "$work/errors")"
	is "another seed, other counts" \
		"$(jq -s '[.[].expect] | unique | length' "$work/results")" 2
}
each repeat
finish
