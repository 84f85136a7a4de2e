// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdarg.h>
#include <stdio.h>

#include "lib/err.h"
#include "answer.h"

static void add(struct source_answer *a, const char *advice, const char *cause,
		va_list ap)
{
	struct obstacle *o;

	if (a->obstacles == OBSTACLES_MAX)
		return;
	o = &a->obstacle[a->obstacles++];
	vsnprintf(o->cause, sizeof(o->cause), cause, ap);
	snprintf(o->advice, sizeof(o->advice), "%s", advice);
}

void answer_absent(struct source_answer *a, const char *advice,
		   const char *cause, ...)
{
	va_list ap;

	if (a->state == SOURCE_ABSENT)
		return;
	a->state = SOURCE_ABSENT;
	a->obstacles = 0;
	va_start(ap, cause);
	add(a, advice, cause, ap);
	va_end(ap);
}

void answer_bar(struct source_answer *a, const char *advice, const char *cause,
		...)
{
	va_list ap;

	if (a->state == SOURCE_ABSENT)
		return;
	a->state = SOURCE_BARRED;
	va_start(ap, cause);
	add(a, advice, cause, ap);
	va_end(ap);
}

void answer_explain(const struct source_answer *a, const char *source)
{
	int i;

	for (i = 0; i < a->obstacles; i++)
		err_print("cannot use source %s: %s; %s", source,
			  a->obstacle[i].cause, a->obstacle[i].advice);
}
