#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The benchmark measures, its numbers repeat, and its goals are met.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=../../stress/t/lib.sh
. "$(dirname -- "$0")/../../stress/t/lib.sh"
need_v7scope

cost() { "$top/tools/bench/cost" >"$tmp/$1" 2>"$tmp/error" && cp "$top/build/bench/cost.json" "$tmp/$1.json"; }
says() { jq -c "$2" "$tmp/$1.json"; }

check "it runs" cost first
is "$(says first '[.rows[].name]')" '["stock","pair","kprobe","bpftrace-kprobes","ftrace-kprobes","shipped-stock","shipped-pair","shipped-trampoline","shipped-stat","shipped-tasks","shipped-hist","shipped-kprobe","shipped-bpftrace-kprobes","shipped-ftrace-kprobes","off","empty","stat","tasks","stacks","record","bpftrace","ftrace","trace-cmd","trace-cmd-plain"]' \
	"it says what watching costs, in each way"
is "$(says first '[.rows[] | {(.name): .map_install.min}] | add | .empty > .off + 50 and .stat > .empty and
		.tasks > .stat and .stacks > .tasks and .pair > .stock + 500 and .["bpftrace-kprobes"] > .pair')" \
	true "a program on the event costs something, and v7scope more"
is "$(says first '[.rows[] | {(.name): .map_install.min}] | add | .["shipped-trampoline"] > .["shipped-stock"] + 100 and
		.["shipped-stat"] > .["shipped-stock"] + 100 and .["shipped-hist"] > .["shipped-stat"] + 100 and
		.["shipped-pair"] > .["shipped-trampoline"] + 500')" \
	true "so do programs on the function of a distribution's kernel, and kprobes more"
is "$(says first '[.rows[] | select(.per_event)] | map(.name) == ["record", "trace-cmd", "trace-cmd-plain"] and
		(map(.events) | unique | length == 1 and .[0] > 200000) and
		all(.[].per_event; .inside > 300 and .in_all > 300 and .bytes > 1)')" \
	true "record and trace-cmd saw the same events, and it says what each of them took"
check "they stand beside each other" grep -q '^record: .* in all, and .* bytes' "$tmp/first"
is "$(says first '.goals | length')" 11 "there are goals"
is "$(says first '[.goals[] | select(.met | not)]')" '[]' "the goals are met"
stock=stock series="off empty stat tasks"
shipped=
export stock series shipped
check "some of it runs again" cost second
# An instruction here and there depends on where things happen to lie in memory: in 16
# runs one number differed by up to 1.9 from another run's.
is "$(jq -sc '
	map(.rows | map({(.name): .map_install.min}) | add) | . as [$first, $second]
	| $second | keys | map(select(($first[.] - $second[.] | fabs) > 5))' "$tmp/first.json" "$tmp/second.json")" '[]' "the numbers are the same"

"$top/tools/bench/cost" 6.1 vax >/dev/null 2>"$tmp/error"
is $? 1 "an unknown architecture: status"
check "an unknown architecture: what there is" grep -q "no architecture 'vax'" "$tmp/error"
done_testing
