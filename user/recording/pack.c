// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "pack_internal.h"

/* Largest size of an event without its stack, and of a stack. */
enum {
	EVENT_MAX	= 256,
	SYMBOL_MAX	= 511,
	STACK_MAX	= V7S_STACK_DEPTH * (SYMBOL_MAX + PACK_FRAME) + 16,
};

_Static_assert(BLOCK_FULL + EVENT_MAX + STACK_MAX <= BLOCK_MAX, "an event");
_Static_assert(BLOCK_FULL + ITEM_MAX <= BLOCK_MAX, "an item");
_Static_assert((int)V7S_EVENTS == TAG_DROPPED, "events in a tag");

enum { HASH = 4 * PACK_TASKS };	/* a power of two; at most a quarter is used */

struct packer {
	uint64_t time;			/* previous event */
	unsigned int cpu, table, count;
	unsigned int tasks, tables, stacks;
	uint8_t *at, *end;		/* full when @at reaches @end */
	struct {
		uint64_t id;
		char comm[V7S_COMM];
	} task[PACK_TASKS];
	struct {
		uint64_t pgtable, iova;
		char dev[V7S_DEV];
		unsigned int fmt;
	} tablev[PACK_TABLES];
	int32_t stackv[PACK_STACKS];
	uint16_t task_of_cpu[PACK_CPUS];	/* 0: no task yet */
	uint16_t task_hash[HASH], table_hash[HASH], stack_hash[HASH];
	uint8_t buf[BLOCK_HEADER + BLOCK_MAX];
};

struct packer *packer_new(size_t full)
{
	struct packer *p = malloc(sizeof(*p));

	if (!p)
		return NULL;
	p->end = p->buf + BLOCK_HEADER + (full < BLOCK_FULL ? full : BLOCK_FULL);
	packer_begin(p);
	return p;
}

void packer_free(struct packer *p)
{
	free(p);
}

void packer_begin(struct packer *p)
{
	p->time = 0;
	p->cpu = p->table = p->count = 0;
	p->tasks = p->tables = p->stacks = 0;
	p->at = p->buf + BLOCK_HEADER;
	memset(p->task_of_cpu, 0, sizeof(p->task_of_cpu));
	memset(p->task_hash, 0, sizeof(p->task_hash));
	memset(p->table_hash, 0, sizeof(p->table_hash));
	memset(p->stack_hash, 0, sizeof(p->stack_hash));
}

uint8_t *packer_block(struct packer *p, struct block *b)
{
	uint8_t *payload = p->buf + BLOCK_HEADER;

	b->type = BLOCK_EVENTS;
	b->size = p->at - payload;
	b->time = p->time;
	b->count = p->count;
	return payload;
}

static unsigned int hash(uint64_t n)
{
	return n * 0x9e3779b97f4a7c15ULL >> 32 & (HASH - 1);
}

static bool same_task(const struct packer *p, unsigned int i,
		      const struct v7s_record *r)
{
	return p->task[i - 1].id == r->task &&
	       !memcmp(p->task[i - 1].comm, r->comm, V7S_COMM);
}

static bool same_table(const struct packer *p, unsigned int i,
		       const struct v7s_record *r)
{
	return p->tablev[i - 1].pgtable == r->pgtable &&
	       p->tablev[i - 1].fmt == r->fmt &&
	       !memcmp(p->tablev[i - 1].dev, r->dev, V7S_DEV);
}

/*
 * The functions below pass @at in a register: the compiler would load and store
 * a member of the packer around each byte.
 */

/* Write the number of the task; a new task is defined here. */
static uint8_t *put_task(struct packer *p, uint8_t *at,
			 const struct v7s_record *r, unsigned int *task)
{
	unsigned int h = hash(r->task), i;

	while ((i = p->task_hash[h]) && !same_task(p, i, r))
		h = (h + 1) & (HASH - 1);
	*task = i;
	if (i)
		return varint_put(at, i);
	*task = i = p->task_hash[h] = ++p->tasks;
	p->task[i - 1].id = r->task;
	memcpy(p->task[i - 1].comm, r->comm, V7S_COMM);
	at = varint_put(at, 0);
	at = varint_put(at, r->task >> 32);
	at = varint_put(at, r->task & UINT32_MAX);
	return wire_put_text(at, r->comm, V7S_COMM - 1);
}

