// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Threads are coroutines, which change places at each step and nowhere else, so
 * that a schedule is a list of numbers and repeats to the letter. The search goes
 * depth first and starts each run anew.
 *
 * Without a bound of preemptions it is a dynamic partial-order reduction with
 * persistent (backtrack) and sleep sets: two schedules that differ in the order of
 * steps which do not touch the same memory have the same result, and one of them
 * is run. With a bound, each schedule within it is run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "explore.h"

enum { STEPS = STEPS_MAX, STACK = 65536 };

struct node {
	struct step	pending[THREADS];
	u8		enabled, backtrack, asleep, tried;
	u8		chosen;
	int		preemptions;		/* spent before this step */
	u16		clock[THREADS];		/* of the step that is taken here */
};

static struct node nodes[STEPS];
struct step trace[STEPS];
int trace_length;
int running = -1, running_op;

static jmp_buf scheduler, given_up;
static struct thread {
	jmp_buf		at;
	char		*stack;
	struct step	next;
	bool		finished;
} threads[THREADS];
static ucontext_t fresh[THREADS], back;

/* A thread waits at `next`, with its lock taken by nobody else. */
static bool ready(const struct step *s)
{
	return s->kind != LOCK || !value_at(s->at, s->len);
}

static void leave(void)
{
	const int op = running_op;

	if (!_setjmp(threads[running].at))
		_longjmp(scheduler, 1);
	running_op = op;
}

void step(enum kind kind, const void *at, u32 len, void *pc)
{
	if (running < 0)
		return;
	memory_settle();
	threads[running].next = (struct step){ .kind = kind, .thread = running,
		.op = running_op, .at = explore_phys(at), .len = len, .pc = pc };
	leave();
}

void step_result(u64 old, u64 new, bool failed)
{
	for (int i = trace_length - 1; i >= 0; i--)
		if (trace[i].thread == running) {
			trace[i].new = new;
			if (trace[i].kind != STORE)
				trace[i].old = old;
			trace[i].failed = failed;
			return;
		}
}

/* A thread that went astray ends there; the others go on, as its steps are theirs to see. */
void give_up(void)
{
	if (running < 0)
		_longjmp(given_up, 1);
	threads[running].finished = true;
	_longjmp(scheduler, 1);
}

void fail(enum verdict v, const char *fmt, ...)
{
	va_list ap;

	if (found & 1u << v)
		return;
	found |= 1u << v;
	va_start(ap, fmt);
	vsnprintf(why[v], sizeof(why[v]), fmt, ap);
	va_end(ap);
}

/* Locks: the owner's number plus one is in the lock itself. */
void explore_lock(spinlock_t *lock)
{
	step(LOCK, lock, sizeof(*lock), __builtin_return_address(0));
	lock->owner = running + 1;
	judge_locked();
}

int explore_trylock(spinlock_t *lock)
{
	step(TRYLOCK, lock, sizeof(*lock), __builtin_return_address(0));
	if (lock->owner) {
		step_result(lock->owner, 0, true);
		return 0;
	}
	lock->owner = running + 1;
	judge_locked();
	return 1;
}

void explore_unlock(spinlock_t *lock)
{
	step(UNLOCK, lock, sizeof(*lock), __builtin_return_address(0));
	lock->owner = 0;
	judge_unlocked();
}

struct task_struct *explore_current(void)
{
	static struct task_struct tasks[THREADS] = { { 1 }, { 2 }, { 3 } };

	return &tasks[running < 0 ? 0 : running];
}

static void entry(int thread)
{
	run_thread(thread);
	memory_settle();
	threads[thread].finished = true;
	_longjmp(scheduler, 1);
}

/* A context is made once for each thread; a run jumps back to where it began. */
static void start(int thread)
{
	struct thread *t = &threads[thread];

	t->finished = false;
	running = thread;
	if (!_setjmp(scheduler)) {
		getcontext(&fresh[thread]);
		fresh[thread].uc_stack.ss_sp = t->stack;
		fresh[thread].uc_stack.ss_size = STACK;
		fresh[thread].uc_link = &back;
		makecontext(&fresh[thread], (void (*)(void))entry, 1, thread);
		setcontext(&fresh[thread]);
	}
	running = -1;
}

static void resume(int thread)
{
	running = thread;
	if (!_setjmp(scheduler))
		_longjmp(threads[thread].at, 1);
	running = -1;
}

void sched_init(void)
{
	for (int i = 0; i < THREADS; i++) {
		threads[i].stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (threads[i].stack == MAP_FAILED) {
			perror("explore: cannot allocate a stack");
			exit(1);
		}
	}
}

static bool writes(enum kind k)
{
	return k != READ && k != READ_ONCE_ && k != SYNC;
}

/* Their order decides something. */
static bool dependent(const struct step *a, const struct step *b)
{
	return a->at < b->at + b->len && b->at < a->at + a->len &&
	       (writes(a->kind) || writes(b->kind));
}

/* One of a pair that can never wait at the same time is no alternative to the other. */
static bool coenabled(const struct step *a, const struct step *b)
{
	return !(a->kind == UNLOCK && b->kind == LOCK) && !(a->kind == LOCK && b->kind == UNLOCK) &&
	       !(a->kind == UNLOCK && b->kind == UNLOCK);
}

