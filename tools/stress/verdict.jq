# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Holds three independent counts of one load against each other, page table by
# page table: the load's own arithmetic and its walk of the tables, ftrace's
# histograms, and v7scope. Gives [{name, ok, skip, detail}]: skip says why the
# kernel has no histograms, where it has none; what needs them is skipped then.

# Rows of the histograms. One file may hold several histograms, with different keys.
def hist($text):
  [$text | split("\n")[] | select(startswith("{"))
   | [scan("([a-z_]+): +([^ ,}]+)") | {key: .[0], value: (.[1] | tonumber? // .)}]
   | from_entries];
def of($pgtable): map(select(.pgtable == $pgtable));
def dropped($text): [$text | scan("Dropped: ([0-9]+)")[] | tonumber] | add;

def sum(f): map(f) | add // 0;
def hits: sum(.hitcount);

# The numbers of enums in include/trace/events/io_pgtable.h, in their order
def install_why: ["map", "split"];
def install_outcome: ["won", "lost_to_table", "lost_to_leaf", "lost_to_empty"];
def split_kind: ["cont", "block"];
def split_outcome: ["done", "found_done", "gone", "failed"];
def free_why: ["lost", "unmap", "replaced", "replaced_live"];
def refuse_why: ["exists", "absent", "partial", "nomem", "raced", "expected"];

# The same shape from each of the three. Where one cannot know, it says nothing.
def by_hist($h; $n):
  ($h.split | of($n)) as $split
  | {install: ([range(2) as $w | {(install_why[$w]): ([range(4) as $o
       | {(install_outcome[$o]): ($h.install | of($n) | map(select(.why == $w and .outcome == $o)) | hits)}] | add)}] | add),
     split: ([range(2) as $k | {(split_kind[$k]): ([range(4) as $o
       | {(split_outcome[$o]): ($split | map(select(.kind == $k and .outcome == $o)) | hits)}] | add)}] | add),
     free: ([range(free_why | length) as $w | {(free_why[$w]): ($h.free | of($n) | map(select(.why == $w)) | hits)}] | add),
     refuse: ([range(refuse_why | length) as $w | {(refuse_why[$w]): ($h.refuse | of($n) | map(select(.why == $w)) | hits)}] | add),
     waits: ($split | map(select(has("kind") | not)) | hits),
     window_sum: ($h.install | of($n) | sum(.window_ns)),
     wait_sum: ($split | sum(.wait_ns // 0)),
     hold_sum: ($split | sum(.hold_ns // 0))};

def by_tool:
  {install: (.install | {map, split}), split: (.split | {cont, block}), free: (.free | {lost, unmap, replaced, replaced_live}), refuse,
   waits: .split.waits, window_sum: .window_ns.sum, wait_sum: .wait_ns.sum, hold_sum: .hold_ns.sum};

def by_load:
  .expect as $e
  | {install: {map: {won: $e.won_map, lost_to_leaf: $e.lost_to_leaf, lost_to_empty: 0},
               split: {won: $e.won_split, lost_to_leaf: 0, lost_to_empty: $e.refuse_raced}},
     split: {cont: {done: $e.split_cont_done, gone: 0, failed: 0},
             block: {done: $e.split_block_done, gone: $e.refuse_raced, failed: 0}},
     free: {unmap: $e.free_unmap, replaced: $e.free_replaced, replaced_live: $e.free_replaced_live},
     refuse: {exists: $e.refuse_exists, absent: $e.refuse_absent, partial: $e.refuse_partial,
              nomem: $e.refuse_nomem, raced: $e.refuse_raced, expected: 0}};

# Names of what $a says otherwise than $b; what $a does not say is no difference
def differ($a; $b):
  [$a | paths(numbers)] | map(. as $p | select(($a | getpath($p)) != ($b | getpath($p)))
  | "\(map(tostring) | join(".")) \($a | getpath($p)) against \($b | getpath($p))");

def check($name; $wrong): {name: $name, ok: ($wrong == []), skip: null, detail: $wrong};
($none | sub("\n$"; "")) as $why_none
| def seen($check): if $why_none == "" then $check else $check + {ok: true, skip: $why_none, detail: []} end;
def want($name; $got; $wanted):
  check($name; if $got == $wanted then [] else ["\($got | tojson), not \($wanted | tojson)"] end);

{create: hist($create), destroy: hist($destroy), install: hist($install),
 split: hist($split), free: hist($free), refuse: hist($refuse)} as $h
| $result[0] as $load
| ($stat | map(select(.final)) | last) as $final
| [$load.pgtables[] | . as $p
   | ([if $why_none == "" then $h.create else $final.tables end | .[] | select(.dev == $p.dev) | .pgtable] | last) as $n
   | {dev, load: ., n: $n,
      raw: ([$final.tables[] | select(.pgtable == $n and .dev == $p.dev)] | first)}
   | .tool = (if .raw then .raw | by_tool else null end)
   | .hist = (if $why_none == "" then by_hist($h; $n) else .tool end)] as $tables
| def each(f): [$tables[] | . as $t | f[] | "\($t.dev): \(.)"];
[
  want("the load ran: errors"; $load.errors; 0),
  want("the load did all that was asked for"; $load.ops > 0 and $load.maps > 0; true),
  want("translations that are wrong"; $load.verify.wrong; 0),
  want("translations were looked at"; $load.verify.checked > 0; true),
  seen(want("events that a histogram dropped"; [$create, $destroy, $install, $split, $free, $refuse | dropped(.)] | add; 0)),
  check("each page table was seen by all"; each(
    if .n == null then ["no create event"] elif .raw == null then ["v7scope has none with number \(.n)"]
    elif .raw.created != true then ["v7scope missed its create event"] else [] end)),
  want("page tables that v7scope saw"; $final.tables | length; $load.tables),

  seen(check("won, freed, split, refused: the arithmetic against the histograms"; each(differ(.load | by_load; .hist)))),
  check("won, freed, split, refused: the arithmetic against v7scope"; each(differ(.load | by_load; .tool))),
  seen(check("all counts and times: the histograms against v7scope"; each(differ(.hist; .tool)))),
  seen(check("all counts and times: v7scope against the histograms"; each(differ(.tool; .hist)))),
  check("lost installs against tables freed because of it"; each(
    ([.hist.install[] | .lost_to_table + .lost_to_leaf + .lost_to_empty] | add) as $lost
    | if $lost == .hist.free.lost then [] else ["\($lost) against \(.hist.free.lost)"] end)),
  check("block splits against installs for them"; each(
    (.hist.split.block | {won: .done, lost_to_table: .found_done, gone}) as $a
    | (.hist.install.split | {won, lost_to_table, gone: (.lost_to_leaf + .lost_to_empty)}) as $b
    | differ($a; $b))),
  check("tables alive: won - freed, against the walk, against v7scope"; each(
    ((.hist.install | .map.won + .split.won) - .hist.free.unmap - .hist.free.replaced - .hist.free.replaced_live) as $alive
    | if $alive == .load.walk.tables and $alive == .raw.alive then []
      else ["\($alive), \(.load.walk.tables), \(.raw.alive)"] end)),
  check("times counted: each install, lock held and wait once"; each(
    if .raw == null then ["no such page table"] else
    differ({window: .raw.install.attempts, hold: ([.raw.split.cont[]] | add), wait: .raw.split.waits};
           {window: (.raw.window_ns | .count + .untimed), hold: (.raw.hold_ns | .count + .untimed),
            wait: (.raw.wait_ns | .count + .untimed)}) end)),

  check("v7scope's total against its page tables"; differ(
    ($final.total | by_tool);
    ([$final.tables[], $final.other | by_tool] | reduce .[] as $t ({};
      reduce ($t | paths(numbers)) as $p (.; setpath($p; (getpath($p) // 0) + ($t | getpath($p)))))))),
  want("what v7scope put under other"; [$final.other | by_tool | .. | numbers] | add; 0),
  # Since v5.12 a program that would run within itself is skipped, and counted;
  # before, it does run.
  ($load.kernel | [scan("[0-9]+") | tonumber] < [5, 12]) as $nests
  | want("programs that the kernel skipped"; $final.recursion_misses | [.[]] | unique;
         [if $nests then null else 0 end]),
  want("v7scope says exact"; [$final.exact, $final.exact_why]; [true, []]),

  seen(want("page tables destroyed at the end"; hist($destroy_end) | [length, hits]; [$load.tables, $load.tables])),
  seen(want("tables freed by that, as far as events tell"; (hist($free_end) | hits) - ($h.free | hits); 0)),
  want("BPF objects of v7scope seen while it ran"; ($bpf_while | split("\n")) - ($bpf_before | split("\n")) | length > 0; true),
  want("BPF objects left behind"; ($bpf_after | split("\n")) - ($bpf_before | split("\n")); [])
]
