// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "pack_internal.h"

struct unpacker {
	struct wire w;
	uint64_t time;			/* previous event */
	unsigned int cpu, table;	/* previous event; table 0: none */
	unsigned int tasks, tables, stacks;
	struct {
		uint64_t id;
		const char *comm;
	} task[PACK_TASKS];
	struct {
		uint64_t pgtable, iova;
		const char *dev;
		uint8_t fmt;
	} tablev[PACK_TABLES];
	struct trace stackv[PACK_STACKS];
	uint16_t task_of_cpu[PACK_CPUS];
};

struct unpacker *unpacker_new(void)
{
	return calloc(1, sizeof(struct unpacker));
}

void unpacker_free(struct unpacker *u)
{
	free(u);
}

void unpacker_begin(struct unpacker *u, const uint8_t *payload, size_t size)
{
	u->w = (struct wire){ .at = payload, .end = payload + size };
	u->time = 0;
	u->cpu = u->table = 0;
	u->tasks = u->tables = u->stacks = 0;
	memset(u->task_of_cpu, 0, sizeof(u->task_of_cpu));
}

/*
 * Get the number of an object; the number after the last one: its definition
 * follows.
 */
static unsigned int get_number(struct wire *w, unsigned int have,
			       unsigned int room)
{
	uint64_t n = varint_get(w);

	if (n > have || (!n && have == room)) {
		w->bad = true;
		return 0;
	}
	return n ? n : have + 1;
}

static unsigned int get_task(struct unpacker *u)
{
	unsigned int i = get_number(&u->w, u->tasks, PACK_TASKS);

	if (i > u->tasks) {
		u->task[u->tasks].id = varint_get(&u->w) << 32;
		u->task[u->tasks].id |= varint_get(&u->w) & UINT32_MAX;
		u->task[u->tasks++].comm = wire_get_text(&u->w);
	}
	return i;
}

static unsigned int get_table(struct unpacker *u)
{
	unsigned int i = get_number(&u->w, u->tables, PACK_TABLES);

	if (i > u->tables) {
		u->tablev[u->tables].pgtable = varint_get(&u->w);
		u->tablev[u->tables].fmt = wire_get(&u->w, 1);
		u->tablev[u->tables].iova = 0;
		u->tablev[u->tables++].dev = wire_get_text(&u->w);
	}
	return i;
}

void unpack_frames(struct wire *w, struct trace *t)
{
	unsigned int i;
	uint64_t at;

	t->frames = wire_get(w, 1);
	if (t->frames > V7S_STACK_DEPTH) {
		w->bad = true;
		t->frames = 0;
	}
	for (i = 0; i < t->frames; i++) {
		t->frame[i] = (struct frame){ .symbol = wire_get_text(w) };
		at = varint_get(w);
		if (*t->frame[i].symbol) {
			t->frame[i].offset = at;
		} else {
			t->frame[i].symbol = NULL;
			t->frame[i].address = at;
		}
	}
}

static int get_stack(struct unpacker *u)
{
	unsigned int i = get_number(&u->w, u->stacks, PACK_STACKS);

	if (i > u->stacks)
		unpack_frames(&u->w, &u->stackv[u->stacks++]);
	return i - 1;
}

static uint64_t get_ns(struct unpacker *u)
{
	return varint_get(&u->w) - 1;
}

static uint64_t get_size(struct unpacker *u)
{
	unsigned int code = wire_get(&u->w, 1);

	if (code < SIZE_ZERO)
		return 1ULL << code;
	if (code > SIZE_OTHER)
		u->w.bad = true;
	return code == SIZE_OTHER ? varint_get(&u->w) : 0;
}

static uint64_t get_iova(struct unpacker *u)
{
	uint64_t *last = &u->tablev[u->table - 1].iova;
	uint64_t n = varint_get(&u->w);

	if (n & 1)
		return varint_get(&u->w);
	n >>= 1;
	*last += (n >> 1 ^ (n & 1 ? UINT64_MAX : 0)) << PAGE_BITS;
	return *last;
}

static void get_odd(struct unpacker *u, struct v7s_record *r)
{
	r->event = wire_get(&u->w, 1);
	r->level = wire_get(&u->w, 1);
	r->why = wire_get(&u->w, 1);
	r->outcome = wire_get(&u->w, 1);
	r->iova = varint_get(&u->w);
	r->size = varint_get(&u->w);
	r->block_size = varint_get(&u->w);
	r->ns = get_ns(u);
	r->hold_ns = get_ns(u);
	r->holder = wire_get_signed(&u->w);
}

static void get_rest(struct unpacker *u, struct v7s_record *r)
{
	unsigned int bits;

	if (r->event == V7S_EVENT_CREATE) {
		r->iova = varint_get(&u->w) - 1;
		r->size = varint_get(&u->w);
		return;
	}
	if (r->event == V7S_EVENT_DESTROY)
		return;
	bits = wire_get(&u->w, 1);
	r->level = (bits & 7) == NO_LEVEL ? UINT8_MAX : bits & 7;
	r->why = bits >> 3 & 7;
	r->outcome = bits >> 6;
	r->iova = get_iova(u);
	if (r->event == V7S_EVENT_INSTALL) {
		r->ns = get_ns(u);
	} else if (r->event == V7S_EVENT_SPLIT) {
		r->block_size = get_size(u);
		r->size = get_size(u);
		r->ns = get_ns(u);
		r->hold_ns = get_ns(u);
		r->holder = wire_get_signed(&u->w);
	} else if (r->event == V7S_EVENT_REFUSE) {
		r->size = get_size(u);
	}
}

