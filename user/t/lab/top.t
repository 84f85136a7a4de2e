#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# v7scope top in the lab under a load. Its screens, on terminals of 80x24 and 200x60, stay
# in build/top. Its memory and that of stat is measured.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
pictures=$top/build/top
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"
server=
trap '[ -z "$server" ] || tmux -S "$server" kill-server 2>/dev/null; rm -rf "$tmp"' EXIT

command -v tmux >/dev/null || skip_all "tmux is not installed: no terminal to look at"
stress=$("$top/tools/stress/build") || bail "no v7stress.ko"
cp "$stress" "$here/top.guest" "$tmp/" || exit 1
rm -rf "$pictures"
mkdir -p "$pictures" || exit 1

"$top/tools/lab/lab" run --packages bsdutils --dir "$tmp" -- sh top.guest >"$tmp/out" 2>"$tmp/err"
ok $? "the guest's part runs"
[ "$tap_failed" -eq 0 ] || done_testing
cp "$tmp/out" "$tmp/memory"

# shown SIZE VIEW PATTERN...: that picture has all of them
shown() {
	size=$1 view=$2
	shift 2
	# A server that is about to end would take the next one with it.
	server=$tmp/$size.$view.tmux
	tmux -S "$server" -f /dev/null new-session -d -x "${size%x*}" -y "${size#*x}" \
		"cat '$tmp/$size.$view'; tmux -S '$server' wait-for -S shown; exec cat"
	tmux -S "$server" wait-for shown
	tmux -S "$server" capture-pane -p >"$tmp/out"
	tmux -S "$server" kill-server
	cp "$tmp/out" "$pictures/$view-$size.txt"
	for pattern; do
		grep -q -- "$pattern" "$tmp/out" || { echo "no '$pattern' in:" >>"$tmp/out"; return 1; }
	done
}

# Numbers of a load, not of nothing.
for size in 80x24 200x60; do
	shown "$size" tables '^per second: installs [0-9]* lost ' '^exact: yes' \
		'^>* *1 .*v7stress.0 arm_v7s' '^q:quit ?:help'
	ok $? "$size: page tables"
	shown "$size" task 'v7stress/[0-9]' '^total: installs [1-9][0-9]* lost '
	ok $? "$size: tasks"
	shown "$size" wait 'waiter for holder'
	ok $? "$size: who waited for whom"
	shown "$size" stack '__arm_v7s_map+0x'
	ok $? "$size: stacks"
	shown "$size" hist 'race window: [1-9]' ' #'
	ok $? "$size: histograms"
	shown "$size" look 'won [1-9]' 'hold of split_lock'
	ok $? "$size: a page table"
	check "$size: the sum at the end" grep -q '^exact: yes' "$tmp/$size.end"
done
# within NAME FIGURE KIBIBYTES
within() {
	got=$(sed -n "s/^$1 $2:[^0-9]*\([0-9]*\) kB/\1/p" "$tmp/memory" | sort -n | tail -n 1)
	[ -n "$got" ] && [ "$got" -le "$3" ]
	ok $? "$1: $2 $got KiB of $3"
	echo "# $(grep "^$1" "$tmp/memory" | tr -s '\t ' ' ' | tr '\n' ';')"
}
within stat VmRSS 6144
within top VmRSS 10240
done_testing
