#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# On the kernels as Debian ships them: what does not split large pages is right
# there, too; what does finds the defects that our series mends. Without events,
# nobody can hold counts against the load's.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
differ_ops=${differ_ops-100000}

cat >"$work/once" <<'END'
insmod ./v7stress.ko "$@" || exit
cat /sys/kernel/debug/v7stress/result
rmmod v7stress
END

# stock PARAMETER=VALUE...: leaves the result in $work/load/result.json
stock() { guest "$work/load" --stock -- sh once "$@" >"$work/load/result.json"; }
judge() { jq -e "$1" "$work/load/result.json"; }

defects() {
	stage "$work/load" --stock
	cp "$work/once" "$work/load/"

	for format in $formats; do
		for mode in install churn; do
			ok "$format $mode runs" stock mode=$mode ops=200000 threads=8 timer=1 "format=$format"
			ok "$format $mode: no errors, no wrong translation" judge \
				'.errors == 0 and .verify.wrong == 0 and .verify.checked > 0'
			ok "$format $mode: tables won - freed are those of the walk" judge \
				'(.expect | .won_map - .free_unmap - .free_replaced) == .walk.tables and .walk.tables > 0'
		done

		ok "$format differ runs" stock mode=differ "ops=$differ_ops" "format=$format"
		if [ "$format" = arm_v7s ] && judge '.splits == 1' >/dev/null; then
			ok "$format differ: each section that is split makes a difference" judge \
				'.differ.differences >= .expect.split_block_done and .expect.split_block_done > 1000'
		else
			ok "$format differ: no difference" judge \
				'.differ.differences == 0 and .verify.wrong == 0 and .errors == 0 and .verify.checked > .ops'
		fi
		echo "# $(judge '{ops, differ, section_splits: .expect.split_block_done, verify, errors, first_error}' | jq -c .)"
	done

	ok "split runs" stock mode=split ops=200000
	if judge '.splits == 1' >/dev/null; then
		ok "split: a split section loses its address" judge '.verify.wrong > 0'
		ok "split: pieces of a supersection are not unmapped" judge '.errors > 0 and .first_error.what == "unmap"'
	else
		ok "split: nothing is split, nothing wrong" judge '.errors == 0 and .verify.wrong == 0'
	fi

	need_v7scope
	guest "$work/load" --stock -- sh exact >"$work/said" 2>&1
	is "exact, without events: status" $? 1
	ok "exact, without events: says why" grep -q 'none of the io_pgtable events' "$work/said"
}
each defects
finish
