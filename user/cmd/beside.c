// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "beside.h"

#include "lib/err.h"

void beside_open(struct beside *b, const char *name,
		 const struct source_want *want, const char *without, bool needed)
{
	const struct source_want mine = {
		.btf = want->btf, .verbose = want->verbose, .beside = true,
		.timeouts = want->timeouts,
	};
	struct source_answer a;

	b->ops = source_find(name);
	source_ask(b->ops, &a);
	if (!needed && (a.state == SOURCE_ABSENT ||
			(a.state == SOURCE_BARRED && !without)))
		return;
	if (a.state == SOURCE_WORKS)
		b->source = b->ops->open(&mine);
	else
		answer_explain(&a, name);
	b->failed = !b->source;
	if (!b->source && without)
		err_warn("%s", without);
}

void beside_stop(struct beside *b)
{
	if (b->source)
		b->ops->stop(b->source);
}

void beside_close(struct beside *b)
{
	if (b->source)
		b->ops->close(b->source);
	b->source = NULL;
}
