#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# Other tools read the events, too: Debian's trace-cmd, perf and bpftrace see each event
# with its fields.
set -u

here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../..
# shellcheck source-path=SCRIPTDIR source=../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

stress=$("$top/tools/stress/build") || bail "no v7stress.ko"
cp "$stress" "$here/readers.guest" "$tmp/" || exit 1

"$top/tools/lab/lab" run --packages 'bpftrace linux-perf trace-cmd' --dir "$tmp" -- \
	sh readers.guest >"$tmp/out" 2>"$tmp/err"
for reader in trace-cmd perf bpftrace; do
	# Each install that lost is followed by the free of its table, so that those that
	# won are what the arithmetic knows, and those that lost are the rest.
	read -r name all won result <<-END
	$(grep "^$reader " "$tmp/out")
	END
	[ "$name" = $reader ] && [ "$won" -gt 0 ] && [ "$all" -ge "$won" ] &&
		[ "$won" = "$(printf '%s' "$result" | jq '.expect.won_map + .expect.won_split')" ]
	ok $? "$reader sees each install: ${won:-none} that won, and $((${all:-0} - ${won:-0})) that lost"
done
done_testing
