# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# jq -n --slurpfile plan plan.json --slurpfile out out.json --rawfile hist hist
# Names of checks, each with whether it holds, and what was compared if not.

# Rows of a histogram of ftrace: pgtable, pid, the third key and the number of hits.
def cells($key):
  [$hist | scan("{ pgtable: +([0-9]+), common_pid: +([0-9]+), \($key): +([0-9]+) } hitcount: +([0-9]+)")
   | map(tonumber)];
def events:
  # Installs, then splits: both by outcome.
  [$hist | split("# event histogram\n")[] | select(test("outcome: "))]
  | map([scan("{ pgtable: +([0-9]+), common_pid: +([0-9]+), outcome: +([0-9]+) } hitcount: +([0-9]+)") | map(tonumber)]);

def check($name; $got; $want):
  {name: $name, ok: ($got == $want), got: $got, want: $want};
def sum(f): [.[] | f] | add // 0;
def from($function; $caller):
  map(select(any(.frames[]; .symbol == $function) and any(.frames[]; .symbol == $caller)));

$out[-1] as $r
| ($r.tables | map({(.dev): .pgtable}) | add) as $pgtable
| ($plan | map(. + {pgtable: $pgtable[.dev]})) as $plan
| ($plan | map(.pid) | unique) as $pids
| events[0] as $installs | events[1] as $splits
| def ours: map(select(.pid as $p | any($pids[]; . == $p)));
[
  check("exact"; [$r.exact, $r.exact_why]; [true, []]),
  check("nothing is left to other";
    [$r.other_tasks, ($r.other_stacks // empty), $r.other | .install.attempts, .split.attempts, .free.lost, $r.other_waits_for] | map(select(. != 0));
    []),
  check("the races were races"; [$r.total.install.lost > 0, $r.total.split.waits > 0 or $plan[0].splits == 0]; [true, true]),

  # By arithmetic
  ($plan | group_by(.dev)[]
   | .[0] as $p | ($r.tables[] | select(.dev == $p.dev)) as $t
   | check("\($p.dev): won"; $t.install.won; sum(.installs + .race_installs) + $p.races),
     check("\($p.dev): splits"; $t.split.cont.done; sum(.splits + .race_splits))),
  ($plan[]
   | . as $p
   | [$r.tasks[] | select(.pgtable == $p.pgtable and .pid == $p.pid)] as $tasks
   | [$r.stacks[]? | select(.pgtable == $p.pgtable)] as $stacks
   | "\($p.comm) on \($p.dev)" as $who
   | check("\($who): one entry, its name, its end"; $tasks | map([.comm, .tgid, .tasks, .exited]); [[$p.comm, $p.pid, 1, true]]),
     check("\($who): splits"; $tasks[0].split.attempts; $p.splits + $p.race_splits),
     if $r.stacks then
       check("\($who): installs from where it works"; $stacks | from($p.function; "work") | sum(.install.attempts); $p.installs),
       check("\($who): splits from where it works"; $stacks | from($p.function; "work") | sum(.split.attempts); $p.splits),
       check("\($who): installs from where it splits at once"; $stacks | from($p.function; "race_splits") | sum(.install.attempts); $p.race_installs),
       check("\($who): splits from where it splits at once"; $stacks | from($p.function; "race_splits") | sum(.split.attempts); $p.race_splits),
       check("\($who): lost from where it races"; $stacks | from($p.function; "race") | sum(.install.lost); $tasks[0].install.lost)
     else empty end),

  # By ftrace, in the same run
  check("installs by task and outcome";
    [$r.tasks | ours[] | . as $t | ([.install.map.won, 0], [.install.map.lost_to_table, 1]) | [$t.pgtable, $t.pid, .[1], .[0]] | select(.[3] > 0)] | sort;
    $installs | sort),
  check("splits by task and outcome";
    [$r.tasks | ours[] | . as $t | ([.split.cont.done, 0], [.split.cont.found_done, 1]) | [$t.pgtable, $t.pid, .[1], .[0]] | select(.[3] > 0)] | sort;
    ($splits // []) | sort),
  check("lost tables that were freed, by task";
    [$r.tasks | ours[] | select(.free.lost > 0) | [.pgtable, .pid, 0, .free.lost]] | sort;
    cells("why") | sort),
  check("who waited for whom";
    [$r.waits_for[] | [.pgtable, .waiter, .holder // 0, .waits]] | sort;
    cells("holder") | sort),
  check("who waited for whom, by name";
    [$r.waits_for[] | [.waiter_comm, .holder_comm]] | unique;
    [$r.waits_for[] | [.waiter, .holder] | map(. as $pid | if . then first($plan[] | select(.pid == $pid).comm) else null end)] | unique),

  # With itself
  check("CPUs make up the total"; $r.cpus | [sum(.install.attempts), sum(.split.attempts), sum(.free.lost)];
    $r.total | [.install.attempts, .split.attempts, .free.lost]),
  check("tasks make up the total"; $r.tasks | [sum(.install.attempts), sum(.split.attempts), sum(.split.waits), sum(.creates)];
    $r.total | [.install.attempts, .split.attempts, .split.waits, .creates]),
  if $r.stacks then
    check("stacks make up the total"; $r.stacks | [sum(.install.attempts), sum(.split.attempts), sum(.free.lost), sum(.creates)];
      $r.total | [.install.attempts, .split.attempts, .free.lost, .creates])
  else empty end
]
