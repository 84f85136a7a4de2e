// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "lib/ksyms.h"
#include "lib/read64.h"
#include "lib/util.h"
#include "flush_timeouts.h"
#include "quiesce.h"
#include "stacks.h"

const char *const flush_pm_names[V7S_PM_UNKNOWN + 1] = {
	[V7S_PM_ACTIVE]		= "active",
	[V7S_PM_RESUMING]	= "resuming",
	[V7S_PM_SUSPENDED]	= "suspended",
	[V7S_PM_SUSPENDING]	= "suspending",
	[V7S_PM_UNSUPPORTED]	= "unsupported",
	[V7S_PM_ERROR]		= "error",
};

struct flush_timeouts {
	struct ksyms *ksyms;
	unsigned int cpus;
	uint64_t *head;			/* by CPU: at the last reading */
	struct v7s_timeout *copy;	/* of all CPUs, new ones only */
	struct flush_timeout last[V7S_TIMEOUTS];	/* oldest first */
	size_t n;
	uint64_t all, shown;		/* number appended, and returned */
};

struct flush_timeouts *flush_timeouts_new(unsigned int cpus)
{
	struct flush_timeouts *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->cpus = cpus;
	t->ksyms = ksyms_open();
	t->head = calloc(cpus, sizeof(*t->head));
	t->copy = calloc((size_t)cpus * V7S_TIMEOUTS, sizeof(*t->copy));
	if (t->head && t->copy)
		return t;
	flush_timeouts_free(t);
	return NULL;
}

void flush_timeouts_free(struct flush_timeouts *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->n; i++)
		trace_forget(&t->last[i].stack);
	ksyms_close(t->ksyms);
	free(t->head);
	free(t->copy);
	free(t);
}

static bool has_new(const struct flush_timeouts *t,
		    const struct v7s_cpu_flushes *rows)
{
	unsigned int cpu;

	for (cpu = 0; cpu < t->cpus; cpu++)
		if (read64(&rows[cpu].timeouts, t->head[cpu]) != t->head[cpu])
			return true;
	return false;
}

/*
 * Timeouts that have been complete before the copying, and of which no part was
 * overwritten before its end. A later program may write to the place of one that
 * is V7S_TIMEOUTS older than its own.
 */
static size_t copy_new(struct flush_timeouts *t,
		       const struct v7s_cpu_flushes *rows)
{
	uint64_t head, first;
	size_t n = 0, kept = 0, i;
	unsigned int cpu;
	struct { uint64_t nr; unsigned int cpu; } *from;

	from = calloc((size_t)t->cpus * V7S_TIMEOUTS, sizeof(*from));
	if (!from)
		return 0;
	quiesce();
	for (cpu = 0; cpu < t->cpus; cpu++) {
		head = read64(&rows[cpu].timeouts, t->head[cpu]);
		first = head > V7S_TIMEOUTS ? head - V7S_TIMEOUTS : 0;
		for (i = first > t->head[cpu] ? first : t->head[cpu]; i < head; i++) {
			from[n].nr = i;
			from[n].cpu = cpu;
			t->copy[n++] = rows[cpu].timeout[i % V7S_TIMEOUTS];
		}
		t->head[cpu] = head;
	}
	quiesce();
	for (i = 0; i < n; i++)
		if (read64(&rows[from[i].cpu].timeouts, 0) <=
		    from[i].nr + V7S_TIMEOUTS)
			t->copy[kept++] = t->copy[i];
	free(from);
	return kept;
}

static int by_time(const void *a, const void *b)
{
	const struct v7s_timeout *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

static unsigned int frames_of(const struct v7s_timeout *from)
{
	return from->frames < 0 ? 0 :
	       from->frames > V7S_STACK_DEPTH ? V7S_STACK_DEPTH :
	       (unsigned int)from->frames;
}

/* Reading the kernel's symbols takes long: once for all stacks. */
static void name_frames(struct flush_timeouts *t, size_t first)
{
	struct trace *trace[V7S_TIMEOUTS];
	size_t i;

	for (i = first; i < t->n; i++)
		trace[i - first] = &t->last[i].stack;
	if (first < t->n)
		traces_name(t->ksyms, trace, t->n - first);
}

static void append(struct flush_timeouts *t, const struct v7s_timeout *from)
{
	struct flush_timeout *to = &t->last[t->n++];
	unsigned int k;

	t->all++;
	memset(to, 0, sizeof(*to));
	to->time = from->time;
	to->task = from->task;
	to->pm = from->pm < V7S_PM_UNKNOWN ? from->pm : V7S_PM_UNKNOWN;
	memcpy(to->dev, from->dev, sizeof(to->dev) - 1);
	memcpy(to->comm, from->comm, sizeof(to->comm) - 1);
	to->stack.frames = frames_of(from);
	for (k = 0; k < to->stack.frames; k++)
		to->stack.frame[k].address = from->stack[k];
}

void flush_timeouts_read(struct flush_timeouts *t,
			 const struct v7s_cpu_flushes *rows)
{
	size_t n, i, out, first;

	if (!has_new(t, rows))
		return;
	n = copy_new(t, rows);
	qsort(t->copy, n, sizeof(*t->copy), by_time);
	first = n > V7S_TIMEOUTS ? n - V7S_TIMEOUTS : 0;
	n -= first;
	out = t->n + n > V7S_TIMEOUTS ? t->n + n - V7S_TIMEOUTS : 0;
	for (i = 0; i < out; i++)
		trace_forget(&t->last[i].stack);
	t->n -= out;
	memmove(t->last, t->last + out, t->n * sizeof(*t->last));
	for (i = 0; i < n; i++)
		append(t, &t->copy[first + i]);
	name_frames(t, t->n - n);
}

size_t flush_timeouts_last(struct flush_timeouts *t, bool all,
			   const struct flush_timeout **last)
{
	size_t n = t->n;

	if (!all) {
		if (t->all - t->shown < n)
			n = t->all - t->shown;
		t->shown = t->all;
	}
	*last = &t->last[t->n - n];
	return n;
}
