// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * A source that plays what is written here, in the place of source.c: the tool
 * with it shows what its verbs make of figures that are known beforehand.
 *
 * FAKE=stock sees what a kernel without the series lets be seen, FAKE=board is a
 * board whose counts add up. What is counted grows with each reading, up to the third
 * (or the FAKE_STEPS-th). Once it is stopped, the second reading has all of it, so that
 * the last report is always the same. Other variables FAKE_... are told of where they are used.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/util.h"
#include "model/faults.h"
#include "source/flush_counts.h"
#include "model/visibility.h"
#include "source/source.h"

enum { TABLES = 3, CPUS = 2, RECORDS = 12, PID_LOSER = 72 };

/*
 * FAKE_LOAD=N: so many events instead, or until it is stopped, of page tables,
 * tasks and stacks that come and go. They are in the counters as well, and so are
 * those that find no room: each FAKE_DROP-th. With FAKE_OVERRUN=1 that was in trace
 * buffers.
 */
enum { LOAD_STACKS = 3 };

/* FAKE_STEP=N: so many each time, which is 200 times a second */
static int load_step(void)
{
	const char *n = getenv("FAKE_STEP");

	return n ? atoi(n) : 500;
}

static uint64_t load(void)
{
	const char *n = getenv("FAKE_LOAD");

	return n ? strtoull(n, NULL, 10) : 0;
}

struct load_table {
	struct v7s_slot slot;
	struct v7s_task task[2];
};

struct load {
	uint64_t done, pgtable, seed, destroys, clock;
	struct load_table table[TABLES], old[16];
	unsigned int nold;	/* destroyed, not read yet */
	struct v7s_pair pair;
	struct v7s_events stack[LOAD_STACKS], cpu[CPUS];
	uint64_t dropping[CPUS];
};

struct source {
	struct source_want want;
	bool stock, board;
	unsigned int steps, last_step;
	unsigned int taken;	/* records */
	unsigned int sections;
	struct stream_cpu cpu[CPUS];
	struct visibility visible;
	struct load load;
	bool stopped, settled;
};

static const char *devs[TABLES] = {
	"14006000.iommu", "14006000.iommu", "e67\033[31m\xff.mmu"
};

/* FAKE_WAVES=1: more in some steps than in others, each figure in its own time. */
static uint64_t grown(uint64_t steps, unsigned int phase)
{
	static const unsigned char wave[] = {
		5, 4, 3, 3, 2, 2, 3, 2, 4, 6, 9, 8, 9, 7, 8, 6
	};
	uint64_t sum = 0, i;

	if (!getenv("FAKE_WAVES"))
		return steps;
	for (i = 0; i < steps; i++)
		sum += wave[(i + phase) % sizeof(wave)];
	return sum;
}

/* Number of long waits. */
static uint64_t long_waits(uint64_t steps, unsigned int i)
{
	return getenv("FAKE_WAVES") ? grown(steps, 6 + 4 * i) / (3 + i) : 0;
}

/*
 * FAKE_SECTIONS=N: so many sections are split before all else. FAKE_WHEN=FILE:
 * nothing is in the stream before there is such a file. FAKE_DEV=NAME: the third
 * one's.
 */
static unsigned int sections(void)
{
	const char *n = getenv("FAKE_SECTIONS");

	return n ? atoi(n) : 0;
}

/* FAKE_UNKNOWN=1: page tables of the stream, and the third one's format. */
static bool is_unknown(void)
{
	return getenv("FAKE_UNKNOWN");
}

/* FAKE_WRAP=N: installs wrap at the N-th reading. */
static uint64_t wrap(void)
{
	const char *n = getenv("FAKE_WRAP");

	return n ? atoi(n) * 3000ULL : 0;
}

static struct v7s_slot slot(unsigned int i, uint64_t steps)
{
	const uint64_t won = (i + 1) * 1000 * grown(steps, i);
	const uint64_t lost = (3 - i) * 10 * grown(steps, 5 * i + 3);
	const uint64_t split = grown(steps, 7 + i), slow = long_waits(steps, i);
	struct v7s_slot s;

	memset(&s, 0, sizeof(s));
	s.pgtable = i + 1;
	s.fmt = i == 2 ? is_unknown() ? V7S_NO_FMT : 0 : 4;
	snprintf(s.dev, sizeof(s.dev), "%s", devs[i]);
	s.c.e.create = i == 1;
	s.c.e.install[0][0] = won - wrap();
	s.c.e.install[0][1] = lost;
	s.c.e.split[0][0] = 50 * split;
	s.c.e.split[1][0] = 7 * split;
	s.c.e.free[0] = lost;
	s.c.e.free[1] = 400 * grown(steps, i + 1);
	s.c.e.waits = 4 * split + slow;
	s.c.hist[V7S_WINDOW].bucket[9] = won;
	s.c.hist[V7S_WINDOW].bucket[12] = lost;
	s.c.hist[V7S_WINDOW].max = 4000;
	s.c.hist[V7S_WINDOW].sum = 500000 * steps;
	s.c.hist[V7S_WAIT].bucket[0] = split;
	s.c.hist[V7S_WAIT].bucket[11] = 3 * split;
	s.c.hist[V7S_WAIT].bucket[15] = slow;
	s.c.hist[V7S_WAIT].max = slow ? 31000 : 1999;
	s.c.hist[V7S_HOLD].bucket[31] = 49 * split;
	s.c.hist[V7S_HOLD].max = 5000000000;
	s.c.hist[V7S_HOLD].untimed = split;
	return s;
}

