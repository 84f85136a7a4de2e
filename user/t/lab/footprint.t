#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The tool's cost: memory, capabilities, and instructions until it counts. Each stays
# within its promise.
# shellcheck disable=SC2016 # for the shell that is started
# shellcheck source-path=SCRIPTDIR source=../../../tools/stress/t/lib.sh
. "$(dirname -- "$0")/../../../tools/stress/t/lib.sh"
need_v7scope
mkdir "$tmp/guest"
stage "$tmp/guest"
cp "$(dirname -- "$0")/footprint" "$tmp/guest/" || bail "no guest's part"

# value NAME: of what the guest measured
value() { sed -n "s/^$1 //p" "$tmp/values"; }

# most NAME LIMIT WHAT
most() {
	got=$(value "$1")
	check "$3: $got, at most $2" [ "${got:-999999999999}" -le "$2" ]
}

size=$(stat -c %s "$top/build/$arch/v7scope.stripped")
check "the stripped binary: $size bytes, at most 6600000" [ "$size" -le 6600000 ]

check "eight CPUs" sh -c '"$@" >"$0"' "$tmp/values" \
	"$lab" run --kernel "$kernel" --arch "$arch" --smp 8 --dir "$tmp/guest" -- sh footprint memory
for verb in stat stat--tasks trace hist; do
	most $verb.maps 2097152 "$verb: maps and rings, bytes"
	most $verb.rss 6144 "$verb: resident after 10 s, KiB"
	most $verb.peak 10240 "$verb: and at most, KiB"
	is "$(value $verb.caps) $(value $verb.permitted)" "0x0000000000000000 0x0000000000000000" "$verb: capabilities left"
	is "$(value $verb.status)" 0 "$verb: ends as it should"
done
most stat--tasks--stacks.rss 10240 "with stacks: resident after 10 s, KiB"

check "with bpf() and addresses for the privileged only" sh -c '"$@" >"$0"' "$tmp/values" \
	"$lab" run --kernel "$kernel" --arch "$arch" --dir "$tmp/guest" -- sh footprint guarded
is "$(value guarded.caps) $(value guarded.permitted)" "0x0000000000000000 0x0000000000000000" "no capability is needed"
# Since v5.19 whoever has the map's file descriptor may read it.
[ "$kernel" = 5.10 ] && mask=0x0000008000000000 || mask=0x0000000000000000
is "$(value guarded-stacks.caps) $(value guarded-stacks.permitted)" "$mask $mask" "no capability but CAP_BPF, where stacks take that"
is "$(value child.caps)" "$(value own.caps)" "a command has those that we had"
for what in guarded guarded-stacks; do
	check "$what: what the kernel skipped is known" \
		jq -e -s '.[-1] | .final and (.recursion_misses | length == 6 and all(.[]; . == 0 or . == null)) and .exact' "$tmp/guest/$what.out"
done
check "functions have names" jq -e -s '.[-1].stacks | length > 0 and all(.frames[0].symbol != null)' "$tmp/guest/guarded-stacks.out"

check "one CPU that counts instructions" sh -c '"$@" >"$0"' "$tmp/values" \
	"$lab" run --kernel "$kernel" --arch "$arch" --icount --dir "$tmp/guest" -- sh footprint attach
for option in '' --tasks --tasks--stacks; do
	most "attach$option" 130000000 "stat $option: from the start until the end of a command that does nothing, instructions"
done
done_testing
