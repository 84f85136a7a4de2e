// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "lib/cpus.h"
#include "lib/iommu_groups.h"
#include "lib/kernel.h"
#include "lib/read64.h"
#include "model/counts.h"
#include "other.h"
#include "table_slots.h"

/*
 * A page table whose slot has no event for so long makes room for another. Readings may
 * follow each other much faster, and then most slots have no event between two.
 */
#define IDLE_NS 500000000ULL

enum {
	DEFAULT_MOST	= 256,		/* slots of a CPU */
	DEFAULT_BYTES	= 8 << 20,	/* kernel memory of all CPUs with more than V7S_SLOTS */
};

/* Since that time began. */
enum state {
	IDLE,
	ACTIVE,
	NEW,		/* the slot was taken */
	LEAVING,	/* no program adds to it any more */
};

/* Events under other on a CPU. */
struct without_slot {
	uint64_t all;
	uint64_t more;		/* since that time began */
	bool before;		/* some in the time before it */
};

struct table_slots {
	struct cpu_rows rows;
	bool (*wait)(void);		/* for the programs */
	bool can_wait;			/* as far as we know */
	unsigned int each;		/* slots of a CPU; the last ones are other's */
	struct v7s_slot *last;		/* of all CPUs, as last read */
	__u8 *state;			/* likewise */
	uint64_t since;
	struct without_slot *without;	/* per CPU */
	struct v7s_events *kept;	/* per CPU, from slots that were freed */
};

unsigned int table_slots_default(unsigned int cpus, unsigned int groups)
{
	unsigned int n = V7S_SLOTS;

	while (n < groups && n < DEFAULT_MOST &&
	       cpus * V7S_ROW_SIZE((uint64_t)n * 2) <= DEFAULT_BYTES)
		n *= 2;
	return n;
}

unsigned int table_slots_here(void)
{
	return kernel_version() < KERNEL(5, 11) ? V7S_SLOTS :
	       table_slots_default(cpus_possible(), iommu_groups());
}

struct table_slots *table_slots_new(const struct cpu_rows *rows, bool (*wait)(void))
{
	struct table_slots *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->rows = *rows;
	s->wait = wait;
	s->each = rows->slots + 1 + V7S_DEVICES;
	s->last = calloc((size_t)rows->cpus * s->each, sizeof(*s->last));
	s->state = calloc((size_t)rows->cpus * s->each, sizeof(*s->state));
	s->without = calloc(rows->cpus, sizeof(*s->without));
	s->kept = calloc(rows->cpus, sizeof(*s->kept));
	if (s->last && s->state && s->without && s->kept)
		return s;
	table_slots_free(s);
	return NULL;
}

void table_slots_free(struct table_slots *s)
{
	if (!s)
		return;
	free(s->last);
	free(s->state);
	free(s->without);
	free(s->kept);
	free(s);
}

/* The slot number @n of all CPUs. */
static struct v7s_slot *slot_at(const struct table_slots *s, size_t n)
{
	struct v7s_cpu_counters *row = cpu_row(&s->rows, n / s->each);
	unsigned int i = n % s->each;

	return i < s->rows.slots ? &row->slot[i] : &row->other[i - s->rows.slots];
}

static enum state read_slot(struct v7s_slot *last, const struct v7s_slot *slot,
		      __u64 pgtable)
{
	const __u64 *from = (const __u64 *)&slot->c;
	__u64 *to = (__u64 *)&last->c, now;
	enum state state = last->pgtable != pgtable ? NEW : IDLE;
	size_t i;

	last->pgtable = pgtable;
	memcpy(last->dev, slot->dev, sizeof(last->dev));
	last->fmt = *(const volatile __u32 *)&slot->fmt;
	for (i = 0; i < V7S_COUNTS_U64; i++) {
		now = read64(&from[i], to[i]);
		if (now != to[i] && state == IDLE)
			state = ACTIVE;
		to[i] = now;
	}
	return state;
}

/*
 * Free a slot, so that the next page table on that CPU can use it. No program adds
 * to it any more: either they have been waited for, see end(). Or no more events
 * of a destroyed page table can come: its number is never reused, the
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

/* The name becomes visible at most a few loads after the number. */
static bool read_device(struct v7s_slot *last, const struct v7s_slot *slot)
{
	unsigned int tries;

	for (tries = 0; last->pgtable && tries < 1000000; tries++) {
		if (v7s_other_key((const __u64 *)last->dev, last->fmt) == last->pgtable)
			return true;
		atomic_thread_fence(memory_order_acquire);
		/* A CPU of 32 bits reads the number in two parts. */
		last->pgtable = read64(&slot->pgtable, 0);
		memcpy(last->dev, slot->dev, sizeof(last->dev));
		last->fmt = *(const volatile __u32 *)&slot->fmt;
	}
	return false;
}

static int take_other(struct model *m, struct v7s_slot *last, const struct v7s_slot *slot)
{
	if (read_device(last, slot))
		return model_other_of(m, last);
	model_other(m, &last->c);
	return 0;
}

int table_slots_read(struct table_slots *s, unsigned int cpu, struct model *m,
		     uint64_t *counted)
{
	struct v7s_events e = s->kept[cpu];
	struct v7s_slot *slot, *last;
	size_t n = (size_t)cpu * s->each, end = n + s->each, other = n + s->rows.slots;
	enum state state;
	__u64 pgtable;

	for (; n < end; n++) {
		slot = slot_at(s, n);
		last = &s->last[n];
		pgtable = read64(&slot->pgtable, 0);
		if ((!pgtable || pgtable == V7S_RESERVED) && n != other)
			continue;
		state = read_slot(last, slot, pgtable);
		if (state > s->state[n])
			s->state[n] = state;
		events_add(&e, &last->c.e);
		if (n < other ? model_add(m, last) : take_other(m, last, slot))
			return -1;
	}
	*counted += events_count(&e);
	return model_cpu(m, cpu, &e);
}

