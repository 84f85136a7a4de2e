// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "lib/lower_bound.h"
#include "lib/util.h"
#include "entries.h"

void entries_begin(struct entries *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		memcpy(l->e[i]->now, l->e[i]->base, sizeof(l->e[i]->now));
		l->e[i]->present = false;
	}
	memset(l->other, 0, sizeof(l->other));
}

/* Index of the entry, or where to insert it. */
static size_t position(const struct entries *l, uint64_t pgtable, uint64_t id)
{
	const uint64_t key[] = { pgtable, id };

	return lower_bound_key(l->e, l->n, 0, key, ARRAY_SIZE(key));
}

static bool is_at(const struct entries *l, size_t i, uint64_t pgtable,
		  uint64_t id)
{
	return i < l->n && l->e[i]->pgtable == pgtable && l->e[i]->id == id;
}

struct entry *entries_find(const struct entries *l, uint64_t pgtable,
			   uint64_t id)
{
	size_t i = position(l, pgtable, id);

	return is_at(l, i, pgtable, id) ? l->e[i] : NULL;
}

/* Make room for one more; returns -1 if there is no memory. */
static int make_room(struct entries *l)
{
	size_t room = l->room ? 2 * l->room : 16;
	struct entry **e;

	if (l->n < l->room)
		return 0;
	e = realloc(l->e, room * sizeof(*e));
	if (!e)
		return -1;
	l->e = e;
	l->room = room;
	return 0;
}

/* There is room. */
static void insert(struct entries *l, struct entry *e)
{
	size_t i = position(l, e->pgtable, e->id);

	memmove(&l->e[i + 1], &l->e[i], (l->n++ - i) * sizeof(*l->e));
	l->e[i] = e;
}

static struct entry *find_or_make(struct entries *l, uint64_t pgtable,
				  uint64_t id)
{
	struct entry *e = entries_find(l, pgtable, id);

	if (e)
		return e;
	e = calloc(1, sizeof(*e));
	if (!e || make_room(l)) {
		free(e);
		return NULL;
	}
	e->pgtable = pgtable;
	e->id = e->who = id;
	insert(l, e);
	return e;
}

/* The caller frees it, or inserts it elsewhere. */
static struct entry *take_at(struct entries *l, size_t i)
{
	struct entry *e = l->e[i];

	memmove(&l->e[i], &l->e[i + 1], (--l->n - i) * sizeof(*l->e));
	return e;
}

static void sum(__u64 *to, const __u64 *from, size_t n)
{
	while (n--)
		*to++ += *from++;
}

struct entry *entries_add(struct entries *l, uint64_t pgtable, uint64_t id,
			  const __u64 *counters, size_t n)
{
	struct entry *e = find_or_make(l, pgtable, id);

	if (!e)
		return NULL;
	e->n = 1;
	e->present = true;
	sum(e->now, counters, n);
	return e;
}

static bool is_dead(const struct entry *e)
{
	return e->pgtable && (e->ended || e->gone);
}

void entries_late(struct entries *l, uint64_t now, bool settled)
{
	struct entry *e;
	size_t i;

	for (i = 0; (e = entries_at(l, i)); i++)
		late_events(&e->late, now, (struct v7s_events *)e->now,
			    settled || is_dead(e));
	late_events(&l->other_late, now, (struct v7s_events *)l->other, settled);
}

void entries_final(struct entries *l, uint64_t pgtable, uint64_t id,
		   const __u64 *counters, size_t n)
{
	struct entry *e = entries_find(l, pgtable, id);

	if (e)
		sum(e->base, counters, n);
}

void entries_gone(struct entries *l, uint64_t pgtable)
{
	size_t i = position(l, pgtable, 0);

	for (; i < l->n && l->e[i]->pgtable == pgtable; i++)
		l->e[i]->gone = true;
}

void entries_ended(struct entries *l, uint64_t id)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->e[i]->id == id)
			l->e[i]->ended = true;
}

#define RETIRED (ENTRY_ID_MAX + 1)

void entries_retire(struct entries *l)
{
	struct entry *e;
	size_t i;

	for (i = 0; i < l->n; i++) {
		e = l->e[i];
		if (!e->pgtable || !e->ended || e->present || e->id & RETIRED || e->id != e->who)
			continue;
		/* Taking it moved the next entry to this index. */
		take_at(l, i--);
		e->id = RETIRED | l->retired++;
		insert(l, e);
	}
}

/* A sum keeps its counts, so nothing that still counts in a slot is added to it. */
static bool may_fold(const struct entry *e)
{
	return is_dead(e) && !e->present;
}

/*
 * Limit the memory: a board may create and destroy page tables, and run tasks,
 * for months. The sums come first, so later entries keep their index.
 */
void entries_fold(struct entries *l, size_t keep)
{
	struct entry *sum_up, *dead;
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		n += may_fold(l->e[i]);
	for (i = 0; i < l->n && n > keep;) {
		if (!may_fold(l->e[i])) {
			i++;
			continue;
		}
		dead = l->e[i];
		sum_up = find_or_make(l, 0, l->keep_id ? dead->id : V7S_NOBODY);
		if (!sum_up)
			return;	/* no memory: keep them as they are */
		/* A new sum, which is the first, has moved it. */
		take_at(l, position(l, dead->pgtable, dead->id));
		sum_up->n += dead->n;
		sum_up->ended = sum_up->gone = true;
		sum(sum_up->base, dead->base, ENTRY_COUNTERS);
		sum(sum_up->now, dead->now, ENTRY_COUNTERS);
		sum(sum_up->then, dead->then, ENTRY_COUNTERS);
		late_add(&sum_up->late, &dead->late);
		free(dead);
		n--;
	}
}

void entries_shown(struct entries *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		memcpy(l->e[i]->then, l->e[i]->now, sizeof(l->e[i]->then));
	memcpy(l->other_then, l->other, sizeof(l->other_then));
}

struct entry *entries_load(struct entries *l, uint64_t pgtable, uint64_t id,
			   uint64_t who)
{
	struct entry *e = entries_find(l, pgtable, id);
	size_t i = position(l, pgtable, who);

	/* The entry was retired since the last state and has a new id. */
	if (!e && id & RETIRED && id != V7S_NOBODY && is_at(l, i, pgtable, who)) {
		e = take_at(l, i);
		e->id = id;
		insert(l, e);
	}
	if (!e)
		e = find_or_make(l, pgtable, id);
	if (!e)
		return NULL;
	e->who = who;
	e->loaded = true;
	return e;
}

/* Move the counts already reported to the sum that now includes the entry. */
static void drop_at(struct entries *l, size_t i)
{
	const struct entry *e = l->e[i];
	struct entry *sum_up = entries_find(l, 0, l->keep_id ? e->id :
					    V7S_NOBODY);

	if (sum_up && sum_up != e)
		sum(sum_up->then, e->then, ENTRY_COUNTERS);
	free(take_at(l, i));
}

void entries_drop(struct entries *l, uint64_t pgtable, uint64_t id)
{
	size_t i = position(l, pgtable, id);

	if (is_at(l, i, pgtable, id))
		drop_at(l, i);
}

void entries_drop_unloaded(struct entries *l)
{
	size_t i;

	for (i = l->n; i--;)
		if (!l->e[i]->loaded)
			drop_at(l, i);
}

void entries_free(struct entries *l)
{
	while (l->n)
		free(l->e[--l->n]);
	free(l->e);
}
