#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# A load that is interrupted ends soon, and leaves nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

stage "$tmp/load"
cat >"$tmp/load/interrupted" <<'END'
signal=$1
shift
insmod ./v7stress.ko ops=281474976710656 "$@" 2>/dev/null &
pid=$!
threads() {
	for comm in /proc/[0-9]*/comm; do
		read -r name <"$comm" || continue
		case $name in v7stress/*) echo "$name" ;; esac
	done 2>/dev/null
}
until [ -n "$(threads)" ]; do
	kill -0 $pid 2>/dev/null || exit 9
	sleep 0.1
done
kill "-$signal" $pid
wait $pid
[ $? -ne 0 ] || echo "insmod says that the load ran"
[ ! -e /sys/module/v7stress ] || echo "the module is there"
ls -d /sys/kernel/debug/v7stress /sys/devices/platform/v7stress* 2>/dev/null
threads
insmod ./v7stress.ko ops=1000 "$@" || echo "it cannot be loaded again"
exit 0
END
for signal in TERM KILL; do
	for parameters in threads=2 threads=8,timer=1,tables=3; do
		# shellcheck disable=SC2046
		guest "$tmp/load" -- sh interrupted $signal $(echo $parameters | tr , ' ') >"$tmp/said" 2>"$tmp/error"
		is $? 0 "$signal, $parameters: status"
		is "$(cat "$tmp/said")" '' "$signal, $parameters: nothing is left"
	done 2>/dev/null
done
done_testing
