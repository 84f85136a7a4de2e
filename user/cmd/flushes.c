// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "flushes.h"

#include "lib/clock.h"
#include "lib/err.h"

void flushes_open(struct flushes_source *f, const struct source_want *want)
{
	const struct source_ops *ops = source_find(source_flush.name);
	const struct source_want beside = {
		.btf = want->btf, .verbose = want->verbose, .beside = true,
	};
	struct source_answer a;

	source_ask(ops, &a);
	if (a.state == SOURCE_ABSENT)
		return;
	f->ops = ops;
	if (a.state == SOURCE_WORKS)
		f->source = ops->open(&beside);
	else
		answer_explain(&a, source_flush.name);
	if (!f->source)
		err_warn("continuing without TLB flushes; --no-flushes omits this attempt");
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
