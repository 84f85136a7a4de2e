#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What metrics cost can be measured, here with a small fleet; a scrape costs a board
# less than one of node_exporter.
# shellcheck source-path=SCRIPTDIR source=../../stress/t/lib.sh
. "$(dirname -- "$0")/../../stress/t/lib.sh"
need_v7scope

fleet() { boards=20 devices=2 snapshots=10 interval=2 scrapes=20 "$top/tools/bench/fleet" >"$work/table"; }
says() { jq -c "$1" "$top/build/bench/fleet.json"; }

ok "it runs" fleet
is "it says what it measured" "$(grep -c . "$work/table")" 11
is "the goal is met" "$(says .goal.met)" true
is "all of 64 page tables was scraped" "$(says '.scrapes[] | select(.name == "v7scope") | .series > 4000')" true
is "a board has what its devices have" "$(says '.board | .series == .series_base + 2 * .series_per_device and .series_per_device > 100')" true
is "all boards were scraped" "$(says '.server | .series > 20 * 300 and .samples_per_second > 1000')" true
is "a sample takes some bytes" "$(says '.server.bytes_per_sample | . > 1 and . < 16')" true
is "the agent lost nothing" "$(says '.agent | .failed == 0 and .bytes_per_sample > 1')" true
finish
