#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# Each litmus test has the result that it names, by herd7 and the kernel's own model.
# shellcheck source=kernel-patch/t/lib.sh
. "$(dirname -- "$0")/lib.sh"

litmus=$top/kernel-patch/litmus

# A file without a name or a result of its own would be judged by another's.
complete() {
	for file in "$litmus"/*.litmus; do
		test=$(basename -- "$file" .litmus)
		[ "$(head -n 1 "$file")" = "C $test" ] || echo "$test: line 1 is not \"C $test\""
		[ "$(grep -cE '^ \* Result: (Never|Sometimes)$' "$file")" -eq 1 ] || echo "$test: has not one result"
		case $test in
		*-*) grep -q '^ \* Result: Sometimes$' "$file" ;;
		*) grep -q '^ \* Result: Never$' "$file" ;;
		esac || echo "$test: its name and its result do not go together"
	done >"$out"
	[ ! -s "$out" ]
}
check 'each litmus test has its name and one result' complete

observed() {
	herd7 -conf linux-kernel.cfg "$1" >"$out" 2>&1
	says "^Observation $2 $3 "
}

if ! command -v herd7 >/dev/null; then
	skip 'the results' 'no herd7 here (part of herdtools7, which Debian does not package)'
elif ! source=$("$lab" source 6.1); then
	check 'the source of 6.1 is there' false
else
	cd "$source/tools/memory-model" || exit 1
	for file in "$litmus"/*.litmus; do
		test=$(basename -- "$file" .litmus)
		result=$(sed -n 's/^ \* Result: //p' "$file")
		check "$test: $result" observed "$file" "$test" "$result"
	done
fi
done_testing
