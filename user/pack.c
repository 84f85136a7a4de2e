// SPDX-License-Identifier: GPL-2.0
/* Every byte is described in man/v7scope-recording.5. */
#include <stdlib.h>
#include <string.h>

#include "pack.h"

/* The first byte of an event: what it is, and what need not be said again. */
enum {
	TAG_DROPPED	= 6,
	TAG_ODD		= 7,	/* has values that are not known here */
	TAG_KIND	= 7,
	TAG_CPU		= 1 << 3,	/* of the event before */
	TAG_TASK	= 1 << 4,	/* of the event before, on that CPU */
	TAG_TABLE	= 1 << 5,	/* of the event before */
	TAG_STACK	= 1 << 6,	/* has one */
	TAG_BACK	= 1 << 7,	/* the clock went back */
};

enum {
	SIZE_ZERO	= 64,	/* behind the powers of two */
	SIZE_OTHER	= 65,
	NO_LEVEL	= 7,	/* in three bits */
	PAGE_BITS	= 12,
	/* Of an event without its stack, and of a stack. */
	EVENT_MAX	= 256,
	SYMBOL_MAX	= 511,
	STACK_MAX	= V7S_STACK_DEPTH * (SYMBOL_MAX + 16) + 16,
};

_Static_assert(BLOCK_FULL + EVENT_MAX + STACK_MAX <= BLOCK_MAX, "an event");
_Static_assert(BLOCK_FULL + ITEM_MAX <= BLOCK_MAX, "an item");
_Static_assert((int)V7S_EVENTS == TAG_DROPPED, "events in a tag");

enum { HASH = 4 * PACK_TASKS };	/* a power of two; at most a quarter is used */