static unsigned int roll(struct load *l, unsigned int n)
{
	l->seed = l->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (l->seed >> 33) % n;
}

static void add_time(struct v7s_hist *h, uint64_t ns)
{
	int i = 0;

	if (ns == UINT64_MAX) {
		h->untimed++;
		return;
	}
	while (i < V7S_BUCKETS - 1 && 1ULL << i < ns)
		i++;
	h->bucket[i]++;
	h->sum += ns;
	h->max = ns > h->max ? ns : h->max;
}

static void count_events(struct v7s_events *e, const struct v7s_record *r)
{
	switch (r->event) {
	case V7S_EVENT_CREATE:
		e->create++;
		break;
	case V7S_EVENT_INSTALL:
		e->install[r->why][r->outcome]++;
		break;
	case V7S_EVENT_SPLIT:
		e->split[r->why][r->outcome]++;
		e->waits += r->holder != -1;
		break;
	case V7S_EVENT_FREE:
		e->free[r->why]++;
		break;
	case V7S_EVENT_REFUSE:
		e->refuse[r->why]++;
		break;
	}
}

/* The rest of a record that begins, goes on with, or ends a page table. */
static void fill(struct load *l, struct v7s_record *r, bool fresh)
{
	unsigned int kind = roll(l, 1000);

	r->level = 1 + roll(l, 2);
	r->iova = (uint64_t)roll(l, 4096) << 20;
	r->holder = r->stack = -1;
	if (fresh) {
		r->event = V7S_EVENT_CREATE;
		r->level = UINT8_MAX;
		r->iova = (uint64_t)32 << 32 | 34;
		r->size = 2;
	} else if (kind < 1 && l->nold < 16) {
		r->event = V7S_EVENT_DESTROY;
		r->level = UINT8_MAX;
	} else if (kind < 600) {
		r->event = V7S_EVENT_INSTALL;
		r->why = roll(l, 2);
		r->outcome = roll(l, 10) ? 0 : 1 + roll(l, 3);
		r->ns = roll(l, 100) ? roll(l, 5000) : UINT64_MAX;
		r->stack = roll(l, LOAD_STACKS);
	} else if (kind < 800) {
		r->event = V7S_EVENT_SPLIT;
		r->why = roll(l, 2);
		r->outcome = roll(l, 4);
		r->block_size = r->why ? 1 << 20 : 1 << 16;
		r->size = 4096;
		r->holder = r->why || roll(l, 5) ? -1 : 70;
		r->ns = r->holder == -1 ? 0 : roll(l, 3000);
		r->hold_ns = r->why ? 0 : roll(l, 900);
	} else if (kind < 990) {
		r->event = V7S_EVENT_FREE;
		r->why = roll(l, 3);
	} else {
		r->event = V7S_EVENT_REFUSE;
		r->why = roll(l, 5);
		r->size = 4096 * roll(l, 4);
	}
}

static void count(struct load *l, struct load_table *t, struct v7s_task *task,
		  unsigned int cpu, const struct v7s_record *r)
{
	struct v7s_hist *hist = t->slot.c.hist;

	count_events(&t->slot.c.e, r);
	count_events(&task->e, r);
	count_events(&l->cpu[cpu], r);
	if (r->stack >= 0)
		count_events(&l->stack[r->stack], r);
	if (r->event == V7S_EVENT_INSTALL)
		add_time(&hist[V7S_WINDOW], r->ns);
	if (r->event == V7S_EVENT_SPLIT && r->holder != -1) {
		add_time(&hist[V7S_WAIT], r->ns);
		l->pair.waits++;
		l->pair.wait_ns += r->ns;
	}
	if (r->event == V7S_EVENT_SPLIT && !r->why)
		add_time(&hist[V7S_HOLD], r->hold_ns);
}

static struct v7s_record load_record(struct load *l, unsigned int cpu)
{
	unsigned int i = roll(l, TABLES), who = roll(l, 2);
	struct load_table *t = &l->table[i];
	struct v7s_task *task = &t->task[who];
	struct v7s_record r;
	bool fresh = !t->slot.pgtable;

