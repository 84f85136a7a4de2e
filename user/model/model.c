// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/lower_bound.h"
#include "lib/util.h"
#include "counts.h"
#include "model_internal.h"

struct model *model_new(uint64_t now)
{
	struct model *m = calloc(1, sizeof(*m));

	if (m) {
		m->start = m->now = m->then = now;
		m->s.of[BY_STACKS].keep_id = true;
		m->keep = MODEL_TABLES;
		m->keep_idle = MODEL_IDLE;
	}
	return m;
}

void model_keep(struct model *m, size_t destroyed, size_t idle)
{
	m->keep = destroyed;
	m->keep_idle = idle;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	free(m->tables.t);
	free(m->folded.t);
	free(m->others.t);
	free(m->rows);
	attribution_free(&m->s);
	free(m);
}

struct table *tables_insert(struct list *l, size_t i)
{
	struct table *t = l->t;
	size_t room = l->room ? 2 * l->room : 16;

	if (l->n == l->room) {
		t = realloc(t, room * sizeof(*t));
		if (!t)
			return NULL;
		l->t = t;
		l->room = room;
	}
	memmove(&t[i + 1], &t[i], (l->n++ - i) * sizeof(*t));
	memset(&t[i], 0, sizeof(*t));
	return &t[i];
}

size_t tables_position(const struct list *l, uint64_t pgtable)
{
	return lower_bound(l->t, l->n, sizeof(*l->t), pgtable);
}

static struct table *find(const struct list *l, uint64_t pgtable)
{
	size_t i = tables_position(l, pgtable);

	return i < l->n && l->t[i].pgtable == pgtable ? &l->t[i] : NULL;
}

void model_begin(struct model *m)
{
	size_t i;

	for (i = 0; i < m->tables.n; i++) {
		m->tables.t[i].now = m->tables.t[i].base;
		m->tables.t[i].live = false;
		m->tables.t[i].readings += m->tables.t[i].readings < 2;
	}
	for (i = 0; i < ATTRIBUTIONS; i++)
		entries_begin(&m->s.of[i]);
	for (i = 0; i < m->others.n; i++)
		memset(&m->others.t[i].now, 0, sizeof(m->others.t[i].now));
	memset(&m->unnamed, 0, sizeof(m->unnamed));
	m->destroys = 0;
	m->late = false;
}

int model_add(struct model *m, const struct v7s_slot *slot)
{
	struct table *t = find(&m->tables, slot->pgtable);

	if (!t) {
		t = tables_insert(&m->tables, tables_position(&m->tables, slot->pgtable));
		if (!t)
			return -1;
		t->pgtable = slot->pgtable;
		t->tables = 1;
		t->fmt = V7S_NO_FMT;
	}
	/*
	 * The number of the slot becomes visible first, so the name and the
	 * format may be missing, or the name incomplete, until the next
	 * reading. The same is true for the slot of a CPU that comes later.
	 */
	if (slot->dev[0] && (t->readings < 2 ||
			     strnlen(slot->dev, V7S_DEV) > strlen(t->dev))) {
		memcpy(t->dev, slot->dev, sizeof(t->dev));
		t->dev[sizeof(t->dev) - 1] = 0;
		t->fmt = slot->fmt;
	}
	t->live = true;
	counts_add(&t->now, &slot->c);
	t->created = t->now.e.create;
	return 0;
}

void model_other(struct model *m, const struct v7s_counts *c)
{
	counts_add(&m->unnamed, c);
}

struct v7s_counts model_others(const struct model *m)
{
	struct v7s_counts sum = { 0 };
	size_t i;

	for (i = 0; i < m->others.n; i++)
		counts_add(&sum, &m->others.t[i].now);
	return sum;
}

void model_destroys(struct model *m, uint64_t n)
{
	m->destroys += n;
}

void model_unseen(struct model *m, uint64_t n)
{
	size_t i;

	for (i = 0; n > m->unseen && i < m->tables.n; i++)
		m->tables.t[i].doubt |= !m->tables.t[i].destroyed;
	m->unseen = n;
}

struct table *tables_of_dev(struct list *l, const char *dev, uint32_t fmt)
{
	struct table *sum;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (!strcmp(l->t[i].dev, dev) && l->t[i].fmt == fmt)
			return &l->t[i];
	sum = tables_insert(l, l->n);
	if (!sum)
		return NULL;
	strncpy(sum->dev, dev, sizeof(sum->dev) - 1);
	sum->fmt = fmt;
	sum->created = sum->destroyed = true;
	sum->readings = 2;
	return sum;
}

