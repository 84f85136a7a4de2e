// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/util.h"
#include "counts.h"
#include "past.h"
#include "past_file.h"

/* A timer's tick may come early. */
#define A_SECOND (SECOND - SECOND / 50)
#define A_MINUTE (60 * SECOND)
#define A_DAY (86400 * SECOND)

struct point {
	uint64_t begin, end;
	struct kept total;
	struct kept device[PAST_BUSIEST];
	int8_t index[PAST_BUSIEST];	/* -1: none */
};

struct ring {
	struct point *point;
	size_t size, n;		/* n: ever added */
	size_t loaded, from;	/* n of the points from the file; of the first to be shown */
};

struct past {
	struct ring seconds, minutes;
	char name[PAST_NAMES][PAST_NAME];
	unsigned int names;
	uint64_t last;		/* time of the last point; 0: none */
	struct past_sum total, device[PAST_NAMES];	/* at that time */
	struct past_span minute;	/* so far */
	struct past_span span;	/* scratch, too large for the stack */
	struct past_file *file;	/* NULL: none */
	uint64_t start;		/* when the points of the file were loaded */
	uint64_t behind;	/* a date of a loaded point less this is its time here */
	struct point points[PAST_SECONDS + PAST_MINUTES];
};

/* All that the history takes; user/man/v7scope-serve.1 says so under serve. */
_Static_assert(sizeof(struct past) <= 5 << 20, "history needs 5 MiB at most");

struct past *past_new(void)
{
	/* Untouched pages of it cost nothing. */
	struct past *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->seconds.point = h->points;
	h->seconds.size = PAST_SECONDS;
	h->minutes.point = h->points + PAST_SECONDS;
	h->minutes.size = PAST_MINUTES;
	return h;
}

void past_free(struct past *h)
{
	if (h)
		past_file_close(h->file);
	free(h);
}

static struct past_sum sum_of(const struct v7s_counts *c)
{
	struct past_sum s = { .n = {
		[PAST_INSTALLS] = events_installs(&c->e),
		[PAST_LOST] = events_installs_lost(&c->e),
		[PAST_SPLITS] = events_splits(&c->e),
		[PAST_WAITS] = c->e.waits,
		[PAST_FREES] = events_frees(&c->e),
		[PAST_REFUSED] = events_refusals(&c->e),
	} };
	int i, b;

	for (i = 0; i < V7S_HISTS; i++)
		for (b = 0; b < V7S_BUCKETS; b++)
			s.bucket[i][b] = c->hist[i].bucket[b];
	return s;
}

/* A sum is numbers and nothing else. */
enum { NUMBERS = sizeof(struct past_sum) / sizeof(uint64_t) };

static const uint64_t *numbers(const struct past_sum *s)
{
	return (const uint64_t *)s;
}

static void add(struct past_sum *to, const struct past_sum *s)
{
	uint64_t *n = (uint64_t *)to;
	int i;

	for (i = 0; i < NUMBERS; i++)
		n[i] += numbers(s)[i];
}

/* A counter may be a little behind an earlier reading, see struct late. */
static struct past_sum since(const struct past_sum *now,
				const struct past_sum *then)
{
	struct past_sum s;
	uint64_t *n = (uint64_t *)&s;
	int i;

	for (i = 0; i < NUMBERS; i++)
		n[i] = numbers(now)[i] > numbers(then)[i] ?
		       numbers(now)[i] - numbers(then)[i] : 0;
	return s;
}

static bool idle(const struct past_sum *s)
{
	int i;

	for (i = 0; i < NUMBERS; i++)
		if (numbers(s)[i])
			return false;
	return true;
}

static void keep(struct kept *to, const struct past_sum *s)
{
	uint32_t *n = (uint32_t *)to;
	int i;

	_Static_assert(sizeof(*to) == NUMBERS * sizeof(*n), "the same numbers");
	for (i = 0; i < NUMBERS; i++)
		n[i] = numbers(s)[i] < UINT32_MAX ? numbers(s)[i] : UINT32_MAX;
}

static void add_kept(struct past_sum *to, const struct kept *k)
{
	uint64_t *n = (uint64_t *)to;
	int i;

	for (i = 0; i < NUMBERS; i++)
		n[i] += ((const uint32_t *)k)[i];
}

static uint64_t activity(const struct past_sum *s)
{
	return s->n[PAST_INSTALLS] + s->n[PAST_SPLITS] +
	       s->n[PAST_FREES] + s->n[PAST_REFUSED];
}

/* The busiest device of @left; -1: none */
static int busiest(const struct past_span *s, uint32_t left)
{
	int best = -1, i;

	for (i = 0; i < PAST_NAMES; i++)
		if (left & 1u << i &&
		    (best < 0 || activity(&s->device[i]) >
				 activity(&s->device[best])))
			best = i;
	return best;
}

static struct ring *ring_of(struct past *h, enum past_ring which)
{
	return which == PAST_BY_SECOND ? &h->seconds : &h->minutes;
}

