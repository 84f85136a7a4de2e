# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# From what tools/bench/agent measured: for each board, and what 100,000 boards come to.

$empty[0] as $e | $before[0] as $b | $after[0] as $a | $now[0] as $n
| ($a.time - $b.time) as $seconds
| ($seconds / $n.interval * $n.boards) as $scrapes
| {
  schema: 1,
  boards: $n.boards, devices: $n.devices, interval: $n.interval, seconds: $seconds, up: $n.up,
  # Prometheus adds five series to each target.
  board: {series: ($n.samples + 5), most: $n.most, text_bytes: $n.text, zipped_bytes: $n.zipped},
  agent: {samples_per_second: (($a.sent - $b.sent) / $seconds), failed: ($a.failed - $b.failed),
          bytes_per_sample: (($a.bytes - $b.bytes) / ($a.sent - $b.sent)),
          bytes_per_second_board: (($a.bytes - $b.bytes) / $seconds / $n.boards),
          cpu_us_per_scrape: (($a.agent_cpu - $b.agent_cpu) * 1e4 / $scrapes),
          memory_per_board: (($n.agent - $e.agent) / $n.boards)},
  centre: {series_per_board: ($n.series / $n.boards), recorded_per_board: ($n.recorded / $n.boards),
           cpu_us_per_scrape: (($a.centre_cpu - $b.centre_cpu) * 1e4 / $scrapes),
           memory_per_board: (($n.centre - $e.centre) / $n.boards)}
}
| .hundred_thousand = (. as $m | 100000 as $boards
    | {boards: $boards, agents: ($boards / $m.boards | ceil),
       series: ($boards * $m.centre.series_per_board),
       samples_per_second: ($boards * $m.agent.samples_per_second / $m.boards),
       bytes_per_second: ($boards * $m.agent.bytes_per_second_board),
       agent_cpu: ($boards * $m.agent.cpu_us_per_scrape / 1e6 / $m.interval),
       agent_memory: ($boards * $m.agent.memory_per_board)})
