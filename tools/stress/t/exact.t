#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Exact counts: a million requests, by as many threads as CPUs and by more, without and
# with maps from timer interrupts, for each of $seeds. $ops are that many requests.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# Under PREEMPT_RT an interrupt must not allocate, so it must not map.
case ${options-} in *'--lane rt'*) timers=0 ;; *) timers='0 1' ;; esac

exact() {
	for threads in 2 8; do
		for timer in $timers; do
			for seed in ${seeds-1}; do
				check "$threads threads, timer $timer, seed $seed: all agree" agree run \
					mode=mixed "ops=${ops-1000000}" "threads=$threads" "timer=$timer" "seed=$seed"
				echo "# $(jq -sr 'last.total | "installs \(.install.attempts) lost \(.install.lost) splits \(.split.attempts) waits \(.split.waits)"' \
					"$tmp/run/stat.json") timer maps $(field run .timer_maps) requests $(field run .ops)"
			done
		done
	done
}
each exact
done_testing
