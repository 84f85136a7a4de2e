// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>

#include "check/explain.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "model/report_filter.h"
#include "watch.h"

/* Default duration without a command: enough to see growth. */
#define LASTS (60 * SECOND)

/* State of the run: a process runs one verb once. */
static struct history *history;
static struct beside requests;

/* Counts at one moment, so that flushes and requests are of the same time. */
struct moment {
	bool flushes;			/* they are counted */
	struct flush_report report;
	int64_t requests;
	uint64_t time;
};
static struct moment first, end;

static void take_moment(struct watch *w, struct moment *m)
{
	int64_t unmaps;

	m->flushes = flushes_read(&w->flushes, 0, &m->report);
	requests_read(&requests, &m->requests, &unmaps);
	m->time = clock_now();
}

static void attached(struct watch *w)
{
	take_moment(w, &first);
}

static void ending(struct watch *w)
{
	take_moment(w, &end);
}

/* Unmaps among @requested maps and unmaps, by the share of unmaps since the start */
static int64_t estimate_unmaps(int64_t requested)
{
	int64_t all, unmaps;

	requests_read(&requests, &all, &unmaps);
	return all > 0 ? (double)requested * unmaps / all + 0.5 : unmaps;
}

/* All flushes since the start of a recording. It has no maps and unmaps. */
static void recorded_moment(struct watch *w, const struct report *r)
{
	w->ops->flushes(w->source, true, &end.report);
	first.flushes = end.flushes = end.report.driver;
	end.requests = UNKNOWN;
	end.time = r->start + r->elapsed_ns;
	first.time = r->start;
}

static const struct flush_facts *flushes_of(struct flush_facts *facts)
{
	if (!first.flushes || !end.flushes)
		return NULL;
	flushes_between(&first.report, &end.report, facts);
	facts->ns = end.time - first.time;
	if (end.requests != UNKNOWN) {
		facts->requests = end.requests - first.requests;
		facts->unmaps = estimate_unmaps(facts->requests);
	}
	return facts;
}

static void explain(struct watch *w, const struct report *r)
{
	struct flush_facts facts;
	struct explanation e;
	struct observed o = {
		.r = r, .h = history, .limits = &w->o->limits,
		.ns = w->o->want.file ? r->elapsed_ns : end.time - w->start,
		.version = w->o->want.file ? 0 : kernel_version(),
	};

	beside_stop(&requests);
	if (w->o->want.file)
		recorded_moment(w, r);
	o.flushes = flushes_of(&facts);
	explanation_make(&o, &e);
	w->out->explain(stdout, &o, &e);
}

/* Each reading is kept, because the last one alone cannot show growth. */
static void keep(struct watch *w)
{
	struct report all;

	if (w->stopped)
		return;
	if (watch_report(w, true, &all)) {
		w->over = true;
		return;
	}
	report_filter(&all, w->o->pgtable, w->o->want.dev);
	if (history_add(history, &all)) {
		err_print("out of memory");
		w->over = true;
	}
}

static int begin(struct watch *w, const struct report *r)
{
	(void)w;
	(void)r;
	history = history_new();
	if (!history)
		err_print("out of memory");
	return history ? 0 : -1;
}

static void report(struct watch *w, const struct report *r)
{
	struct report mine = *r;

	if (!r->final) {
		keep(w);
		return;
	}
	report_filter(&mine, w->o->pgtable, w->o->want.dev);
	explain(w, &mine);
	history_free(history);
}

const struct watcher explain_watcher = {
	.attached = attached, .begin = begin, .ending = ending, .report = report,
	.silent = true, .timed = true, .flushes = true,
};

static int explain_run(int argc, char **argv)
{
	struct opts o = {
		.want.tasks = true, .want.window = true, .want.refusals = true,
	};
	int status = opts_parse(&cmd_explain, argc, argv, &o);

	if (status >= 0)
		return status;
	if (!o.lasts && !o.command)
		o.lasts = LASTS;
	o.interval = history_interval(o.lasts);
	if (!o.no_flushes)
		requests_open(&requests, &o.want);
	status = watch(&cmd_explain, &o, &explain_watcher);
	beside_close(&requests);
	return status;
}

const struct cmd cmd_explain = {
	.name	= "explain",
	.what	= "explain in words what the counts mean, and what helps",
	.help	=
	"Counts for some time, then applies rules to the counts: lost races, long race\n"
	"windows, waits for split_lock, splits, refusals, tables that come and go, TLB\n"
	"flushes. Each finding has a sentence, the figures, the tasks, what helps, and\n"
	"the kernel function or commit behind the rule.",
	.notes	=
	"explain stops after TIME, when CMD ends, or on SIGINT, SIGTERM or SIGHUP.\n"
	"Without --for and CMD, explain stops after 1 minute. explain lists the rules\n"
	"that cannot be judged on this kernel. v7scope-explain(1) describes each rule\n"
	"and the limits that --limit changes.\n"
	"A finding does not change the exit status, which is as for stat.\n",
	.opts	= OPT_SHARED | OPT(FOR) | OPT(LIMIT) | OPT(DEV) |
		  OPT(PGTABLE) | OPT(NO_FLUSHES) | OPT(COMMAND),
	.run	= explain_run,
};
