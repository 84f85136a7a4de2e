#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Kernels as Debian ships them, with their own modules: what v7scope counts there is what
# the load's arithmetic and ftrace say, every verb counts the same, and the kernel reports
# nothing. The reports stay below build/matrix, for user/t/lab/table to make a table of.
#
#   kernels='debian-6.1 debian-armmp' prove debian.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=../tables.sh
. "$top/tools/lab/tables.sh"
kernels=${kernels-debian-6.12}

# of NAME TEST FILTER: on a load's final report; $load is its result and $seen the number
# of lost races that ftrace saw, or null
of() {
	seen=$(cat "$dir/$1.lost" 2>/dev/null)
	tail -n 1 "$dir/$1.stat" |
		jq -e --slurpfile result "$dir/$1.result" --argjson seen "${seen:-null}" "\$result[0] as \$load | $near off as \$off | $3" >"$tmp/jq" 2>&1
	set -- $? "$@"
	ok "$1" "$kernel $2: $3"
	[ "$1" -eq 0 ] || { cat "$tmp/jq" "$dir/$2.result" && tail -n 1 "$dir/$2.stat" && echo "ftrace: ${seen:-nothing}"; } | cut -c 1-3000 | sed 's/^/#   /'
}

judge() {
	loads='long mixed long32'
	[ ! -e "$dir/churn.stat" ] || loads="churn $loads"
	for load in $loads; do
		of "$load" 'won installs are those of the load' \
			'near(.total.install.won; $load.expect.won_map + $load.expect.won_split; $off) and .total.install.won > 0'
		of "$load" 'frees are those of the load and the lost tables' \
			'.total | near(.free.tables; .install.lost + $load.expect.free_unmap + $load.expect.free_replaced; $off)'
		of "$load" 'each page table is created and destroyed' \
			'.total.creates == $load.tables and .destroys == $load.tables and all(.tables[]; .destroyed and .alive == 0)'
		of "$load" 'no translation is wrong' '$load.verify.wrong == 0 and $load.errors == 0 and $load.verify.checked > 0'
	done
	for load in churn long; do
		[ ! -e "$dir/$load.lost" ] || of "$load" 'lost installs are those that ftrace saw' 'near(.total.install.lost; $seen; $off)'
	done
	for load in older older-long; do
		[ ! -e "$dir/$load.stat" ] || of "$load" 'an older page table is destroyed, and no table is freed before that' \
			'.destroys == 1 and .total.creates == 0 and .total.free.tables == 0 and .total.net == 0 and
			all(.tables[]; .destroyed)'
	done
	for load in $loads; do
		case $kernel in
		debian-6.12 | debian-7.x)
			of "$load" 'fentry programs count, and exactly' \
				'.source == "fentry" and .exact and .recursion_misses.io_pgtable_install == 0 and all(.recursion_misses[]; . == 0)' ;;
		# Each skipped program is one event, and no event is missing for another reason.
		debian-6.12-rt)
			of "$load" 'fentry programs count, and exactly, but for the events that the kernel skipped' \
				'.source == "fentry" and .exact == ($off == 0) and .recursion_misses.io_pgtable_install != null and
				$off == ([.recursion_misses[]] | add) and $off <= .total.install.attempts / 4' ;;
		esac
	done
	if [ ! -e "$dir/split.stat" ]; then
		:
	elif [ "$(jq .splits "$dir/split.result")" = 0 ]; then
		of split 'kernels since v6.13 split nothing, and there is no alarm' \
			'.total.split.block.done == null and .corrupted == null'
		! grep -q section "$dir/split.said"
		ok $? "$kernel: and no word of a section"
	else
		of split 'split sections are those of the load, and each one is reported' \
			'near(.total.split.block.done; $load.expect.split_block_done; $off) and .corrupted == .total.split.block.done and .corrupted > 10'
		has "$dir/split.said" '^v7scope: dev v7stress\.0: a section was split at iova 0x' "$kernel: the alarm names the device and the address"
	fi
	of mixed 'split blocks of the long format are those of the load, without an alarm' \
		'(if $load.splits == 1 then near(.total.split.block.done; $load.expect.split_block_done; $off)
		else .total.split.block.done == null end) and (.corrupted // 0) == 0'
	for load in $loads split; do
		[ ! -e "$dir/$load.stat" ] || tail -n 1 "$dir/$load.stat" |
			jq -r --arg load "$load" "$near"'off as $off | .total | "# \($load): won \(.install.won) lost \(.install.lost) freed \(.free.tables) blocks split \(.split.block.done) skipped \($off)"'
	done
}