int model_other_of(struct model *m, const struct v7s_slot *slot)
{
	char dev[V7S_DEV];
	struct table *t;

	memcpy(dev, slot->dev, sizeof(dev));
	dev[sizeof(dev) - 1] = 0;
	t = tables_of_dev(&m->others, dev, slot->fmt);
	if (!t)
		return -1;
	t->created = t->destroyed = false;
	counts_add(&t->now, &slot->c);
	return 0;
}

static void late_table(const struct model *m, struct table *t, bool settled)
{
	t->attempts = t->now.e.split[V7S_BLOCK][V7S_DONE];
	late_events(&t->late, m->now, &t->now.e, settled);
}

/*
 * A sum keeps its counts, so nothing that still counts in a slot may be added to
 * it. Even a destroyed page table may have a slot: with ftrace, an event on one
 * CPU is read after the destruction on another.
 */
static bool may_fold(const struct table *t, bool destroyed)
{
	return t->destroyed == destroyed && !t->live;
}

/*
 * Limit the memory: a board may create and destroy page tables for months. The oldest
 * of those without a slot are kept only as a sum per device and format. A sum with one
 * that is perhaps alive has no number of tables alive.
 */
static void fold(struct model *m, bool destroyed, size_t keep)
{
	struct list *l = &m->tables;
	struct table *t, *sum;
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		n += may_fold(&l->t[i], destroyed);
	for (i = 0; i < l->n && n > keep;) {
		t = &l->t[i];
		if (!may_fold(t, destroyed)) {
			i++;
			continue;
		}
		sum = tables_of_dev(&m->folded, t->dev, t->fmt);
		if (!sum)
			return;	/* no memory: keep them as they are */
		/* No attempt is in progress: it had no event between two readings. */
		if (m->late) {
			t->now.e.split[V7S_BLOCK][V7S_DONE] = t->attempts;
			late_table(m, t, true);
		}
		sum->tables++;
		sum->created &= t->created;
		sum->destroyed &= t->destroyed;
		sum->doubt |= !t->destroyed;
		counts_add(&sum->base, &t->base);
		counts_add(&sum->now, &t->now);
		counts_add(&sum->then, &t->then);
		late_add(&sum->late, &t->late);
		memmove(t, t + 1, (--l->n - i) * sizeof(*t));
		n--;
	}
}

static int add_entry(struct model *m, int section, uint64_t pgtable,
		     uint64_t id, const struct v7s_events *e)
{
	return entries_add(&m->s.of[section], pgtable, id, (const __u64 *)e,
			   V7S_EVENTS_U64) ? 0 : -1;
}

static void add_other(struct model *m, int section, const struct v7s_events *e)
{
	__u64 *to = m->s.of[section].other;
	size_t i;

	for (i = 0; i < V7S_EVENTS_U64; i++)
		to[i] += ((const __u64 *)e)[i];
}

/* The start makes pids unique, see struct entry. */
static uint64_t id_of(const struct v7s_key *key)
{
	return key->start ? (key->start << 22 ^ key->id) & ENTRY_ID_MAX : key->id;
}

/* ftrace's name of a task that has ended, and that it no longer remembers. */
#define FORGOTTEN "<...>"

int model_task(struct model *m, const struct v7s_task *task)
{
	struct entry *e = entries_add(&m->s.of[BY_TASKS],
				      task->key.pgtable, id_of(&task->key),
				      (const __u64 *)&task->e, ENTRY_COUNTERS);

	if (!e)
		return -1;
	e->who = task->key.id;
	if (task->comm[0] && (!e->name[0] || strcmp(task->comm, FORGOTTEN)))
		memcpy(e->name, task->comm, sizeof(e->name) - 1);
	return 0;
}

void model_task_final(struct model *m, const struct v7s_task *task)
{
	entries_final(&m->s.of[BY_TASKS], task->key.pgtable, id_of(&task->key),
		      (const __u64 *)&task->e, ENTRY_COUNTERS);
}

void model_task_ended(struct model *m, const struct v7s_task *task)
{
	entries_ended(&m->s.of[BY_TASKS], id_of(&task->key));
}

void model_other_tasks(struct model *m, const struct v7s_events *e)
{
	add_other(m, BY_TASKS, e);
}

bool model_knows_pair(const struct model *m, const struct v7s_pair *pair)
{
	return entries_find(&m->s.of[BY_PAIRS], pair->key.pgtable,
			    id_of(&pair->key));
}

int model_pair(struct model *m, const struct v7s_pair *pair,
	       const char *holder_comm)
{
	struct entry *e = entries_add(&m->s.of[BY_PAIRS],
				      pair->key.pgtable, id_of(&pair->key),
				      &pair->waits, PAIR_COUNTERS);

	if (!e)
		return -1;
	e->who = pair->key.id;
	if (holder_comm)
		strncpy(e->name2, holder_comm, sizeof(e->name2) - 1);
	return 0;
}

