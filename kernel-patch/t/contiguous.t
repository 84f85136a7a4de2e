#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# 32-bit Arm's __iommu_alloc_simple() in user space, with stubs: the kernel's function, as
# it is and with the patches of upstream/. Needs a kernel's source, which is taken from the
# cache; full=1 fetches it.
set -u

# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source-path=SCRIPTDIR
# shellcheck source=lib.sh
kernels=${kernels:-5.10 6.1 6.12 7.3}
. "$(dirname -- "$0")/lib.sh"
series=$top/kernel-patch/upstream/arm-dma-v7.3
cache=${XDG_CACHE_HOME:-$HOME/.cache}/v7scope/source
file=arch/arm/mm/dma-mapping.c

# functions FILE: those that the test runs, as they are in FILE
functions() {
	awk '/^{/ { on = head ~ /[ *\n]__iommu_(create_mapping|create_contiguous_mapping|alloc_simple)\(/; if (on) printf "%s", head }
	on { print }
	/^(}|$| \*\/)/ { on = on && !/^}/; head = ""; next }
	{ head = head $0 "\n" }' "$1"
}

# simple NAME FOLDER: its result in $out
simple() {
	functions "$2/$file" >"$tmp/simple.h"
	if ! gcc -std=gnu11 -g -O1 -fno-inline -Wall -Wno-unused -fsanitize=address -fsanitize-recover=address \
		-I"$tmp" -o "$tmp/contiguous" "$top/kernel-patch/t/contiguous.c" >"$out" 2>&1; then
		check "$1: compiles" false
		return 1
	fi
	ASAN_OPTIONS=halt_on_error=0:detect_leaks=0 "$tmp/contiguous" >"$out" 2>"$tmp/asan"
	check "$1: runs" test $? -eq 0
	sed "s/^/# $1: /" "$out"
}

for kernel in $kernels; do
	if [ -n "${full:-}" ]; then
		tree=$("$lab" source "$kernel")
	else
		tree=$(for dir in "$cache/source-$kernel-"*/tree; do [ ! -d "$dir" ] || echo "$dir"; done | tail -n 1)
	fi
	if [ -z "$tree" ]; then
		skip "$kernel" "no source of it here"
		continue
	fi
	if simple "$kernel" "$tree"; then
		check "$kernel: the device gets the first page of a coherent buffer only" says '^coherent: right 5 of 31, '
		check "$kernel: the same without sleeping" says '^atomic: right 5 of 31, '
		has "$tmp/asan" 'AddressSanitizer: stack-buffer-overflow' "$kernel: it reads beyond a variable"
		has "$tmp/asan" '#0 .* in __iommu_create_mapping ' "$kernel: that of its caller"
		check "$kernel: an allocation that must not sleep may sleep" says '^atomic: .* may sleep [1-9]'
	fi

	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/${file%/*}"
	cp "$tree/$file" "$tmp/tree/$file"
	# Until v6.2, iommu_map() had no flags, and iommu_map_atomic() did not sleep.
	for patch in "$series"/*.patch; do
		number=$(basename "$patch" | cut -c 1-4)
		case $kernel in
		5.* | 6.1) sed '/^[-+]/{s/iommu_map(\(.*\), GFP_KERNEL)/iommu_map(\1)/; s/iommu_map(\(.*\), gfp)/iommu_map_atomic(\1)/}' "$patch" ;;
		*) cat "$patch" ;;
		esac >"$tmp/patch"
		(cd "$tmp/tree" && git apply "$tmp/patch") >"$out" 2>&1
		check "$kernel: $number applies" test $? -eq 0
		simple "$kernel, $number" "$tmp/tree" || continue
		check "$kernel, $number: the device gets each page of a coherent buffer" says '^coherent: right 31 of 31, '
		check "$kernel, $number: the same without sleeping" says '^atomic: right 31 of 31, '
		is "$(cat "$tmp/asan")" '' "$kernel, $number: it reads nothing else"
	done
	check "$kernel, patched: no allocation that must not sleep sleeps" says '^atomic: .* may sleep 0$'
done
done_testing