# said REPORT NAME FILTER: on the last object of a verb's report; $load is the result of the
# load that it watched, $trace the account of the trace, $events the number of events in the
# report
said() {
	events=$(grep -c '"line":"event"' "$dir/$1")
	tail -n 1 "$dir/$1" | jq -e --slurpfile result "$dir/$load.result" --slurpfile trace "$tmp/trace.json" \
		--argjson events "$events" \
		"\$result[0] as \$load | \$trace[0] as \$trace | $near off as \$off | $counts; $3" >"$tmp/jq" 2>&1
	set -- $? "$@"
	ok "$1" "$kernel: $3"
	[ "$1" -eq 0 ] || { cat "$tmp/jq" "$dir/$load.result" "$tmp/trace.json" && tail -n 1 "$dir/$2"; } | cut -c 1-3000 | sed 's/^/#   /'
}

counts='def counts($load): .total | near(.install.won; $load.expect.won_map + $load.expect.won_split; $off) and .install.won > 0 and
	.install.attempts == .install.won + .install.lost and .creates == $load.tables and
	near(.free.tables; .install.lost + $load.expect.free_unmap + $load.expect.free_replaced; $off)'

# metric FAMILY: the sum of its samples
metric() { awk -v family="$1{" 'index($0, family) == 1 { sum += $NF } END { print sum + 0 }' "$dir/metrics"; }

