-- SPDX-License-Identifier: GPL-2.0-or-later
-- Copyright (C) 2026 the v7scope authors
--
-- For a trace that `v7scope convert --to perfetto` made. The lifetime of a page table is a
-- slice, whose name holds its device; each event has the number of its page table.

DROP VIEW IF EXISTS pgtables;
CREATE VIEW pgtables AS
SELECT
  CAST(substr(name, 9, instr(name, ' (dev ') - 9) AS INTEGER) AS pgtable,
  -- "pgtable 1 (dev DEVICE, FORMAT)"; a format has no comma
  substr(name, instr(name, ' (dev ') + 6,
         length(rtrim(name, replace(name, ',', ''))) - instr(name, ' (dev ') - 6) AS dev
FROM slice
WHERE category = 'pgtable' AND name GLOB 'pgtable * (dev *, *)';

DROP VIEW IF EXISTS pgtable_events;
CREATE VIEW pgtable_events AS
SELECT slice.id, slice.ts, slice.dur, slice.category, slice.name, args.int_value AS pgtable
FROM slice JOIN args ON args.arg_set_id = slice.arg_set_id AND args.key = 'debug.pgtable'
WHERE slice.category IN ('install', 'split', 'free');

-- Lost races, splits and waits of each device
SELECT
  dev,
  count(CASE WHEN e.category = 'install' THEN 1 END) AS installs,
  count(CASE WHEN e.name GLOB 'install lost_*' THEN 1 END) AS lost,
  count(CASE WHEN e.name = 'split done' THEN 1 END) AS splits,
  count(waits.id) AS waits,
  coalesce(max(waits.dur), 0) AS longest_wait_ns
FROM pgtable_events AS e
JOIN pgtables USING (pgtable)
LEFT JOIN slice AS waits ON waits.parent_id = e.id AND waits.name = 'wait'
GROUP BY dev
ORDER BY lost DESC, dev;
