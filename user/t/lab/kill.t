#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Killed a hundred times at any moment: no program, map, link or probe is left. The next
# run removes the tracefs instance that stayed, and counts right.
#
#   kernels='6.1 6.12' archs=arm64 options='--lane kasan' sources='bpf ftrace' prove kill.t
set -u
kernels=${kernels-6.1} archs=${archs-arm64} options=${options-} sources=${sources-bpf kprobe ftrace}
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

cat >"$tmp/guest" <<'END'
left() {
	for kind in prog map link; do debian bpftool $kind show; done
	cat /sys/kernel/tracing/kprobe_events
	ls /sys/kernel/tracing/instances
}
left >before
killed=0 seed=7
while [ $killed -lt 100 ]; do
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	v7scope stat --tasks --source "$1" -i 0.1 >/dev/null 2>&1 &
	# From before it has begun to after its first report
	usleep $((seed / 4096 % 400000))
	kill -9 $! && killed=$((killed + 1))
	wait $!
	ls /sys/kernel/tracing/instances | wc -l
done 2>/dev/null >instances
v7scope stat --source "$1" -n 1 -i 0.1 >/dev/null 2>&1
tries=0
until left >after && cmp -s before after; do
	tries=$((tries + 1))
	[ $tries -lt 50 ] || break
	usleep 100000
done
echo $killed >killed
v7scope stat --source "$1" --json -- insmod v7stress.ko mode=install ops=5000 >stat
cp /sys/kernel/debug/v7stress/result result
END

# kills SOURCE [LAB-OPTION]
kills() {
	source=$1
	case " $sources " in
	*" $source "*) ;;
	*) return ;;
	esac
	tap_prefix="$kernel $arch $source: "
	shift
	# shellcheck disable=SC2086 # options are words
	stress=$("$top/tools/stress/build" "$kernel" "$arch" $options "$@") || bail "no v7stress.ko"
	cp "$stress" "$tmp/"
	(cd "$tmp" && rm -f before after instances killed stat result)
	# shellcheck disable=SC2086
	"$top/tools/lab/lab" run --kernel "$kernel" --arch "$arch" $options --dir "$tmp" "$@" -- sh guest "$source" >"$tmp/out" 2>&1
	is "$(cat "$tmp/killed")" 100 "killed a hundred times"
	check "no program, map, link or probe is left" diff "$tmp/before" "$tmp/after"
	is "$(tail -n 1 "$tmp/stat" | jq '.total.install.won | select(. > 0)')" "$(jq .expect.won_map "$tmp/result" || echo 'no result')" \
		"the next run counts the load's installs"
}
for kernel in $kernels; do
	for arch in $archs; do
		kills bpf
		kills kprobe --stock
		kills ftrace
		# With no instance left, the next run would have nothing to remove.
		is "$(sort -n "$tmp/instances" | tail -n 1)" 1 "at most one tracefs instance is left at any time"
	done
done
done_testing
