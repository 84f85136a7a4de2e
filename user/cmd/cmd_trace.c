// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>
#include <string.h>

#include "drops.h"

/* State of the run: a process runs one verb once. */
static uint64_t shown, unshown;
static struct report last;

/* Sections that lost their address pass every filter. */
static bool wanted(const struct source_want *want, const struct v7s_record *r)
{
	return (!want->events || want->events >> r->event & 1) &&
	       (!want->dev || !strcmp(r->dev, want->dev)) &&
	       (!want->lost_only || r->event != V7S_EVENT_SPLIT);
}

static int record(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	struct watch *w = arg;
	struct frame frame[V7S_STACK_DEPTH];
	struct traced t = { .r = r, .cpu = cpu, .start = w->start,
		.frame = frame };

	if (w->mute || (w->o->count && shown == w->o->count)) {
		unshown++;
		return -1;
	}
	drops_tell(w, w->out, &w->printer, cpu, r->dropped);
	if (!wanted(&w->o->want, r))
		return 0;
	if (w->o->want.stacks && r->stack >= 0)
		t.frames = w->ops->stack(w->source, r->stack, frame);
	w->out->record(&w->printer, &t);
	return ++shown == w->o->count ? -1 : 0;
}

static void report(struct watch *w, const struct report *r)
{
	(void)w;
	last = *r;
}

static void end(struct watch *w, const struct stream_cpu *cpus, size_t n)
{
	if (!unshown)
		drops_tell_rest(w, w->out, &w->printer, cpus, n);
	w->out->accounts(&w->printer, &last, cpus, n, unshown);
}

const struct watcher trace_watcher = {
	.record = record,
	.report = report,
	.end = end,
	.faults = FAULTS_SHOWN,
};

static int trace_run(int argc, char **argv)
{
	struct opts o = { .want.ring = V7S_RING };
	int status = opts_parse(&cmd_trace, argc, argv, &o);

	return status >= 0 ? status : watch(&cmd_trace, &o, &trace_watcher);
}

const struct cmd cmd_trace = {
	.name	= "trace",
	.what	= "print the events as they happen, one line each",
	.help	=
	"Prints the events as they happen, one line each, in order of time, and among\n"
	"them the faults of devices, if the kernel shows them. A drop is reported where\n"
	"it happened. The output ends with a sum for each CPU: emitted + dropped +\n"
	"filtered = counted.",
	.notes	=
	"trace stops after COUNT events, when CMD ends, or on SIGINT, SIGTERM or\n"
	"SIGHUP. Exit status: as for stat.\n",
	.opts	= OPT_SHARED | OPT(EVENTS_COUNT) | OPT(STACKS) | OPT(TABLES) |
		  OPT(DEV) | OPT(EVENT) | OPT(LOST_ONLY) | OPT(RING) | OPT(COMMAND),
	.run	= trace_run,
};