void model_pair_final(struct model *m, const struct v7s_pair *pair)
{
	entries_final(&m->s.of[BY_PAIRS], pair->key.pgtable, id_of(&pair->key),
		      &pair->waits, PAIR_COUNTERS);
}

void model_pair_ended(struct model *m, const struct v7s_pair *pair)
{
	entries_ended(&m->s.of[BY_PAIRS], id_of(&pair->key));
}

void model_other_pairs(struct model *m, uint64_t waits)
{
	m->s.of[BY_PAIRS].other[PAIR_WAITS] += waits;
}

int model_stack(struct model *m, uint64_t pgtable, const struct trace *trace,
		const struct v7s_events *e)
{
	return add_entry(m, BY_STACKS, pgtable, (uintptr_t)trace, e);
}

void model_stack_final(struct model *m, uint64_t pgtable,
		       const struct trace *trace, const struct v7s_events *e)
{
	entries_final(&m->s.of[BY_STACKS], pgtable, (uintptr_t)trace,
		      (const __u64 *)e, V7S_EVENTS_U64);
}

void model_other_stacks(struct model *m, const struct v7s_events *e)
{
	add_other(m, BY_STACKS, e);
}

int model_cpu(struct model *m, unsigned int cpu, const struct v7s_events *e)
{
	return add_entry(m, BY_CPUS, 0, cpu, e);
}

/* Possible as long as the page table has not been folded. */
static void name_devices(struct model *m)
{
	const struct table *t = NULL;
	struct entry *e;
	size_t n;
	int i;

	for (i = 0; i < ATTRIBUTIONS; i++) {
		for (n = 0; (e = entries_at(&m->s.of[i], n)); n++) {
			if (!e->pgtable || e->dev[0])
				continue;
			if (!t || t->pgtable != e->pgtable)
				t = find(&m->tables, e->pgtable);
			if (t)
				memcpy(e->dev, t->dev, sizeof(e->dev));
		}
	}
}

void model_late(struct model *m, bool settled)
{
	m->late = true;
	m->settled = settled;
}

static void settle(struct model *m)
{
	struct table *t;
	size_t i;

	for (t = m->tables.t; t < m->tables.t + m->tables.n; t++)
		late_table(m, t, m->settled || t->destroyed);
	for (i = 0; i < m->others.n; i++)
		late_table(m, &m->others.t[i], m->settled);
	late_events(&m->unnamed_late, m->now, &m->unnamed.e, m->settled);
	entries_late(&m->s.of[BY_TASKS], m->now, m->settled);
	entries_late(&m->s.of[BY_CPUS], m->now, m->settled);
}

static void find_changed(struct model *m)
{
	struct table *t;
	uint64_t events;

	for (t = m->tables.t; t < m->tables.t + m->tables.n; t++) {
		events = events_count(&t->now.e);
		if (events != t->events)
			t->changed = m->now;
		t->events = events;
	}
}

void model_end(struct model *m, uint64_t now)
{
	m->now = now;
	if (m->late)
		settle(m);
	m->other = model_others(m);
	counts_add(&m->other, &m->unnamed);
	find_changed(m);
	name_devices(m);
	attribution_end(&m->s);
	fold(m, true, m->keep);
	fold(m, false, m->keep_idle);
}

void model_gone(struct model *m, uint64_t pgtable)
{
	struct table *t = find(&m->tables, pgtable);
	int i;

	if (t) {
		t->base = t->now;
		t->destroyed = true;
		t->doubt = false;
		if (m->late) {
			t->base.e.split[V7S_BLOCK][V7S_DONE] = t->attempts;
			t->now.e = t->base.e;
			late_table(m, t, true);
		}
	}
	for (i = 0; i < ATTRIBUTIONS; i++)
		entries_gone(&m->s.of[i], pgtable);
}

void model_table_final(struct model *m, const struct v7s_slot *slot)
{
	struct table *t = find(&m->tables, slot->pgtable);

	if (t)
		counts_add(&t->base, &slot->c);
}

static int64_t net(const struct v7s_events *c)
{
	uint64_t won = 0;
	int why;

	for (why = 0; why < V7S_INSTALL_WHY; why++)
		won += c->install[why][V7S_WON];
	for (why = 0; why < V7S_FREE_WHY; why++)
		if (why != V7S_FREE_LOST)
			won -= c->free[why];
	return won - c->lost;
}

/* Events of the device's page tables, or of those of any device, are under other. */
static bool has_other(const struct model *m, const struct table *t)
{
	const struct table *other;
	size_t i;

	for (i = 0; i < m->others.n; i++) {
		other = &m->others.t[i];
		if (other->fmt == t->fmt && !strcmp(other->dev, t->dev))
			return true;
	}
	return events_count(&m->unnamed.e);
}

