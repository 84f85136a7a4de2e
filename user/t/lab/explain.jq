# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The rules of explain once more, from the last report of stat, for a load with one page
# table: the names of those that apply. The last report does not show growth.

# The lower end of Wilson's interval for $x of $n, at 99 percent
def low($x; $n): if $n == 0 then 0 else (2.5758293 as $z | ($x / $n) as $p |
	($p + $z * $z / (2 * $n) - $z * ((($p * (1 - $p) / $n) + $z * $z / (4 * $n * $n)) | sqrt)) / (1 + $z * $z / $n)) end;
def share($x; $n): $n >= 1000 and low($x; $n) > 0.1;

.total as $t | ($t.split.cont | .done + .found_done + .gone + .failed) as $cont |
($t.hold_ns.p99 > 50000 or $t.hold_ns.max > 1000000) as $held |
{
	replaced_live: ($t.free.replaced_live > 0),
	map_race: ($t.install.map.lost_to_leaf + $t.install.split.lost_to_leaf > 0),
	unmap_race: ($t.refuse.raced > 0),
	mapped_twice: ($t.refuse.exists > $t.install.map.lost_to_leaf),
	no_memory: ($t.refuse.nomem > 0),
	unmapped_twice: ($t.refuse.absent > 0),
	partial_unmap: ($t.refuse.partial > 0),
	lost_races: share($t.install.lost; $t.install.attempts),
	long_window: ($t.window_ns.count >= 100 and $t.window_ns.p99 > 32768),
	long_holds: ($held and $t.hold_ns.count > 0),
	lock_waits: (($held | not) and $t.split.waits > 0 and
		($t.wait_ns.p99 > 200000 or $t.wait_ns.max > 4000000 or share($t.split.waits; $cont))),
	block_splits: share($t.split.block.done; $t.install.attempts),
	cont_splits: share($t.split.cont.done; $t.split.cont.done + $t.install.attempts),
	table_churn: ($t.install.won >= 1000 and ($t.free.unmap + $t.free.replaced) >= 0.9 * $t.install.won and
		($t.free.unmap + $t.free.replaced) * 1e9 >= 100 * .elapsed_ns),
	few_events: ($t.install.attempts < 1000)
} | with_entries(select(.value)) | keys
