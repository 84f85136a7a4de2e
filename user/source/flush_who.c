// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ksyms.h"
#include "lib/read64.h"
#include "flush_who.h"
#include "quiesce.h"
#include "stacks.h"

/* No places: a slot that the programs have just taken, and one that has no memory. */
#define NEW	(UINT_MAX - 1)
#define OTHER	UINT_MAX

struct flush_who {
	const char *rows;		/* of all CPUs */
	size_t row_size, slot_size;
	unsigned int cpus, slots;	/* without other */
	bool stacks;
	/*
	 * By CPU and slot: place in @all plus one; 0: not read yet. Programs never
	 * free a slot.
	 */
	unsigned int *place;
	struct flusher *all, *report;
	struct flush_sums *shown;	/* by place: at the last report */
	size_t n, room;
	struct flush_sums other, other_shown;
	struct ksyms *ksyms;
};

struct flush_who *flush_who_new(const struct v7s_cpu_flush_tasks *tasks,
				const struct v7s_cpu_flush_stacks *stacks,
				unsigned int cpus)
{
	struct flush_who *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->stacks = stacks;
	w->rows = stacks ? (const char *)stacks : (const char *)tasks;
	w->row_size = stacks ? sizeof(*stacks) : sizeof(*tasks);
	w->slot_size = stacks ? sizeof(*stacks->slot) : sizeof(*tasks->slot);
	w->slots = stacks ? V7S_STACKS : V7S_TASKS;
	w->cpus = cpus;
	w->place = calloc((size_t)cpus * w->slots, sizeof(*w->place));
	if (!w->place) {
		flush_who_free(w);
		return NULL;
	}
	w->ksyms = stacks ? ksyms_open() : NULL;
	return w;
}

void flush_who_free(struct flush_who *w)
{
	size_t i;

	if (!w)
		return;
	for (i = 0; i < w->n; i++)
		trace_forget(&w->all[i].stack);
	if (w->ksyms)
		ksyms_close(w->ksyms);
	free(w->place);
	free(w->all);
	free(w->shown);
	free(w->report);
	free(w);
}

static const struct v7s_flusher *slot_at(const struct flush_who *w,
					 unsigned int cpu, unsigned int i)
{
	return (const void *)(w->rows + cpu * w->row_size + i * w->slot_size);
}

/* Three lists of one length: a report must not fail later. */
static bool make_room(struct flush_who *w)
{
	size_t room = w->room ? 2 * w->room : 64;
	struct flusher *all = reallocarray(w->all, room, sizeof(*all));
	struct flush_sums *shown;
	struct flusher *report;

	if (!all)
		return false;
	w->all = all;
	shown = reallocarray(w->shown, room, sizeof(*shown));
	if (!shown)
		return false;
	w->shown = shown;
	report = reallocarray(w->report, room, sizeof(*report));
	if (!report)
		return false;
	w->report = report;
	w->room = room;
	return true;
}

static void take_stack(struct flusher *f, const struct v7s_flusher *slot)
{
	const struct v7s_flush_stack *from = (const void *)slot;
	unsigned int i;

	if (f->stack.frames)
		return;
	f->stack.frames = from->frames < V7S_STACK_DEPTH ? from->frames :
							   V7S_STACK_DEPTH;
	for (i = 0; i < f->stack.frames; i++)
		f->stack.frame[i].address = from->stack[i];
}

static unsigned int find_place(struct flush_who *w,
			       const struct v7s_flusher *slot)
{
	struct flusher *f;
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->all[i].task == slot->id &&
		    !memcmp(w->all[i].comm, slot->comm, sizeof(slot->comm)))
			break;
	if (i == w->room && !make_room(w))
		return OTHER;
	f = &w->all[i];
	if (i == w->n) {
		memset(f, 0, sizeof(*f));
		f->task = slot->id;
		memcpy(f->comm, slot->comm, sizeof(f->comm) - 1);
		memset(&w->shown[i], 0, sizeof(w->shown[i]));
		w->n++;
	}
	if (w->stacks)
		take_stack(f, slot);
	return i + 1;
}

/*
 * The programs on all CPUs complete a slot that is in use before quiesce(). A slot
 * that is taken later waits for the next reading.
 */
static void find_places(struct flush_who *w)
{
	const unsigned int slots = w->cpus * w->slots;
	bool found = false;
	unsigned int i;

	for (i = 0; i < slots; i++) {
		if (w->place[i] ||
		    !read64(&slot_at(w, i / w->slots, i % w->slots)->used, 0))
			continue;
		w->place[i] = NEW;
		found = true;
	}
	if (!found)
		return;
	quiesce();
	for (i = 0; i < slots; i++)
		if (w->place[i] == NEW)
			w->place[i] = find_place(w, slot_at(w, i / w->slots,
							    i % w->slots));
}

static void add(struct flush_sums *to, const struct v7s_flusher *slot)
{
	to->flushes += read64(&slot->flushes, 0);
	to->ns += read64(&slot->ns, 0);
}

void flush_who_read(struct flush_who *w)
{
	unsigned int cpu, i, place;

	find_places(w);
	for (i = 0; i < w->n; i++)
		memset(&w->all[i].c, 0, sizeof(w->all[i].c));
	memset(&w->other, 0, sizeof(w->other));
	for (cpu = 0; cpu < w->cpus; cpu++) {
		for (i = 0; i < w->slots; i++) {
			place = w->place[cpu * w->slots + i];
			if (place)
				add(place == OTHER ? &w->other :
						     &w->all[place - 1].c,
				    slot_at(w, cpu, i));
		}
		add(&w->other, slot_at(w, cpu, w->slots));
	}
}

static int compare(const void *a, const void *b)
{
	const struct flusher *x = a, *y = b;

	if (x->c.flushes != y->c.flushes)
		return x->c.flushes < y->c.flushes ? 1 : -1;
	return x->c.ns < y->c.ns ? 1 : x->c.ns > y->c.ns ? -1 : 0;
}

static void subtract(struct flush_sums *c, const struct flush_sums *before)
{
	c->flushes -= before->flushes;
	c->ns -= before->ns;
}

/* Reading the kernel's symbols takes long: once for all new stacks. */
static void name_stacks(struct flush_who *w)
{
	struct trace **trace = calloc(w->n + 1, sizeof(*trace));
	size_t i, n = 0;

	for (i = 0; trace && i < w->n; i++) {
		if (w->all[i].named || !w->all[i].stack.frames)
			continue;
		w->all[i].named = true;
		trace[n++] = &w->all[i].stack;
	}
	if (n)
		traces_name(w->ksyms, trace, n);
	free(trace);
}

void flush_who_report(struct flush_who *w, bool all, struct flushers *to)
{
	struct flusher *f;
	size_t i;

	memset(to, 0, sizeof(*to));
	to->counted = true;
	if (w->stacks)
		name_stacks(w);
	for (i = 0; i < w->n; i++) {
		f = &w->report[to->n];
		*f = w->all[i];
		if (!all)
			subtract(&f->c, &w->shown[i]);
		if (f->c.flushes || f->c.ns)
			to->n++;
	}
	to->other = w->other;
	if (!all) {
		subtract(&to->other, &w->other_shown);
		w->other_shown = w->other;
		for (i = 0; i < w->n; i++)
			w->shown[i] = w->all[i].c;
	}
	if (to->n)
		qsort(w->report, to->n, sizeof(*w->report), compare);
	to->row = w->report;
}