static uint8_t *put_table(struct packer *p, uint8_t *at,
			  const struct v7s_record *r)
{
	unsigned int h = hash(r->pgtable), i;

	while ((i = p->table_hash[h]) && !same_table(p, i, r))
		h = (h + 1) & (HASH - 1);
	p->table = i;
	if (i)
		return varint_put(at, i);
	p->table = i = p->table_hash[h] = ++p->tables;
	p->tablev[i - 1].pgtable = r->pgtable;
	p->tablev[i - 1].fmt = r->fmt;
	p->tablev[i - 1].iova = 0;
	memcpy(p->tablev[i - 1].dev, r->dev, V7S_DEV);
	at = varint_put(at, 0);
	at = varint_put(at, r->pgtable);
	*at++ = r->fmt;
	return wire_put_text(at, r->dev, V7S_DEV - 1);
}

/* An address would reveal the kernel's layout: only without a symbol. */
uint8_t *pack_frames(uint8_t *p, const struct frame *frame,
		     unsigned int frames, size_t max)
{
	unsigned int i;

	*p++ = frames;
	for (i = 0; i < frames; i++) {
		p = wire_put_text(p, frame[i].symbol ? frame[i].symbol : "",
				  max);
		p = varint_put(p, frame[i].symbol ? frame[i].offset
						       : frame[i].address);
	}
	return p;
}

static uint8_t *put_stack(struct packer *p, uint8_t *at, int32_t id,
			  const struct frame *frame, unsigned int frames)
{
	unsigned int h = hash(id), i;

	while ((i = p->stack_hash[h]) && p->stackv[i - 1] != id)
		h = (h + 1) & (HASH - 1);
	if (i)
		return varint_put(at, i);
	p->stack_hash[h] = ++p->stacks;
	p->stackv[p->stacks - 1] = id;
	at = varint_put(at, 0);
	return pack_frames(at, frame, frames, SYMBOL_MAX);
}

/* 0 means unknown, so all values are stored plus 1. */
static uint8_t *put_ns(uint8_t *at, uint64_t ns)
{
	return varint_put(at, ns + 1);
}

static uint8_t *put_size(uint8_t *at, uint64_t n)
{
	if (n && !(n & (n - 1))) {
		*at++ = __builtin_ctzll(n);
		return at;
	}
	*at++ = n ? SIZE_OTHER : SIZE_ZERO;
	return n ? varint_put(at, n) : at;
}

/*
 * A page-aligned IOVA is stored as distance, in pages, from the last one of its
 * page table.
 */
static uint8_t *put_iova(struct packer *p, uint8_t *at, uint64_t iova)
{
	uint64_t *last = &p->tablev[p->table - 1].iova;
	int64_t pages;

	if (iova & ((1 << PAGE_BITS) - 1)) {
		at = varint_put(at, 1);
		return varint_put(at, iova);
	}
	pages = (int64_t)(iova >> PAGE_BITS) - (int64_t)(*last >> PAGE_BITS);
	*last = iova;
	return varint_put(at, ((uint64_t)pages << 1 ^
				    (pages < 0 ? UINT64_MAX : 0)) << 1);
}

static bool is_odd(const struct v7s_record *r)
{
	return r->event >= V7S_EVENTS || r->why > 7 || r->outcome > 3 ||
	       (r->level >= NO_LEVEL && r->level != UINT8_MAX);
}

static uint8_t *put_odd(uint8_t *at, const struct v7s_record *r)
{
	*at++ = r->event;
	*at++ = r->level;
	*at++ = r->why;
	*at++ = r->outcome;
	at = varint_put(at, r->iova);
	at = varint_put(at, r->size);
	at = varint_put(at, r->block_size);
	at = put_ns(at, r->ns);
	at = put_ns(at, r->hold_ns);
	return wire_put_signed(at, r->holder);
}

