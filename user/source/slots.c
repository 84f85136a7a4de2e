// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/lower_bound.h"
#include "lib/read64.h"
#include "slots.h"

static bool is_gone(long ret)
{
	return ret && errno == ESRCH;
}

static bool task_ended(__u64 id)
{
	pid_t tgid = id >> 32, pid = id;

	/* The idle task cannot receive signals. */
	if (!id)
		return false;
	return is_gone(tgid ? syscall(SYS_tgkill, tgid, pid, 0)
			    : syscall(SYS_tkill, pid, 0));
}

/*
 * Detect the end, so that the next task with this pid is not mistaken for it.
 */
static bool pair_ended(__u64 id)
{
	pid_t waiter = id, holder = id >> 32;

	return (waiter && is_gone(syscall(SYS_tkill, waiter, 0))) ||
	       (holder && is_gone(syscall(SYS_tkill, holder, 0)));
}

static const struct layout {
	size_t row, offset, size;
	unsigned int slots;	/* plus one, which is other */
	size_t text;		/* bytes after the key that are no counters */
	bool (*ended)(__u64 id);
} layouts[SLOT_KINDS] = {
	[TASK_SLOTS] = {
		.row	= sizeof(struct v7s_cpu_tasks),
		.offset	= offsetof(struct v7s_cpu_tasks, task),
		.size	= sizeof(struct v7s_task),
		.slots	= V7S_TASKS,
		.text	= V7S_COMM,
		.ended	= task_ended,
	},
	[PAIR_SLOTS] = {
		.row	= sizeof(struct v7s_cpu_tasks),
		.offset	= offsetof(struct v7s_cpu_tasks, pair),
		.size	= sizeof(struct v7s_pair),
		.slots	= V7S_PAIRS,
		.ended	= pair_ended,
	},
	[STACK_SLOTS] = {
		.row	= sizeof(struct v7s_cpu_stacks),
		.offset	= offsetof(struct v7s_cpu_stacks, stack),
		.size	= sizeof(struct v7s_stack),
		.slots	= V7S_STACKS,
	},
};

/* State of a slot. */
enum state {
	FREE,
	NEW,		/* taken since the last reading */
	FRESH,		/* read for the first time in this reading */
	USED,
	LEAVING,	/* no program adds to it any more */
};

/* A task whose slot was read for the first time. */
struct fresh {
	uint64_t pid, start;	/* lower_bound() finds the pid */
};

struct slots {
	const struct layout *l;
	char *rows;
	unsigned int cpus;
	bool own_pids;
	char *last;	/* as last read, of all CPUs */
	__u8 *state;
	struct fresh *fresh;
	size_t nfresh;
};

struct slots *slots_new(enum slot_kind kind, void *rows, unsigned int cpus,
			bool own_pids)
{
	struct slots *s = calloc(1, sizeof(*s));
	size_t n = cpus * (layouts[kind].slots + 1);

	if (!s)
		return NULL;
	s->l = &layouts[kind];
	s->rows = rows;
	s->cpus = cpus;
	s->own_pids = own_pids;
	s->last = calloc(n, s->l->size);
	s->state = calloc(n, sizeof(*s->state));
	s->fresh = calloc(n, sizeof(*s->fresh));
	if (!s->last || !s->state || !s->fresh) {
		slots_free(s);
		return NULL;
	}
	return s;
}

void slots_free(struct slots *s)
{
	if (!s)
		return;
	free(s->last);
	free(s->state);
	free(s->fresh);
	free(s);
}

/* A slot's place in the map, its last reading, and its state. */
struct at {
	struct v7s_key *key, *last;
	__u8 *state;
};

static struct at at(const struct slots *s, unsigned int cpu, unsigned int i)
{
	size_t n = (size_t)cpu * (s->l->slots + 1) + i;

	return (struct at){
		.key = (void *)(s->rows + cpu * s->l->row + s->l->offset +
				i * s->l->size),
		.last = (void *)(s->last + n * s->l->size),
		.state = &s->state[n],
	};
}

bool slots_look(struct slots *s)
{
	unsigned int cpu, i;
	bool wait = false;
	struct at a;

	for (cpu = 0; cpu < s->cpus; cpu++) {
		for (i = 0; i < s->l->slots; i++) {
			a = at(s, cpu, i);
			if (*a.state == FREE && read64(&a.key->pgtable, 0))
				*a.state = NEW;
			wait |= *a.state == NEW || *a.state == LEAVING;
		}
	}
	return wait;
}

/*
 * A task has a slot on each of its CPUs, and a slot keeps the name that the task
 * had at its last event there. So a slot without a new event names no task.
 */
static void read_slot(const struct slots *s, const struct at *a)
{
	const __u64 *from = (const __u64 *)(a->key + 1);
	__u64 *to = (__u64 *)(a->last + 1), now;
	size_t i, n = (s->l->size - sizeof(*a->key)) / sizeof(__u64);
	bool counted = false;

	for (i = s->l->text / sizeof(__u64); i < n; i++) {
		now = read64(&from[i], to[i]);
		counted |= now != to[i];
		to[i] = now;
	}
	memset(to, 0, s->l->text);
	if (counted)
		memcpy(to, from, s->l->text);
}

