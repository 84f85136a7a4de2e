#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Requests that must be refused are, and are counted. The kernel warns of each.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
need_v7scope

stage "$work/refuse"
ok "refuse runs, warnings allowed by name" guest "$work/refuse" \
	--allow-splat='WARNING: .* at drivers/iommu/io-pgtable-arm-v7s\.c:' -- sh exact mode=refuse
ok "all agree" "$stress/verdict" "$work/refuse"
is "one exists, one is absent" "$(field refuse '.expect | [.refuse_exists, .refuse_absent]')" '[1,1]'

guest "$work/refuse" -- sh exact mode=refuse >"$work/said" 2>&1
is "without that allowance the run fails" $? 124
finish