static uint8_t *put_rest(struct packer *p, uint8_t *at,
			 const struct v7s_record *r)
{
	unsigned int level = r->level == UINT8_MAX ? NO_LEVEL : r->level;

	if (r->event == V7S_EVENT_CREATE) {
		/* The address sizes; 0 means unknown here, too. */
		at = varint_put(at, r->iova + 1);
		return varint_put(at, r->size);
	}
	if (r->event == V7S_EVENT_DESTROY)
		return at;
	*at++ = level | r->why << 3 | r->outcome << 6;
	at = put_iova(p, at, r->iova);
	if (r->event == V7S_EVENT_INSTALL)
		return put_ns(at, r->ns);
	if (r->event == V7S_EVENT_REFUSE)
		return put_size(at, r->size);
	if (r->event != V7S_EVENT_SPLIT)
		return at;
	at = put_size(at, r->block_size);
	at = put_size(at, r->size);
	at = put_ns(at, r->ns);
	at = put_ns(at, r->hold_ns);
	return wire_put_signed(at, r->holder);
}

static bool has_room(const struct packer *p)
{
	return p->at < p->end && p->tasks < PACK_TASKS &&
	       p->tables < PACK_TABLES && p->stacks < PACK_STACKS;
}

static uint8_t *put_dropped(uint8_t *at, uint64_t n)
{
	*at++ = TAG_DROPPED;
	return varint_put(at, n);
}

bool pack_event(struct packer *p, unsigned int cpu, const struct v7s_record *r,
		const struct frame *frame, unsigned int frames)
{
	unsigned int tag = is_odd(r) ? TAG_ODD : r->event, i;
	uint64_t delta = r->time - p->time;
	uint8_t *at = p->at, *first;

	if (!has_room(p))
		return false;
	if (r->dropped)
		at = put_dropped(at, r->dropped);
	first = at++;
	if (p->count && cpu == p->cpu)
		tag |= TAG_CPU;
	else
		at = varint_put(at, cpu);
	if (r->time < p->time) {
		tag |= TAG_BACK;
		delta = -delta;
	}
	at = varint_put(at, delta);

	i = cpu < PACK_CPUS ? p->task_of_cpu[cpu] : 0;
	if (i && same_task(p, i, r))
		tag |= TAG_TASK;
	else
		at = put_task(p, at, r, &i);
	if (cpu < PACK_CPUS)
		p->task_of_cpu[cpu] = i;

	if (p->table && same_table(p, p->table, r))
		tag |= TAG_TABLE;
	else
		at = put_table(p, at, r);

	if (frames) {
		tag |= TAG_STACK;
		at = put_stack(p, at, r->stack, frame, frames);
	}
	*first = tag;
	if ((tag & TAG_KIND) == TAG_ODD)
		at = put_odd(at, r);
	else
		at = put_rest(p, at, r);
	p->at = at;
	p->time = r->time;
	p->cpu = cpu;
	p->count++;
	return true;
}

/*
 * Most counters are 0: store the distance to the next other one, and its value.
 */
uint8_t *pack_counters(uint8_t *p, const __u64 *counter, size_t n)
{
	size_t i, last = 0, used = 0;

	for (i = 0; i < n; i++)
		used += counter[i] != 0;
	p = varint_put(p, used);
	for (i = 0; i < n; i++) {
		if (!counter[i])
			continue;
		p = varint_put(p, i - last);
		p = varint_put(p, counter[i]);
		last = i;
	}
	return p;
}

uint8_t *pack_item(uint8_t *p, const struct item *item, bool key)
{
	*p++ = item->kind | (key ? ITEM_IS_GONE : 0);
	p = varint_put(p, item->pgtable);
	p = varint_put(p, item->id);
	if (key)
		return p;
	p = varint_put(p, item->who);
	p = varint_put(p, item->n);
	p = varint_put(p, item->fmt);
	*p++ = item->flags;
	p = wire_put_text(p, item->dev, V7S_DEV - 1);
	p = wire_put_text(p, item->name, V7S_COMM - 1);
	p = wire_put_text(p, item->name2, V7S_COMM - 1);
	if (item->trace)
		p = pack_frames(p, item->trace->frame, item->trace->frames,
				SYMBOL_MAX);
	else
		*p++ = 0;
	return pack_counters(p, item->counter, item->counters);
}
