-- SPDX-License-Identifier: GPL-2.0-or-later
-- Copyright (C) 2026 the v7scope authors
--
-- For a trace that Perfetto itself took with v7scope.pbtx. An event of ftrace is a row, and
-- each of its fields is an argument. Outcomes are numbers there: of an install, 0 is won;
-- of a split, 0 is done.

DROP VIEW IF EXISTS pgtable_events;
CREATE VIEW pgtable_events AS
SELECT
  e.id, e.ts, substr(e.name, 12) AS event,
  max(CASE WHEN a.key = 'dev' THEN a.string_value END) AS dev,
  max(CASE WHEN a.key = 'pgtable' THEN a.int_value END) AS pgtable,
  max(CASE WHEN a.key = 'outcome' THEN a.int_value END) AS outcome,
  -- -1: the event was not enabled during the whole window
  max(CASE WHEN a.key = 'window_ns' THEN a.int_value END) AS window_ns,
  max(CASE WHEN a.key = 'wait_ns' THEN a.int_value END) AS wait_ns,
  max(CASE WHEN a.key = 'hold_ns' THEN a.int_value END) AS hold_ns
FROM ftrace_event AS e JOIN args AS a USING (arg_set_id)
WHERE e.name IN ('io_pgtable_install', 'io_pgtable_split')
GROUP BY e.id, e.ts, e.name;

-- An event is emitted at its end: slices of the race windows, and of waits and holds
DROP VIEW IF EXISTS pgtable_slices;
CREATE VIEW pgtable_slices AS
SELECT id, ts - window_ns AS ts, window_ns AS dur, dev, pgtable,
       CASE outcome WHEN 0 THEN 'install won' ELSE 'install lost' END AS name
FROM pgtable_events WHERE event = 'install' AND window_ns > 0
UNION ALL
SELECT id, ts - hold_ns - wait_ns, wait_ns, dev, pgtable, 'wait'
FROM pgtable_events WHERE event = 'split' AND wait_ns > 0
UNION ALL
SELECT id, ts - hold_ns, hold_ns, dev, pgtable, 'hold'
FROM pgtable_events WHERE event = 'split' AND hold_ns > 0;

-- Lost races, splits and waits of each device
SELECT
  dev,
  count(CASE WHEN event = 'install' THEN 1 END) AS installs,
  count(CASE WHEN event = 'install' AND outcome > 0 THEN 1 END) AS lost,
  count(CASE WHEN event = 'split' AND outcome = 0 THEN 1 END) AS splits,
  count(CASE WHEN wait_ns > 0 THEN 1 END) AS waits,
  coalesce(max(wait_ns), 0) AS longest_wait_ns
FROM pgtable_events
GROUP BY dev
ORDER BY lost DESC, dev;
