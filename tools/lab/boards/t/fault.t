#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# `v7scope fault` has the right verdict on each planted fault, with the tasks that mapped and
# unmapped the address. The kernel must split: up to v6.12. On mt8195, one verdict is about
# the defect that the series mends.
#
#   boards=rcar-gen2 kernels=6.1 prove fault.t
#   kernels=6.1 options=--stock prove fault.t
# shellcheck disable=SC2016 # what $ begins is for jq
# shellcheck source-path=SCRIPTDIR source=lib.sh
kernels=${kernels-debian-6.12}
. "$(dirname -- "$0")/lib.sh"

# jq has no hexadecimal numbers.
iova=$((0x48000000)) page=$((0x1000))
buffer=".iova == $iova and .size == 4 * $page and .comm == \"insmod\" and .pid > 0 and .before_ns > 0"
# plants BOARD: name, verdict, and what must be true of the fault; see plant.c. Long
# descriptors keep the address of a block that is split.
plants() {
	case $1 in
	mt8195) lost="split_lost_address .map.size == 256 * $page and .split.size == $page and .split.iova == $iova" ;;
	*) lost="mapped .map.size == 512 * $page and .split == null" ;;
	esac
	cat <<EOF
fault never_mapped .iova == $iova and .map == null and .unmap == null and .below == null
unmapped use_after_unmap .iova == $iova + $page and (.map | $buffer) and (.unmap | $buffer) and .unmap.before_ns < .map.before_ns
overrun never_mapped .iova == $iova + 4 * $page and .map == null and (.below | $buffer)
erased mapped .iova == $iova + $page and .unmap == null and (.map | $buffer)
flood unknown .iova == $iova + $page and .map == null and .unmap == null
lost ${lost%% *} .iova == $iova + $page and .unmap == null and ${lost#* }
EOF
}

for board in $boards; do
	for kernel in $kernels; do
		name="$board $kernel"
		# Without fentry, programs on the kernel's events do not see the domain.
		case $kernel in 5.* | 6.1 | debian-6.1) by_domain=false ;; *) by_domain=true ;; esac
		stage "$board" "$kernel"
		plants "$board" >"$tmp/rows"
		run_plants "$name" fault.guest || continue
		while read -r plant verdict filter; do
			jq -s -c '.[0] | [.verdict, .dev, .access]' "$tmp/guest/$plant.json" >"$tmp/verdict"
			is "$(cat "$tmp/verdict")" "[\"$verdict\",\"7f000000.iommu\",$access]" "$name $plant: $verdict"
			is "$(jq -s ".[0] | $filter" "$tmp/guest/$plant.json")" true "$name $plant: the address, and who mapped and unmapped it"
			is "$(jq -s -c ".[1] | [.final, .faults, .dropped, .verdicts.$verdict, .missed]" "$tmp/guest/$plant.json")" '[true,1,0,1,0]' \
				"$name $plant: one fault, and nothing is missing"
		done <"$tmp/rows"
		is "$(jq -s -c '.[1].by_domain' "$tmp/guest/fault.json")" $by_domain "$name: the history is by domain, or not"
		has "$tmp/guest/fault.text" "dev 7f000000.iommu .* iova 0x48000000" "$name: as text"
		is "$(grep '^v7scope_faults_total' "$tmp/guest/faults.prom" | xargs)" "v7scope_faults_total{device=7f000000.iommu} 1 v7scope_faults_total{device=other} 0" \
			"$name: export counts it"
		is "$(account .faults)" "$(($(wc -l <"$tmp/rows") + 2))" "$name: iommu-sim raised as many"
	done
done
done_testing
