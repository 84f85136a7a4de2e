#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# `v7scope fault` sees the faults that QEMU's SMMUv3 reports to its driver, of the device
# that caused them, and has the right verdict on each.
#
#   kernels='debian-6.1 debian-7.x' prove faults.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
kernels=${kernels-debian-6.12}

[ -f "$top/build/arm64/v7scope" ] || bail "no build/arm64/v7scope; build it first, see the README"

# jq has no hexadecimal numbers.
iova=$((0x48000000)) page=$((0x1000))
buffer=".iova == $iova and .size == 4 * $page and .comm == \"insmod\" and .pid > 0 and .before_ns > 0"

# plants BY_DOMAIN: name, access, verdict, and what must be true of the fault; see edu.c
plants() {
	# Without the domains, a map for another device looks like one for this device.
	case $1 in
	true) foreign="never_mapped .map == null" ;;
	*) foreign="mapped (.map | $buffer)" ;;
	esac
	cat <<EOF
fault read never_mapped .iova == $iova and .map == null and .unmap == null and .below == null
unmapped read use_after_unmap .iova == $iova + $page and (.map | $buffer) and (.unmap | $buffer) and .unmap.before_ns < .map.before_ns
overrun read never_mapped .iova == $iova + 4 * $page and .map == null and (.below | $buffer)
denied write mapped .iova == $iova + $page and .unmap == null and (.map | $buffer)
flood read unknown .iova == $iova + $page and .map == null and .unmap == null
foreign read ${foreign%% *} .iova == $iova and ${foreign#* }
EOF
}

for kernel in $kernels; do
	dir=$tmp/$kernel
	mkdir "$dir" && cp "$test_dir/faults.guest" "$dir/" || exit
	case $kernel in debian-6.1 | 5.* | 6.1) by_domain=false ;; *) by_domain=true ;; esac
	plants $by_domain >"$tmp/rows"
	run "$top/tools/lab/boards/build" load "$kernel" arm64 --board smmuv3
	if [ "$status" -ne 0 ]; then
		skip "$kernel" "$(tail -n 1 "$tmp/err")"
		continue
	fi
	cp "$(dirname -- "$(cat "$tmp/out")")/edu.ko" "$dir/" || bail "no edu.ko for $kernel"
	# shellcheck disable=SC2046 # words
	lab run --timeout "${timeout-600}" --board smmuv3 --kernel "$kernel" --dir "$dir" -- \
		sh faults.guest $(sed 's/ .*//' "$tmp/rows")
	if [ "$status" -eq 122 ]; then
		skip "$kernel" "$(tail -n 1 "$tmp/err")"
		continue
	fi
	is "$status" 0 "$kernel: the plants run"
	[ "$status" -eq 0 ] || { sed 's/^/#   /' "$tmp/out" "$tmp/err"; continue; }
	name=$(basename "$(dirname "$(cat "$dir/names")")")
	while read -r plant access verdict filter; do
		is "$(jq -s -c '.[0] | [.verdict, .dev, .access]' "$dir/$plant.json")" "[\"$verdict\",\"$name\",\"$access\"]" "$kernel $plant: $verdict"
		is "$(jq -s ".[0] | $filter" "$dir/$plant.json")" true "$kernel $plant: the address, and who mapped and unmapped it"
		is "$(jq -s -c ".[-1] | [.final, .faults, .dropped, .verdicts.$verdict, .by_domain]" "$dir/$plant.json")" "[true,1,0,1,$by_domain]" \
			"$kernel $plant: one fault, and nothing is missing"
		is "$(grep -c 'arm-smmu-v3 .*event.* 0x1[03]\|arm-smmu-v3 .*event: F_' "$dir/$plant.log")" 1 "$kernel $plant: as many as the driver logged"
	done <"$tmp/rows"
	is "$(jq -s -c 'map(select(.event == "fault") | .access)' "$dir/trace.json")" "[$(sed 's/^[a-z]* \([a-z]*\) .*/"\1"/' "$tmp/rows" | paste -s -d ,)]" \
		"$kernel: trace shows each once"
	is "$(jq -s -c 'map(select(.event == "fault") | .dev) | unique' "$dir/trace.json")" "[\"$name\"]" "$kernel: trace has the device"
	is "$(jq -s 'map(select(.line == "event").time_ns) | . == sort' "$dir/trace.json")" true "$kernel: trace is in order of time"
	is "$(sed -n 's/^v7scope_faults_total//p' "$dir/faults.prom" | xargs)" "{device=$name} $(wc -l <"$tmp/rows") {device=other} 0" "$kernel: export counts them"
done
done_testing
