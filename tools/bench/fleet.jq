# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# From what tools/bench/fleet measured: for each board, series and sample, and what a
# thousand boards come to by that.

$server[0] as $s | $block[0] as $b | $agent[0] as $a
| ($scrapes | map({(.name): .cpu_us}) | add) as $cpu
| ($s.samples | round) as $per_board
| {
  schema: 1,
  scrapes: $scrapes,
  goal: {goal: "a scrape of 64 page tables, in scrapes of node_exporter", limit: 1,
         got: ($cpu.v7scope / $cpu.node_exporter), met: ($cpu.v7scope < $cpu.node_exporter)},
  board: {devices: $s.devices, series: $per_board, series_per_device: $s.of_device,
          series_base: ($per_board - $s.devices * $s.of_device),
          text_bytes: $s.text, openmetrics_bytes: $s.openmetrics, zipped_bytes: $s.zipped},
  server: {boards: $s.boards, seconds: $s.seconds, series: $s.series,
           samples_per_second: ($s.appended / $s.seconds),
           bytes_per_sample: ($b.chunks / $b.samples),
           index_bytes_per_series: ($b.index / $b.series),
           memory_per_series: (($s.resident - $s.empty) / $s.series),
           cpu_us_per_sample: ($s.cpu * 1e6 / $s.appended),
           recorded_per_board: ($s.recorded / $s.boards),
           federated_per_board: ($s.of_boards / $s.boards),
           federated_bytes_per_board: ($s.federated / $s.boards)},
  agent: {bytes_per_sample: ($a.bytes / $a.samples), failed: $a.failed, resident_bytes: $a.resident}
}
| .thousand = (.server as $v
    | {series: ($s.series * 1000 / $s.boards | round)}
    | .samples_per_second = .series / 15
    | .memory_bytes = .series * $v.memory_per_series
    | .cpu = .samples_per_second * $v.cpu_us_per_sample / 1e6
    # Twelve blocks of two hours a day, each with an index of its own
    | .bytes_per_day = .samples_per_second * 86400 * $v.bytes_per_sample + 12 * .series * $v.index_bytes_per_series
    | .scrape_bytes_per_second = 1000 * $s.text / 15
    | .agent_bytes_per_second = .samples_per_second * $a.bytes / $a.samples)
