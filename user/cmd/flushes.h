/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* TLB flushes, counted beside the events of page tables. */
#ifndef V7S_CMD_FLUSHES_H
#define V7S_CMD_FLUSHES_H

#include "source/flush_counts.h"
#include "beside.h"

/** struct flushes_source - all zero: flushes are not counted */
struct flushes_source {
	struct beside b;
	uint64_t read;		/* time of the last reading */
};

/**
 * flushes_open - count flushes too, if a device uses a driver that we know
 *
 * Without such a device nothing happens. If something else prevents it, prints
 * the obstacles, and the run goes on.
 */
void flushes_open(struct flushes_source *f, const struct source_want *want);

/**
 * flushes_read - all flushes since the start, in @r; NULL: not available
 *
 * Reads the kernel's counters if the last reading is @age nanoseconds old.
 */
const struct flush_report *flushes_read(struct flushes_source *f, uint64_t age,
					struct flush_report *r);

struct flush_facts;

/**
 * flushes_between - the flushes from one reading to a later one
 *
 * @end: its total becomes that of the time between; @facts points there.
 */
void flushes_between(const struct flush_report *first, struct flush_report *end,
		     struct flush_facts *facts);

/**
 * requests_open - count maps and unmaps, too, if flushes can be counted
 *
 * By the source fault. If that is not possible, nothing is printed.
 */
void requests_open(struct beside *b, const struct source_want *want);

/**
 * requests_read - maps and unmaps since the start, and unmaps alone
 *
 * UNKNOWN if they are not counted. The unmaps are an estimate, see struct fault_sums.
 */
void requests_read(struct beside *b, int64_t *requests,
		   int64_t *unmaps);

#endif
