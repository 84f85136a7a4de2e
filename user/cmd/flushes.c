// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "flushes.h"

#include "check/flush_facts.h"
#include "lib/clock.h"
#include "lib/util.h"
#include "model/faults.h"

void flushes_open(struct flushes_source *f, const struct source_want *want)
{
	beside_open(&f->b, source_flush.name, want,
		    "continuing without TLB flushes; --no-flushes omits this attempt", false);
}

void flushes_between(const struct flush_report *first, struct flush_report *end,
		     struct flush_facts *facts)
{
	struct v7s_flush_counts *c = &end->total;
	const struct flush_visibility *s = end->visible;

	flush_counts_subtract(c, &first->total);
	*facts = (struct flush_facts){
		.driver = end->driver, .lock = end->lock,
		.flushes = flush_counts_begun(c),
		.timeouts = s->timeouts ? (int64_t)c->timeouts : UNKNOWN,
		.waits = s->waits ? (int64_t)c->waits : UNKNOWN,
		.flush = &c->flush, .wait = &c->wait,
		.requests = UNKNOWN, .unmaps = UNKNOWN,
	};
}

static bool works(const struct source_ops *ops)
{
	struct source_answer a;

	source_ask(ops, &a);
	return a.state == SOURCE_WORKS;
}

void requests_open(struct beside *b, const struct source_want *want)
{
	const struct source_want mine = {
		.btf = want->btf, .verbose = want->verbose,
	};

	b->ops = source_find(source_fault.name);
	if (works(source_find(source_flush.name)) && works(b->ops))
		b->source = b->ops->open(&mine);
}

static void ignore(void *arg, const struct fault_judged *j)
{
	(void)arg;
	(void)j;
}

void requests_read(struct beside *b, int64_t *requests,
		   int64_t *unmaps)
{
	struct fault_sums sums;

	*requests = *unmaps = UNKNOWN;
	if (!b->source)
		return;
	b->ops->faults(b->source, ignore, NULL, &sums);
	*requests = sums.touches;
	*unmaps = sums.unmaps;
}

const struct flush_report *flushes_read(struct flushes_source *f, uint64_t age,
					struct flush_report *r)
{
	const uint64_t now = clock_now();

	if (!f->b.source)
		return NULL;
	if (!f->read || now - f->read >= age) {
		f->read = 0;
		if (f->b.ops->read(f->b.source, NULL, now))
			return NULL;
		f->read = now;
	}
	f->b.ops->flushes(f->b.source, true, r);
	return r;
}
