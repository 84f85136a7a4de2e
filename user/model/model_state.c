// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include "lib/util.h"
#include "counts.h"
#include "model_internal.h"
#include "model_state.h"

static const struct {
	enum item_kind item, other;	/* other 0: has none */
	size_t counters, other_counters;
} kinds[ATTRIBUTIONS] = {
	[BY_TASKS]	= { ITEM_TASK, ITEM_OTHER_TASKS, ENTRY_COUNTERS,
			    V7S_EVENTS_U64 },
	[BY_PAIRS]	= { ITEM_PAIR, ITEM_OTHER_PAIRS, PAIR_COUNTERS, 1 },
	[BY_STACKS] = { ITEM_STACK, ITEM_OTHER_STACKS, V7S_EVENTS_U64,
			     V7S_EVENTS_U64 },
	[BY_CPUS]	= { ITEM_CPU, 0, V7S_EVENTS_U64, 0 },
};

static const struct item nothing = { .dev = "", .name = "", .name2 = "" };

static int save_tables(const struct list *l, enum item_kind kind,
		       take_item *take, void *arg)
{
	const struct table *t;
	struct item item;
	size_t i;

	for (i = 0; i < l->n; i++) {
		t = &l->t[i];
		item = nothing;
		item.kind = kind;
		item.pgtable = t->pgtable;
		item.n = t->tables;
		item.fmt = t->fmt;
		item.flags = (t->created ? ITEM_CREATED : 0) |
			     (t->destroyed ? ITEM_DESTROYED : 0) |
			     (t->doubt ? ITEM_DOUBT : 0);
		item.dev = t->dev;
		item.counter = (const __u64 *)&t->now;
		item.counters = V7S_COUNTS_U64;
		if (take(arg, &item))
			return -1;
	}
	return 0;
}

static int save_sum(enum item_kind kind, const __u64 *counter, size_t counters,
		    take_item *take, void *arg)
{
	struct item item = nothing;

	item.kind = kind;
	item.counter = counter;
	item.counters = counters;
	return take(arg, &item);
}

/*
 * Save the last entry first: an entry with a new id comes before the one that
 * has its old id now.
 */
static int save_entries(const struct entries *l, int section, take_item *take,
			void *arg)
{
	const struct entry *e;
	struct item item;
	size_t i;

	for (i = l->n; i--;) {
		e = l->e[i];
		item = nothing;
		item.kind = kinds[section].item;
		item.pgtable = e->pgtable;
		item.id = e->id;
		item.who = e->who;
		item.n = e->n;
		item.flags = (e->ended ? ITEM_ENDED : 0) |
			     (e->gone ? ITEM_GONE : 0) |
			     (e->present ? ITEM_PRESENT : 0);
		item.dev = e->dev;
		item.name = e->name;
		item.name2 = e->name2;
		if (section == BY_STACKS) {
			item.trace = (const void *)(uintptr_t)e->id;
			item.id = item.who = 0;
		}
		item.counter = e->now;
		item.counters = kinds[section].counters;
		if (take(arg, &item))
			return -1;
	}
	return 0;
}

int model_save(const struct model *m, take_item *take, void *arg)
{
	__u64 destroys[] = { m->destroys, m->unseen };
	int i;

	if (save_tables(&m->tables, ITEM_TABLE, take, arg) ||
	    save_tables(&m->folded, ITEM_FOLDED, take, arg) ||
	    save_tables(&m->others, ITEM_OTHER_DEVICE, take, arg) ||
	    save_sum(ITEM_OTHER, (const __u64 *)&m->other, V7S_COUNTS_U64, take,
		     arg) ||
	    save_sum(ITEM_DESTROYS, destroys, ARRAY_SIZE(destroys), take, arg))
		return -1;
	for (i = 0; i < ATTRIBUTIONS; i++) {
		if (save_entries(&m->s.of[i], i, take, arg))
			return -1;
		if (kinds[i].other &&
		    save_sum(kinds[i].other, m->s.of[i].other,
			     kinds[i].other_counters, take, arg))
			return -1;
	}
	return 0;
}

void model_load_begin(struct model *m)
{
	struct list *lists[] = { &m->tables, &m->folded, &m->others };
	size_t l, i;

	for (l = 0; l < ARRAY_SIZE(lists); l++)
		for (i = 0; i < lists[l]->n; i++)
			lists[l]->t[i].present = false;
	for (l = 0; l < ATTRIBUTIONS; l++)
		for (i = 0; i < m->s.of[l].n; i++)
			m->s.of[l].e[i]->loaded = false;
}

/* Ignore unknown counters; missing ones are 0. */
static void copy(void *to, size_t room, const struct item *item)
{
	size_t n = item->counters < room ? item->counters : room;

	memset(to, 0, room * sizeof(__u64));
	memcpy(to, item->counter, n * sizeof(__u64));
}

static void copy_name(char *to, size_t size, const char *name)
{
	memset(to, 0, size);
	strncpy(to, name, size - 1);
}