static void to_row(struct row *row, const struct model *m,
		   const struct table *t, bool final)
{
	*row = (struct row) {
		.pgtable = t->pgtable,
		.tables = t->tables,
		.dev = t->dev,
		.fmt = t->fmt,
		.created = t->created,
		.destroyed = t->destroyed,
		.fresh = !t->readings,
		.changed = t->changed,
		.c = t->now,
		.net = net(&t->now.e),
	};
	if (!final)
		counts_subtract(&row->c, &t->then);

	/* Destroying a page table frees all its tables. */
	row->alive = t->destroyed ? 0 : row->net;
	if (t->destroyed)
		return;
	if (!t->created)
		row->alive_why = "created before monitoring started";
	else if (t->doubt)
		row->alive_why = "its destruction may have been missed";
	else if (has_other(m, t))
		row->alive_why = "some of its events may be counted under other";
}

static void others_to_rows(struct report *r, const struct model *m, bool final)
{
	struct row *row;
	size_t i;

	for (i = 0; i < m->others.n; i++) {
		row = &r->others[r->nothers];
		to_row(row, m, &m->others.t[i], final);
		row->alive_why = "its page tables are not known";
		if (final || events_count(&row->c.e))
			r->nothers++;
	}
}

static const struct row nothing = {
	.created = true, .destroyed = true, .fresh = true
};

/* Sums by device, in the order in which the devices first appear. */
static void by_device(struct report *r, const struct row *rows, size_t n)
{
	const struct row *row;
	struct row *dev;

	for (row = rows; row < rows + n; row++) {
		for (dev = r->devices; dev < r->devices + r->ndevices; dev++)
			if (!strcmp(dev->dev, row->dev))
				break;
		if (dev == r->devices + r->ndevices) {
			r->ndevices++;
			*dev = nothing;
			dev->dev = row->dev;
			dev->fmt = row->fmt;
		}
		row_add(dev, row);
	}
}

void model_shown(struct model *m)
{
	struct list *lists[] = { &m->tables, &m->folded, &m->others };
	size_t l, i;

	m->then = m->now;
	m->other_then = m->other;
	m->destroys_then = m->destroys;
	for (l = 0; l < ARRAY_SIZE(lists); l++)
		for (i = 0; i < lists[l]->n; i++)
			lists[l]->t[i].then = lists[l]->t[i].now;
	for (i = 0; i < ATTRIBUTIONS; i++)
		entries_shown(&m->s.of[i]);
}

int model_report(struct model *m, bool final, struct report *r)
{
	struct list *lists[] = { &m->tables, &m->folded };
	size_t room = m->tables.n + m->folded.n + m->others.n, l, i;
	struct row *row;

	*r = (struct report) {
		.final = final,
		.seq = m->seq + !final,
		.elapsed_ns = m->now - m->start,
		.interval_ns = final ? m->now - m->start : m->now - m->then,
		.other = nothing,
		.total = nothing,
		.destroys = m->destroys - (final ? 0 : m->destroys_then),
		.unseen = m->unseen,
	};
	for (i = 0; i < V7S_EVENTS; i++)
		r->misses[i] = UNKNOWN;
	r->probe_misses = r->refusal_misses = r->corrupted = r->stretch = UNKNOWN;

	/* One half for the tables and other, one for the devices; at least one byte. */
	row = realloc(m->rows, (2 * room + 1) * sizeof(*row));
	if (!row)
		return -1;
	m->rows = r->rows = row;
	r->others = row + room - m->others.n;
	r->devices = row + room;
	if (attribution_report(&m->s, final, r))
		return -1;

	for (l = 0; l < 2; l++) {
		for (i = 0; i < lists[l]->n; i++) {
			row = &r->rows[r->nrows];
			to_row(row, m, &lists[l]->t[i], final);
			if (!r->total.tables)
				r->total.fmt = row->fmt;
			row_add(&r->total, row);
			if (final || events_count(&row->c.e))
				r->nrows++;
		}
	}
	others_to_rows(r, m, final);
	if (final) {
		by_device(r, r->rows, r->nrows);
		by_device(r, r->others, r->nothers);
	}

	r->other.fmt = UNKNOWN;
	r->other.c = m->other;
	if (!final)
		counts_subtract(&r->other.c, &m->other_then);
	r->other.net = net(&m->other.e);
	r->other.alive_why = "its page tables are not known";
	r->other.created = r->other.destroyed = r->other.fresh = false;
	if (!r->total.tables)
		r->total.alive_why = "no page table was observed";
	if (events_count(&m->other.e))
		r->total.alive_why = "some events are counted under other";
	counts_add(&r->total.c, &r->other.c);
	r->total.net += r->other.net;

	if (!final) {
		m->seq++;
		model_shown(m);
	}
	return 0;
}