	memset(&r, 0, sizeof(r));
	/* In the order of time, whichever CPU it is. */
	l->clock = clock_now() > l->clock ? clock_now() : l->clock + 1;
	r.time = l->clock;
	fill(l, &r, fresh);
	if (fresh) {
		memset(t, 0, sizeof(*t));
		t->slot.pgtable = ++l->pgtable;
		t->slot.fmt = i == 2 ? 0 : 4;
		strcpy(t->slot.dev, devs[i]);
	}
	r.pgtable = task->key.pgtable = t->slot.pgtable;
	r.task = task->key.id = (uint64_t)70 << 32 | (70 + who);
	r.fmt = t->slot.fmt;
	strcpy(r.dev, t->slot.dev);
	strcpy(task->comm, who ? "o\ndd" : "v7s-load");
	strcpy(r.comm, task->comm);
	l->pair.key.pgtable = 1;
	l->pair.key.id = (uint64_t)70 << 32 | 71;
	count(l, t, task, cpu, &r);
	if (r.event == V7S_EVENT_DESTROY) {
		l->destroys++;
		l->old[l->nold++] = *t;
		t->slot.pgtable = 0;
	}
	return r;
}

static int load_stream(struct source *s, take_record *take, void *arg)
{
	const char *drop = getenv("FAKE_DROP");
	struct load *l = &s->load;
	int n = 0, ret = 0, step = load_step();

	while (!s->stopped && l->done < load() && n < step && !ret) {
		unsigned int cpu = roll(l, CPUS);
		struct v7s_record r = load_record(l, cpu);

		l->done++;
		n++;
		s->cpu[cpu].counted++;
		if (drop && l->done % atoi(drop) == 0) {
			s->cpu[cpu].dropped++;
			l->dropping[cpu]++;
			continue;
		}
		r.dropped = l->dropping[cpu];
		l->dropping[cpu] = 0;
		s->cpu[cpu].emitted++;
		ret = take(arg, cpu, &r);
	}
	return ret ? ret : n;
}

static int load_table(const struct load_table *t, const struct source *s,
		      struct model *m)
{
	int i;

	if (!t->slot.pgtable)
		return 0;
	if (model_add(m, &t->slot))
		return -1;
	for (i = 0; i < 2 && s->want.tasks; i++)
		if (t->task[i].key.pgtable && model_task(m, &t->task[i]))
			return -1;
	return 0;
}

static unsigned int fake_stack(struct source *s, int id,
			       struct frame frame[V7S_STACK_DEPTH]);

static int load_read(struct source *s, struct model *m, uint64_t now)
{
	static struct trace traces[LOAD_STACKS];
	struct load *l = &s->load;
	unsigned int i, k;
	int ret = 0;

	model_begin(m);
	model_destroys(m, l->destroys);
	for (i = 0; i < TABLES; i++)
		ret |= load_table(&l->table[i], s, m);
	for (i = 0; i < l->nold; i++)
		ret |= load_table(&l->old[i], s, m);
	for (i = 0; i < LOAD_STACKS && s->want.stacks; i++) {
		traces[i].frames = fake_stack(s, i, traces[i].frame);
		traces[i].frame[0].offset = i;
		ret |= model_stack(m, 1, &traces[i], &l->stack[i]);
	}
	if (s->want.tasks && l->pair.waits)
		ret |= model_pair(m, &l->pair, NULL);
	for (i = 0; i < CPUS; i++)
		ret |= model_cpu(m, i, &l->cpu[i]);
	model_end(m, now);
	for (i = 0; i < l->nold; i++) {
		for (k = 0; k < 2 && s->want.tasks; k++)
			model_task_final(m, &l->old[i].task[k]);
		model_gone(m, l->old[i].slot.pgtable);
	}
	l->nold = 0;
	return ret;
}

/* FAKE_PLANT=NAMES: what is wrong with the board, see board() and its report. */
static bool planted(const char *name)
{
	const char *at = getenv("FAKE_PLANT");
	const size_t len = strlen(name);

	for (; at && *at; at += strcspn(at, " "), at += *at == ' ')
		if (strcspn(at, " ") == len && !memcmp(at, name, len))
			return true;
	return false;
}

/* FAKE=board: counts that a kernel without faults could give. */
static struct v7s_slot board(unsigned int i, uint64_t steps)
{
	struct v7s_slot s = slot(i, 0);
	struct v7s_counts *c = &s.c;

