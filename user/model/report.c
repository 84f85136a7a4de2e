// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <stdio.h>

#include "lib/util.h"
#include "counts.h"
#include "report.h"

void row_add(struct row *sum, const struct row *row)
{
	sum->tables += row->tables;
	sum->created &= row->created;
	sum->destroyed &= row->destroyed;
	sum->fresh &= row->fresh;
	counts_add(&sum->c, &row->c);
	sum->net += row->net;
	sum->alive += row->alive;
	if (!sum->alive_why)
		sum->alive_why = row->alive_why;
	if (sum->fmt != row->fmt)
		sum->fmt = UNKNOWN;
}

int64_t report_overrun(const struct report *r)
{
	int64_t n = r->overruns ? 0 : UNKNOWN;
	size_t i;

	for (i = 0; i < r->noverruns; i++)
		n += r->overruns[i].overwritten + r->overruns[i].no_room;
	return n;
}

static void unknown_alive(struct row *row)
{
	if (!row->destroyed && !row->alive_why)
		row->alive_why = "events were lost";
}

/* The page tables of the lost events are not known. */
void report_doubt_alive(struct report *r)
{
	size_t i;

	if (!r->inexact && report_overrun(r) <= 0)
		return;
	for (i = 0; i < r->nrows; i++)
		unknown_alive(&r->rows[i]);
	for (i = 0; i < r->ndevices; i++)
		unknown_alive(&r->devices[i]);
	unknown_alive(&r->total);
}

bool report_inexact(const struct report *r, unsigned int i, char *why,
		    size_t size)
{
	uint64_t misses = 0, n;
	int e;

	for (e = 0; e < V7S_EVENTS; e++)
		if (r->misses[e] > 0)
			misses += r->misses[e];
	if (misses && !i--) {
		snprintf(why, size, "the kernel skipped %" PRIu64 " events (recursion_misses)", misses);
		return true;
	}
	if (r->inexact && !i--) {
		snprintf(why, size, "%s", r->inexact);
		return true;
	}
	if (r->probe_misses > 0 && !i--) {
		snprintf(why, size, "the kernel missed %" PRId64 " returns of probed functions (nmissed)",
			 r->probe_misses);
		return true;
	}
	n = r->overruns ? report_overrun(r) : 0;
	if (n && !i--) {
		snprintf(why, size, "the kernel's trace buffers overran and lost %" PRIu64 " events: enlarge them with --buffer", n);
		return true;
	}
	n = events_count(&r->other.c.e);
	if (n && !i--) {
		snprintf(why, size, "%" PRIu64 " events had no slot for their page table: the totals include them, under other", n);
		return true;
	}
	if (r->unseen && !i--) {
		snprintf(why, size, "%" PRIu64 " page tables were destroyed, but their numbers were overwritten before they were read: their rows do not show it", r->unseen);
		return true;
	}
	n = r->total.c.e.unknown;
	if (n && !i--) {
		snprintf(why, size, "%" PRIu64 " events have values that this version of v7scope does not know",
			 n);
		return true;
	}
	return false;
}
