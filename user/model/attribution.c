// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "attribution.h"
#include "counts.h"

/* The difference of the counters since the last report, or since the start. */
static void happened(const struct entry *e, bool final, __u64 d[ENTRY_COUNTERS])
{
	size_t i;

	for (i = 0; i < ENTRY_COUNTERS; i++)
		d[i] = e->now[i] - (final ? 0 : e->then[i]);
}

static void to_events(struct v7s_events *e, const __u64 *counters)
{
	memcpy(e, counters, sizeof(*e));
}

static void other_events(struct v7s_events *e, const struct entries *l,
			 bool final)
{
	__u64 *to = (__u64 *)e;
	size_t i;

	for (i = 0; i < V7S_EVENTS_U64; i++)
		to[i] = l->other[i] - (final ? 0 : l->other_then[i]);
}

static const char *dev_of(const struct entry *e)
{
	return e->pgtable && e->dev[0] ? e->dev : NULL;
}

static int compare_tasks(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return events_compare(&x->e, &y->e);
}

static int compare_stacks(const void *a, const void *b)
{
	const struct stack *x = a, *y = b;

	return events_compare(&x->e, &y->e);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->waits < y->waits ? 1 : x->waits > y->waits ? -1 : 0;
}

/*
 * Allocate a list for all entries; at least one byte, so that NULL is an error.
 */
static void *make_room(void *old, const struct entries *l, size_t size)
{
	return realloc(old, l->n * size + 1);
}

static int report_tasks(struct attribution *s, const struct entries *l,
			bool final, struct report *r)
{
	struct task *tasks = make_room(s->tasks, l, sizeof(*tasks)), *t;
	__u64 d[ENTRY_COUNTERS];
	const struct entry *e;
	size_t i;

	if (!tasks)
		return -1;
	s->tasks = r->tasks = tasks;
	for (i = 0; (e = entries_at(l, i)); i++) {
		t = &tasks[r->ntasks];
		happened(e, final, d);
		*t = (struct task){
			.pgtable	= e->pgtable,
			.tasks		= e->n,
			.dev		= dev_of(e),
			.exited		= e->ended,
			.window_ns	= d[ENTRY_WINDOW],
			.wait_ns	= d[ENTRY_WAIT],
			.hold_ns	= d[ENTRY_HOLD],
		};
		if (e->id != V7S_NOBODY) {
			t->tgid = e->who >> 32;
			t->pid = e->who;
			t->comm = e->name;
		}
		to_events(&t->e, d);
		if (events_count(&t->e))
			r->ntasks++;
	}
	qsort(tasks, r->ntasks, sizeof(*tasks), compare_tasks);
	other_events(&r->other_tasks, l, final);
	return 0;
}

static int report_pairs(struct attribution *s, const struct entries *l,
			bool final, struct report *r)
{
	struct pair *pairs = make_room(s->pairs, l, sizeof(*pairs)), *p;
	__u64 d[ENTRY_COUNTERS];
	const struct entry *e;
	size_t i;

	if (!pairs)
		return -1;
	s->pairs = r->pairs = pairs;
	for (i = 0; (e = entries_at(l, i)); i++) {
		p = &pairs[r->npairs];
		happened(e, final, d);
		*p = (struct pair){
			.pgtable	= e->pgtable,
			.pairs		= e->n,
			.dev		= dev_of(e),
			.waits		= d[PAIR_WAITS],
			.wait_ns	= d[PAIR_WAIT_NS],
			.untimed	= d[PAIR_UNTIMED],
		};
		if (e->id != V7S_NOBODY) {
			p->waiter = e->who;
			p->holder = e->who >> 32;
			p->waiter_comm = e->name[0] ? e->name : NULL;
			p->holder_comm = e->name2[0] ? e->name2 : NULL;
		}
		if (p->waits)
			r->npairs++;
	}
	qsort(pairs, r->npairs, sizeof(*pairs), compare_pairs);
	r->other_pairs = l->other[PAIR_WAITS] -
			 (final ? 0 : l->other_then[PAIR_WAITS]);
	return 0;
}

