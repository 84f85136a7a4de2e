# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The pairs that tools/bench/contention measured. Of the guest's rounds, those count for
# which its CPUs waited the least for a CPU of the host.

def parameter($name): [scan("\($name)=([a-z0-9]+)")[0]][0];
def lock: if parameter("lock") == "outer" then "spinlock" else "none" end;

# Requests a second of B over those of A, of the runs A B B A
def ratio: (.rates[1] + .rates[2]) / (.rates[0] + .rates[3]);

($guest | group_by([.pair, .cases]) | map(
   . as $all
   | (sort_by(.delay)[:$rounds]) as $kept
   | ($kept | map(ratio) | sort) as $ratios
   | .[0] as $first
   | {where: "guest", pair: $first.pair, pages: ($first.cases[0] | parameter("pages") | tonumber), pause: false,
      threads: ($first.cases | map(parameter("threads") | tonumber)), lock: ($first.cases | map(lock)),
      own: ($first.cases[0] | parameter("own") == "1"), rounds: ($kept | length), discarded: (($all | length) - ($kept | length)),
      delay: ($kept | map(.delay) | max), median: $ratios[($ratios | length) / 2 | floor], least: $ratios[0], most: $ratios[-1]}
 ) | sort_by(.pages, (.pair as $p | ["lock_alone", "gain_lockless", "gain_own", "gain_locked", "lockless_to_locked", "watched"] | index($p)))) as $in_guest
| {
  schema: 1, ms: $ms, rounds: $rounds,
  pairs: ($in_guest + ($user[0].pairs | map({where: "user"} + .))),
  limits: [
    "not covered: the guest is emulated, so its caches and barriers are those of the host, and its spinlock is the kernel's;",
    "in user space, barriers are x86's, locks are a test-and-set and a ticket lock, not the kernel's queued spinlock, and trace events are calls that return false."]
}
