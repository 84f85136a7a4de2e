#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# v7scope explain in the lab: each load makes its rules true and no others, and they are those
# that explain.jq computes from the report of stat.
# shellcheck disable=SC2016 # what $ begins is for jq
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
lab=$top/tools/lab/lab
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"
tool=${tool-$top/build/$(uname -m)/v7scope}

# guest PART OPTION of tools/lab/lab run...
guest() {
	part=$1
	shift
	cp "$here/explain" "$tmp/"
	"$lab" run "$@" --timeout 900 --dir "$tmp" -- sh explain "$part" >"$tmp/out" 2>&1
	ok $? "$part: the guest's part runs"
	[ "$tap_failed" -eq 0 ] || done_testing
}

# The emulator may stop a CPU at any time, with a lock held, or within the race window.
by_chance='["long_window", "long_holds", "lock_waits"]'

# loaded NAME RULES: these apply, and others only by chance
loaded() {
	cat "$tmp/$1.json" >"$tmp/out"
	is "$(jq -c '[.findings[].rule] | sort' "$tmp/$1.json")" "$(jq -c -f "$here/explain.jq" "$tmp/$1.stat")" "$1: what stat shows"
	is "$(jq -r --argjson rules "$(echo "$2" | jq -Rc 'split(" ")')" "[.findings[].rule] - ($by_chance - \$rules) | sort | join(\" \")" "$tmp/$1.json")" \
		"$(echo "$2" | tr ' ' '\n' | sort | xargs)" "$1: ${2:-nothing}"
}

# The kernel warns of each request that it refuses.
stress=$("$top/tools/stress/build") || bail "no v7stress.ko"
cp "$stress" "$tmp/" || bail "no copy of v7stress.ko"
guest series --allow-splat='WARNING: .*drivers/iommu/io-pgtable-arm(-v7s)?\.c:'
loaded kept ''
loaded churn table_churn
loaded cont "cont_splits few_events"
loaded block block_splits
loaded refuse "few_events mapped_twice unmapped_twice"
loaded live "few_events replaced_live"
loaded leaf "few_events map_race"
loaded raced "few_events unmap_race"
loaded nomem "few_events no_memory"
is "$(jq -c "[.findings[].rule] - $by_chance | sort" "$tmp/leak.json")" '["few_events","growth"]' "leak: growth"
loaded hold "cont_splits few_events long_holds"
loaded window long_window
n=0
while [ -e "$tmp/races.$((n + 1)).json" ]; do
	n=$((n + 1))
	is "$(jq -c '[.findings[].rule] | sort' "$tmp/races.$n.json")" "$(jq -c -f "$here/explain.jq" "$tmp/races.$n.stat")" "races.$n: what stat shows"
done
if grep -q '"rule":"lost_races"' "$tmp/races.$n.json"; then
	loaded "races.$n" lost_races
	is "$(jq -c '[.findings[] | select(.rule == "lost_races") | .figures | .installs, .lost]' "$tmp/races.$n.json")" \
		"$(jq -c '.total.install | [.attempts, .lost]' "$tmp/races.$n.stat")" "the figures of lost races are those of stat"
	is "$(jq -c '[.findings[] | select(.rule == "lost_races") | .tasks[] | [.comm, .part]] | sort' "$tmp/races.$n.json")" \
		"$(jq -c '[.tasks[] | select(.install.lost > 0) | [.comm, .install.lost]] | sort' "$tmp/races.$n.stat")" "and so are the tasks"
else
	skip "lost_races" "in $n loads, the host did not run both CPUs at once often enough"
fi
n=0
while [ -e "$tmp/waits.$((n + 1)).json" ]; do n=$((n + 1)); done
if grep -q '"rule":"lock_waits"' "$tmp/waits.$n.json"; then
	loaded "waits.$n" "cont_splits few_events lock_waits"
	is "$(jq -c '.findings[] | select(.rule == "lock_waits") | .figures.waits' "$tmp/waits.$n.json")" \
		"$(jq -c .total.split.waits "$tmp/waits.$n.stat")" "the figures of waits are those of stat"
else
	skip "lock_waits" "in $n loads, the host did not run both CPUs at once often enough"
fi
is "$(jq -c '[.findings[].rule]' "$tmp/idle.json")" '["few_events"]' "no load: few events"
is "$(jq -c '[.findings[].rule] - ["long_holds", "long_window"]' "$tmp/split.json")" '["cont_splits","few_events"]' "a recording"
is "$(jq -c '[.findings[] | select(.rule == "cont_splits") | .figures.splits]' "$tmp/split.json")" \
	"[$(jq .total.split.cont.done "$tmp/cont.stat")]" "with the same figures"
is "$(jq -c '[.exact, .source, (.not_judged | map(.why) | unique)]' "$tmp/window.json")" \
	'[true,"bpf",["TLB flushes were not counted","watched for too short a time (growth_time)"]]' "exact; there are no flushes"

stress=$("$top/tools/stress/build" 6.1 arm64 --stock) || bail "no v7stress.ko for a kernel without the series"
cp "$stress" "$tmp/" || bail "no copy of v7stress.ko"
guest stock --stock
is "$(jq -c "[.findings[].rule] - [\"few_events\"] - $by_chance" "$tmp/stock.json")" '["section_address","not_exact"]' \
	"stock: the defect, and that kprobes are not exact"
is "$(jq -c '[.not_judged[] | select(.why == "not available on this kernel").rule] | contains(["mapped_twice", "long_holds", "no_memory"]) and (index("lock_waits") | not)' "$tmp/stock.json")" true \
	"stock: what the kernel does not show is not judged"
"$tool" schema explain >"$tmp/schema" || bail "no schema of explain"
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	cat "$tmp"/*.json | /usr/bin/python3 "$here/../cli/validate.py" "$tmp/schema" >"$tmp/out" 2>&1
	ok $? "the JSON is as its schema says"
else
	skip "the JSON is as its schema says" "python3-jsonschema is not installed"
fi
done_testing
