# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Reads the results of the load's measuring modes. Prints the cost of monitoring, in
# instructions for each request, and whether the cost is within the goals.

def round2: . * 100 | round / 100;

# NAME.MODE.json
[inputs | {name: (input_filename | split("/")[-1] | split(".")[0]), result: .}] as $runs
| ["stock", "pair", "kprobe", "bpftrace-kprobes", "ftrace-kprobes",
   "off", "empty", "stat", "tasks", "stacks", "record", "bpftrace", "ftrace",
   "trace-cmd", "trace-cmd-plain"] as $names
| ($names[:5] + (["stock", "pair", "trampoline", "stat", "tasks", "hist", "kprobe", "bpftrace-kprobes",
   "ftrace-kprobes"] | map("shipped-" + .)) + $names[5:]) as $order
| [$order[] as $name
   | select(any($runs[]; .name == $name))
   | {name: $name}
     + ([$runs[] | select(.name == $name) | .result.cost[]
         | {(.what): {min: (.min_ns / .per_batch | round2),
                      mean: (.total_ns / .batches / .per_batch | round2),
                      batches, per_batch}}] | add)] as $rows
# The difference between the longer load and the shorter one: {ns, events, bytes}
| ([$recorded | split("\n")[] | split(" ") | select(length == 5)
    | {name: .[0], ns: .[2] | tonumber, events: .[3] | tonumber, bytes: .[4] | tonumber}]
   | group_by(.name)
   | map({key: .[0].name,
          value: ([.[0], .[1]] as [$short, $long]
                  | {all: $long.events}
                    + ([("ns", "events", "bytes") as $k | {($k): ($long[$k] - $short[$k])}] | add))})
   | from_entries) as $longer
| def min($name): first($rows[] | select(.name == $name) | .map_install.min) // null;
  def minus($a; $b): if min($a) and min($b) then min($a) - min($b) else null end;
  # Prints a goal only if all its figures were measured
  def goal($what; $got; $limit):
    select($got and $limit) |
    {goal: $what, limit: $limit, got: ($got | round2), met: ($got <= $limit)};
  # The cost of a recorder per event; in_all includes reading and writing the events
  def per_event:
    .name as $name | $longer[$name] as $l |
    if $name != "off" and $l and $longer.off then
      . + {events: $l.all,
           per_event: {inside: minus($name; "off") | round2,
                       in_all: (($l.ns - $longer.off.ns) / $l.events | round2),
                       bytes: ($l.bytes / $l.events | round2)}}
    else . end;
  ($rows | map(per_event)) as $rows
| def in_all($name): first($rows[] | select(.name == $name) | .per_event.in_all) // null;
{
  schema: 2, unit: "instructions", kernels: {stock: $kernel, series: $kernel, shipped: $shipped}, rows: $rows,
  goals: [
    goal("off over stock"; minus("off"; "stock"); 8),
    goal("stat over an empty program"; minus("stat"; "empty"); 120),
    goal("stat over off"; minus("stat"; "off"); 450),
    goal("stat --tasks over an empty program"; minus("tasks"; "empty"); 300),
    goal("stat --tasks over off"; minus("tasks"; "off"); 650),
    goal("stat --tasks over off, against half of an empty pair of kprobes";
         minus("tasks"; "off"); minus("pair"; "stock") | if . then . / 2 else null end),
    goal("kprobe over stock"; minus("kprobe"; "stock"); 1150),
    goal("shipped: stat over stock"; minus("shipped-stat"; "shipped-stock"); 450),
    goal("shipped: stat --tasks over stock"; minus("shipped-tasks"; "shipped-stock"); 650),
    goal("shipped: hist over stock"; minus("shipped-hist"; "shipped-stock"); 850),
    goal("record in all, against trace-cmd without compression";
         in_all("record"); in_all("trace-cmd-plain"))
  ],
  errors: [$runs[] | .result | .errors + .verify.wrong] | add
}
