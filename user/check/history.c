// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "lib/lower_bound.h"
#include "lib/util.h"
#include "model/counts.h"
#include "history.h"

/*
 * Number of readings kept per page table. One reading may differ at each end:
 * where some task is always preempted between two events, half of the readings
 * may see an event in flight.
 */
enum { WINDOW = 16, WINDOW_MIN = 4 };

/* Readings kept of the sum; when full, two become one. */
enum { SAMPLES = 1024, SAMPLES_PART = 4 };

/* A short run has as many readings: growth needs several for each part. */
#define READINGS 64

struct account {
	uint64_t pgtable;	/* first */
	bool gone;
	uint64_t events;	/* at the last reading */
	unsigned int readings;
	int64_t d[DIFFERENCES][WINDOW];
	struct range start[DIFFERENCES];	/* from the first WINDOW readings */
};

struct history {
	struct account *a;	/* sorted by number; page tables that exist */
	size_t n, room;
	int64_t alive[SAMPLES];
	unsigned int samples, each;	/* readings per sample */
	unsigned int since;		/* readings since the last sample */
};

uint64_t history_interval(uint64_t lasts)
{
	if (!lasts || lasts >= READINGS * SECOND)
		return SECOND;
	return lasts / READINGS > SECOND / 10 ? lasts / READINGS : SECOND / 10;
}

struct history *history_new(void)
{
	struct history *h = calloc(1, sizeof(*h));

	if (h)
		h->each = 1;
	return h;
}

void history_free(struct history *h)
{
	if (h)
		free(h->a);
	free(h);
}

static int64_t split_lost(const struct v7s_events *e)
{
	int64_t n = 0;
	int outcome;

	for (outcome = V7S_WON + 1; outcome < V7S_INSTALL_OUTCOME; outcome++)
		n += e->install[V7S_SPLIT][outcome];
	return n;
}

static int64_t difference(const struct row *row, enum difference d)
{
	const struct v7s_events *e = &row->c.e;
	const __u64 *block = e->split[V7S_BLOCK];

	switch (d) {
	case DIFF_LOST:
		return events_installs_lost(e) - e->free[V7S_FREE_LOST];
	case DIFF_SPLIT_WON:
		return e->install[V7S_SPLIT][V7S_WON] - block[V7S_DONE];
	case DIFF_SPLIT_FOUND:
		return e->install[V7S_SPLIT][V7S_LOST_TO_TABLE] -
		       block[V7S_FOUND_DONE];
	case DIFF_SPLIT_GONE:
		return split_lost(e) - e->install[V7S_SPLIT][V7S_LOST_TO_TABLE] -
		       block[V7S_SPLIT_GONE];
	default:
		return row->net;
	}
}

static size_t position(const struct history *h, uint64_t pgtable)
{
	return lower_bound(h->a, h->n, sizeof(*h->a), pgtable);
}

static struct account *find(const struct history *h, uint64_t pgtable)
{
	size_t i = position(h, pgtable);

	return i < h->n && h->a[i].pgtable == pgtable ? &h->a[i] : NULL;
}

static struct account *insert(struct history *h, uint64_t pgtable)
{
	size_t i = position(h, pgtable), room = h->room ? 2 * h->room : 16;
	struct account *a = h->a;

	if (h->n == h->room) {
		a = realloc(a, room * sizeof(*a));
		if (!a)
			return NULL;
		h->a = a;
		h->room = room;
	}
	memmove(&a[i + 1], &a[i], (h->n++ - i) * sizeof(*a));
	a[i] = (struct account){ .pgtable = pgtable };
	return &a[i];
}

static int ascending(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* From the second lowest of the readings to the second highest. */
static struct range agreed(const struct account *a, enum difference d)
{
	int64_t sorted[WINDOW];
	unsigned int n = a->readings < WINDOW ? a->readings : WINDOW;

	if (n < WINDOW_MIN)
		return (struct range){ 0 };
	memcpy(sorted, a->d[d], n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), ascending);
	return (struct range){ sorted[1], sorted[n - 2], true };
}

