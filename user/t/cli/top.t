#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# v7scope top on terminals, with known figures (fake.c).
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$(readlink -f -- "$bin")/fake

run "$v7scope" top </dev/null
check "without a terminal: status 1, and what to do" \
	[ "$status $(grep -c 'v7scope stat' "$tmp/err") $(wc -l <"$tmp/err")" = "1 1 1" ]

command -v tmux >/dev/null || skip_all "tmux is not installed: no terminal to look at"
server=0
terminal() {
	tmux -S "$tmp/tmux$server" -f /dev/null "$@"
}
trap 'terminal kill-server 2>/dev/null; rm -rf "$tmp"' EXIT

screen() {
	terminal capture-pane -p >"$tmp/out"
}

# shows PATTERN: waits until it is on the screen, 20 s at most
shows() {
	tries=200
	until screen && grep -q -- "$1" "$tmp/out"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# start TERM COLUMNS LINES [VARIABLE=VALUE]... [-- OPTION...]
start() {
	type=$1 columns=$2 lines=$3
	shift 3
	terminal kill-server 2>/dev/null
	server=$((server + 1))
	terminal new-session -d -x "$columns" -y "$lines" \
		"env TERM=$type $* '$v7scope' top -i 0.2 ${top_options-} 2>'$tmp/said'; echo status \$?; cat"
}

# key NAME PATTERN KEY...: after these keys this is shown
key() {
	name=$1 pattern=$2
	shift 2
	terminal send-keys "$@"
	shows "$pattern"
	ok $? "$name"
}

# An unknown terminal, as on a board without terminfo, is one like all others.
for type in vt100 xterm-256color no-such-terminal; do
	start $type 80 24 FAKE_STEPS=1000000
	shows '^>* *3 .*e67'
	ok $? "$type: page tables"
	check "$type: a screenful" [ "$(wc -l <"$tmp/out")" -eq 24 ]
	check "$type: the keys are in the last line" [ "$(tail -n 1 "$tmp/out" | grep -c '^q:quit ?:help .* p:pause$')" -eq 1 ]
	check "$type: exact" [ "$(sed -n 3p "$tmp/out")" = "exact: yes" ]
	key "$type: q ends it: what it came to, status 0" '^status 0' q
	check "$type: nothing is left of the screen" [ "$(grep -c 'q:quit' "$tmp/out")" -eq 0 ]
	check "$type: nothing was complained of" [ "$(grep -vc attach "$tmp/said")" -eq 0 ]
done

start vt100 80 24 FAKE_FAULTS=1
shows '^faults: 5, 4 dropped, last: dev 14006000.iommu, write, iova 0x11000, .*s ago$'
ok $? "faults: their number, and the last"
check "faults: a line more, and the page tables below" [ "$(sed -n 's/^page tables (3).*/below/p; s/^> *1 .*/first/p' "$tmp/out" | xargs)" = "below first" ]
check "faults: a screenful" [ "$(wc -l <"$tmp/out")" -eq 24 ]
key "faults: in the report at the end, too" '^status 0' q
check "faults: in its summary" [ "$(grep -c '^faults: 5, 4 dropped, last: dev 14006000.iommu' "$tmp/out")" -eq 1 ]

start vt100 80 24 FAKE_FAULTS=1 FAKE_FLUSHES=1 FAKE_STEPS=1000000
shows '^TLB flushes of mtk_iommu: [0-9]* per second, p99 8.0us, waits [0-9]*, timeouts [1-9][0-9]*$'
ok $? "TLB flushes: their rate, percentile, waits and timeouts"
# Each reading of fake.c has 2003 more flushes, every 0.2 s.
shows 'source fake, \([5-9]\|[1-9][0-9]\)\.[0-9] s'
rate=$(sed -n 's/^TLB flushes of mtk_iommu: \([0-9]*\) .*/\1/p' "$tmp/out")
check "TLB flushes: the rate is that of the last interval" [ "${rate:-0}" -gt 1000 ]
check "TLB flushes: below the faults, above the page tables" \
	[ "$(sed -n 's/^faults: .*/faults/p; s/^TLB flushes.*/flushes/p; s/^page tables (3).*/tables/p' "$tmp/out" | xargs)" = "faults flushes tables" ]
check "TLB flushes: a screenful" [ "$(wc -l <"$tmp/out")" -eq 24 ]
key "TLB flushes: in the report at the end, too" '^TLB flushes of mtk_iommu: .*, waits [1-9]' q
top_options=--no-flushes
start vt100 80 24 FAKE_FLUSHES=1
shows '^>* *3 .*e67'
check "--no-flushes: no line" [ "$(grep -c '^TLB flushes' "$tmp/out")" -eq 0 ]
terminal send-keys q

top_options='--pgtable 3'
start vt100 80 30 FAKE=bpf
shows '^  *3 '
key '--pgtable: the final report is of that page table' '^  installs  *9030 ' q
top_options=
start vt100 80 24 FAKE=bpf
shows '^per second:.* installs 0 lost 0 '
key "a: since the start" '^total: installs 18180 lost 180 (0.99%) splits 513 waits 36 frees 3780' a
check "sorted by lost" [ "$(sed -n '6,8s/^>* *\([0-9]\).*/\1/p' "$tmp/out" | xargs)" = "1 2 3" ]
check "no line goes on unsaid" [ "$(awk 'length > 80' "$tmp/out" | wc -l)" -eq 0 ]
key "S: sorted by installs" 'by installs' S

check "the order is that of installs" [ "$(sed -n '6,8s/^>* *\([0-9]\).*/\1/p' "$tmp/out" | xargs)" = "3 2 1" ]
key "down: the next one is selected" '^> *2' Down
terminal resize-window -x 80 -y 40
key "enter: its account" '^  alive  *4800' Enter
shows 'v7s-load/70:71'
check "enter: its tasks, and nobody else's" \
	[ "$(grep -c 'v7s-load/70:71' "$tmp/out") $(grep -c 'v7s-load/70$' "$tmp/out")" = "1 0" ]
terminal resize-window -x 60 -y 40
shows 'lost_to_le'
check "a narrow terminal cuts off the account" [ "$(grep -c 'lost_to_empty' "$tmp/out")" -eq 0 ]
key "right: what is too wide is moved" 'lost_to_leaf 0  lost_to_empty 0$' Right Right Right Right
terminal resize-window -x 80 -y 24
key "h: its histograms" 'race window: 6060' h
key "esc: back to it" '^  alive  *4800' Escape
key "esc: back to all" '^page tables (3)' Escape
key "t: tasks" 'o?dd/70:72 (ended)' t
key "w: who waited for whom" 'v7s-load/70 for o?dd/72' w
key "k: stacks only if asked for" '--stacks' k
key "f: nothing but a device" '^page tables of dev 14006000.iommu (2)' Escape f
key "f: the next" '^page tables of dev e67?\[31m?.mmu (1)' f
check "the totals are its" [ "$(grep -c '^total: installs 9030 lost 30 ' "$tmp/out")" -eq 1 ]
key "f: all of them again" '^page tables (3)' f
key "?: help" 'select a page table, or scroll' '?'
key "p: pause" '\[paused\]' p
before=$(head -n 1 "$tmp/out")
key "a key while paused" '^histograms' h
check "paused: time stands still" [ "$(head -n 1 "$tmp/out")" = "$before" ]
key "p: on it goes" '^v7scope top: .* every 0.2 s$' p
key "another size: more of it" 'refused 0$' Escape
terminal resize-window -x 200 -y 60
shows 'hold.p99   found  device'
ok $? "wider: more columns"
check "longer: the keys are in the new last line" [ "$(sed -n '60s/^\(q:quit\).*/\1/p' "$tmp/out")" = "q:quit" ]
terminal resize-window -x 30 -y 6
shows '^q:quit ?:help'
ok $? "too small a terminal is no end"

start vt100 80 24 FAKE=stock FAKE_SECTIONS=3 FAKE_STEPS=1000000
shows '^! 4 sections split; this kernel loses their address'
ok $? "a stock kernel: an alarm"
shows '^> *1 .* - '
ok $? "a stock kernel: what is not visible is -"
check "no colours where there are none" [ "$(terminal capture-pane -ep | grep -c "$(printf '\033\\[[0-9;]*3[0-7]m')")" -eq 0 ]
key "the alarm is told of after the end, too" '^status 0' q
check "the number of them" [ "$(grep -c '4 sections in all' "$tmp/said")" -eq 1 ]
start xterm-256color 80 24 FAKE=stock FAKE_SECTIONS=3
shows '^! 4 sections split'
check "red where there are colours" [ "$(terminal capture-pane -ep | grep -c "$(printf '\033\\[[0-9;]*31m')!")" -eq 1 ]

start vt100 80 24 FAKE=bpf
shows '^page tables'
pid=$(pgrep -f "^$v7scope top") && kill -TERM "$pid"
shows '^status 0'
ok $? "SIGTERM ends it, with the sum"
start dumb 80 24 FAKE=bpf
shows '^status 1'
check "a terminal that cannot move its cursor: status 1, and what to do" [ "$(grep -c 'TERM=vt100' "$tmp/said")" -eq 1 ]
start vt100 80 24 FAKE=none
shows '^status 1'
check "no source: status 1, the terminal as it was" [ "$(grep -c 'none of the io_pgtable events' "$tmp/said")" -eq 1 ]
done_testing
