// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "lib/read64.h"
#include "gone.h"

/* A ring as last read. */
struct ring {
	__u64 entry[V7S_GONE];
	uint64_t head;		/* written at the last reading */
	uint64_t seen;		/* read */
	uint64_t lapped;	/* certainly not: the ring went round between two readings */
	uint64_t unseen;	/* overwritten before that, as far as we know */
};

struct gone {
	unsigned int cpus;
	struct ring *ring;	/* per CPU */
	/* All that the rings have; at least half is 0. */
	__u64 *set;
	size_t mask;
	unsigned int shift;	/* 64 minus the bits of the mask */
	__u64 *fresh;
	size_t nfresh;
};

struct gone *gone_new(unsigned int cpus)
{
	struct gone *g = calloc(1, sizeof(*g));
	size_t room = 1;

	if (!g)
		return NULL;
	for (g->shift = 64; room < (size_t)2 * V7S_GONE * cpus; g->shift--)
		room *= 2;
	g->cpus = cpus;
	g->mask = room - 1;
	g->ring = calloc(cpus, sizeof(*g->ring));
	g->set = calloc(room, sizeof(*g->set));
	g->fresh = calloc((size_t)cpus * V7S_GONE, sizeof(*g->fresh));
	if (g->ring && g->set && g->fresh)
		return g;
	gone_free(g);
	return NULL;
}

void gone_free(struct gone *g)
{
	if (!g)
		return;
	free(g->ring);
	free(g->set);
	free(g->fresh);
	free(g);
}

/*
 * Numbers are never used again, so an entry that differs is a new one. Its place
 * and the head may become visible in any order. So it is the entries that count as
 * seen, and the head of the last reading tells how many there must be by now.
 *
 * But entries that are newer than that head count as seen, too, and hide as many that
 * are missing: up to a ring of them. What was written after the last reading, and
 * overwritten before this one, nobody has seen. If a program is just writing the last
 * entry, that may be one too many.
 *
 * The entries of a ring may be of any order and size: their lower bound is 0.
 */
static void read_ring(struct gone *g, struct ring *r, const struct v7s_cpu_counters *row,
		      bool settled)
{
	uint64_t must = r->head, head = read64(&row->gone_head, r->head);
	unsigned int i;
	__u64 entry;

	if (head > r->head + V7S_GONE)
		r->lapped += head - r->head - V7S_GONE;
	atomic_thread_fence(memory_order_acquire);
	for (i = 0; i < V7S_GONE; i++) {
		entry = read64(&row->gone[i], 0);
		if (entry == r->entry[i])
			continue;
		g->fresh[g->nfresh++] = r->entry[i] = entry;
		r->seen++;
	}
	r->head = read64(&row->gone_head, r->head);
	if (settled)
		must = r->head;
	if (must > r->seen + r->unseen)
		r->unseen = must - r->seen;
	if (r->lapped > r->unseen)
		r->unseen = r->lapped;
}

/*
 * Most numbers are consecutive. Their own lower bits would fill one half of the set
 * without a gap, and a lookup of a page table that lives would go through all of it. The
 * upper bits of the multiples of this number, 2^64 by the golden ratio, are spread evenly.
 */
static size_t first_place(const struct gone *g, __u64 pgtable)
{
	return pgtable * 0x9e3779b97f4a7c15ULL >> g->shift;
}

static __u64 *place(const struct gone *g, __u64 pgtable)
{
	size_t i = first_place(g, pgtable);

	while (g->set[i] && g->set[i] != pgtable)
		i = (i + 1) & g->mask;
	return &g->set[i];
}

void gone_read(struct gone *g, const struct cpu_rows *rows, bool settled)
{
	unsigned int cpu, i;
	__u64 entry;

	g->nfresh = 0;
	for (cpu = 0; cpu < g->cpus; cpu++)
		read_ring(g, &g->ring[cpu], cpu_row(rows, cpu), settled);
	if (!g->nfresh)
		return;
	memset(g->set, 0, (g->mask + 1) * sizeof(*g->set));
	for (cpu = 0; cpu < g->cpus; cpu++) {
		for (i = 0; i < V7S_GONE; i++) {
			entry = g->ring[cpu].entry[i];
			if (entry)
				*place(g, entry) = entry;
		}
	}
}

const __u64 *gone_fresh(const struct gone *g, size_t *n)
{
	*n = g->nfresh;
	return g->fresh;
}

bool gone_has(const struct gone *g, __u64 pgtable)
{
	return *place(g, pgtable);
}

uint64_t gone_unseen(const struct gone *g)
{
	uint64_t n = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < g->cpus; cpu++)
		n += g->ring[cpu].unseen;
	return n;
}
