#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# iommu-sim starts and ends with its guest and with the lab, whichever of them is killed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

for board in $boards; do
	stage "$board" 6.1 --stock
	for victim in lab emulator; do
		rm -f "$tmp/guest/up"
		# shellcheck disable=SC2016 # the guest expands it
		"$lab" run --stock --board "$board" --arch "$arch" --dir "$tmp/guest" --account "$tmp/account" -- \
			sh -c 'insmod ./dmaload.ko transfers=80 && echo 1 >up; sleep 1000' >"$tmp/out" 2>"$tmp/err" &
		pid=$!
		until_true 60 [ -e "$tmp/guest/up" ]
		ok $? "$board: the guest is up, and has its hardware"
		emulator=$(pgrep -f "^qemu-system.*path=$tmp/guest,")
		case $victim in
		lab) kill -KILL "$pid" ;;
		emulator) kill -SEGV "$emulator" ;;
		esac
		wait "$pid" 2>/dev/null
		status=$?
		[ -n "$emulator" ] && until_true 10 gone "$emulator"
		ok $? "$board: the $victim is killed: the emulator is gone, and iommu-sim with it"
		[ $victim = lab ] || is "$status" 125 "$board: the emulator is killed: status 125"
	done
done

lab run --board virt --account "$tmp/account" -- true
is "$status" 2 '--account without a board that has an IOMMU: 2'
has "$tmp/err" 'virt has none' '--account: says why'
lab run --board mt8195 --flush-us soon -- true
is "$status" 2 '--flush-us wants a number'
lab run --board no-such-board -- true
is "$status" 2 'no such board: 2'
has "$tmp/err" 'mt8195' 'no such board: says which there are'
done_testing