/*
 * Free a slot, so that the next user on that CPU can take it. Counters first,
 * number last: see claim() in count.h.
 */
static void free_slot(const struct slots *s, const struct at *a)
{
	volatile __u64 *c = (volatile __u64 *)a->key;
	size_t i;

	for (i = 1; i < s->l->size / sizeof(__u64); i++)
		c[i] = 0;
	atomic_thread_fence(memory_order_seq_cst);
	*(volatile __u64 *)&a->key->pgtable = 0;
	memset(a->last, 0, s->l->size);
	*a->state = FREE;
}

static bool has_ended(const struct slots *s, const struct at *a)
{
	return s->own_pids && s->l->ended && s->l->ended(a->last->id);
}

/*
 * Mark the slot of an ended task. The task may have been interrupted at its
 * very end by an event that counts for it. From here on such an event takes
 * another slot, and the next reading of this slot is the last.
 */
static void leave(const struct at *a)
{
	*(volatile __u64 *)&a->key->id = V7S_NOBODY;
	*a->state = LEAVING;
}

/* True if its programs may add to this slot, and its key is known. */
static bool in_use(const struct at *a)
{
	return *a->state == FRESH || *a->state == USED;
}

/* By pid, the latest start first. */
static int compare_fresh(const void *a, const void *b)
{
	const struct fresh *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->start > y->start ? -1 : x->start < y->start;
}

/*
 * The fresh slots of tasks whose start is known. The pid is the lower half of an id,
 * of a pair that of the waiter. Each CPU has its own idle task, and all of them have
 * pid 0.
 */
static void find_fresh(struct slots *s)
{
	unsigned int cpu, i;
	struct at a;

	s->nfresh = 0;
	for (cpu = 0; cpu < s->cpus; cpu++) {
		for (i = 0; i < s->l->slots; i++) {
			a = at(s, cpu, i);
			if (*a.state != FRESH)
				continue;
			*a.state = USED;
			if (s->l->ended && a.last->start && (__u32)a.last->id)
				s->fresh[s->nfresh++] = (struct fresh){
					.pid = (__u32)a.last->id,
					.start = a.last->start,
				};
		}
	}
	qsort(s->fresh, s->nfresh, sizeof(*s->fresh), compare_fresh);
}

/*
 * The kernel gives a pid away again only after its task has ended. The earlier task
 * may be in any slot, so this comes once all slots are read.
 */
static void end_earlier_tasks(struct slots *s, const struct slots_visitor *v)
{
	unsigned int cpu, i;
	struct at a;
	size_t n;

	find_fresh(s);
	for (cpu = 0; s->nfresh && cpu < s->cpus; cpu++) {
		for (i = 0; i < s->l->slots; i++) {
			a = at(s, cpu, i);
			if (*a.state != USED)
				continue;
			n = lower_bound(s->fresh, s->nfresh, sizeof(*s->fresh),
					(__u32)a.last->id);
			if (n == s->nfresh || s->fresh[n].pid != (__u32)a.last->id ||
			    a.last->start >= s->fresh[n].start)
				continue;
			v->ended(v->arg, a.last);
			leave(&a);
		}
	}
}

int slots_read(struct slots *s, bool settled, const struct slots_visitor *v)
{
	unsigned int cpu, i;
	struct at a;

	for (cpu = 0; cpu < s->cpus; cpu++) {
		for (i = 0; i < s->l->slots; i++) {
			a = at(s, cpu, i);
			if (*a.state == NEW && settled) {
				a.last->pgtable = read64(&a.key->pgtable, 0);
				a.last->id = read64(&a.key->id, 0);
				a.last->start = read64(&a.key->start, 0);
				*a.state = FRESH;
			}
			if (!in_use(&a) && *a.state != LEAVING)
				continue;
			read_slot(s, &a);
			if (v->slot(v->arg, a.last))
				return -1;
			if (*a.state == LEAVING && settled) {
				v->final(v->arg, a.last);
				free_slot(s, &a);
			} else if (in_use(&a) && has_ended(s, &a)) {
				v->ended(v->arg, a.last);
				leave(&a);
			}
		}
		a = at(s, cpu, s->l->slots);
		read_slot(s, &a);
		v->other(v->arg, a.last);
	}
	end_earlier_tasks(s, v);
	return 0;
}

void slots_drop(struct slots *s, const struct slots_visitor *v,
		bool (*gone)(void *arg, __u64 pgtable))
{
	unsigned int cpu, i;
	struct at a;

	for (cpu = 0; cpu < s->cpus; cpu++) {
		for (i = 0; i < s->l->slots; i++) {
			a = at(s, cpu, i);
			if (*a.state != USED || !gone(v->arg, a.last->pgtable))
				continue;
			v->final(v->arg, a.last);
			free_slot(s, &a);
		}
	}
}
