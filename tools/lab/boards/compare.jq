# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Prints each difference between v7scope, ftrace's histograms, the load and iommu-sim.

def rows($text):
  [$text | split("\n")[] | select(startswith("{"))
   | [scan("([a-z_]+): +([0-9]+)") | {key: .[0], value: (.[1] | tonumber)}] | from_entries];

# The numbers of the events' enums, in their order
def names: {
  install: {by: ["why", "outcome"], of: [["map", "split"], ["won", "lost_to_table", "lost_to_leaf", "lost_to_empty"]]},
  split: {by: ["kind", "outcome"], of: [["cont", "block"], ["done", "found_done", "gone", "failed"]]},
  free: {by: ["why"], of: [["lost", "unmap", "replaced", "replaced_live"]]},
  refuse: {by: ["why"], of: [["exists", "absent", "partial", "nomem", "raced", "expected"]]}};

def by_ftrace($texts; $pgtable):
  reduce (names | keys[]) as $event ({};
    reduce (rows($texts[$event])[] | select(.pgtable == $pgtable)) as $row (.;
      ([names[$event] | range(.by | length) as $i | .of[$i][$row[.by[$i]]]]) as $path
      | setpath([$event] + $path; (getpath([$event] + $path) // 0) + $row.hitcount)));

# The number of events that ftrace dropped. A CPU drops an event with a new key while
# another CPU inserts the same key. A virtual CPU may be preempted in between.
def dropped($text):
  [$text | split("# event histogram")[] | select(test("hist:keys=pgtable")) | scan("Dropped: +([0-9]+)")[] | tonumber] | add // 0;

def only($names): with_entries(select(.key as $k | $names | index($k)));

def by_tool: {
  install: (.install | {map, split}), split: (.split | {cont, block}),
  free: (.free | only(names.free.of[0])), refuse: (.refuse | only(names.refuse.of[0]))};

def numbers_of: [paths(numbers) as $p | {key: ($p | join(".")), value: getpath($p)}]
  | map(select(.value != 0)) | from_entries;

($stat | map(select(.final)) | last) as $final
| ($final.tables | map(select(.dev | test("iommu")))) as $ours
| ($ours | length | select(. != 1) | "v7scope saw \(.) page tables of the IOMMU, not 1"),
  (select($final.exact != true) | "v7scope does not say exact: \($final.exact_why)"),
  ($result[0]
   | (select(.transfers == 0 or .sim.pages == 0) | "nothing was transferred"),
     ({bad_pages, bad_answers, map_errors, wrong: .sim.wrong, pattern: .sim.pattern, faults: .sim.faults,
       stale: .sim.stale, late_stale: .sim.late_stale}
      | to_entries[] | select(.value != 0) | "\(.key): \(.value)"),
     (select(.device and .sim.bytes < .bytes) | "iommu-sim read \(.sim.bytes) of \(.bytes) bytes")),
  ($ours[]
   | (by_tool | numbers_of) as $tool
   | (by_ftrace({$install, $split, $free, $refuse}; .pgtable) | numbers_of) as $ftrace
   | (($tool + $ftrace | keys[]) as $k
      | (($tool[$k] // 0) - ($ftrace[$k] // 0)) as $more
      | select($more < 0 or $more > dropped({$install, $split, $free, $refuse}[$k | split(".")[0]]))
      | "\($k): v7scope \($tool[$k] // 0), ftrace \($ftrace[$k] // 0)"),
     (select($ftrace | length == 0) | "ftrace saw nothing"),
     (select(.alive != null and .alive != $result[0].tables)
      | "tables alive: v7scope \(.alive), iommu-sim \($result[0].tables)"))
