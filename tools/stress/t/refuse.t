#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Requests that must be refused are, and are counted. The kernel warns of each.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

refuse() {
	need_v7scope
	for format in $formats; do
		stage "$work/refuse"
		ok "$format: runs, warnings allowed by name" guest "$work/refuse" \
			--allow-splat='WARNING: .*drivers/iommu/io-pgtable-arm(-v7s)?\.c:' -- sh exact mode=refuse "format=$format"
		ok "$format: all agree" "$stress/verdict" "$work/refuse"
		is "$format: one exists, one is absent, and where nothing is split, two are parts" \
			"$(field refuse '[.expect | .refuse_exists, .refuse_absent] + [.expect.refuse_partial / 2 + .splits]')" '[1,1,1]'
	done
	guest "$work/refuse" -- sh exact mode=refuse >"$work/said" 2>&1
	is "without that allowance the run fails" $? 124
}
each refuse
finish