	c->e.create = 1;
	c->e.install[V7S_MAP][0] = 2000 * steps + 100;
	c->e.install[V7S_MAP][1] = (planted("lose") ? 800 : 40) * steps;
	c->e.install[V7S_SPLIT][0] = 70 * steps;
	c->e.install[V7S_SPLIT][1] = 10 * steps;
	c->e.split[V7S_BLOCK][0] = 70 * steps;
	c->e.split[V7S_BLOCK][1] = 10 * steps;
	c->e.split[V7S_CONT][0] = 150 * steps;
	c->e.split[V7S_CONT][1] = 9 * steps;
	c->e.free[V7S_FREE_LOST] = (planted("leak") ? 49 :
				    planted("lose") ? 810 : 50) * steps;
	/* Tables that are kept until the page table is destroyed */
	c->e.free[1] = (planted("keep") ? 100 : planted("grow") ? 2060 : 2070) * steps;
	c->e.refuse[1] = planted("refuse") ? steps : 0;
	c->e.waits = 5 * steps;
	c->hist[V7S_WINDOW].bucket[9] = (planted("lose") ? 2860 : 2100) * steps + 100;
	c->hist[V7S_WINDOW].bucket[12] = 20 * steps;
	c->hist[V7S_WINDOW].max = 4000;
	if (planted("window")) {
		c->hist[V7S_WINDOW].bucket[9] -= 40 * steps;
		c->hist[V7S_WINDOW].bucket[17] = 40 * steps;
		c->hist[V7S_WINDOW].max = 100000;
	}
	c->hist[V7S_WAIT].bucket[11] = 5 * steps;
	c->hist[V7S_WAIT].max = 1999;
	c->hist[V7S_HOLD].bucket[planted("hold") ? 18 : 9] = 159 * steps;
	c->hist[V7S_HOLD].max = planted("hold") ? 200000 : 512;
	return s;
}

static struct source *fake_open(const struct source_want *want)
{
	const char *fake = getenv("FAKE");
	struct source *s = calloc(1, sizeof(*s));
	struct visibility *visible;

	if (fake && !strcmp(fake, "none")) {
		err_print("this kernel has none of the io_pgtable events");
		free(s);
		return NULL;
	}
	if (getenv("FAKE_DEV"))
		devs[2] = getenv("FAKE_DEV");
	s->want = *want;
	s->last_step = getenv("FAKE_STEPS") ? atoi(getenv("FAKE_STEPS")) : 3;
	s->stock = fake && !strcmp(fake, "stock");
	s->board = fake && !strcmp(fake, "board");
	visible = &s->visible;
	*visible = visibility_everything;
	if (s->stock) {
		memset(visible, 0, sizeof(*visible));
		visible->attempts = visible->lost = visible->frees = true;
		visible->split[1][0] = true;
		visible->create = visible->destroy = true;
	}
	visible->tasks = visible->pairs = want->tasks;
	visible->stacks = want->stacks;
	visible->cpus = true;
	return s;
}

/* FAKE_TABLES=N: page tables; from the fourth on, each of a device of its own. */
static unsigned int tables(void)
{
	const char *n = getenv("FAKE_TABLES");

	return n ? atoi(n) : TABLES;
}

/* FAKE_DEVICES=N: these page tables, and the flushes, are of N devices. */
static unsigned int devices(void)
{
	const char *n = getenv("FAKE_DEVICES");

	return n ? atoi(n) : 0;
}

static int fake_read(struct source *s, struct model *m, uint64_t now)
{
	const unsigned int modulo = devices() ? devices() : UINT_MAX;
	unsigned int i;

	/* A load has no flushes: they are as without it. */
	if (load() && m)
		return load_read(s, m, now);
	/*
	 * As with the kernel's counters, the first reading after the stop may lack
	 * what only the second one has.
	 */
	if (s->settled)
		s->steps = s->last_step;
	else if (!s->stopped && s->steps < s->last_step)
		s->steps++;
	s->settled = s->stopped;
	if (!m)
		return 0;
	model_begin(m);
	for (i = 0; i < tables(); i++) {
		struct v7s_slot one = s->board ? board(i, s->steps) :
				       slot(i % TABLES, s->steps);

		if (i >= TABLES || devices()) {
			one.pgtable = i + 1;
			snprintf(one.dev, sizeof(one.dev), "%08x.iommu",
				 i % modulo);
		}

		if (model_add(m, &one))
			return -1;
	}
	model_end(m, now);
	return 0;
}


/* Events that a real kernel would give in this order, of two CPUs. */
static struct v7s_record record(unsigned int i)
{
	static const struct {
		unsigned char event, why, outcome;
		__s32 holder;
		uint64_t ns;
	} plan[RECORDS] = {
		{ V7S_EVENT_CREATE, 0, 0, -1, 0 },
		{ V7S_EVENT_INSTALL, 0, 0, -1, 1200 },
		{ V7S_EVENT_INSTALL, 0, 1, -1, 1500 },
		{ V7S_EVENT_FREE, 0, 0, -1, 0 },
		{ V7S_EVENT_SPLIT, 0, 0, -1, 0 },
		{ V7S_EVENT_SPLIT, 0, 1, PID_LOSER, 2000 },
		{ V7S_EVENT_SPLIT, 1, 0, -1, 0 },
		{ V7S_EVENT_INSTALL, 1, 0, -1, UINT64_MAX },
		{ V7S_EVENT_REFUSE, 2, 0, -1, 0 },
		{ V7S_EVENT_FREE, 1, 0, -1, 0 },
		{ V7S_EVENT_INSTALL, 9, 9, -1, 0 },
		{ V7S_EVENT_DESTROY, 0, 0, -1, 0 },
	};
	struct v7s_record r;

