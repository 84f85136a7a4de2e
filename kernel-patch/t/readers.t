#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The events are there for those who do not have our tool: Debian's trace-cmd,
# perf and bpftrace see each of them, with its fields.
set -u

here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../..
tmp=$(mktemp -d) || exit 1
trap 'rm -rf -- "$tmp"' EXIT
trap 'exit 143' HUP INT TERM

stress=$("$top/tools/stress/build") || { echo "Bail out! no v7stress.ko"; exit 1; }
cp "$stress" "$here/readers.guest" "$tmp/" || exit 1

echo 1..3
"$top/tools/lab/lab" run --packages 'bpftrace linux-perf trace-cmd' --dir "$tmp" -- \
	sh readers.guest >"$tmp/seen" 2>"$tmp/err"
n=0
for reader in trace-cmd perf bpftrace; do
	n=$((n + 1))
	# Each install that lost is followed by the free of its table, so that those that
	# won are what the arithmetic knows, and those that lost are the rest.
	if read -r name all won result <<-END &&
	$(grep "^$reader " "$tmp/seen")
	END
		[ "$name" = $reader ] && [ "$won" -gt 0 ] && [ "$all" -ge "$won" ] &&
		[ "$won" = "$(printf '%s' "$result" | jq '.expect.won_map + .expect.won_split')" ]; then
		echo "ok $n - $reader sees the $won installs that won, and $((all - won)) that lost"
	else
		echo "not ok $n - $reader sees each install"
		sed 's/^/# /' "$tmp/seen" "$tmp/err"
	fi
done
