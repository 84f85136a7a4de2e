#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The cost of metrics is measured, here with a small fleet. A scrape costs a board less
# than a scrape of node_exporter does.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=../../stress/t/lib.sh
. "$(dirname -- "$0")/../../stress/t/lib.sh"
need_v7scope

fleet() { boards=20 devices=2 snapshots=10 interval=2 scrapes=20 "$top/tools/bench/fleet" >"$tmp/table"; }
says() { jq -c "$1" "$top/build/bench/fleet.json"; }

check "it runs" fleet
is "$(grep -c . "$tmp/table")" 11 "it says what it measured"
is "$(says .goal.met)" true "the goal is met"
is "$(says '.scrapes[] | select(.name == "v7scope") | .series > 2700')" true "all of 64 page tables was scraped"
is "$(says '.board | .series == .series_base + 2 * .series_per_device and .series_per_device > 80')" true "a board has what its devices have"
is "$(says '.server | .series > 20 * 230 and .samples_per_second > 1000')" true "all boards were scraped"
is "$(says '.server.bytes_per_sample | . > 1 and . < 16')" true "a sample takes some bytes"
is "$(says '.agent | .failed == 0 and .bytes_per_sample > 1')" true "the agent lost nothing"
done_testing