	memset(&r, 0, sizeof(r));
	r.time = i;	/* long ago: before the start */
	r.pgtable = 1 + i % TABLES;
	r.task = (uint64_t)70 << 32 | (70 + i % 3);
	r.iova = plan[i].event == V7S_EVENT_CREATE ? (uint64_t)32 << 32 | 34
					     : 0x100000 * i;
	r.size = plan[i].event == V7S_EVENT_CREATE ? 2 : 4096;
	r.block_size = plan[i].why ? 1 << 20 : 1 << 16;
	r.ns = plan[i].ns;
	r.hold_ns = 1000;
	r.dropped = i == 5 ? 41 : 0;
	snprintf(r.dev, sizeof(r.dev), "%s", devs[i % TABLES]);
	strcpy(r.comm, i % 3 == 2 ? "o\ndd" : "v7s-load");
	r.holder = plan[i].holder;
	r.stack = i == 6 ? 3 : -1;
	r.event = plan[i].event;
	r.fmt = 4;
	if (is_unknown()) {
		r.pgtable = 0;
		r.fmt = (__u8)V7S_NO_FMT;
		strcpy(r.dev, "-");
	}
	r.level = i == 9 ? 0xff : 2;
	r.why = plan[i].why;
	r.outcome = plan[i].outcome;
	return r;
}

static bool passes(const struct source *s, const struct v7s_record *r)
{
	const struct source_want *w = &s->want;

	bool lost = (r->event == V7S_EVENT_INSTALL && r->outcome) ||
		    (r->event == V7S_EVENT_FREE && !r->why);

	return !(w->events && !(w->events >> r->event & 1)) &&
	       !(w->dev && strcmp(w->dev, r->dev)) &&
	       (lost || !w->lost_only);
}

static int fake_stream(struct source *s, take_record *take, void *arg)
{
	static uint64_t dropping[CPUS];	/* before the next one that passes */
	const char *when = getenv("FAKE_WHEN");
	int n = 0, ret = 0;

	if (load())
		return load_stream(s, take, arg);
	if (when && access(when, F_OK))
		return 0;
	/* A few at a time. */
	for (; s->sections < sections(); s->sections++) {
		struct v7s_record r = record(6);

		s->cpu[0].counted++;
		s->cpu[0].emitted++;
		take(arg, 0, &r);
	}
	while (s->taken < RECORDS && n < 5 && !ret) {
		struct v7s_record r = record(s->taken);
		struct stream_cpu *cpu = &s->cpu[s->taken % CPUS];

		s->taken++;
		cpu->counted += 1 + r.dropped;
		cpu->dropped += r.dropped;
		if (!passes(s, &r)) {
			cpu->filtered++;
			dropping[cpu - s->cpu] += r.dropped;
			continue;
		}
		r.dropped += dropping[cpu - s->cpu];
		dropping[cpu - s->cpu] = 0;
		cpu->emitted++;
		ret = take(arg, (s->taken - 1) % CPUS, &r);
		n++;
	}
	return ret ? ret : n;
}

static size_t fake_cpus(struct source *s, struct stream_cpu *cpus, size_t room)
{
	size_t i;

	for (i = 0; i < CPUS && i < room; i++) {
		cpus[i] = s->cpu[i];
		cpus[i].cpu = i;
	}
	if (getenv("FAKE_MISCOUNT"))
		cpus[0].counted++;
	return i;
}

static unsigned int fake_stack(struct source *s, int id,
			       struct frame frame[V7S_STACK_DEPTH])
{
	static const char *const map[] = {
		"__arm_v7s_map", "arm_v7s_map_pages", "iommu_map",
	};
	unsigned int i;

	(void)s;
	/* The kernel gave no frames of the last one. */
	if (getenv("FAKE_STACKS") && id == 3)
		return 0;
	if (getenv("FAKE_STACKS") && id) {
		for (i = 0; i < ARRAY_SIZE(map); i++)
			frame[i] = (struct frame){ 0xffff8300 + i, map[i], i };
		frame[i] = (struct frame){ 0xffff8400,
			id == 1 ? "vb2_dc_get_userptr" : "<b>drm_ioctl</b>", 8 };
		return i + 1;
	}
	frame[0] = (struct frame){ 0xffff8000, "arm_v7s_split_blk_unmap", 0x4c };
	frame[1] = (struct frame){ 0xffff8100, "__arm_v7s_unmap", 0x10 };
	frame[2] = (struct frame){ 0xffff8200, NULL, 0 };
	return 3;
}

static void fake_stop(struct source *s)
{
	s->stopped = true;
}