/* @date: the end of @p, ns since 1970 */
static void write_point(struct past *h, enum past_ring which, const struct point *p,
			uint64_t date)
{
	const uint64_t length = p->end - p->begin;
	struct past_record r = {
		.begin = date > length ? date - length : 0, .end = date,
		.total = p->total,
	};
	unsigned int i;

	for (i = 0; i < PAST_BUSIEST && p->index[i] >= 0; i++) {
		r.device[i] = p->device[i];
		memcpy(r.name[i], h->name[p->index[i]], PAST_NAME);
	}
	r.devices = i;
	past_file_put(h->file, which, &r);
}

static void put(struct past *h, enum past_ring which, const struct past_span *s,
		uint64_t date)
{
	struct ring *r = ring_of(h, which);
	struct point *p = &r->point[r->n++ % r->size];
	uint32_t left = s->busy;
	int i, best;

	p->begin = s->begin;
	p->end = s->end;
	keep(&p->total, &s->total);
	for (i = 0; i < PAST_BUSIEST; i++) {
		best = busiest(s, left);
		p->index[i] = best;
		if (best < 0)
			continue;
		left &= ~(1u << best);
		keep(&p->device[i], &s->device[best]);
	}
	if (h->file)
		write_point(h, which, p, date);
}

/* Index of a device; -1: no room */
static int index_of(struct past *h, const char *dev)
{
	unsigned int i;

	for (i = 0; i < h->names; i++)
		if (!strncmp(h->name[i], dev, PAST_NAME - 1))
			return i;
	if (i == PAST_NAMES)
		return -1;
	strncpy(h->name[i], dev, PAST_NAME - 1);
	h->names++;
	return i;
}

static void add_span(struct past_span *to, const struct past_span *s)
{
	int i;

	if (!to->end)
		to->begin = s->begin;
	to->end = s->end;
	add(&to->total, &s->total);
	for (i = 0; i < PAST_NAMES; i++)
		if (s->busy & 1u << i)
			add(&to->device[i], &s->device[i]);
	to->busy |= s->busy;
}

static void add_point(struct past_span *to, const struct point *p)
{
	int i;

	if (!to->end)
		to->begin = p->begin;
	to->end = p->end;
	add_kept(&to->total, &p->total);
	for (i = 0; i < PAST_BUSIEST && p->index[i] >= 0; i++) {
		add_kept(&to->device[p->index[i]], &p->device[i]);
		to->busy |= 1u << p->index[i];
	}
}

static void end_minute(struct past *h, uint64_t date)
{
	put(h, PAST_BY_MINUTE, &h->minute, date);
	memset(&h->minute, 0, sizeof(h->minute));
}

static bool minute_is_over(const struct past *h)
{
	return h->minute.end - h->minute.begin >= A_MINUTE - SECOND / 2;
}

static size_t first(const struct ring *r)
{
	const size_t left = r->n > r->size ? r->n - r->size : 0;

	return left > r->from ? left : r->from;
}

/* May the loaded points move by @step, without meeting the later ones? */
static bool may_move(const struct past *h, const struct ring *r, int64_t step)
{
	return first(r) >= r->loaded ||
	       (int64_t)r->point[(r->loaded - 1) % r->size].end - step <=
	       (int64_t)h->start;
}

static void move(struct ring *r, int64_t step)
{
	struct point *p;
	size_t i = first(r);

	/* This clock has no time for points before its zero. */
	if (i < r->loaded && (int64_t)r->point[i % r->size].begin <= step)
		r->from = i = r->loaded;
	for (; i < r->loaded; i++) {
		p = &r->point[i % r->size];
		p->begin -= step;
		p->end -= step;
	}
}

/*
 * The points of this run move when the clock is set, and the loaded ones keep their
 * dates. Many boards begin with the time of their last shutdown, until a server tells
 * the time.
 */
static void follow_clock(struct past *h, uint64_t behind)
{
	const int64_t step = behind - h->behind;

	if ((step < (int64_t)SECOND && step > -(int64_t)SECOND) ||
	    !may_move(h, &h->seconds, step) || !may_move(h, &h->minutes, step))
		return;
	move(&h->seconds, step);
	move(&h->minutes, step);
	h->behind = behind;
}

void past_add(struct past *h, uint64_t now, uint64_t date, const struct report *r)
{
	struct past_span *s = &h->span;
	struct past_sum sum;
	size_t i;
	int at;

	if (h->last && now < h->last + A_SECOND)
		return;
	if (h->file)
		follow_clock(h, date - now);
	memset(s, 0, sizeof(*s));
	s->begin = h->last;
	s->end = now;
	sum = sum_of(&r->total.c);
	s->total = since(&sum, &h->total);
	h->total = sum;
	for (i = 0; i < r->ndevices; i++) {
		at = index_of(h, r->devices[i].dev ? r->devices[i].dev : "");
		if (at < 0)
			continue;
		sum = sum_of(&r->devices[i].c);
		s->device[at] = since(&sum, &h->device[at]);
		h->device[at] = sum;
		if (!idle(&s->device[at]))
			s->busy |= 1u << at;
	}
	h->last = now;
	if (!s->begin)
		return;
	put(h, PAST_BY_SECOND, s, date);
	add_span(&h->minute, s);
	if (minute_is_over(h))
		end_minute(h, date);
}

