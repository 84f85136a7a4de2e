#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# A device that reads between an unmap and its invalidation. mtk_iommu frees the level-2
# table first: another client that maps gets the table, and the device reads that client's
# pages. With the patch of kernel-patch/upstream, it reads nothing.
# shellcheck disable=SC2016 # what $ begins is for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
patch=$(echo "$top/kernel-patch/upstream/mtk-v7.3"/*.patch)
rounds=${rounds-50}
reads=$((rounds * 15 * 16))

# during PLANT [BEFORE]: reads of own pages, of none, of another client's, of any other memory.
# The counters of iommu-sim go on from plant to plant.
during() {
	jq -sc 'map(.sim | [.held_own, .held_none, .held_foreign, .held_wild]) | [., [[0, 0, 0, 0]]] | add |
		[.[0], .[1]] | transpose | map(.[0] - .[1])' \
		"$tmp/guest/$1.json" ${2:+"$tmp/guest/$2.json"}
}

# hold NAME KERNEL [OPTION of lab kdir]...
hold() {
	name=$1
	shift
	stage mt8195 "$@"
	cp "$test_dir/held.guest" "$tmp/guest/"
	on mt8195 "$@" -- sh held.guest "$rounds"
	if [ "$status" -eq 122 ]; then
		skip "$name" "$(tail -n 1 "$tmp/err")"
		return 1
	fi
	is "$status" 0 "$name: runs"
	is "$(jq -sc 'map(.bad_pages)' "$tmp/guest"/*.json)" '[0,0,0,0]' "$name: after the invalidation, nothing is read"
	is "$(jq '.sim.ahead' "$tmp/guest/ahead.json")" "$rounds" "$name: ahead: each entry was cached ahead"
	echo "# $name: own, none, another client's, arbitrary: freed $(during freed), reused $(during reused freed), ahead $(during ahead reused)"
	echo "# $name: tables freed $(account .tables_freed), while cached $(account .freed_while_cached), flushes $(account .flushes_range)"
}

for kernel in $kernels; do
	if hold "mt8195 $kernel" "$kernel"; then
		is "$(during freed | jq -c '[add, .[0] > 0, .[2]]')" "[$reads,true,0]" "$name: freed: the walker uses the freed table"
		is "$(during reused freed)" "[0,0,$reads,0]" "$name: reused: each read reaches the other client's page"
		is "$(during ahead reused)" "[0,0,$reads,0]" "$name: ahead: so does each read of a device that was never there"
		is "$(account '.freed_while_cached > 3 * '"$rounds")" true "$name: tables are freed while cached"
	fi
	# A kernel as Debian ships it has no patch.
	case $kernel in debian-*) continue ;; esac
	if hold "mt8195 $kernel, patched" "$kernel" --patch "$patch"; then
		is "$(during freed)" "[0,$reads,0,0]" "$name: freed: no read is translated"
		is "$(during reused freed)" "[0,$reads,0,0]" "$name: reused: no read is translated"
		is "$(during ahead reused)" "[0,$reads,0,0]" "$name: ahead: no read is translated"
		is "$(account '[.tables_freed > 3 * '"$rounds"', .freed_while_cached]')" '[true,0]' "$name: no table is freed while cached, under load either"
	fi
done
done_testing
