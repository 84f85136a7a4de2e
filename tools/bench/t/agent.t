#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# A fleet with the fleet profile is measured through an agent, here a small one.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=../../stress/t/lib.sh
. "$(dirname -- "$0")/../../stress/t/lib.sh"
need_v7scope

agent() { boards=20 devices=4 snapshots=5 seconds=20 interval=4 "$top/tools/bench/agent" >"$tmp/table"; }
says() { jq -c "$1" "$top/build/bench/agent.json"; }

check "it runs" agent
is "$(grep -c . "$tmp/table")" 7 "it says what it measured"
is "$(says '.board | .series > 150 and .series <= 250')" true "a board of four devices has at most 250 series"
is "$(says '.agent | .failed == 0 and .samples_per_second > 20 * 150 / 4 * 0.7 and .bytes_per_sample > 1')" true "the agent sends all that it scrapes"
is "$(says '.centre | .series_per_board > 150 and .recorded_per_board > 5')" true "it arrives, and the rules record"
is "$(says '.hundred_thousand | .agents == 5000 and .samples_per_second > 1000000')" true "and 100,000 boards are computed"
done_testing