static uint64_t oldest(const struct ring *r)
{
	return first(r) < r->n ? r->point[first(r) % r->size].begin : UINT64_MAX;
}

struct load {
	struct past *h;
	enum past_ring which;
};

static void take_record(const struct past_record *record, void *arg)
{
	const struct load *l = arg;
	struct ring *r = ring_of(l->h, l->which);
	struct point *p = &r->point[r->n++ % r->size];
	unsigned int i, n = 0;
	int at;

	p->begin = record->begin - l->h->behind;
	p->end = record->end - l->h->behind;
	p->total = record->total;
	for (i = 0; i < record->devices; i++) {
		at = index_of(l->h, record->name[i]);
		if (at < 0)
			continue;
		p->index[n] = at;
		p->device[n++] = record->device[i];
	}
	while (n < PAST_BUSIEST)
		p->index[n++] = -1;
}

/* The minute in which the last server ended has only seconds. */
static void complete_minutes(struct past *h)
{
	const struct ring *m = &h->minutes;
	uint64_t done = m->n ? m->point[(m->n - 1) % m->size].end : 0;
	const struct point *p;
	size_t i;

	for (i = first(&h->seconds); i < h->seconds.n; i++) {
		p = &h->seconds.point[i % h->seconds.size];
		if (p->end < done + SECOND / 2)
			continue;
		if (h->minute.end && p->begin > h->minute.end + SECOND)
			end_minute(h, h->minute.end + h->behind);
		add_point(&h->minute, p);
		if (minute_is_over(h))
			end_minute(h, h->minute.end + h->behind);
	}
	if (h->minute.end)
		end_minute(h, h->minute.end + h->behind);
}

int past_keep(struct past *h, const char *path, uint64_t now, uint64_t date)
{
	struct load l = { .h = h };
	struct past_file *f;
	uint64_t newest;

	if (past_file_open(path, &f))
		return -1;
	if (!f)
		return 0;
	newest = past_file_newest(f);
	if (newest > date && newest - date >= A_DAY && past_file_has(f, date)) {
		err_warn("points later than this machine's clock are left out of the history %s", path);
	} else if (newest > date) {
		err_warn("this machine's clock is behind the history %s: no gap is shown until the clock is set", path);
		date = newest;
	}
	h->start = now;
	h->behind = date - now;
	for (l.which = 0; l.which < PAST_RINGS; l.which++)
		past_file_load(f, l.which, date, take_record, &l);
	h->file = f;
	complete_minutes(h);
	h->seconds.loaded = h->seconds.n;
	h->minutes.loaded = h->minutes.n;
	return 0;
}

uint64_t past_oldest(const struct past *h)
{
	const uint64_t minute = oldest(&h->minutes), second = oldest(&h->seconds);

	return minute < second ? minute : second;
}

const char *past_name(const struct past *h, unsigned int i)
{
	return i < h->names ? h->name[i] : NULL;
}

struct walk {
	uint64_t from, to, step;
	void (*take)(const struct past_span *s, void *arg);
	void *arg;
	struct past_span s;
};

static void flush(struct walk *w)
{
	if (w->s.end)
		w->take(&w->s, w->arg);
	memset(&w->s, 0, sizeof(w->s));
}

static void visit(struct walk *w, const struct point *p)
{
	if (p->end <= w->from || p->end > w->to)
		return;
	/* A gap stays a gap: a server was not running. */
	if (w->s.end && (p->begin > w->s.end + SECOND ||
			 (w->s.end - w->from - 1) / w->step !=
			 (p->end - w->from - 1) / w->step))
		flush(w);
	add_point(&w->s, p);
}

void past_walk(const struct past *h, uint64_t from, uint64_t to,
		  uint64_t step,
		  void (*take)(const struct past_span *s, void *arg),
		  void *arg)
{
	const uint64_t second = step < A_MINUTE ? oldest(&h->seconds) : UINT64_MAX;
	struct walk w = {
		.from = from, .to = to, .step = step, .take = take, .arg = arg,
	};
	uint64_t done = 0;
	const struct point *p;
	size_t i;

	for (i = first(&h->minutes); i < h->minutes.n; i++) {
		p = &h->minutes.point[i % h->minutes.size];
		if (p->begin >= second)
			break;
		visit(&w, p);
		done = p->end;
	}
	for (i = first(&h->seconds); i < h->seconds.n; i++) {
		p = &h->seconds.point[i % h->seconds.size];
		if (p->begin >= done)
			visit(&w, p);
	}
	flush(&w);
}
