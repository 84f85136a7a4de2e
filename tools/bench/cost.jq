# SPDX-License-Identifier: GPL-2.0
# From the results of the load's measuring modes: what watching costs, in
# instructions for each request, and whether that is within the goals.

def round2: . * 100 | round / 100;

# NAME.MODE.json
[inputs | {name: (input_filename | split("/")[-1] | split(".")[0]), result: .}] as $runs
| ["stock", "off", "empty", "stat"] as $order
| [$order[] as $name
   | {name: $name}
     + ([$runs[] | select(.name == $name) | .result.cost[]
         | {(.what): {min: (.min_ns / .per_batch | round2),
                      mean: (.total_ns / .batches / .per_batch | round2),
                      batches, per_batch}}] | add)] as $rows
| def min($name): $rows[] | select(.name == $name) | .map_install.min;
  def goal($what; $got; $limit):
    {goal: $what, limit: $limit, got: ($got | round2), met: ($got <= $limit)};
{
  schema: 1, unit: "instructions", rows: $rows,
  goals: [
    goal("off over stock"; min("off") - min("stock"); 8),
    goal("stat over an empty program"; min("stat") - min("empty"); 120),
    goal("stat over off"; min("stat") - min("off"); 450)
  ],
  errors: [$runs[] | .result | .errors + .verify.wrong] | add
}
