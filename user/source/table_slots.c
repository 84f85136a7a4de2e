// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "lib/read64.h"
#include "model/counts.h"
#include "table_slots.h"

struct table_slots {
	struct v7s_cpu_counters *rows;
	unsigned int cpus;
	struct v7s_slot *last;		/* of all CPUs, as last read */
	struct v7s_events *kept;	/* per CPU, from slots that were freed */
};

struct table_slots *table_slots_new(struct v7s_cpu_counters *rows, unsigned int cpus)
{
	struct table_slots *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->rows = rows;
	s->cpus = cpus;
	s->last = calloc((size_t)cpus * (V7S_SLOTS + 1), sizeof(*s->last));
	s->kept = calloc(cpus, sizeof(*s->kept));
	if (s->last && s->kept)
		return s;
	table_slots_free(s);
	return NULL;
}

void table_slots_free(struct table_slots *s)
{
	if (!s)
		return;
	free(s->last);
	free(s->kept);
	free(s);
}

static void read_slot(struct v7s_slot *last, const struct v7s_slot *slot,
		      __u64 pgtable)
{
	const __u64 *from = (const __u64 *)&slot->c;
	__u64 *to = (__u64 *)&last->c;
	size_t i;

	last->pgtable = pgtable;
	memcpy(last->dev, slot->dev, sizeof(last->dev));
	last->fmt = *(const volatile __u32 *)&slot->fmt;
	for (i = 0; i < V7S_COUNTS_U64; i++)
		to[i] = read64(&from[i], to[i]);
}

/*
 * Free a slot, so that the next page table on that CPU can use it. No more
 * events of the old page table can come: its number is never reused, the
 * teardown after the destroy event emits none, and the destroying CPU ensures
 * that no one uses the page table. The counts of other CPUs were visible to the
 * CPU that destroyed it, and so to us, because we have read the list of that
 * CPU first.
 *
 * Counters first, number last: see claim() in count.h.
 */
static void free_slot(struct v7s_slot *last, struct v7s_slot *slot)
{
	volatile __u64 *c = (volatile __u64 *)&slot->c;
	size_t i;

	for (i = 0; i < V7S_COUNTS_U64; i++)
		c[i] = 0;
	memset(slot->dev, 0, sizeof(slot->dev));
	slot->fmt = 0;
	atomic_thread_fence(memory_order_seq_cst);
	*(volatile __u64 *)&slot->pgtable = 0;
	memset(last, 0, sizeof(*last));
}

int table_slots_read(struct table_slots *s, unsigned int cpu, struct model *m,
		     uint64_t *counted)
{
	struct v7s_events e = s->kept[cpu];
	struct v7s_slot *slot, *last;
	__u64 pgtable;
	unsigned int i;

	for (i = 0; i <= V7S_SLOTS; i++) {
		slot = &s->rows[cpu].slot[i];
		last = &s->last[cpu * (V7S_SLOTS + 1) + i];
		pgtable = read64(&slot->pgtable, 0);
		if ((!pgtable || pgtable == V7S_RESERVED) && i != V7S_OTHER)
			continue;
		read_slot(last, slot, pgtable);
		events_add(&e, &last->c.e);
		if (i == V7S_OTHER)
			model_other(m, &last->c);
		else if (model_add(m, last))
			return -1;
	}
	*counted += events_count(&e);
	return model_cpu(m, cpu, &e);
}

void table_slots_drop(struct table_slots *s, struct model *m,
		      bool (*gone)(void *arg, __u64 pgtable), void *arg)
{
	unsigned int cpu, i;
	struct v7s_slot *last;

	for (cpu = 0; cpu < s->cpus; cpu++) {
		for (i = 0; i < V7S_SLOTS; i++) {
			last = &s->last[cpu * (V7S_SLOTS + 1) + i];
			if (!last->pgtable || !gone(arg, last->pgtable))
				continue;
			events_add(&s->kept[cpu], &last->c.e);
			model_gone(m, last->pgtable);
			free_slot(last, &s->rows[cpu].slot[i]);
		}
	}
}