static void fake_complete(struct source *s, struct report *r)
{
	static struct task tasks[3];
	static struct pair pairs[2];
	static struct stack stacks[4];
	static struct cpu cpus[CPUS];
	static struct overrun overruns[CPUS];
	unsigned int i;

	r->visible = &s->visible;
	for (i = 0; i < V7S_EVENTS; i++)
		r->misses[i] = s->stock ? UNKNOWN : 0;	/* as kprobes report it */
	r->probe_misses = s->stock ? 5 : UNKNOWN;
	r->refusal_misses = s->stock ? 2 : UNKNOWN;
	r->corrupted = s->stock ? (int)sections() + 1 : UNKNOWN;
	r->inexact = s->stock ? "kprobes are skipped while another runs" : NULL;
	for (i = 0; i < CPUS && getenv("FAKE_OVERRUN"); i++) {
		/* Some of each kind, so that none is taken for the other. */
		overruns[i] = (struct overrun){
			.cpu = i, .no_room = s->cpu[i].dropped / 4,
			.overwritten = s->cpu[i].dropped -
				       s->cpu[i].dropped / 4,
		};
		r->overruns = overruns;
		r->noverruns = CPUS;
	}
	if (r->overruns)
		report_doubt_alive(r);
	if (load())
		return;	/* the model has all of it */
	for (i = 0; i < 3; i++) {
		tasks[i] = (struct task){
			.pgtable = 1 + i % 2, .dev = devs[0], .tasks = 1, .tgid = 70,
			.pid = 70 + i, .comm = i == 2 ? "o\ndd" : "v7s-load",
			.exited = i == 2, .window_ns = 123456, .wait_ns = 1999,
			.hold_ns = 1,
		};
		tasks[i].e.install[0][0] = 100 * (i + 1);
		tasks[i].e.install[0][1] = 30 - i;
		tasks[i].e.free[0] = 30 - i;
	}
	for (i = 0; i < 2; i++)
		pairs[i] = (struct pair){
			.pgtable = 1, .dev = devs[0], .pairs = 1, .waiter = 70,
			.holder = i ? 0 : PID_LOSER, .waiter_comm = "v7s-load",
			.holder_comm = i ? NULL : "o\ndd", .waits = 4 - i,
			.wait_ns = 1999, .untimed = i,
		};
	for (i = 0; i < ARRAY_SIZE(stacks); i++) {
		stacks[i] = (struct stack){ .pgtable = 1 + i / 2, .dev = devs[0],
					    .e = tasks[i % 3].e };
		stacks[i].frames = fake_stack(s, i, stacks[i].frame);
	}
	for (i = 0; i < CPUS; i++)
		cpus[i] = (struct cpu){ .cpu = i, .e = tasks[i].e };
	r->tasks = tasks;
	r->ntasks = s->want.tasks ? 3 : 0;
	r->pairs = pairs;
	r->npairs = s->want.tasks ? 2 : 0;
	r->stacks = stacks;
	/* FAKE_STACKS=1: four stacks, of two page tables */
	r->nstacks = !s->want.stacks ? 0 : getenv("FAKE_STACKS") ? 4 : 1;
	r->cpus = cpus;
	r->ncpus = CPUS;
	if (s->board) {
		tasks[0].e = cpus[0].e = r->total.c.e;
		r->ntasks = r->ncpus = 1;
		r->misses[V7S_EVENT_FREE] = planted("skip") ? 3 : 0;
	}
}

static void fake_close(struct source *s)
{
	free(s);
}

/*
 * By task and by stack: 2 of 3 flushes of the first device, and the rest, in order.
 * FAKE_OTHER=1: some found no slot.
 */
static void fake_flushers(const struct source *s, const struct flush_report *r,
			  struct flushers *to, bool stacks)
{
	static struct flusher rows[2][2];
	uint64_t all = flush_counts_begun(&r->total);
	struct flusher *row = rows[stacks];

	row[0] = (struct flusher){
		.task = 11ULL << 32 | 12, .comm = "codec",
		.c = { all / 3 * 2, 2000000 }, .stack = { .frames = 3, .frame = {
			{ 0xf100, "mtk_iommu_sync_map", 0x1c },
			{ 0xf200, "iommu_map", 0x5c },
			{ 0xf300, NULL, 0 },
		} },
	};
	row[1] = (struct flusher){
		.task = 11ULL << 32 | 11, .comm = "cam\nera",
		.c = { all - row[0].c.flushes, 9000 },
	};
	to->counted = stacks ? s->want.stacks : s->want.tasks;
	to->row = row;
	to->n = to->counted ? 2 : 0;
	if (!getenv("FAKE_OTHER"))
		return;
	row[1].c.flushes -= 5;
	to->other = (struct flush_sums){ 5, 700 };
}

