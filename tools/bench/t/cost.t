#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The benchmark measures, its numbers repeat, and its goals are met.
# shellcheck source-path=SCRIPTDIR source=../../stress/t/lib.sh
. "$(dirname -- "$0")/../../stress/t/lib.sh"
need_v7scope

cost() { "$top/tools/bench/cost" >"$work/$1" 2>"$work/error" && cp "$top/build/bench/cost.json" "$work/$1.json"; }
says() { jq -c "$2" "$work/$1.json"; }

ok "it runs" cost first
is "it says what watching costs, in each way" "$(says first '[.rows[].name]')" \
	'["stock","pair","kprobe","bpftrace-kprobes","ftrace-kprobes","off","empty","stat","tasks","stacks","record","bpftrace","ftrace","trace-cmd","trace-cmd-plain"]'
is "a program on the event costs something, and v7scope more" \
	"$(says first '[.rows[] | {(.name): .map_install.min}] | add | .empty > .off + 50 and .stat > .empty and
		.tasks > .stat and .stacks > .tasks and .pair > .stock + 500 and .["bpftrace-kprobes"] > .pair')" true
is "record and trace-cmd saw the same events, and it says what each of them took" \
	"$(says first '[.rows[] | select(.per_event)] | map(.name) == ["record", "trace-cmd", "trace-cmd-plain"] and
		(map(.events) | unique | length == 1 and .[0] > 200000) and
		all(.[].per_event; .inside > 300 and .in_all > 300 and .bytes > 1)')" true
ok "they stand beside each other" grep -q '^record: .* in all, and .* bytes' "$work/first"
is "there are goals" "$(says first '.goals | length')" 7
is "the goals are met" "$(says first '[.goals[] | select(.met | not)]')" '[]'
stock=stock series="off empty stat tasks"
export stock series
ok "some of it runs again" cost second
# An instruction here and there depends on where things happen to lie in memory: in 16
# runs one number differed by up to 1.9 from another run's.
is "the numbers are the same" "$(jq -sc '
	map(.rows | map({(.name): .map_install.min}) | add) | . as [$first, $second]
	| $second | keys | map(select(($first[.] - $second[.] | fabs) > 5))' "$work/first.json" "$work/second.json")" '[]'

"$top/tools/bench/cost" 6.1 vax >/dev/null 2>"$work/error"
is "an unknown architecture: status" $? 1
ok "an unknown architecture: what there is" grep -q "no architecture 'vax'" "$work/error"
finish