verbs() {
	load=$(cat "$dir/watched")
	tail -n 1 "$dir/$load.stat" >"$tmp/stat.json"
	tail -n 1 "$dir/trace.json" >"$tmp/trace.json"
	is "$(cd "$dir" && cat doctor.status record.status trace.status serve.status report.status lines.status hist.status | xargs)" \
		'0 0 0 0 0 0 0' "$kernel: doctor, record, trace, serve and report end with status 0"
	is "$(jq -r .recommended "$dir/doctor.json")" "$(jq -r .source "$tmp/stat.json")" "$kernel: doctor recommends the source that stat uses"
	said trace.json 'trace: emitted and dropped events are all events, with a line for each' \
		'.adds_up and all(.cpus[]; .emitted + .dropped + .filtered == .counted) and ([.cpus[].emitted] | add) == $events and $events > 0'
	said record.json 'record has every event that trace counted' \
		'.complete and .lost == 0 and near(.events + .dropped; [$trace.cpus[].counted] | add; $off + ($trace | off))'
	said report.json 'report: the recording has the counts of the load' 'counts($load) and .destroys == $load.tables'
	is "$(grep -c '"line":"event"' "$dir/lines.json")" "$(jq .events "$dir/record.json")" "$kernel: report trace prints every recorded event"
	said hist.json 'report hist has the waits where this kernel has split_lock, and no holds' '.total | (.wait_ns != null) == ($load.splits == 1 and "'"$kernel"'" != "debian-6.12-rt" and $load.format == "arm_v7s") and .hold_ns == null'
	said snapshot 'serve: the snapshot has the counts of the load' 'counts($load)'
	is "$(metric v7scope_installs_total) $(metric v7scope_frees_total)" \
		"$(jq -r '.total | "\(.install.attempts) \(.free.tables)"' "$dir/snapshot")" "$kernel: serve: so have the metrics"
	tr -d '\033' <"$dir/screen" >"$tmp/screen"
	# Without BTF the device has no name. Where the first page table comes to stand above the
	# second later, only the letters that differ are drawn.
	has "$tmp/screen" "$(jq -r '[.tables[] | "\(.dev // "-") \(.fmt)"] | join("|")' "$tmp/stat.json")" "$kernel: top draws a page table"
	won=$(awk '$1 == "installs" && NF > 3 { won = $2 - $4 } END { print won }' "$tmp/screen")
	off=$(tr -s '\n ' ' ' <"$tmp/screen" | sed -n 's/.*± \([0-9]*\):.*/\1/p')
	jq -e --argjson won "${won:-null}" --argjson off "${off:-0}" "$near"'near($won; .expect | .won_map + .won_split; if tolerated then $off else 0 end)' "$dir/$load.result" >"$tmp/jq" 2>&1
	ok $? "$kernel: the final report of top has the counts of the load (won ${won:-nothing}, ± ${off:-0})"
	# Most of its instructions are the kernel's own, and no request takes a second. Two
	# threads may share a place for the begin of a window, and PREEMPT_RT skips programs.
	if [ -e "$dir/window.json" ] && [ "$(jq -r .total.install.map.won "$tmp/stat.json")" != null ]; then
		said window.json 'hist: installs have an upper bound of their race window' '.window_bound == "upper" and
			(.total.window_ns | .untimed <= .count / 4 and .count > 100 and .p50 > 100 and .p99 < 1000000000)'
	elif [ -e "$dir/window.json" ]; then
		said window.json 'hist: where install_table was inlined, no race window is visible' '.window_bound == null and .total.window_ns == null'
	fi
	is "$(cat "$dir/flush.status") $(grep -c 'no device uses a driver whose flushes' "$dir/flush.said")" '1 1' \
		"$kernel: flush names the reason why there are no flushes"
	if [ -e "$dir/split.result" ] && [ "$(jq .splits "$dir/split.result")" = 1 ]; then
		is "$(cat "$dir/check.status")" 1 "$kernel: check fails a kernel that corrupts sections"
		said check.json 'check counts the corrupted sections' \
			'[.judgements[] | select(.name == "corruption").figures.corrupted > 0] == [true]'
		said check.json 'check cannot judge a lack of memory, which the cheap programs do not show' \
			'[.judgements[] | select(.name == "memory") | .result, .figures.nomem] == ["cannot tell", null]'
	else
		is "$(cat "$dir/check.status")" 3 "$kernel: check is inconclusive"
	fi
}

# keep: the report for the table
keep() {
	# shellcheck disable=SC2154 # from kernel_row
	matrix=$top/build/matrix/$kernel-$shipped_arch-shipped
	rm -rf "$matrix"
	mkdir -p "$matrix" && cp "$tmp/stat.json" "$matrix/last.json" || exit
}

for kernel in $kernels; do
	kernel_row "$kernel"
	tolerate "$kernel"
	dir=$tmp/$kernel
	mkdir "$dir" || exit
	began=$(date +%s)
	stress=$("$top/tools/stress/build" "$kernel" 2>"$tmp/err")
	case $? in
	0) ;;
	122) skip "$kernel" "$(tail -n 1 "$tmp/err")"; continue ;;
	*) has /dev/null . "$kernel: v7stress.ko builds with its headers"; sed 's/^/#   /' "$tmp/err"; continue ;;
	esac
	cp "$stress" "$test_dir/debian.guest" "$dir/" || exit
	lab run --packages bsdutils --kernel "$kernel" --dir "$dir" -- sh debian.guest
	is "$status" 0 "$kernel boots with its own modules, the loads run, and the kernel reports nothing"
	[ "$status" -eq 0 ] || { sed 's/^/#   /' "$tmp/out" "$tmp/err"; continue; }
	judge
	verbs
	keep
	echo "# $(cat "$dir/release"): up after $(cat "$dir/uptime") s, $(($(date +%s) - began)) s in all"
done
done_testing
