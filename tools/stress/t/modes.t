#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Each mode on the kernels with our series: all counts agree, all translations are right,
# and the load provokes the events that it is for.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# at_least NAME EXPRESSION NUMBER
at_least() {
	number=$(field "$1" "$2")
	[ "${number:-0}" -ge "$3" ] || {
		echo "$2 is ${number:-missing}, not $3 or more"
		return 1
	}
}

# The number of lost races is random, but the load must lose some.
lost() {
	number=$(jq -s 'last.total.install.lost' "$tmp/$1/stat.json")
	[ "${number:-0}" -ge "$2" ] || {
		echo "lost ${number:-?} races, not $2 or more"
		return 1
	}
}

# splits NAME: whether the kernel of this run splits large pages
splits() { [ "$(field "$1" .splits)" = 1 ]; }

modes() {
	check "install: all agree" agree install mode=install ops=200000
	check "install: tables are installed" at_least install .expect.won_map 10000
	check "install: races are lost" lost install 10

	check "split: all agree" agree split mode=split ops=200000
	if splits split; then
		check "split: large pages are split" at_least split .expect.split_cont_done 10000
		check "split: sections are split" at_least split .expect.split_block_done 1000
		check "split: races are lost" lost split 10
	else
		is "$(field split '[.unmaps > 10000, .expect.split_cont_done, .expect.split_block_done]')" \
			'[true,0,0]' "split: whole entries are unmapped instead"
	fi

	check "churn: all agree" agree churn mode=churn ops=200000
	check "churn: tables are freed" at_least churn .expect.free_unmap 5000
	check "churn: tables are replaced by blocks" at_least churn .expect.free_replaced 1000

	check "mixed: all agree" agree mixed mode=mixed ops=200000
	check "mixed: at least 500 of each operation" at_least mixed '[if .splits == 1 then .expect
		else .expect | del(.won_split, .split_cont_done, .split_block_done) end
		| del(.free_replaced_live, .lost_to_leaf, .refuse_exists, .refuse_absent, .refuse_partial, .refuse_nomem, .refuse_raced)[]] | min' 500

	check "mixed, from timers, too: all agree" agree timer mode=mixed ops=200000 timer=1
	check "mixed, from timers, too: they map" at_least timer .timer_maps 10
	check "mixed, from timers on the next CPU: all agree" agree next mode=mixed ops=200000 timer=2
	check "mixed, from timers on the next CPU: they map" at_least next .timer_maps 10

	check "mixed, 8 threads, 5 page tables: all agree" agree many mode=mixed ops=200000 threads=8 tables=5
	check "mixed, 64 threads: all agree" agree threads mode=mixed ops=200000 threads=64
	check "mixed, 1 thread: all agree" agree alone mode=mixed ops=50000 threads=1
	check "differ: all agree" agree differ mode=differ ops=50000
	is "$(field differ .differ.differences)" 0 "differ: no difference"
	is "$(jq -s 'last.total.install.lost' "$tmp/alone/stat.json")" 0 "mixed, 1 thread: loses no race"

	for format in $formats; do
		check "a device that does not snoop, $format: all agree" agree coherent mode=mixed ops=100000 \
			coherent=0 "format=$format"
	done

	check "cost: all agree" agree cost mode=cost ops=10000
	is "$(field cost '.cost[] | [.what, .batches * .per_batch, .min_ns > 0, .total_ns >= .min_ns * .batches]')" \
		'["map_install",10240,true,true]' \
		"cost: measures what was asked for"
	if [ "$arch" = arm64 ]; then
		check "window: all agree" agree window mode=window ops=10000
		is "$(field window '[.cost[] | .what, .min_ns > 0]')" '["map_install",true,"window",true]' \
			"window: measures the race window, too"
	fi
	if splits cost; then
		check "cost_split: all agree" agree cost_split mode=cost_split ops=10000
		is "$(field cost_split '[.cost[].what]')" '["split_cont","split_block"]' "cost_split: measures both kinds"
	fi
}
each modes

is "$(load number ops=1000 quirks=0x1 && field number .quirks)" "$(load name ops=1000 quirks=ns && field name .quirks)" \
	"quirks by number: the same as by name"
done_testing