static int report_stacks(struct attribution *s, const struct entries *l,
			 bool final, struct report *r)
{
	struct stack *stacks = make_room(s->stacks, l, sizeof(*stacks)), *k;
	const struct trace *trace;
	__u64 d[ENTRY_COUNTERS];
	const struct entry *e;
	size_t i;

	if (!stacks)
		return -1;
	s->stacks = r->stacks = stacks;
	for (i = 0; (e = entries_at(l, i)); i++) {
		k = &stacks[r->nstacks];
		happened(e, final, d);
		*k = (struct stack){ .pgtable = e->pgtable, .dev = dev_of(e) };
		trace = (const void *)(uintptr_t)e->id;
		if (trace) {
			k->frames = trace->frames;
			memcpy(k->frame, trace->frame, sizeof(k->frame));
		}
		to_events(&k->e, d);
		if (events_count(&k->e))
			r->nstacks++;
	}
	qsort(stacks, r->nstacks, sizeof(*stacks), compare_stacks);
	other_events(&r->other_stacks, l, final);
	return 0;
}

static int report_cpus(struct attribution *s, const struct entries *l,
		       bool final, struct report *r)
{
	struct cpu *cpus = make_room(s->cpus, l, sizeof(*cpus)), *c;
	__u64 d[ENTRY_COUNTERS];
	const struct entry *e;
	size_t i;

	if (!cpus)
		return -1;
	s->cpus = r->cpus = cpus;
	for (i = 0; (e = entries_at(l, i)); i++) {
		c = &cpus[r->ncpus];
		happened(e, final, d);
		c->cpu = e->id;
		to_events(&c->e, d);
		if (events_count(&c->e))
			r->ncpus++;
	}
	return 0;
}

static int (*const reporters[ATTRIBUTIONS])(struct attribution *s,
					const struct entries *l, bool final,
					struct report *r) = {
	[BY_TASKS]		= report_tasks,
	[BY_PAIRS]		= report_pairs,
	[BY_STACKS]	= report_stacks,
	[BY_CPUS]		= report_cpus,
};

int attribution_report(struct attribution *s, bool final, struct report *r)
{
	int i;

	for (i = 0; i < ATTRIBUTIONS; i++)
		if (reporters[i](s, &s->of[i], final, r))
			return -1;
	return 0;
}

/* An ended task's pid may belong to another task. */
static bool is_past(const struct entry *e)
{
	return e->ended && !e->present;
}

/* Copy the name of a pid if the task is still the same. */
static void join(const struct entries *tasks, uint32_t pid, char *name)
{
	const struct entry *e, *found = NULL;
	size_t i;

	for (i = 0; (e = entries_at(tasks, i)); i++)
		if ((uint32_t)e->who == pid && !is_past(e) && (!found || !e->ended))
			found = e;
	if (found)
		memcpy(name, found->name, V7S_COMM);
}

void attribution_end(struct attribution *s)
{
	const struct entries *tasks = &s->of[BY_TASKS];
	struct entries *pairs = &s->of[BY_PAIRS];
	struct entry *e;
	size_t n;
	int i;

	for (n = 0; (e = entries_at(pairs, n)); n++) {
		if (is_past(e))
			continue;
		if (!e->name[0])
			join(tasks, e->who, e->name);
		if (!e->name2[0] && e->who >> 32)
			join(tasks, e->who >> 32, e->name2);
	}
	for (i = 0; i < ATTRIBUTIONS; i++) {
		entries_retire(&s->of[i]);
		entries_fold(&s->of[i], MODEL_ENTRIES);
	}
}

void attribution_free(struct attribution *s)
{
	int i;

	for (i = 0; i < ATTRIBUTIONS; i++)
		entries_free(&s->of[i]);
	free(s->tasks);
	free(s->pairs);
	free(s->stacks);
	free(s->cpus);
}
