#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Kernels as Debian ships them, with their own modules: what v7scope counts there is what
# the load's arithmetic and ftrace say, and the kernel reports nothing.
#
#   kernels='debian-6.1 debian-armmp' prove debian.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
kernels=${kernels-debian-6.12}

# of NAME TEST FILTER: on a load's final report; $load is its result and $seen the number
# of lost races that ftrace saw, or null
of() {
	seen=$(cat "$dir/$1.lost" 2>/dev/null)
	tail -n 1 "$dir/$1.stat" |
		jq -e --slurpfile result "$dir/$1.result" --argjson seen "${seen:-null}" "\$result[0] as \$load | $3" >"$tmp/jq" 2>&1
	set -- $? "$@"
	ok "$1" "$kernel $2: $3"
	[ "$1" -eq 0 ] || { cat "$tmp/jq" "$dir/$2.result" && tail -n 1 "$dir/$2.stat" && echo "ftrace: ${seen:-nothing}"; } | cut -c 1-3000 | sed 's/^/#   /'
}

judge() {
	loads='long mixed long32'
	[ ! -e "$dir/install.stat" ] || loads="install churn $loads"
	for load in $loads; do
		of "$load" 'won installs are those of the load' \
			'.total.install.won == $load.expect.won_map + $load.expect.won_split and .total.install.won > 0'
		of "$load" 'frees are those of the load and the lost tables' \
			'.total | .free.tables == .install.lost + $load.expect.free_unmap + $load.expect.free_replaced'
		of "$load" 'each page table is created and destroyed' \
			'.total.creates == $load.tables and .destroys == $load.tables and all(.tables[]; .destroyed and .alive == 0)'
		of "$load" 'no translation is wrong' '$load.verify.wrong == 0 and $load.errors == 0 and $load.verify.checked > 0'
	done
	for load in install churn long; do
		[ ! -e "$dir/$load.lost" ] || of "$load" 'lost installs are those that ftrace saw' '.total.install.lost == $seen'
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
			'.total.split.block.done == $load.expect.split_block_done and .corrupted == $load.expect.split_block_done and .corrupted > 10'
		has "$dir/split.said" '^v7scope: dev v7stress\.0: a section was split at iova 0x' "$kernel: the alarm names the device and the address"
	fi
	of mixed 'split blocks of the long format are those of the load, without an alarm' \
		'.total.split.block.done == (if $load.splits == 1 then $load.expect.split_block_done else null end) and (.corrupted // 0) == 0'
	for load in $loads split; do
		[ ! -e "$dir/$load.stat" ] || tail -n 1 "$dir/$load.stat" |
			jq -r --arg load "$load" '.total | "# \($load): won \(.install.won) lost \(.install.lost) freed \(.free.tables) blocks split \(.split.block.done)"'
	done
}

for kernel in $kernels; do
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
	lab run --kernel "$kernel" --dir "$dir" -- sh debian.guest
	is "$status" 0 "$kernel boots with its own modules, the loads run, and the kernel reports nothing"
	[ "$status" -eq 0 ] || { sed 's/^/#   /' "$tmp/out" "$tmp/err"; continue; }
	judge
	echo "# $(cat "$dir/release"): up after $(cat "$dir/uptime") s, $(($(date +%s) - began)) s in all"
done
done_testing
