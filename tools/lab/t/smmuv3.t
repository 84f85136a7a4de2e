#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# QEMU's SMMUv3, which nobody here modelled, and the kernel's own drivers behind it: page
# tables come and go with PCI devices, and v7scope counts them as ftrace does.
#
#   kernels='debian-6.1 6.1' rounds=20 prove smmuv3.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
kernels=${kernels-debian-6.12}
rounds=${rounds-5}

# of NAME FILTER: on the final report, with $load and $seen
of() {
	tail -n 1 "$dir/stat.json" | jq -e --slurpfile result "$dir/result.json" --slurpfile ftrace "$dir/seen.json" \
		"\$result[0] as \$load | \$ftrace[0] as \$seen | $2" >"$tmp/jq" 2>&1
	set -- $? "$1"
	ok "$1" "$kernel: $2"
	[ "$1" -eq 0 ] || { cat "$tmp/jq" "$dir/seen.json" && tail -n 1 "$dir/stat.json"; } | cut -c 1-3000 | sed 's/^/#   /'
}

for kernel in $kernels; do
	dir=$tmp/$kernel
	mkdir "$dir" && cp "$test_dir/smmuv3.guest" "$dir/" || exit
	seq 1 9000000 2>/dev/null | head -c 4M >"$dir/numbers"
	began=$(date +%s)
	lab run --timeout "${timeout-900}" --board smmuv3 --kernel "$kernel" --dir "$dir" -- sh smmuv3.guest "$rounds"
	if [ "$status" -eq 122 ]; then
		skip "$kernel" "$(tail -n 1 "$tmp/err")"
		continue
	fi
	is "$status" 0 "$kernel: the load runs, the disk reads as it was written, and the kernel reports nothing"
	[ "$status" -eq 0 ] || { sed 's/^/#   /' "$tmp/out" "$tmp/err"; continue; }
	of 'each page table is created and destroyed, by the load' \
		'.total.creates == $load.tables and .destroys == $load.tables and $load.tables > 0'
	of 'and by ftrace' '$seen.create == .total.creates and $seen.destroy == .destroys'
	of 'they have the format of the SMMUv3, and installs' \
		'[.tables[] | select(.created)] | length == $load.tables and all(.fmt == "arm_64_lpae_s1" and .install.won > 0)'
	of 'with the events, all is exact and as ftrace has it' \
		'if $seen.install then .exact and .total.install.attempts == $seen.install and
			.total.install.won == $seen.outcome0 and .total.free.tables == ($seen.free // 0) and
			.total.split.attempts == ($seen.split // 0)
		else .source | IN("fentry", "kprobe") end'
	run jq -e '.destroys == 1 and .total.creates == 0 and .total.free.unmap == 0 and .total.free.replaced == 0 and
		all(.tables[]; .destroyed or .install.attempts > 0)' "$dir/older.json"
	ok $status "$kernel: a page table from before the start: destroyed, and no table is freed before that"
	run jq -e -s 'map(select(.event == "destroy")) | length == 1 and
		.[0].pgtable > 0 and .[0].fmt == "arm_64_lpae_s1" and (.[0].dev | test("smmuv3"))' "$dir/older.trace"
	ok $status "$kernel: with its number, format and device"
	tail -n 1 "$dir/stat.json" | jq -r '.total | "# created \(.creates) won \(.install.won) lost \(.install.lost) freed \(.free.tables)"'
	echo "# $(cat "$dir/release"): $(jq .bytes "$dir/result.json") bytes read, up after $(cat "$dir/uptime") s, $(($(date +%s) - began)) s in all"
done
done_testing
