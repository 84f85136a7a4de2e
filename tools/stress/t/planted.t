#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Falsified figures are found and named, in the load and in what others report of it. This
# shows that a run without findings means something.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
need_v7scope

# The names of what the verdict does not accept
failed() { "$stress/verdict" --json "$tmp/$1" | jq -c '[.checks[] | select(.ok | not) | .name]'; }
status() {
	"$stress/verdict" "$tmp/$1" >/dev/null 2>&1
	echo $?
}

load good ops=20000 tables=2 || bail "the load failed"
is "$(status good)" 0 "nothing planted: status"
is "$(failed good)" '[]' "nothing planted: nothing found"

arithmetic='"won, freed, split, refused: the arithmetic against the histograms","won, freed, split, refused: the arithmetic against v7scope"'
both='"all counts and times: the histograms against v7scope","all counts and times: v7scope against the histograms"'

load walk ops=20000 plant=walk || bail "the load failed"
is "$(status walk)" 1 "a table too many in the walk: status"
is "$(failed walk)" '["tables alive: won - freed, against the walk, against v7scope"]' \
	"a table too many in the walk"
load verify ops=20000 plant=verify || bail "the load failed"
is "$(status verify)" 1 "a wrong translation: status"
is "$(failed verify)" '["translations that are wrong"]' "a wrong translation"
is "$(field verify '.verify | [.wrong, .first.dev, .first.iova]')" '[1,"v7stress.0",0]' "a wrong translation: which"
load differ mode=differ ops=20000 plant=verify || bail "the load failed"
is "$(failed differ)" '["translations that are wrong"]' "a difference"
is "$(field differ '[.differ.differences, .verify.wrong, .verify.first.dev]')" '[1,1,"v7stress.0"]' "a difference: which"
load count ops=20000 plant=count || bail "the load failed"
is "$(status count)" 1 "a table won that was not: status"
is "$(failed count)" "[$arithmetic]" "a table won that was not"

# forge NAME FILE COMMAND...: a copy of the good run, one file of it filtered
forge() {
	forged=$tmp/$1
	file=$2
	shift 2
	cp -r "$tmp/good" "$forged"
	"$@" <"$tmp/good/$file" >"$forged/$file"
}
# v7scope's last report, changed
stat_says() { forge "$1" stat.json jq -c "if .final then $2 else . end"; }

stat_says lost '.tables[0].install.map.lost_to_table += 1 | .total.install.map.lost_to_table += 1'
is "$(failed lost)" "[$both]" "v7scope counts a lost race too many"
stat_says total '.total.free.unmap += 1'
is "$(failed total)" "[\"v7scope's total against its page tables\"]" "v7scope adds up wrong"
stat_says alive '.tables[1].alive += 1'
is "$(failed alive)" '["tables alive: won - freed, against the walk, against v7scope"]' \
	"v7scope has a table too many"
stat_says time '.tables[1].hold_ns.sum += 1'
is "$(failed time)" "[$both,\"v7scope's total against its page tables\"]" \
	"v7scope measures a nanosecond too many"
stat_says missed '.recursion_misses.io_pgtable_install = 1'
is "$(failed missed)" '["programs that the kernel skipped"]' "the kernel skipped a program"
stat_says unknown '.recursion_misses.io_pgtable_install = null'
is "$(failed unknown)" '["programs that the kernel skipped"]' "nobody knows whether the kernel skipped programs"
forge before result.json jq -c '.kernel = "5.10.262"'
is "$(failed before)" '["programs that the kernel skipped"]' "a kernel that never skips them has nothing to say"
stat_says inexact '.exact = false'
is "$(failed inexact)" '["v7scope says exact"]' "v7scope does not say exact"
forge noend stat.json jq -c 'select(.final | not)'
is "$(status noend | tr 2 1)" 1 "v7scope never ended: status"

forge dropped hist.free sed 's/Dropped: 0/Dropped: 1/'
is "$(failed dropped)" '["events that a histogram dropped"]' "a histogram dropped an event"
forge freed hist.free.end awk "/^{/ && !n++ { sub(/hitcount: */, \"&1\") } 1"
is "$(failed freed)" '["tables freed by that, as far as events tell"]' "the end frees tables by events"
forge kept hist.destroy.end awk "!(/^{/ && !n++)"
is "$(failed kept)" '["page tables destroyed at the end"]' "a page table is not destroyed"
forge leak bpf.after sh -c "cat; echo prog 77: raw_tracepoint name io_pgtable_free"
is "$(failed leak)" '["BPF objects left behind"]' "a BPF program is left"
forge blind bpf.while true
is "$(failed blind)" '["BPF objects of v7scope seen while it ran"]' \
	"v7scope was not seen among the BPF objects"
forge nohist hist.none echo "there are none"
is "$(failed nohist)" '[]' "a kernel without histograms: nothing found"
is "$("$stress/verdict" "$tmp/nohist" | grep -c '# SKIP there are none$')" 6 "a kernel without histograms: what is not looked at"
jq -c 'if .final then .tables[0].install.map.won += 1 | .total.install.map.won += 1 else . end' "$tmp/good/stat.json" >"$tmp/nohist/stat.json"
is "$(failed nohist)" '["won, freed, split, refused: the arithmetic against v7scope","tables alive: won - freed, against the walk, against v7scope"]' \
	"a kernel without histograms: v7scope has a table too many"
forge errors result.json jq -c '.errors = 1'
is "$(failed errors)" '["the load ran: errors"]' "a request failed"
forge idle result.json jq -c '.verify.checked = 0'
is "$(failed idle)" '["translations were looked at"]' "nothing was looked at"

cp -r "$tmp/good" "$tmp/cut"
rm "$tmp/cut/hist.split"
is "$(status cut)" 2 "a file is missing: status"
cp -r "$tmp/good/." "$tmp/cut/"
head -c 100 "$tmp/good/result.json" >"$tmp/cut/result.json"
is "$(status cut)" 2 "a result is cut short: status"
is "$(status none)" 2 "no folder: status"
"$stress/verdict" >/dev/null 2>&1
is $? 2 "no argument: status"
done_testing
