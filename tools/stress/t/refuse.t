#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Requests that must be refused are refused and counted. The kernel warns of most of them.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

refuse() {
	need_v7scope
	for format in $formats; do
		stage "$tmp/refuse"
		check "$format: runs, warnings allowed by name" guest "$tmp/refuse" \
			--allow-splat='WARNING: .*drivers/iommu/io-pgtable-arm(-v7s)?\.c:' -- sh exact mode=refuse "format=$format"
		check "$format: all agree" "$stress/verdict" "$tmp/refuse"
		is "$(field refuse '[.expect | .refuse_exists, .refuse_absent] + [.expect.refuse_partial / 2 + .splits]')" \
			'[1,1,1]' "$format: one exists, one is absent, and where nothing is split, two are parts"
	done
	splits=$(field refuse .splits)
	for format in $(echo "$formats" | cut -d ' ' -f 1,3); do
		for way in live leaf raced nomem; do
			[ "$way $splits" != 'raced 0' ] || continue
			check "$format: $way: runs" guest "$tmp/refuse" \
				--allow-splat='WARNING: .*drivers/iommu/io-pgtable-arm(-v7s)?\.c:' -- sh exact mode=broken "broken=$way" "format=$format"
			check "$format: $way: all agree" "$stress/verdict" "$tmp/refuse"
			is "$(field refuse '.expect | [.free_replaced_live, .lost_to_leaf, .refuse_raced, .refuse_nomem]')" \
				"$(echo '"live leaf raced nomem"' | jq -c --arg way "$way" 'split(" ") | map(if . == $way then 8 else 0 end)')" \
				"$format: $way: eight times"
		done
	done
	guest "$tmp/refuse" -- sh exact mode=refuse >"$tmp/said" 2>&1
	is $? 124 "without that allowance the run fails"
}
each refuse
done_testing