static unsigned int get_cpu(struct unpacker *u)
{
	uint64_t cpu = varint_get(&u->w);

	if (cpu > INT32_MAX)
		u->w.bad = true;
	return u->w.bad ? 0 : cpu;
}

/* The number of events dropped on the CPU precedes the event's tag. */
static unsigned int get_tag(struct unpacker *u, struct v7s_record *r)
{
	unsigned int tag = wire_get(&u->w, 1);

	if (tag == TAG_DROPPED) {
		r->dropped = varint_get(&u->w);
		tag = wire_get(&u->w, 1);
	}
	if ((tag & TAG_KIND) == TAG_DROPPED)
		u->w.bad = true;
	return tag;
}

int unpack_event(struct unpacker *u, unsigned int *cpu, struct v7s_record *r)
{
	unsigned int tag, i;
	uint64_t delta;

	if (u->w.at == u->w.end)
		return 0;
	memset(r, 0, sizeof(*r));
	tag = get_tag(u, r);
	*cpu = tag & TAG_CPU ? u->cpu : get_cpu(u);
	delta = varint_get(&u->w);
	r->time = tag & TAG_BACK ? u->time - delta : u->time + delta;

	i = *cpu < PACK_CPUS ? u->task_of_cpu[*cpu] : 0;
	if (!(tag & TAG_TASK))
		i = get_task(u);
	if (!(tag & TAG_TABLE))
		u->table = get_table(u);
	r->stack = tag & TAG_STACK ? get_stack(u) : -1;
	if (u->w.bad || !i || !u->table)
		return -1;
	if (*cpu < PACK_CPUS)
		u->task_of_cpu[*cpu] = i;
	r->task = u->task[i - 1].id;
	strncpy(r->comm, u->task[i - 1].comm, V7S_COMM - 1);
	r->pgtable = u->tablev[u->table - 1].pgtable;
	r->fmt = u->tablev[u->table - 1].fmt;
	strncpy(r->dev, u->tablev[u->table - 1].dev, V7S_DEV - 1);
	r->holder = -1;
	r->level = UINT8_MAX;
	if ((tag & TAG_KIND) == TAG_ODD) {
		get_odd(u, r);
	} else {
		r->event = tag & TAG_KIND;
		get_rest(u, r);
	}
	u->time = r->time;
	u->cpu = *cpu;
	return u->w.bad ? -1 : 1;
}

unsigned int unpack_stack(struct unpacker *u, int stack,
			  struct frame frame[V7S_STACK_DEPTH])
{
	const struct trace *t;

	if (stack < 0 || (unsigned int)stack >= u->stacks)
		return 0;
	t = &u->stackv[stack];
	memcpy(frame, t->frame, t->frames * sizeof(*frame));
	return t->frames;
}

/* Skip counters of later versions. */
#define COUNTER_OF(member) (offsetof(struct v7s_events, member) / sizeof(__u64))

_Static_assert(offsetof(struct visibility, refuse[V7S_REFUSE_EXPECTED]) ==
	       COUNTER_OF(refuse[V7S_REFUSE_EXPECTED]),
	       "visibility in the order of the counters");

size_t unpack_index(unsigned int version, size_t i)
{
	if (version < 2 && i >= COUNTER_OF(free[V7S_FREE_REPLACED_LIVE]))
		i++;
	if (version < 2 && i >= COUNTER_OF(refuse[V7S_REFUSE_EXPECTED]))
		i++;
	return i;
}

size_t unpack_counters(struct wire *w, unsigned int version,
		       size_t (*index)(unsigned int version, size_t i),
		       __u64 *counter, size_t room)
{
	uint64_t used = varint_get(w), value;
	size_t at = 0, n = 0, to;

	memset(counter, 0, room * sizeof(*counter));
	while (used-- && !w->bad) {
		at += varint_get(w) & UINT16_MAX;
		value = varint_get(w);
		to = index ? index(version, at) : at;
		if (to >= room)
			continue;
		counter[to] = value;
		n = to + 1;
	}
	return n;
}

bool unpack_item(struct wire *w, unsigned int version, struct unpacked *u)
{
	struct item *item = &u->item;
	unsigned int kind;

	if (w->at == w->end)
		return false;
	memset(item, 0, sizeof(*item));
	item->dev = item->name = item->name2 = "";
	kind = wire_get(w, 1);
	u->gone = kind & ITEM_IS_GONE;
	item->kind = kind & ~ITEM_IS_GONE;
	item->pgtable = varint_get(w);
	item->id = varint_get(w);
	u->trace.frames = 0;
	item->counter = u->counter;
	if (u->gone)
		return !w->bad;
	item->who = varint_get(w);
	item->n = varint_get(w);
	item->fmt = varint_get(w);
	item->flags = wire_get(w, 1);
	item->dev = wire_get_text(w);
	item->name = wire_get_text(w);
	item->name2 = wire_get_text(w);
	unpack_frames(w, &u->trace);
	item->counters = unpack_counters(w, version, unpack_index, u->counter,
					 ITEM_COUNTERS);
	return !w->bad;
}