/*
 * Flushes: of two devices and one that is not known, each reading as many again.
 * FAKE=ipmmu is a driver without a lock, on a kernel that skipped some; FAKE=smmu
 * has syncs after other commands.
 */
static void fake_flushes(struct source *s, bool all, struct flush_report *r)
{
	static const struct flush_visibility lock = {
		.begun = { true, true, false }, .timeouts = true,
		.cause = { true, true, false, true, false, true },
		.sizes = true,
		.timeouts_by_dev = true, .waits = true,
	}, none = {
		.begun = { false, true, false }, .timeouts = true,
		.cause = { false, true, true, true, false, true },
		.waits_why = "this driver takes no lock to flush",
	}, commands = {
		.begun = { true, true, false, true }, .timeouts = true,
		.cause = { false, true, true, true, false, true },
		.timeouts_by_dev = true,
		.waits_why = "this driver takes no lock to flush",
	};
	static struct flush_timeout late[] = { {
		.task = 11ULL << 32 | 12, .pm = V7S_PM_SUSPENDED,
		.comm = "codec", .stack = { .frames = 3, .frame = {
			{ 0xf000, "mtk_iommu_tlb_flush_range_sync", 0x88 },
			{ 0xf100, "mtk_iommu_iotlb_sync", 0x1c },
			{ 0xf200, NULL, 0 },
		} },
	}, {
		.task = 11ULL << 32 | 11, .pm = V7S_PM_UNKNOWN, .comm = "camera",
	}, { 0 } };
	static struct flushes last;
	bool ipmmu = getenv("FAKE") && !strcmp(getenv("FAKE"), "ipmmu");
	bool smmu = getenv("FAKE") && !strcmp(getenv("FAKE"), "smmu");
	struct flushes now = { .devs = devices() < FLUSHES_DEVS ?
				      devices() : FLUSHES_DEVS };
	struct v7s_flush_counts *c;
	unsigned int i;

	memset(r, 0, sizeof(*r));
	now.devs = now.devs ? now.devs : 2;
	for (i = 0; i < now.devs; i++) {
		now.dev[i].at = 0x1000 * (i + 1);
		if (devices())
			snprintf(now.dev[i].dev, sizeof(now.dev[i].dev),
				 "%08x.iommu", i);
		else
			strcpy(now.dev[i].dev, devs[i + 1]);
		c = &now.dev[i].c;
		c->begun[V7S_FLUSH_RANGE] = ipmmu ? 0 : 1000 * s->steps;
		c->begun[V7S_FLUSH_ALL] = (1 + i) * s->steps;
		c->begun[V7S_FLUSH_SYNC] = smmu ? 5 * s->steps : 0;
		c->cause[V7S_CAUSE_UNMAP] = c->begun[V7S_FLUSH_RANGE];
		c->cause[V7S_CAUSE_ALL] = c->begun[V7S_FLUSH_ALL];
		c->cause[V7S_CAUSE_UNKNOWN] = c->begun[V7S_FLUSH_SYNC];
		c->size.bucket[12] = c->begun[V7S_FLUSH_RANGE];
		c->size.sum = 4096 * c->size.bucket[12];
		c->size.max = 4096;
		c->timeouts = ipmmu ? 0 : i * s->steps;
		c->waits = ipmmu || smmu ? 0 : 20 * s->steps;
		c->flush.bucket[13] = flush_counts_begun(c) - s->steps;
		c->flush.sum = 6000000 * s->steps;
		c->flush.max = 8000;
		c->wait.bucket[16] = c->waits;
		c->wait.max = 60000;
	}
	now.dev[FLUSHES_DEVS].c.timeouts = ipmmu ? 7 * s->steps : 0;
	r->driver = ipmmu ? "ipmmu-vmsa" : smmu ? "arm-smmu-v3" : "mtk_iommu";
	r->lock = ipmmu || smmu ? NULL : "tlb_lock";
	r->visible = ipmmu ? &none : smmu ? &commands : &lock;
	r->missed = ipmmu ? 3 : 0;
	r->causes = !s->want.beside;
	strcpy(late[0].dev, devs[2]);
	late[2] = late[0];
	r->timeout = late;
	if (!s->want.beside || s->want.timeouts)
		r->late = ARRAY_SIZE(late);
	flush_counts_since(r, &now, all ? NULL : &last, all && s->stopped);
	fake_flushers(s, r, &r->tasks, false);
	fake_flushers(s, r, &r->stacks, true);
	if (!all)
		last = now;
}

static const struct source_ops fake = {
	.name		= "fake",
	.open		= fake_open,
	.read		= fake_read,
	.stream		= fake_stream,
	.stream_cpus	= fake_cpus,
	.stack		= fake_stack,
	.stop		= fake_stop,
	.complete	= fake_complete,
	.close		= fake_close,
};

/*
 * FAKE_FLUSHES=1: a device has a known driver, so serve and export count its
 * flushes, too. FAKE_FLUSHES=barred: our privileges do not suffice.
 */
