#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Kernels with a planted fault: v7scope check finds it, and nothing else. From the
# environment: faults, some of those in planted/. Each needs a kernel of its own.
set -u
faults=${faults-leak}
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# The fault, the check that fails, and the checks that are inconclusive
reasons() {
	cat <<'END'
leak lost_freed growth
twice consistent lost_freed growth
hold hold growth wait
END
}

for fault in $faults; do
	patch=$here/planted/$fault.patch
	# shellcheck disable=SC2046
	set -- $(reasons | sed -n "s/^$fault //p")
	[ $# -gt 1 ] || bail "there is no fault '$fault'"
	stress=$("$top/tools/stress/build" 6.1 arm64 --patch "$patch" 2>"$tmp/err") || { cat "$tmp/err" >&2; bail "no v7stress.ko"; }
	cp "$stress" "$here/check" "$tmp/"
	# The allocator misses what leaked when the page table is destroyed at the end.
	"$top/tools/lab/lab" run --patch "$patch" --dir "$tmp" --allow-splat="$([ "$fault" = leak ] &&
		echo 'at mm/slab_common.c:[0-9]* kmem_cache_destroy|BUG io-pgtable_armv7s_l2 ' || echo '^none$')" -- sh check planted "$fault" >"$tmp/out" 2>&1
	ok $? "$fault: the guest's part runs, without a kernel warning"
	cat "$tmp/$fault.said" "$tmp/$fault.json" >"$tmp/out"
	check "$fault: status 1" [ "$(cat "$tmp/$fault.status")" -eq 1 ]
	failed=$(jq -r '[.judgements[] | select(.result == "fail").name] | join(" ")' "$tmp/$fault.json")
	check "$fault: only its own check fails" [ "$failed" = "$1" ]
	# An inconclusive check may also pass, for example if no task waited.
	others=$(jq -r '[.judgements[] | select(.result == "cannot tell").name] | join("\n")' "$tmp/$fault.json")
	shift
	unexpected=$(for name in $others; do case " $* traffic losses " in *" $name "*) ;; *) echo "$name" ;; esac; done)
	check "$fault: only the expected checks are inconclusive" [ -z "$unexpected" ]
done
done_testing
