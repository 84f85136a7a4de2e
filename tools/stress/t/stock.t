#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# On the kernel as Debian ships it: what does not split large pages is right
# there, too; what does finds the defects that our series mends. Without events,
# nobody can hold counts against the load's.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

stage "$work/load" --stock
cat >"$work/load/once" <<'END'
insmod ./v7stress.ko "$@" || exit
cat /sys/kernel/debug/v7stress/result
rmmod v7stress
END

# stock PARAMETER=VALUE...: leaves the result in $work/load/result.json
stock() { guest "$work/load" --stock -- sh once "$@" >"$work/load/result.json"; }
judge() { jq -e "$1" "$work/load/result.json"; }

for mode in install churn; do
	ok "$mode runs" stock mode=$mode ops=200000 threads=8 timer=1
	ok "$mode: no errors, no wrong translation" judge '.errors == 0 and .verify.wrong == 0 and .verify.checked > 0'
	ok "$mode: tables won - freed are those of the walk" judge \
		'(.expect | .won_map - .free_unmap - .free_replaced) == .walk.tables and .walk.tables > 0'
done
ok "split runs" stock mode=split ops=200000
ok "split: a split section loses its address" judge '.verify.wrong > 0'
ok "split: pieces of a supersection are not unmapped" judge '.errors > 0 and .first_error.what == "unmap"'

need_v7scope
guest "$work/load" --stock -- sh exact >"$work/said" 2>&1
is "exact, without events: status" $? 1
ok "exact, without events: says why" grep -q 'none of the io_pgtable events' "$work/said"
finish