static struct table *table_of(struct model *m, const struct item *item)
{
	struct list *l = &m->tables;
	size_t i = tables_position(l, item->pgtable);

	if (i < l->n && l->t[i].pgtable == item->pgtable)
		return &l->t[i];
	return l->n < MODEL_LOAD_TABLES ? tables_insert(l, i) : NULL;
}

static int load_table(struct model *m, const struct item *item)
{
	struct table *t;

	if (item->kind == ITEM_TABLE && item->pgtable)
		t = table_of(m, item);
	else if (item->kind == ITEM_FOLDED && !item->pgtable &&
		 m->folded.n < MODEL_LOAD_TABLES)
		t = tables_of_dev(&m->folded, item->dev, item->fmt);
	else if (item->kind == ITEM_OTHER_DEVICE && !item->pgtable &&
		 m->others.n < MODEL_LOAD_TABLES)
		t = tables_of_dev(&m->others, item->dev, item->fmt);
	else
		return -1;
	if (!t)
		return -1;
	t->pgtable = item->pgtable;
	t->tables = item->n;
	copy_name(t->dev, sizeof(t->dev), item->dev);
	t->fmt = item->fmt;
	t->created = item->flags & ITEM_CREATED;
	t->destroyed = item->flags & ITEM_DESTROYED;
	t->doubt = item->flags & ITEM_DOUBT;
	t->present = true;
	t->readings = 2;
	copy(&t->now, V7S_COUNTS_U64, item);
	return 0;
}

static uint64_t id_of(const struct item *item)
{
	return item->kind == ITEM_STACK ? (uintptr_t)item->trace : item->id;
}

static int load_entry(struct entries *l, int section, const struct item *item)
{
	uint64_t id = id_of(item), who = item->kind == ITEM_STACK ? id : item->who;
	struct entry *e;

	l->keep_id = section == BY_STACKS;
	if (l->n >= MODEL_LOAD_ENTRIES && !entries_find(l, item->pgtable, id))
		return -1;
	e = entries_load(l, item->pgtable, id, who);
	if (!e)
		return -1;
	e->n = item->n;
	copy_name(e->dev, sizeof(e->dev), item->dev);
	copy_name(e->name, sizeof(e->name), item->name);
	copy_name(e->name2, sizeof(e->name2), item->name2);
	e->ended = item->flags & ITEM_ENDED;
	e->gone = item->flags & ITEM_GONE;
	e->present = item->flags & ITEM_PRESENT;
	copy(e->now, kinds[section].counters, item);
	return 0;
}

int model_load(struct model *m, const struct item *item)
{
	__u64 destroys[2];
	int i;

	switch (item->kind) {
	case ITEM_TABLE:
	case ITEM_FOLDED:
	case ITEM_OTHER_DEVICE:
		return load_table(m, item);
	case ITEM_OTHER:
		copy(&m->other, V7S_COUNTS_U64, item);
		return 0;
	case ITEM_DESTROYS:
		copy(destroys, ARRAY_SIZE(destroys), item);
		m->destroys = destroys[0];
		m->unseen = destroys[1];
		return 0;
	default:
		break;
	}
	for (i = 0; i < ATTRIBUTIONS; i++) {
		if (kinds[i].item == item->kind)
			return load_entry(&m->s.of[i], i, item);
		if (kinds[i].other == item->kind) {
			copy(m->s.of[i].other, kinds[i].other_counters, item);
			return 0;
		}
	}
	return -1;
}

/* The sum of its device includes it now, with the counts already reported. */
static void drop_table(struct model *m, struct list *l, size_t i)
{
	struct table *t = &l->t[i];
	size_t k;

	for (k = 0; l == &m->tables && k < m->folded.n; k++)
		if (!strcmp(m->folded.t[k].dev, t->dev))
			counts_add(&m->folded.t[k].then, &t->then);
	memmove(t, t + 1, (--l->n - i) * sizeof(*t));
}

void model_drop(struct model *m, const struct item *item)
{
	size_t at = tables_position(&m->tables, item->pgtable);
	int i;

	if (item->kind == ITEM_TABLE && at < m->tables.n &&
	    m->tables.t[at].pgtable == item->pgtable)
		drop_table(m, &m->tables, at);
	for (i = 0; i < ATTRIBUTIONS; i++)
		if (kinds[i].item == item->kind)
			entries_drop(&m->s.of[i], item->pgtable, id_of(item));
}

void model_load_end(struct model *m, uint64_t now, bool all, bool fresh)
{
	struct list *lists[] = { &m->tables, &m->folded, &m->others };
	struct v7s_counts named;
	size_t l, i;

	m->now = now;
	for (l = 0; all && l < ARRAY_SIZE(lists); l++)
		for (i = lists[l]->n; i--;)
			if (!lists[l]->t[i].present)
				drop_table(m, lists[l], i);
	for (l = 0; all && l < ATTRIBUTIONS; l++)
		entries_drop_unloaded(&m->s.of[l]);
	named = model_others(m);
	m->unnamed = m->other;
	counts_subtract(&m->unnamed, &named);
	if (fresh)
		model_shown(m);
}
