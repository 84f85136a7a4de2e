// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "flushes.h"

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/util.h"
#include "model/faults.h"

static void open_beside(struct flushes_source *f, const char *name,
			const struct source_want *want, bool beside)
{
	const struct source_want mine = {
		.btf = want->btf, .verbose = want->verbose, .beside = beside,
	};

	f->ops = source_find(name);
	f->source = f->ops->open(&mine);
}

static enum source_state ask(const char *name, struct source_answer *a)
{
	source_ask(source_find(name), a);
	return a->state;
}

void flushes_open(struct flushes_source *f, const struct source_want *want)
{
	struct source_answer a;

	if (ask(source_flush.name, &a) == SOURCE_ABSENT)
		return;
	if (a.state == SOURCE_WORKS)
		open_beside(f, source_flush.name, want, true);
	else
		answer_explain(&a, source_flush.name);
	if (!f->source)
		err_warn("continuing without TLB flushes; --no-flushes omits this attempt");
}

void requests_open(struct flushes_source *f, const struct source_want *want)
{
	struct source_answer a;

	if (ask(source_flush.name, &a) == SOURCE_WORKS &&
	    ask(source_fault.name, &a) == SOURCE_WORKS)
		open_beside(f, source_fault.name, want, false);
}

static void ignore(void *arg, const struct fault_judged *j)
{
	(void)arg;
	(void)j;
}

void requests_read(struct flushes_source *f, int64_t *requests,
		   int64_t *unmaps)
{
	struct fault_sums sums;

	*requests = *unmaps = UNKNOWN;
	if (!f->source)
		return;
	f->ops->faults(f->source, ignore, NULL, &sums);
	if (sums.twice)
		return;
	*requests = sums.touches;
	*unmaps = sums.unmaps;
}

const struct flush_report *flushes_read(struct flushes_source *f, uint64_t age,
					struct flush_report *r)
{
	const uint64_t now = clock_now();

	if (!f->source)
		return NULL;
	if (!f->read || now - f->read >= age) {
		f->read = 0;
		if (f->ops->read(f->source, NULL, now))
			return NULL;
		f->read = now;
	}
	f->ops->flushes(f->source, true, r);
	return r;
}

void flushes_stop(struct flushes_source *f)
{
	if (f->source)
		f->ops->stop(f->source);
}

void flushes_close(struct flushes_source *f)
{
	if (f->source)
		f->ops->close(f->source);
	f->source = NULL;
}
