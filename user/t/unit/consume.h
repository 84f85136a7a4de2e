/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* All that is ever done with a recording, for tests that give it bad ones. */
#ifndef V7S_CONSUME_H
#define V7S_CONSUME_H

#include <stdio.h>
#include <stdlib.h>

#include "check/explain.h"
#include "lib/util.h"
#include "output/chrome_json.h"
#include "output/out.h"
#include "output/perfetto.h"
#include "output/tracedat.h"
#include "source/flush_counts.h"
#include "source/source.h"

struct consumer {
	struct printer p;	/* output that nobody looks at */
	struct source *s;
	const struct out *out;
	uint64_t events, limit;
	bool overruns;
};

static int consume_record(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	struct consumer *c = arg;
	struct frame frame[V7S_STACK_DEPTH];
	struct traced t = { .r = r, .cpu = cpu, .frame = frame,
		.frames = source_file.stack(c->s, r->stack, frame) };

	if (r->dropped && c->out->dropped)
		c->out->dropped(&c->p, cpu, r->dropped, c->overruns);
	c->out->record(&c->p, &t);
	return ++c->events == c->limit ? -1 : 0;
}

static void consume_explain(struct consumer *c, const struct report *r)
{
	struct history *h = history_new();
	struct thresholds limits;
	const struct observed o = { .r = r, .h = h, .limits = &limits };
	struct explanation e;

	thresholds_set(&limits);
	if (!h || history_add(h, r))
		abort();
	explanation_make(&o, &e);
	c->out->explain(c->p.f, &o, &e);
	history_free(h);
}

static void consume_report(struct consumer *c, struct model *m, bool final)
{
	struct flush_report flushes;
	struct report r;

	if (model_report(m, final, &r))
		abort();
	source_file.complete(c->s, &r);
	source_file.flushes(c->s, final, &flushes);
	if (flushes.driver && c->out->flush)
		c->out->flush(&c->p, &r, &flushes);
	c->overruns = r.overruns;
	if (c->out->report && (!final || c->out->hist))
		c->out->report(&c->p, &r);
	if (final && c->out->hist)
		c->out->hist(c->p.f, &r, 80);
	if (final && c->out->explain)
		consume_explain(c, &r);
}

/*
 * Reported or converted, in one of the ways: which is told by @which. To trace.dat, which
 * takes files, only one in 16. Returns false if it was no recording.
 */
static bool consume(const char *path, FILE *f, unsigned int which)
{
	static const struct out *const ways[] = {
		&out_text, &out_json, &out_perfetto, &out_chrome_json
	};
	static struct stream_cpu cpus[4096];
	const struct source_want want = { .file = path };
	struct consumer c = {
		.p = { .f = f }, .s = source_file.open(&want), .limit = 100000,
		.out = which % 16 ? ways[which % ARRAY_SIZE(ways)] : &out_tracedat,
	};
	struct model *m;
	struct report r;
	uint64_t now;
	size_t n;

	if (!c.s)
		return false;
	m = model_new(source_file.start(c.s));
	if (!m)
		abort();
	while (source_file.next(c.s, consume_record, &c, &now) == NEXT_READING) {
		if (source_file.read(c.s, m, 0))
			break;
		consume_report(&c, m, false);
	}
	consume_report(&c, m, true);
	if (model_report(m, true, &r))
		abort();
	source_file.complete(c.s, &r);
	n = source_file.stream_cpus(c.s, cpus, ARRAY_SIZE(cpus));
	rewind(f);
	c.out->accounts(&c.p, &r, cpus, n, 0);
	source_file.close(c.s);
	model_free(m);
	return true;
}

#endif
