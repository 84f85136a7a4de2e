// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "lib/util.h"
#include "stretch.h"

enum option { PLAIN, TASKS, STREAM, STACKS, OPTIONS };

/*
 * Measured by tools/bench/t/stock.t, which also compares: the least window of
 * v7stress mode=window, with monitoring less without, in ticks of 16
 * instructions. The first row is from the series on 6.1, the next two are from
 * Debian's 6.12, those of the allocation from Debian's 7.3, the others from a
 * stock 6.1, all arm64. Stacks were taken with tasks. UNKNOWN: not measured.
 */
static const int figures[STRETCH_WAYS][OPTIONS] = {
	/*			       plain    tasks   stream   stacks */
	[STRETCH_EVENT]		  = {     48,      48,      48,      48 },
	[STRETCH_INSTALL]	  = {     48,      48,      48,      48 },
	[STRETCH_WINDOW]	  = {    320, UNKNOWN, UNKNOWN, UNKNOWN },
	[STRETCH_ALLOCATION]	  = {    384,     592,     976,    2704 },
	[STRETCH_ENTRY]		  = {   1104,    1168, UNKNOWN, UNKNOWN },
	[STRETCH_PAIR]		  = { UNKNOWN, UNKNOWN,   3360,    6672 },
	[STRETCH_ALLOCATION_PAIR] = {   2464, UNKNOWN, UNKNOWN, UNKNOWN },
};

/* The options that were measured together; OPTIONS: others. */
static enum option option_of(const struct source_want *want)
{
	bool stream = want->ring, filtered = want->events || want->lost_only || want->dev;

	if (want->stacks)
		return want->tasks && !stream ? STACKS : OPTIONS;
	if (stream)
		return want->tasks || filtered ? OPTIONS : STREAM;
	return want->tasks ? TASKS : PLAIN;
}

int64_t stretch_of(enum stretch_way way, const struct source_want *want,
		   enum machine machine)
{
	enum option option = option_of(want);

	if (machine != MACHINE_ARM64 || option == OPTIONS)
		return UNKNOWN;
	return figures[way][option];
}

enum stretch_way stretch_fentry(const struct kprobe_sites *p)
{
	if (!p->install[V7S_SHORT] && !p->install[V7S_LONG])
		return STRETCH_ALLOCATION;
	return p->visible.hist[V7S_WINDOW] ? STRETCH_WINDOW : STRETCH_INSTALL;
}

enum stretch_way stretch_kprobe(const struct kprobe_sites *p)
{
	if (p->cheap)
		return STRETCH_ENTRY;
	return p->install[V7S_SHORT] || p->install[V7S_LONG] ?
	       STRETCH_PAIR : STRETCH_ALLOCATION_PAIR;
}
