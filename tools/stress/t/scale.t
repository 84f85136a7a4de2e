#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The mode scale measures a load whose events are known: all counts agree, with and without
# the lock, in one page table and in one each, and no race is lost.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

scale() {
	for case in none.0 outer.1; do
		lock=${case%.*} own=${case#*.} name=$case
		check "lock=$lock own=$own: all agree" agree "$name" mode=scale threads=2 "lock=$lock" "own=$own" pages=1 ms=300
		is "$(field "$name" '[.scale | .lock, .own, .pages] + [.tables, .errors]')" \
			"[\"$lock\",$own,1,$((own + 1)),0]" "lock=$lock own=$own: it is what was asked for"
		is "$(field "$name" '.elapsed_ns >= 300000000 and .scale.calls > 1000')" true "it ran for that time"
		# All maps but those that prepare or end the load install a table that is freed again.
		is "$(field "$name" '.maps == .unmaps + .threads and .expect.won_map >= .maps - .threads')" true \
			"and each map installs a table"
		is "$(jq -s 'last.total.install.lost' "$tmp/$name/stat.json")" 0 "lock=$lock own=$own: loses no race"
	done
	for format in arm_v7s arm_64_lpae_s1; do
		check "$format, 64 pages a table: all agree" agree many mode=scale threads=2 pages=64 ms=300 "format=$format"
		is "$(field many '.expect.won_map < .maps / 30 and .maps > 1000 and .scale.calls < .ops')" true \
			"$format: installs are few"
	done
}
each scale
done_testing
