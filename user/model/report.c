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
	if (sum->changed < row->changed)
		sum->changed = row->changed;
	counts_add(&sum->c, &row->c);
	sum->net += row->net;
	sum->alive += row->alive;
	if (!sum->alive_why)
		sum->alive_why = row->alive_why;
	if (sum->fmt != row->fmt)
		sum->fmt = UNKNOWN;
}

/* The largest duration of a sum may be that of a device that was subtracted. */
static void forget_max(struct v7s_counts *c, const struct v7s_counts *subtracted)
{
	int i;

	for (i = 0; i < V7S_HISTS; i++)
		if (c->hist[i].max <= subtracted->hist[i].max)
			c->hist[i].max = MAX_UNKNOWN;
}

static void subtract(struct v7s_counts *c, const struct v7s_counts *device)
{
	counts_subtract(c, device);
	forget_max(c, device);
}

struct v7s_counts report_unnamed(const struct report *r)
{
	struct v7s_counts c = r->other.c;
	size_t i;

	for (i = 0; i < r->nothers; i++)
		subtract(&c, &r->others[i].c);
	if (events_count(&r->others_left.c.e))
		subtract(&c, &r->others_left.c);
	return c;
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

bool report_has_waits_alone(const struct report *r)
{
	return r->visible && r->visible->waits &&
	       !r->visible->split[V7S_CONT][V7S_DONE];
}

int64_t report_skipped(const struct report *r, int event)
{
	return event == V7S_EVENT_SPLIT && report_has_waits_alone(r) ?
	       0 : r->misses[event];
}

static uint64_t all_misses(const struct report *r)
{
	uint64_t misses = 0;
	int e;

	for (e = 0; e < V7S_EVENTS; e++)
		if (report_skipped(r, e) > 0)
			misses += report_skipped(r, e);
	return misses;
}

static bool too_many(unsigned int *i, uint64_t n, const char *what, char *why, size_t size)
{
	if (!n || (*i)--)
		return false;
	snprintf(why, size, what, n);
	return true;
}

/* Each reason found lowers @i. */
static bool inexact_sums(const struct report *r, uint64_t no_slot, unsigned int *i, char *why,
			 size_t size)
{
	if (too_many(i, all_misses(r), "the kernel skipped %" PRIu64 " events (recursion_misses)",
		     why, size))
		return true;
	if (r->inexact && !(*i)--) {
		snprintf(why, size, "%s", r->inexact);
		return true;
	}
	return too_many(i, r->probe_misses > 0 ? r->probe_misses : 0,
			"the kernel missed %" PRIu64 " returns of probed functions (nmissed)",
			why, size) ||
	       too_many(i, r->overruns ? report_overrun(r) : 0,
			"the kernel's trace buffers overran and lost %" PRIu64 " events: enlarge them with --buffer",
			why, size) ||
	       too_many(i, no_slot,
			"%" PRIu64 " events had no slot for their page table: the totals include them, under other",
			why, size) ||
	       too_many(i, r->unseen,
			"%" PRIu64 " page tables were destroyed, but their numbers were overwritten before they were read: their rows do not show it",
			why, size) ||
	       too_many(i, r->total.c.e.unknown,
			"%" PRIu64 " events have values that this version of v7scope does not know",
			why, size);
}

bool report_inexact_counts(const struct report *r, unsigned int i, char *why, size_t size)
{
	return inexact_sums(r, events_count(&r->other.c.e), &i, why, size);
}

bool report_inexact(const struct report *r, unsigned int i, char *why,
		    size_t size)
{
	return inexact_sums(r, events_count(&r->other.c.e), &i, why, size) ||
	       too_many(&i, events_count(&r->other_tasks),
			"%" PRIu64 " events had no slot for their task: they are under no task",
			why, size) ||
	       too_many(&i, events_count(&r->other_stacks),
			"%" PRIu64 " events had no slot for their stack: they are under no stack",
			why, size);
}

bool report_inexact_devices(const struct report *r)
{
	const struct v7s_counts unnamed = report_unnamed(r);
	unsigned int i = 0;
	char why[192];

	return inexact_sums(r, events_count(&unnamed.e), &i, why, sizeof(why));
}
