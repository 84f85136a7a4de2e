#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# On the kernels as Debian ships them, a load that splits no large page is right. A load
# that splits finds the defects that our series mends. There are no events to compare the
# counts with.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
differ_ops=${differ_ops-100000}

cat >"$tmp/once" <<'END'
insmod ./v7stress.ko "$@" || exit
cat /sys/kernel/debug/v7stress/result
rmmod v7stress
END

# stock PARAMETER=VALUE...: leaves the result in $tmp/load/result.json
stock() { guest "$tmp/load" --stock -- sh once "$@" >"$tmp/load/result.json"; }
judge() { jq -e "$1" "$tmp/load/result.json"; }

defects() {
	stage "$tmp/load" --stock
	cp "$tmp/once" "$tmp/load/"

	for format in $formats; do
		for mode in install churn; do
			check "$format $mode runs" stock "mode=$mode" ops=200000 threads=8 timer=1 "format=$format"
			check "$format $mode: no errors, no wrong translation" judge \
				'.errors == 0 and .verify.wrong == 0 and .verify.checked > 0'
			check "$format $mode: tables won - freed are those of the walk" judge \
				'(.expect | .won_map - .free_unmap - .free_replaced) == .walk.tables and .walk.tables > 0'
		done

		check "$format differ runs" stock mode=differ "ops=$differ_ops" "format=$format"
		if [ "$format" = arm_v7s ] && judge '.splits == 1' >/dev/null; then
			check "$format differ: each section that is split makes a difference" judge \
				'.differ.differences >= .expect.split_block_done and .expect.split_block_done > 1000'
		else
			check "$format differ: no difference" judge \
				'.differ.differences == 0 and .verify.wrong == 0 and .errors == 0 and .verify.checked > .ops'
		fi
		echo "# $(judge '{ops, differ, section_splits: .expect.split_block_done, verify, errors, first_error}' | jq -c .)"
	done

	check "split runs" stock mode=split ops=200000
	if judge '.splits == 1' >/dev/null; then
		check "split: a split section loses its address" judge '.verify.wrong > 0'
		check "split: pieces of a supersection are not unmapped" judge '.errors > 0 and .first_error.what == "unmap"'
	else
		check "split: nothing is split, nothing wrong" judge '.errors == 0 and .verify.wrong == 0'
	fi

	need_v7scope
	guest "$tmp/load" --stock -- sh exact >"$tmp/said" 2>&1
	is $? 1 "exact, without events: status"
	check "exact, without events: says why" grep -q 'none of the io_pgtable events' "$tmp/said"
}
each defects
done_testing
