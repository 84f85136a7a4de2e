// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "lib/util.h"
#include "counts.h"

void events_add(struct v7s_events *to, const struct v7s_events *e)
{
	const __u64 *src = (const __u64 *)e;
	__u64 *dst = (__u64 *)to;
	size_t i;

	for (i = 0; i < V7S_EVENTS_U64; i++)
		dst[i] += src[i];
}

/* Add all members except max, which is the larger of both. */
void counts_add(struct v7s_counts *to, const struct v7s_counts *c)
{
	const uint64_t *src = (const uint64_t *)c;
	uint64_t *dst = (uint64_t *)to;
	uint64_t max[V7S_HISTS];
	size_t i;

	for (i = 0; i < V7S_HISTS; i++)
		max[i] = to->hist[i].max > c->hist[i].max ? to->hist[i].max
							  : c->hist[i].max;
	for (i = 0; i < V7S_COUNTS_U64; i++)
		dst[i] += src[i];
	for (i = 0; i < V7S_HISTS; i++)
		to->hist[i].max = max[i];
}

void counts_subtract(struct v7s_counts *from, const struct v7s_counts *c)
{
	const uint64_t *src = (const uint64_t *)c;
	uint64_t *dst = (uint64_t *)from;
	uint64_t max[V7S_HISTS];
	size_t i;

	for (i = 0; i < V7S_HISTS; i++)
		max[i] = from->hist[i].max;
	for (i = 0; i < V7S_COUNTS_U64; i++)
		dst[i] -= src[i];
	for (i = 0; i < V7S_HISTS; i++)
		from->hist[i].max = max[i];
}

static uint64_t difference(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

uint64_t late_update(struct late *l, uint64_t now, uint64_t attempts,
		     uint64_t not_done, bool settled)
{
	uint64_t done;

	if (now - l->at >= LATE_NS) {
		l->old = l->attempts;
		l->attempts = attempts;
		l->at = now;
	}
	if (settled)
		l->old = l->attempts = attempts;
	done = difference(l->old, not_done);
	if (done > l->done)
		l->done = done;
	return l->done;
}

void late_add(struct late *to, const struct late *from)
{
	to->old += from->old;
	to->attempts += from->attempts;
	to->done += from->done;
}

void late_events(struct late *l, uint64_t now, struct v7s_events *e,
		 bool settled)
{
	__u64 *split = e->split[V7S_BLOCK];

	split[V7S_DONE] = late_update(l, now, split[V7S_DONE],
				      split[V7S_FOUND_DONE] +
				      split[V7S_SPLIT_GONE], settled);
}

static uint64_t sum(const __u64 *n, size_t count)
{
	uint64_t all = 0;

	while (count--)
		all += *n++;
	return all;
}

uint64_t events_installs(const struct v7s_events *c)
{
	return sum(c->install[0], sizeof(c->install) / sizeof(__u64));
}

uint64_t events_installs_lost(const struct v7s_events *c)
{
	uint64_t lost = events_installs(c) + c->lost;
	int why;

	for (why = 0; why < V7S_INSTALL_WHY; why++)
		lost -= c->install[why][V7S_WON];
	return lost;
}

uint64_t events_installs_won(const struct v7s_events *c)
{
	uint64_t won = 0;
	int why;

	for (why = 0; why < V7S_INSTALL_WHY; why++)
		won += c->install[why][V7S_WON];
	return difference(won, c->lost);
}

uint64_t events_splits(const struct v7s_events *c)
{
	return sum(c->split[0], sizeof(c->split) / sizeof(__u64));
}

uint64_t events_splits_by_outcome(const struct v7s_events *c, int outcome)
{
	uint64_t all = 0;
	int kind;

	for (kind = 0; kind < V7S_SPLIT_KIND; kind++)
		all += c->split[kind][outcome];
	return all;
}

uint64_t events_frees(const struct v7s_events *c)
{
	return sum(c->free, V7S_FREE_WHY);
}

uint64_t events_refusals(const struct v7s_events *c)
{
	return sum(c->refuse, V7S_REFUSE_WHY) - c->refuse[V7S_REFUSE_EXPECTED];
}

uint64_t events_count(const struct v7s_events *c)
{
	return events_installs(c) + events_splits(c) + events_frees(c) +
	       sum(c->refuse, V7S_REFUSE_WHY) + c->create + c->unknown;
}

int events_compare(const struct v7s_events *a, const struct v7s_events *b)
{
	uint64_t lost_a = events_installs_lost(a), lost_b = events_installs_lost(b);
	uint64_t all_a = events_count(a), all_b = events_count(b);

	if (lost_a != lost_b)
		return lost_a < lost_b ? 1 : -1;
	return all_a < all_b ? 1 : all_a > all_b ? -1 : 0;
}

uint64_t hist_count(const struct v7s_hist *h)
{
	return sum(h->bucket, V7S_BUCKETS);
}

int64_t events_lost_ppm(const struct v7s_events *c)
{
	uint64_t lost = events_installs_lost(c), won = events_installs_won(c);
	/* In floating point: counters of a damaged file may have any value. */
	double all = (double)lost + won;

	return all ? (int64_t)(1e6 * lost / all + 0.5) : UNKNOWN;
}

int64_t hist_percentile(const struct v7s_hist *h, unsigned int percent)
{
	uint64_t count = hist_count(h), rank, below = 0, bound;
	int i;

	if (!count)
		return UNKNOWN;
	/* The rank of the percentile, rounded up, without overflow. */
	rank = count / 100 * percent + (count % 100 * percent + 99) / 100;
	if (!rank)
		rank = 1;
	for (i = 0; i < V7S_BUCKETS - 1; i++) {
		below += h->bucket[i];
		if (below >= rank)
			break;
	}
	bound = 1ULL << i;
	return i == V7S_BUCKETS - 1 || bound > h->max ? h->max : bound;
}