void table_slots_drop(struct table_slots *s, struct model *m,
		      bool (*gone)(void *arg, __u64 pgtable), void *arg)
{
	size_t n, all = (size_t)s->rows.cpus * s->each;
	struct v7s_slot *last;

	for (n = 0; n < all; n++) {
		last = &s->last[n];
		if (n % s->each >= s->rows.slots || !last->pgtable || !gone(arg, last->pgtable))
			continue;
		events_add(&s->kept[n / s->each], &last->c.e);
		model_gone(m, last->pgtable);
		free_slot(last, slot_at(s, n));
	}
}

/*
 * While we wait for the programs, a slot that leaves takes no event, and another slot may
 * not be found. So as long as each event has found a slot, none leaves: the counts stay
 * exact.
 *
 * The search for a slot gives up after V7S_TABLE_PROBES slots that are taken. So other
 * has events for want of a slot only if there are as many.
 */
static bool is_crowded(const struct table_slots *s, unsigned int used,
		       const struct without_slot *without)
{
	return without->all && (used > s->rows.slots / 2 ||
				(used >= V7S_TABLE_PROBES && without->more));
}

/*
 * Events under other per slot in use, where slots have just become too few. A new page table
 * with fewer events does not wait until it is idle. For one moment only: where too many
 * page tables are active for long, others like it would take its slot.
 */
static uint64_t fair_share(unsigned int used, const struct without_slot *without)
{
	return used && !without->before ? (without->more + used - 1) / used : 0;
}

static void count_without_slot(struct table_slots *s, unsigned int cpu)
{
	size_t end = (size_t)(cpu + 1) * s->each, n = end - 1 - V7S_DEVICES;
	struct without_slot *without = &s->without[cpu];
	uint64_t all = 0;

	for (; n < end; n++)
		all += events_count(&s->last[n].c.e);
	*without = (struct without_slot){
		.all = all, .more = all - without->all, .before = without->more,
	};
}

static unsigned int slots_used(const struct table_slots *s, unsigned int cpu)
{
	size_t n = (size_t)cpu * s->each, end = n + s->rows.slots;
	unsigned int used = 0;

	for (; n < end; n++)
		used += s->last[n].pgtable != 0;
	return used;
}

static bool may_leave(const struct table_slots *s, size_t n, uint64_t share)
{
	return s->last[n].pgtable &&
	       (s->state[n] == IDLE ||
		(s->state[n] == NEW && events_count(&s->last[n].c.e) < share));
}

/* Where a CPU has too few free slots, mark the idle ones. Returns their number. */
static size_t find_idle(struct table_slots *s)
{
	unsigned int cpu, i, used;
	size_t found = 0, n;
	uint64_t share;
	bool crowded;

	for (cpu = 0; cpu < s->rows.cpus; cpu++) {
		used = slots_used(s, cpu);
		count_without_slot(s, cpu);
		crowded = is_crowded(s, used, &s->without[cpu]);
		share = fair_share(used, &s->without[cpu]);
		n = (size_t)cpu * s->each;
		for (i = 0; i < s->rows.slots; i++, n++) {
			if (crowded && may_leave(s, n, share)) {
				s->state[n] = LEAVING;
				found++;
			} else {
				s->state[n] = IDLE;
			}
		}
	}
	return found;
}

/* No program finds the slot from here on, and none takes it. */
static void leave(struct table_slots *s, size_t n, struct v7s_slot *slot, struct model *m)
{
	(void)s;
	(void)n;
	(void)m;
	*(volatile __u64 *)&slot->pgtable = V7S_RESERVED;
}

/* The page table may have another slot by now. The tool adds up both slots. */
static void come_back(struct table_slots *s, size_t n, struct v7s_slot *slot, struct model *m)
{
	(void)m;
	*(volatile __u64 *)&slot->pgtable = s->last[n].pgtable;
	s->state[n] = IDLE;
}

/* A program may have found the slot before, and have added to it since it was read. */
static void end(struct table_slots *s, size_t n, struct v7s_slot *slot, struct model *m)
{
	struct v7s_slot *last = &s->last[n];

	read_slot(last, slot, last->pgtable);
	events_add(&s->kept[n / s->each], &last->c.e);
	model_table_final(m, last);
	free_slot(last, slot);
	s->state[n] = IDLE;
}

static void each_leaving(struct table_slots *s, struct model *m,
			 void (*call)(struct table_slots *s, size_t n, struct v7s_slot *slot,
				      struct model *m))
{
	size_t n, all = (size_t)s->rows.cpus * s->each;

	for (n = 0; n < all; n++)
		if (s->state[n] == LEAVING)
			call(s, n, slot_at(s, n), m);
}

static bool wait(struct table_slots *s)
{
	s->can_wait = !s->wait || s->wait();
	return s->can_wait;
}

void table_slots_make_room(struct table_slots *s, struct model *m, uint64_t now)
{
	if (now - s->since < IDLE_NS)
		return;
	s->since = now;
	if (!find_idle(s))
		return;
	/* Where waiting is not possible, no slot leaves. */
	if (!s->can_wait && !wait(s)) {
		each_leaving(s, m, come_back);
		return;
	}
	each_leaving(s, m, leave);
	each_leaving(s, m, wait(s) ? end : come_back);
}
