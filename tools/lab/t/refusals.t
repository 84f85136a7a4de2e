#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Kernels without the series, as Debian ships them: each request that the load wants to
# be refused is an event with its reason, IOVA, size, page table, device, task and stack.
#
#   kernels='debian-6.1 debian-7.x' prove refusals.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
kernels=${kernels-debian-6.12}
formats=${formats-arm_v7s arm_64_lpae_s1}

# of VERB TEST FILTER: on the verb's last object; $load is the result of its load, $events
# what trace printed before
of() {
	grep '"line":"event"' "$dir/$format.$1.json" | jq -s . >"$tmp/events.json"
	tail -n 1 "$dir/$format.$1.json" >"$tmp/last.json"
	jq -n -e --slurpfile load "$dir/$format.$1.result" --slurpfile events "$tmp/events.json" \
		'$load[0] as $load | $events[0] as $events | input |
		def expected: $load.expect | [.refuse_exists, .refuse_absent, .refuse_partial];
		'"$3" "$tmp/last.json" >"$tmp/jq" 2>&1
	set -- $? "$@"
	ok "$1" "$kernel, $format, $2: $3"
	[ "$1" -eq 0 ] || cat "$tmp/jq" "$dir/$format.$2.said" "$tmp/events.json" "$tmp/last.json" 2>/dev/null | cut -c 1-2000 | sed 's/^/#   /'
}

# judge FORMATS: those that this kernel has
judge() {
	for format in $1; do
		of trace 'as many refusals of each kind as the load wants' \
			'([["exists", "absent", "partial"][] as $why | [$events[] | select(.why == $why)] | length]) == expected and
			($events | length) == (expected | add) and expected == [1, 1, 2 - 2 * $load.splits]'
		of trace 'of its device, page table and task, from the function that the load calls, or from the load' \
			'all($events[]; .event == "refuse" and .dev == "v7stress.0" and .fmt == "'"$format"'" and .pgtable > 0 and
			.comm == "insmod" and .size == 4096 and (.frames[0].symbol | test("^(arm_(v7s|lpae)_(un)?map_pages|table_(un)?map|refused?_(un)?map|refuse_run)")))'
		of trace 'each at the address of the request, and at the level of its entry' \
			'[$events[] | .iova - $events[0].iova] as $iova | [$events[].level] as $level |
			[$events[].why][:2] == ["exists", "absent"] and $iova[:2] == [0, 4096] and $level[0] == $level[1] and
			(expected[2] == 0 or ($iova[3] - $iova[2] == 65536 and $level[2] == $level[0] - 1 and $level[3] == $level[2]))'
	done
	for format in $1; do
		# fentry cannot see both; a program at a return begins with the caller
		if [ -e "$dir/$format.unsplit.json" ]; then
			of unsplit 'a split without memory is refused once, for that reason' \
				'[$events[].why] == [range(8) | "nomem"] and $load.expect.refuse_nomem == 8 and $load.errors == 0'
		else
			is "$(jq '.splits // 0' "$dir/$format.trace.result")" 0 "$kernel, $format: no splits, so none without memory"
		fi
	done
	format=${1%% *}
	of check 'check fails' '[.judgements[] | select(.name == "refusals")][0] | .result == "fail" and
		([.figures | .exists, .absent, .partial] == expected) and .figures.raced == null'
	of explain 'explain names each kind' '[.findings[] | select(.rule == ("mapped_twice", "unmapped_twice", "partial_unmap")) |
		.figures | add] == [expected[] | select(. > 0)]'
	of report 'a recording has them' '[.total.refuse | .exists, .absent, .partial] == expected'
	of stat 'stat attaches nothing for them, and says so' '.refusals_on_request and
		([.total.refuse | .exists, .absent, .partial] == [null, null, null])'
	of explain 'explain has asked' '.refusals_on_request == false'
	is "$(jq -r --arg source "$(tail -n 1 "$dir/$format.stat.json" | jq -r .source)" \
		'[.refusals | (.exists, .absent, .partial, .raced)[$source]] | map(tostring) | join(" ")' "$dir/doctor.json")" \
		'on_request on_request on_request false' "$kernel: doctor reports what stat leaves out"
	is "$(jq .facts.splits.value "$dir/doctor.json")" "$(jq '.splits == 1' "$dir/$format.stat.result")" \
		"$kernel: doctor knows whether this kernel splits large pages"
	case $kernel in
	debian-6.1) ;;
	*) of trace 'no program was skipped' '.recursion_misses.io_pgtable_refuse == 0' ;;
	esac
}

for kernel in $kernels; do
	dir=$tmp/$kernel
	mkdir "$dir" || exit
	stress=$("$top/tools/stress/build" "$kernel" 2>"$tmp/err")
	case $? in
	0) ;;
	122) skip "$kernel" "$(tail -n 1 "$tmp/err")"; continue ;;
	*) bail "no v7stress.ko for $kernel: $(tail -n 1 "$tmp/err")" ;;
	esac
	cp "$stress" "$test_dir/refusals.guest" "$dir/" || exit
	lab run --kernel "$kernel" --allow-splat='WARNING: .*io-pgtable-arm(-v7s)?\.c:' --dir "$dir" -- sh refusals.guest "$formats"
	is "$status" 0 "$kernel: the loads run, and the kernel warns of them only"
	[ "$status" -eq 0 ] || { sed 's/^/#   /' "$tmp/out" "$tmp/err"; continue; }
	judge "$(cat "$dir/formats")"
done
done_testing