struct packer {
	uint64_t time;			/* of the event before */
	unsigned int cpu, table, count;
	unsigned int tasks, tables, stacks;
	uint8_t *at, *end;		/* behind @end it is full */
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
	uint16_t task_of_cpu[PACK_CPUS];	/* 0: none yet */
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
 * What follows writes at @at, which is no member of the packer: that would be loaded
 * and stored again around each byte.
 */

/* Each writes its number, and what it is if that is new. */
static uint8_t *put_task(struct packer *p, uint8_t *at,
			 const struct v7s_record *r, unsigned int *task)
{
	unsigned int h = hash(r->task), i;

	while ((i = p->task_hash[h]) && !same_task(p, i, r))
		h = (h + 1) & (HASH - 1);
	*task = i;
	if (i)
		return wire_put_varint(at, i);
	*task = i = p->task_hash[h] = ++p->tasks;
	p->task[i - 1].id = r->task;
	memcpy(p->task[i - 1].comm, r->comm, V7S_COMM);
	at = wire_put_varint(at, 0);
	at = wire_put_varint(at, r->task >> 32);
	at = wire_put_varint(at, r->task & UINT32_MAX);
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
		return wire_put_varint(at, i);
	p->table = i = p->table_hash[h] = ++p->tables;
	p->tablev[i - 1].pgtable = r->pgtable;
	p->tablev[i - 1].fmt = r->fmt;
	p->tablev[i - 1].iova = 0;
	memcpy(p->tablev[i - 1].dev, r->dev, V7S_DEV);
	at = wire_put_varint(at, 0);
	at = wire_put_varint(at, r->pgtable);
	*at++ = r->fmt;
	return wire_put_text(at, r->dev, V7S_DEV - 1);
}

/* Addresses only where there is no symbol: they give the kernel's layout away. */
static uint8_t *put_frames(uint8_t *p, const struct frame *frame,
			   unsigned int frames)
{
	unsigned int i;

	*p++ = frames;
	for (i = 0; i < frames; i++) {
		p = wire_put_text(p, frame[i].symbol ? frame[i].symbol : "",
				  SYMBOL_MAX);
		p = wire_put_varint(p, frame[i].symbol ? frame[i].offset
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
		return wire_put_varint(at, i);
	p->stack_hash[h] = ++p->stacks;
	p->stackv[p->stacks - 1] = id;
	at = wire_put_varint(at, 0);
	return put_frames(at, frame, frames);
}

/* Not known: 0; so that all else is one more. */
static uint8_t *put_ns(uint8_t *at, uint64_t ns)
{
	return wire_put_varint(at, ns + 1);
}

static uint8_t *put_size(uint8_t *at, uint64_t n)
{
	if (n && !(n & (n - 1))) {
		*at++ = __builtin_ctzll(n);
		return at;
	}
	*at++ = n ? SIZE_OTHER : SIZE_ZERO;
	return n ? wire_put_varint(at, n) : at;
}

/* Pages from the address before, of that page table, if it is that of a page. */
static uint8_t *put_iova(struct packer *p, uint8_t *at, uint64_t iova)
{
	uint64_t *last = &p->tablev[p->table - 1].iova;
	int64_t pages;

	if (iova & ((1 << PAGE_BITS) - 1)) {
		at = wire_put_varint(at, 1);
		return wire_put_varint(at, iova);
	}
	pages = (int64_t)(iova >> PAGE_BITS) - (int64_t)(*last >> PAGE_BITS);
	*last = iova;
	return wire_put_varint(at, ((uint64_t)pages << 1 ^
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
	at = wire_put_varint(at, r->iova);
	at = wire_put_varint(at, r->size);
	at = wire_put_varint(at, r->block_size);
	at = put_ns(at, r->ns);
	at = put_ns(at, r->hold_ns);
	return wire_put_signed(at, r->holder);
}

static uint8_t *put_rest(struct packer *p, uint8_t *at,
			 const struct v7s_record *r)
{
	unsigned int level = r->level == UINT8_MAX ? NO_LEVEL : r->level;

	if (r->event == V7S_CREATE) {
		/* Their sizes: not known is 0 here, too. */
		at = wire_put_varint(at, r->iova + 1);
		return wire_put_varint(at, r->size);
	}
	if (r->event == V7S_DESTROY)
		return at;
	*at++ = level | r->why << 3 | r->outcome << 6;
	at = put_iova(p, at, r->iova);
	if (r->event == V7S_INSTALL)
		return put_ns(at, r->ns);
	if (r->event == V7S_REFUSE)
		return put_size(at, r->size);
	if (r->event != V7S_SPLIT_ENTRY)
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
	return wire_put_varint(at, n);
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
		at = wire_put_varint(at, cpu);
	if (r->time < p->time) {
		tag |= TAG_BACK;
		delta = -delta;
	}
	at = wire_put_varint(at, delta);

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

struct unpacker {
	struct wire w;
	uint64_t time, dropped;
	unsigned int cpu, table;	/* of the event before; table 0: none */
	unsigned int tasks, tables, stacks;
	bool any;
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
	u->time = u->dropped = 0;
	u->cpu = u->table = 0;
	u->tasks = u->tables = u->stacks = 0;
	u->any = false;
	memset(u->task_of_cpu, 0, sizeof(u->task_of_cpu));
}

/* The number of what is referred to; one behind the last: it is told of here. */
static unsigned int get_number(struct wire *w, unsigned int have,
			       unsigned int room)
{
	uint64_t n = wire_get_varint(w);

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
		u->task[u->tasks].id = wire_get_varint(&u->w) << 32;
		u->task[u->tasks].id |= wire_get_varint(&u->w) & UINT32_MAX;
		u->task[u->tasks++].comm = wire_get_text(&u->w);
	}
	return i;
}

static unsigned int get_table(struct unpacker *u)
{
	unsigned int i = get_number(&u->w, u->tables, PACK_TABLES);

	if (i > u->tables) {
		u->tablev[u->tables].pgtable = wire_get_varint(&u->w);
		u->tablev[u->tables].fmt = wire_get(&u->w, 1);
		u->tablev[u->tables].iova = 0;
		u->tablev[u->tables++].dev = wire_get_text(&u->w);
	}
	return i;
}

static void get_frames(struct wire *w, struct trace *t)
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
		at = wire_get_varint(w);
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
		get_frames(&u->w, &u->stackv[u->stacks++]);
	return i - 1;
}

static uint64_t get_ns(struct unpacker *u)
{
	return wire_get_varint(&u->w) - 1;
}

static uint64_t get_size(struct unpacker *u)
{
	unsigned int code = wire_get(&u->w, 1);

	if (code < SIZE_ZERO)
		return 1ULL << code;
	if (code > SIZE_OTHER)
		u->w.bad = true;
	return code == SIZE_OTHER ? wire_get_varint(&u->w) : 0;
}

static uint64_t get_iova(struct unpacker *u)
{
	uint64_t *last = &u->tablev[u->table - 1].iova;
	uint64_t n = wire_get_varint(&u->w);

	if (n & 1)
		return wire_get_varint(&u->w);
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
	r->iova = wire_get_varint(&u->w);
	r->size = wire_get_varint(&u->w);
	r->block_size = wire_get_varint(&u->w);
	r->ns = get_ns(u);
	r->hold_ns = get_ns(u);
	r->holder = wire_get_signed(&u->w);
}

static void get_rest(struct unpacker *u, struct v7s_record *r)
{
	unsigned int bits;

	if (r->event == V7S_CREATE) {
		r->iova = wire_get_varint(&u->w) - 1;
		r->size = wire_get_varint(&u->w);
		return;
	}
	if (r->event == V7S_DESTROY)
		return;
	bits = wire_get(&u->w, 1);
	r->level = (bits & 7) == NO_LEVEL ? UINT8_MAX : bits & 7;
	r->why = bits >> 3 & 7;
	r->outcome = bits >> 6;
	r->iova = get_iova(u);
	if (r->event == V7S_INSTALL) {
		r->ns = get_ns(u);
	} else if (r->event == V7S_SPLIT_ENTRY) {
		r->block_size = get_size(u);
		r->size = get_size(u);
		r->ns = get_ns(u);
		r->hold_ns = get_ns(u);
		r->holder = wire_get_signed(&u->w);
	} else if (r->event == V7S_REFUSE) {
		r->size = get_size(u);
	}
}

static unsigned int get_cpu(struct unpacker *u)
{
	uint64_t cpu = wire_get_varint(&u->w);

	if (cpu > INT32_MAX)
		u->w.bad = true;
	return u->w.bad ? 0 : cpu;
}

/* What was dropped before an event, on its CPU, comes before it. */
static unsigned int get_tag(struct unpacker *u)
{
	unsigned int tag = wire_get(&u->w, 1);

	u->dropped = 0;
	if (tag == TAG_DROPPED) {
		u->dropped = wire_get_varint(&u->w);
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
	tag = get_tag(u);
	r->dropped = u->dropped;
	*cpu = tag & TAG_CPU ? u->cpu : get_cpu(u);
	delta = wire_get_varint(&u->w);
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

enum { ITEM_IS_GONE = 0x80 };

/* Most are 0: how far to the next that is not, and that one. */
static uint8_t *put_counters(uint8_t *p, const __u64 *counter, size_t n)
{
	size_t i, last = 0, used = 0;

	for (i = 0; i < n; i++)
		used += counter[i] != 0;
	p = wire_put_varint(p, used);
	for (i = 0; i < n; i++) {
		if (!counter[i])
			continue;
		p = wire_put_varint(p, i - last);
		p = wire_put_varint(p, counter[i]);
		last = i;
	}
	return p;
}

uint8_t *pack_item(uint8_t *p, const struct item *item, bool key)
{
	*p++ = item->kind | (key ? ITEM_IS_GONE : 0);
	p = wire_put_varint(p, item->pgtable);
	p = wire_put_varint(p, item->id);
	if (key)
		return p;
	p = wire_put_varint(p, item->who);
	p = wire_put_varint(p, item->n);
	p = wire_put_varint(p, item->fmt);
	*p++ = item->flags;
	p = wire_put_text(p, item->dev, V7S_DEV - 1);
	p = wire_put_text(p, item->name, V7S_COMM - 1);
	p = wire_put_text(p, item->name2, V7S_COMM - 1);
	if (item->trace)
		p = put_frames(p, item->trace->frame, item->trace->frames);
	else
		*p++ = 0;
	return put_counters(p, item->counter, item->counters);
}

/* Counters that are not known here are left out. */
static void get_counters(struct wire *w, __u64 *counter, size_t *n)
{
	uint64_t used = wire_get_varint(w), value;
	size_t at = 0;

	memset(counter, 0, ITEM_COUNTERS * sizeof(*counter));
	*n = 0;
	while (used-- && !w->bad) {
		at += wire_get_varint(w) & UINT16_MAX;
		value = wire_get_varint(w);
		if (at >= ITEM_COUNTERS)
			continue;
		counter[at] = value;
		*n = at + 1;
	}
}

bool unpack_item(struct wire *w, struct unpacked *u)
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
	item->pgtable = wire_get_varint(w);
	item->id = wire_get_varint(w);
	u->trace.frames = 0;
	item->counter = u->counter;
	if (u->gone)
		return !w->bad;
	item->who = wire_get_varint(w);
	item->n = wire_get_varint(w);
	item->fmt = wire_get_varint(w);
	item->flags = wire_get(w, 1);
	item->dev = wire_get_text(w);
	item->name = wire_get_text(w);
	item->name2 = wire_get_text(w);
	get_frames(w, &u->trace);
	get_counters(w, u->counter, &item->counters);
	return !w->bad;
}