static void fake_ask(struct source_answer *a)
{
	const char *flushes = getenv("FAKE_FLUSHES");

	if (!flushes)
		answer_absent(a, "run it on a board", "there is no such device");
	else if (!strcmp(flushes, "barred"))
		answer_bar(a, "run it as root", "kprobes are not permitted");
}

/* It reads the rest itself when it stops. */
static void fake_flush_stop(struct source *s)
{
	s->stopped = s->settled = true;
}

static const struct source_ops fake_flush = {
	.name		= "fake",
	.ask		= fake_ask,
	.open		= fake_open,
	.read		= fake_read,
	.stop		= fake_flush_stop,
	.complete	= fake_complete,
	.flushes	= fake_flushes,
	.close		= fake_close,
};

/* A fault of each verdict, once. */
static void fake_faults(struct source *s, take_fault *take, void *arg,
			struct fault_sums *sums)
{
	static const struct v7s_touch map = {
		.iova = 0x10000, .size = 0x4000, .pa = 0x80000000, .pid = 11,
		.comm = "camera",
	}, unmap = {
		.iova = 0x10000, .size = 0x4000, .pa = V7S_UNMAPPED, .pid = 12,
		.comm = "codec",
	};
	static bool told;
	/* explain reads first when it has attached, before the first map. */
	const bool before = getenv("FAKE_FLUSHES") && !told;
	struct fault_judged j;
	int i;

	(void)s;
	for (i = 0; i < FAULT_VERDICTS && !told; i++) {
		memset(&j, 0, sizeof(j));
		j.fault.time = clock_now() + SECOND;
		j.fault.iova = 0x11000;
		j.fault.access = i % 3;
		if (i)
			strcpy(j.fault.dev, devs[1]);
		j.fault.seq = i + 1;
		j.verdict = i;
		j.map = j.below = map;
		j.unmap = j.split = unmap;
		j.map.time = j.below.time = j.fault.time - 5000000;
		j.unmap.time = j.split.time = j.fault.time - 2000;
		j.has_map = i == FAULT_UNMAPPED || i == FAULT_MAPPED ||
			    i == FAULT_SPLIT;
		j.has_unmap = i == FAULT_UNMAPPED;
		j.has_split = i == FAULT_SPLIT;
		j.has_below = i == FAULT_HOLE;
		j.below.iova = 0xd000;
		j.reach = 3 * SECOND;
		take(arg, &j);
	}
	told = true;
	memset(sums, 0, sizeof(*sums));
	sums->faults = FAULT_VERDICTS + 4;
	sums->dropped = 4;
	for (i = 0; i < FAULT_VERDICTS; i++)
		sums->verdict[i] = 1;
	sums->touches = before ? 0 : getenv("FAKE_FLUSHES") ? 2100 : 5000;
	/* FAKE_PIECES=1: buffers are mapped in pieces. */
	sums->unmaps = before ? 0 : getenv("FAKE_PIECES") ? 100 : 1000;
	sums->domains = 2;
	sums->by_domain = true;
	sums->missed = getenv("FAKE") && !strcmp(getenv("FAKE"), "stock") ?
		       UNKNOWN : 1;
	sums->memory = 1 << 21;
}

/* FAKE_FAULTS=1: serve and export count faults, too; barred: they may not. */
static void ask_faults(struct source_answer *a)
{
	const char *faults = getenv("FAKE_FAULTS");

	if (!faults)
		answer_absent(a, "run it on a board", "there is no IOMMU");
	else if (!strcmp(faults, "barred"))
		answer_bar(a, "run it as root", "BPF is not permitted");
}

static void fake_fault_counts(struct source *s, struct fault_counts *c)
{
	unsigned int i;

	(void)s;
	memset(c, 0, sizeof(*c));
	c->devs = 2;
	for (i = 0; i < 2; i++) {
		strcpy(c->dev[i].dev, devs[i + 1]);
		c->dev[i].faults = i + 5;
	}
	c->others = 1;
}

static const struct source_ops fake_fault = {
	.name		= "fake",
	.ask		= ask_faults,
	.open		= fake_open,
	.read		= fake_read,
	.stop		= fake_stop,
	.complete	= fake_complete,
	.faults		= fake_faults,
	.fault_counts	= fake_fault_counts,
	.close		= fake_close,
};

const struct source_ops *source_find(const char *name)
{
	if (!strcmp(name, "flush"))
		return &fake_flush;
	if (!strcmp(name, "fault"))
		return &fake_fault;
	if (!strcmp(name, "bpf") || !strcmp(name, "ftrace") ||
	    !strcmp(name, "fentry") || !strcmp(name, "kprobe"))
		return &fake;
	err_print("there is no source '%s'", name);
	return NULL;
}

const struct source_ops *source_choose(const struct source_ops *named)
{
	return named ? named : &fake;
}
