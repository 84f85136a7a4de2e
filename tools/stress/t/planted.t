#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Who finds nothing wrong must have been able to: figures that are falsified, in
# the load or in what others say of it, are found, and under the right name.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
need_v7scope

# The names of what the verdict does not accept
failed() { "$stress/verdict" --json "$work/$1" | jq -c '[.checks[] | select(.ok | not) | .name]'; }
status() {
	"$stress/verdict" "$work/$1" >/dev/null 2>&1
	echo $?
}

load good ops=20000 tables=2 || bail "the load failed"
is "nothing planted: status" "$(status good)" 0
is "nothing planted: nothing found" "$(failed good)" '[]'

arithmetic='"won, freed, split, refused: the arithmetic against the histograms","won, freed, split, refused: the arithmetic against v7scope"'
both='"all counts and times: the histograms against v7scope","all counts and times: v7scope against the histograms"'

load walk ops=20000 plant=walk || bail "the load failed"
is "a table too many in the walk: status" "$(status walk)" 1
is "a table too many in the walk" "$(failed walk)" \
	'["tables alive: won - freed, against the walk, against v7scope"]'
load verify ops=20000 plant=verify || bail "the load failed"
is "a wrong translation: status" "$(status verify)" 1
is "a wrong translation" "$(failed verify)" '["translations that are wrong"]'
is "a wrong translation: which" "$(field verify '.verify | [.wrong, .first.dev, .first.iova]')" '[1,"v7stress.0",0]'
load differ mode=differ ops=20000 plant=verify || bail "the load failed"
is "a difference" "$(failed differ)" '["translations that are wrong"]'
is "a difference: which" "$(field differ '[.differ.differences, .verify.wrong, .verify.first.dev]')" '[1,1,"v7stress.0"]'
load count ops=20000 plant=count || bail "the load failed"
is "a table won that was not: status" "$(status count)" 1
is "a table won that was not" "$(failed count)" "[$arithmetic]"

# forge NAME FILE COMMAND...: a copy of the good run, one file of it filtered
forge() {
	forged=$work/$1
	file=$2
	shift 2
	cp -r "$work/good" "$forged"
	"$@" <"$work/good/$file" >"$forged/$file"
}
# v7scope's last report, changed
stat_says() { forge "$1" stat.json jq -c "if .final then $2 else . end"; }

stat_says lost '.tables[0].install.map.lost_to_table += 1 | .total.install.map.lost_to_table += 1'
is "v7scope counts a lost race too many" "$(failed lost)" "[$both]"
stat_says total '.total.free.unmap += 1'
is "v7scope adds up wrong" "$(failed total)" "[\"v7scope's total against its page tables\"]"
stat_says alive '.tables[1].alive += 1'
is "v7scope has a table too many" "$(failed alive)" \
	'["tables alive: won - freed, against the walk, against v7scope"]'
stat_says time '.tables[1].hold_ns.sum += 1'
is "v7scope measures a nanosecond too many" "$(failed time)" \
	"[$both,\"v7scope's total against its page tables\"]"
stat_says missed '.recursion_misses.io_pgtable_install = 1'
is "the kernel skipped a program" "$(failed missed)" '["programs that the kernel skipped"]'
stat_says unknown '.recursion_misses.io_pgtable_install = null'
is "nobody knows whether the kernel skipped programs" "$(failed unknown)" '["programs that the kernel skipped"]'
forge before result.json jq -c '.kernel = "5.10.262"'
is "a kernel that never skips them has nothing to say" "$(failed before)" '["programs that the kernel skipped"]'
stat_says inexact '.exact = false'
is "v7scope does not say exact" "$(failed inexact)" '["v7scope says exact"]'
forge noend stat.json jq -c 'select(.final | not)'
is "v7scope never ended: status" "$(status noend | tr 2 1)" 1

forge dropped hist.free sed 's/Dropped: 0/Dropped: 1/'
is "a histogram dropped an event" "$(failed dropped)" '["events that a histogram dropped"]'
forge freed hist.free.end awk "/^{/ && !n++ { sub(/hitcount: */, \"&1\") } 1"
is "the end frees tables by events" "$(failed freed)" '["tables freed by that, as far as events tell"]'
forge kept hist.destroy.end awk "!(/^{/ && !n++)"
is "a page table is not destroyed" "$(failed kept)" '["page tables destroyed at the end"]'
forge leak bpf.after sh -c "cat; echo prog 77: raw_tracepoint name io_pgtable_free"
is "a BPF program is left" "$(failed leak)" '["BPF objects left behind"]'
forge blind bpf.while true
is "v7scope was not seen among the BPF objects" "$(failed blind)" \
	'["BPF objects of v7scope seen while it ran"]'
forge nohist hist.none echo "there are none"
is "a kernel without histograms: nothing found" "$(failed nohist)" '[]'
is "a kernel without histograms: what is not looked at" "$("$stress/verdict" "$work/nohist" | grep -c '# SKIP there are none$')" 6
jq -c 'if .final then .tables[0].install.map.won += 1 | .total.install.map.won += 1 else . end' "$work/good/stat.json" >"$work/nohist/stat.json"
is "a kernel without histograms: v7scope has a table too many" "$(failed nohist)" \
	'["won, freed, split, refused: the arithmetic against v7scope","tables alive: won - freed, against the walk, against v7scope"]'
forge errors result.json jq -c '.errors = 1'
is "a request failed" "$(failed errors)" '["the load ran: errors"]'
forge idle result.json jq -c '.verify.checked = 0'
is "nothing was looked at" "$(failed idle)" '["translations were looked at"]'

cp -r "$work/good" "$work/cut"
rm "$work/cut/hist.split"
is "a file is missing: status" "$(status cut)" 2
cp -r "$work/good/." "$work/cut/"
head -c 100 "$work/good/result.json" >"$work/cut/result.json"
is "a result is cut short: status" "$(status cut)" 2
is "no folder: status" "$(status none)" 2
"$stress/verdict" >/dev/null 2>&1
is "no argument: status" $? 2
finish