/* Clock of the last step that a thread took before node n; zeroes if none. */
static const u16 *clock_of(int thread, int n)
{
	static const u16 none[THREADS];

	while (--n >= 0)
		if (nodes[n].chosen == thread)
			return nodes[n].clock;
	return none;
}

/* Wherever a waiting step races with one that was taken, the other order is due, too. */
static void find_races(int n)
{
	for (int p = 0; p < prog.threads; p++) {
		const u16 *seen;

		if (threads[p].finished)
			continue;
		seen = clock_of(p, n);
		for (int i = n - 1; i >= 0; i--) {
			struct node *at = &nodes[i];
			const struct step *taken = &at->pending[at->chosen];

			if (at->chosen == p || seen[at->chosen] > i || !dependent(taken, &nodes[n].pending[p]) ||
			    !coenabled(taken, &nodes[n].pending[p]))
				continue;
			at->backtrack |= at->enabled & 1 << p ? 1 << p : at->enabled;
			break;
		}
	}
}

static void set_clock(int n)
{
	struct node *at = &nodes[n];
	const struct step *taken = &at->pending[at->chosen];

	memcpy(at->clock, clock_of(at->chosen, n), sizeof(at->clock));
	for (int i = n - 1; i >= 0; i--) {
		const struct node *before = &nodes[i];

		if (at->clock[before->chosen] > i || !dependent(&before->pending[before->chosen], taken))
			continue;
		for (int t = 0; t < THREADS; t++)
			at->clock[t] = max(at->clock[t], before->clock[t]);
	}
	at->clock[at->chosen] = n + 1;
}

static int lowest(unsigned int mask)
{
	return __builtin_ctz(mask);
}

/* Fills node n, which no run has reached before. False: nothing new lies behind it. */
static bool new_node(const struct search *s, int n)
{
	struct node *at = &nodes[n], *before = n ? &nodes[n - 1] : NULL;
	int last = before ? before->chosen : -1;
	unsigned int candidates;

	at->asleep = 0;
	at->tried = 0;
	at->preemptions = 0;
	if (before) {
		const struct step *taken = &before->pending[before->chosen];

		at->preemptions = before->preemptions +
			(n > 1 && nodes[n - 2].chosen != before->chosen &&
			 before->enabled & 1 << nodes[n - 2].chosen);
		for (int t = 0; t < prog.threads; t++)
			if (before->asleep & 1 << t && t != before->chosen && !dependent(&before->pending[t], taken))
				at->asleep |= 1 << t;
	}
	if (s->preemptions >= 0) {
		at->asleep = 0;
		at->backtrack = at->enabled;
		if (at->preemptions >= s->preemptions && last >= 0 && at->enabled & 1 << last)
			at->backtrack = 1 << last;
		candidates = at->backtrack;
	} else {
		find_races(n);
		candidates = at->enabled & ~at->asleep;
		if (!candidates)
			return false;
	}
	at->chosen = last >= 0 && candidates & 1 << last ? last : lowest(candidates);
	if (s->preemptions < 0)
		at->backtrack = 1 << at->chosen;
	return true;
}

/* One run: the first `replay` steps as before. Returns its length, or -1 if pruned. */
static int run(const struct search *s, int replay)
{
	volatile int n = 0;

	trace_length = 0;
	judge_begin();
	memory_reset();
	if (_setjmp(given_up)) {
		running = -1;
		return 0;
	}
	prepare();
	judge_start();
	for (int t = 0; t < prog.threads; t++)
		start(t);
	for (;; n++) {
		struct node *at = &nodes[n];
		unsigned int waiting = 0;

		if (n == STEPS) {
			fail(ENDLESS, "no end after %d steps", STEPS);
			return n;
		}
		at->enabled = 0;
		for (int t = 0; t < prog.threads; t++) {
			if (threads[t].finished)
				continue;
			waiting |= 1 << t;
			at->pending[t] = threads[t].next;
			if (ready(&threads[t].next))
				at->enabled |= 1 << t;
		}
		if (!at->enabled) {
			if (waiting && !found)
				fail(DEADLOCK, "each thread waits for a lock");
			return n;
		}
		if (n > replay || (n == replay && !replay && !at->tried)) {
			if (!new_node(s, n))
				return -1;
		}
		if (s->preemptions < 0 && n >= replay)
			set_clock(n);
		trace[trace_length++] = at->pending[at->chosen];
		resume(at->chosen);
	}
}

void search(struct search *s)
{
	int replay = 0, length;

	memset(nodes, 0, sizeof(nodes[0]));
	s->runs = s->pruned = 0;
	s->complete = false;
	for (;;) {
		length = run(s, replay);
		if (length < 0) {
			s->pruned++;
			length = trace_length;
		} else {
			s->runs++;
			judge();
			if (s->judged)
				s->judged();
			if (found & s->stop_at)
				return;
		}
		for (length--; length >= 0; length--) {
			struct node *at = &nodes[length];
			unsigned int left;

			at->tried |= 1 << at->chosen;
			at->asleep |= 1 << at->chosen;
			left = at->backtrack & at->enabled & ~at->tried;
			if (s->preemptions < 0)
				left &= ~at->asleep;
			if (left) {
				at->chosen = lowest(left);
				break;
			}
		}
		if (length < 0) {
			s->complete = true;
			return;
		}
		if (s->runs + s->pruned >= s->limit)
			return;
		replay = length;
	}
}
