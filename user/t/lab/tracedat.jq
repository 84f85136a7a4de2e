# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# From the JSON of trace, a line for each event as trace-cmd shows it, but for the time.

def hex: (. // 0)
	| "0x" + ([recurse(if . >= 16 then . / 16 | floor else empty end) | . % 16 | "0123456789abcdef"[.:. + 1]] | reverse | add);
def clean: [explode[] | if . >= 32 and . < 127 then . else 63 end] | implode;
def named($keys): . as $e | $keys | map(. as $k | "\($k)=\($e[$k] |
	if $k == "iova" or $k == "size" or $k == "block_size" or $k == "quirks" then hex else . // -1 end)") | join(" ");

select(.line == "event")
| "\(.comm | clean)-\(.pid) [\(.cpu)] io_pgtable_\(.event): dev=\(.dev | clean) pgtable=\(.pgtable) fmt=\(.fmt)" +
	({create: ["ias", "oas", "quirks"],
	  destroy: [],
	  install: ["level", "iova", "why", "outcome", "window_ns"],
	  split: ["level", "iova", "kind", "outcome", "block_size", "size", "wait_ns", "hold_ns", "holder"],
	  free: ["level", "iova", "why"],
	  refuse: ["level", "iova", "size", "why"]}[.event] as $keys | named($keys) | if . == "" then "" else " " + . end)
