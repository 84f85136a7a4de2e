#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Each of our parsers reads $runs random inputs under ASan and UBSan. An input that failed
# stays in build/fuzz/found. Try it again with build/fuzz/NAME FILE.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
fuzz=${fuzz:-build/fuzz}
runs=${runs:-20000}
found=build/fuzz/found
mkdir -p "$found"

# recordings FOLDER: to begin with, small ones of each kind
recordings() {
	record='record --json --for 1s'
	# shellcheck disable=SC2086
	FAKE_LOAD=20 "$bin/fake" $record --tasks --stacks -o "$1/plain" &&
		FAKE_LOAD=30 FAKE_DROP=10 "$bin/fake" $record -o "$1/dropped" &&
		FAKE_LOAD=30 FAKE_DROP=10 FAKE_OVERRUN=1 "$bin/fake" $record -o "$1/overrun" &&
		FAKE_LOAD=10 "$bin/fake" $record --keep-last 256K -o "$1/ring"
}

# The seed is told so that a finding can be had again.
seed=${seed:-$(date +%s)}
for source in "${targets:-$here/../fuzz}"/*.c; do
	name=$(basename "$source" .c)
	mkdir -p "$tmp/$name"
	set -- "$tmp/$name"
	[ "$name" != recording ] || recordings "$tmp/$name" >"$tmp/out" 2>"$tmp/err" || bail "no recordings to begin with: $(cat "$tmp/err")"
	[ ! -d "$here/../fuzz/seeds/$name" ] || set -- "$@" "$here/../fuzz/seeds/$name"
	run nice "$fuzz/$name" -seed="$seed" -runs="$runs" -timeout=10 -rss_limit_mb=1024 \
		-max_len=4096 -verbosity=0 -print_final_stats=1 -close_fd_mask=1 -artifact_prefix="$found/$name-" "$@"
	done=$(sed -n 's/^stat::number_of_executed_units: *//p' "$tmp/err")
	[ $status -eq 0 ] && [ "${done:-0}" -ge "$runs" ]
	ok $? "$name: ${done:-0} runs, seed $seed"
done
done_testing
