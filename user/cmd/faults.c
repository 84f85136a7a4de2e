// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include "lib/err.h"
#include "lib/util.h"
#include "faults.h"

static bool are_named(const struct source_want *want)
{
	return want->events >> V7S_EVENT_FAULT & 1;
}

static bool are_left_out(const struct source_want *want)
{
	return want->lost_only || (want->events && !are_named(want));
}

int faults_open(struct faults_source *f, const struct source_want *want,
		enum faults_use use)
{
	const bool needed = use == FAULTS_SHOWN && are_named(want);

	if (needed && want->lost_only) {
		err_print("--lost-only leaves faults out: remove it, or fault from --event");
		return -1;
	}
	if (use == FAULTS_NONE || are_left_out(want))
		return 0;
	f->dev = want->dev;
	f->queued = want->ring;
	beside_open(&f->b, source_fault.name, want, use == FAULTS_SHOWN ? NULL :
		    "continuing without faults of devices", needed);
	return needed && !f->b.source ? -1 : 0;
}

const struct fault_counts *faults_read(struct faults_source *f,
				       struct fault_counts *c)
{
	if (!f->b.source)
		return NULL;
	f->b.ops->fault_counts(f->b.source, c);
	return c;
}

static void keep(void *arg, const struct fault_judged *j)
{
	struct faults_source *f = arg;
	const struct v7s_fault *fault = &j->fault;

	if (f->dev && strcmp(f->dev, fault->dev)) {
		f->tally.filtered++;
		return;
	}
	f->tally.emitted++;
	f->tally.last = *fault;
	if (f->queued)
		f->wait[(f->first + f->n++) % ARRAY_SIZE(f->wait)] = *fault;
}

void faults_gather(struct faults_source *f)
{
	struct fault_sums sums;

	if (!f->b.source)
		return;
	f->due = f->before;
	f->before = f->n;
	f->b.ops->faults(f->b.source, keep, f, &sums);
	f->tally.dropped = sums.dropped;
	f->tally.counted = f->tally.emitted + f->tally.filtered + sums.dropped;
}

const struct fault_tally *faults_tally(const struct faults_source *f)
{
	return f->b.source ? &f->tally : NULL;
}

static void hand_on(struct faults_source *f, take_record *take, void *arg)
{
	const struct v7s_fault *fault = &f->wait[f->first];
	struct v7s_record r = {
		.event = V7S_EVENT_FAULT, .time = fault->time,
		.iova = fault->iova, .why = fault->access,
		.fmt = (__u8)V7S_NO_FMT, .level = UINT8_MAX,
		.holder = -1, .stack = -1,
	};

	memcpy(r.dev, fault->dev, sizeof(r.dev));
	f->first = (f->first + 1) % ARRAY_SIZE(f->wait);
	f->n--;
	f->before -= f->before > 0;
	f->due -= f->due > 0;
	take(arg, fault->cpu, &r);
}

void faults_before(struct faults_source *f, uint64_t time, take_record *take,
		   void *arg)
{
	while (f->n && f->wait[f->first].time < time)
		hand_on(f, take, arg);
}

void faults_due(struct faults_source *f, uint64_t until, take_record *take, void *arg)
{
	const unsigned int room = ARRAY_SIZE(f->wait) - V7S_FAULTS;

	while (f->due && (f->wait[f->first].time < until || f->n > room))
		hand_on(f, take, arg);
}