static void add_account(struct account *a, const struct row *row)
{
	int d;

	a->events = events_count(&row->c.e);
	for (d = 0; d < DIFFERENCES; d++)
		a->d[d][a->readings % WINDOW] = difference(row, d);
	a->readings++;
	if (a->readings > WINDOW)
		return;
	for (d = 0; d < DIFFERENCES; d++)
		a->start[d] = agreed(a, d);
}

static void add_sample(struct history *h, int64_t alive)
{
	unsigned int i;

	if (++h->since < h->each)
		return;
	h->since = 0;
	if (h->samples == SAMPLES) {
		h->samples /= 2;
		h->each *= 2;
		for (i = 0; i < h->samples; i++)
			h->alive[i] = h->alive[2 * i + 1];
	}
	h->alive[h->samples++] = alive;
}

int history_add(struct history *h, const struct report *r)
{
	int64_t alive = r->other.net;
	struct account *a;
	size_t i, kept;

	for (i = 0; i < r->nrows; i++) {
		const struct row *row = &r->rows[i];

		a = find(h, row->pgtable);
		if (row->destroyed) {
			if (a)
				a->gone = true;
			continue;
		}
		alive += row->net;
		if (!a)
			a = insert(h, row->pgtable);
		if (!a)
			return -1;
		add_account(a, row);
	}
	for (i = kept = 0; i < h->n; i++)
		if (!h->a[i].gone)
			h->a[kept++] = h->a[i];
	h->n = kept;
	add_sample(h, alive);
	return 0;
}

/* With nothing in flight, the counts are exact. */
static bool quiet(const struct row *row, const struct account *a)
{
	return row->destroyed || a->events == events_count(&row->c.e);
}

struct range history_range(const struct history *h, const struct row *row,
			   enum difference d)
{
	const struct account *a = find(h, row->pgtable);
	int64_t n = difference(row, d);
	struct range r = { n, n, true };

	if (a && !quiet(row, a))
		r = agreed(a, d);
	else if (!a && !row->destroyed)
		r.known = false;
	/* Counts that add up need no explanation. */
	if (!r.known && !n && d != DIFF_NET)
		r = (struct range){ 0, 0, true };
	return r;
}

int64_t history_surplus(const struct history *h, const struct row *row,
			enum difference d, bool *known)
{
	const struct account *a = find(h, row->pgtable);
	struct range r = history_range(h, row, d), start = { 0 };

	*known = r.known;
	if (!r.known)
		return 0;
	/*
	 * The programs attach one after the other: in a page table that was in
	 * use then, an event may be counted without its predecessor.
	 */
	if (!row->created && a)
		start = a->start[d];
	if (!row->created && !start.known && (r.low > 0 || r.high < 0))
		*known = false;
	if (!*known)
		return 0;
	if (r.low > 0 && r.low > start.low)
		return r.low - (start.low > 0 ? start.low : 0);
	if (r.high < 0 && r.high < start.high)
		return r.high - (start.high < 0 ? start.high : 0);
	return 0;
}

int history_parts(const struct history *h, int64_t part[HISTORY_PARTS])
{
	unsigned int i, from, n;
	int64_t sorted[SAMPLES];

	if (h->samples < HISTORY_PARTS * SAMPLES_PART)
		return -1;
	for (i = 0; i < HISTORY_PARTS; i++) {
		from = h->samples * i / HISTORY_PARTS;
		n = h->samples * (i + 1) / HISTORY_PARTS - from;
		memcpy(sorted, &h->alive[from], n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), ascending);
		part[i] = sorted[n / 2];
	}
	return 0;
}

/*
 * A constant load gives this order of seven parts by chance once in 5040.
 * Growth that slows down is not a leak: a driver fills the tables of its
 * permanent mappings.
 */
bool history_grows(const int64_t part[HISTORY_PARTS])
{
	const int first = 1, last = HISTORY_PARTS - 1, mid = (first + last) / 2;
	int i;

	for (i = first; i < last; i++)
		if (part[i + 1] <= part[i])
			return false;
	return part[last] - part[mid] >= (part[mid] - part[first]) / 2;
}
