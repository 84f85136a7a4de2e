// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * In place of sched.c, memory.c and judge.c: the programs in real threads, for
 * ThreadSanitizer. It reports each pair of accesses to one entry that nothing orders,
 * of which one at least is plain.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "explore.h"

/* Physical addresses are virtual ones here; entries have room for 32 bits of them. */
enum { ROOM = 1 << 20 };
static char *room;
static size_t used;

int running, running_op;
static __thread struct task_struct task;
static pthread_barrier_t ready;

static void *allocate(size_t size)
{
	size_t at = __atomic_fetch_add(&used, (size + PAGE_SIZE - 1) & PAGE_MASK, __ATOMIC_SEQ_CST);

	if (at + size > ROOM) {
		fprintf(stderr, "explore: a run needs more than %d bytes\n", ROOM);
		exit(1);
	}
	return room + at;
}

void *explore_alloc_table(size_t size) { return allocate(size); }
void *explore_kmalloc(size_t size) { return allocate(size); }
void explore_free_table(void *table) { (void)table; }
void explore_kfree(void *p) { (void)p; }
phys_addr_t explore_phys(const void *p) { return (uintptr_t)p; }
void *explore_virt(phys_addr_t phys) { return (void *)(uintptr_t)phys; }
void explore_sync(phys_addr_t phys, size_t size) { (void)phys; (void)size; }
void explore_barrier(const char *name) { (void)name; }
bool explore_events(void) { return false; }
void judge_flush(u32 iova, u32 size) { (void)iova; (void)size; }
struct task_struct *explore_current(void) { return &task; }

void explore_event(const char *name, const char *names, int n, const u64 *args)
{
	(void)name; (void)names; (void)n; (void)args;
}

int explore_warn(const char *what, const char *file, int line)
{
	(void)what; (void)file; (void)line;
	return 1;
}

int explore_trylock(spinlock_t *lock)
{
	return !__atomic_exchange_n(&lock->owner, 1, __ATOMIC_ACQUIRE);
}

void explore_lock(spinlock_t *lock)
{
	while (!explore_trylock(lock))
		sched_yield();
}

void explore_unlock(spinlock_t *lock)
{
	__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}

/*
 * Whose turn it is, if the threads run one after the other. ThreadSanitizer sees atomic
 * accesses everywhere, and takes them to order others; it does not see these.
 */
static int order[THREADS];
static volatile int turn;

__attribute__((no_sanitize("thread")))
static void wait_for_turn(int t)
{
	while (order[turn] != t)
		sched_yield();
}

__attribute__((no_sanitize("thread")))
static void end_turn(void)
{
	turn = turn + 1;
}

static bool in_turn;

static void *thread(void *arg)
{
	int t = (intptr_t)arg;

	task.pid = t + 1;
	pthread_barrier_wait(&ready);
	if (in_turn)
		wait_for_turn(t);
	run_thread(t);
	if (in_turn)
		end_turn();
	return NULL;
}

static void run(void)
{
	pthread_t threads[THREADS];

	memset(room, 0, used);
	used = 0;
	turn = 0;
	prepare();
	pthread_barrier_init(&ready, NULL, prog.threads);
	for (intptr_t t = 0; t < prog.threads; t++)
		if (pthread_create(&threads[t], NULL, thread, (void *)t)) {
			perror("explore: cannot create a thread");
			exit(1);
		}
	for (int t = 0; t < prog.threads; t++)
		pthread_join(threads[t], NULL);
	pthread_barrier_destroy(&ready);
}

/* Runs the program with its threads in each order. The first n turns are given. */
static void run_orders(int n)
{
	if (n == prog.threads) {
		run();
		return;
	}
	for (int t = 0; t < prog.threads; t++) {
		bool given = false;

		for (int i = 0; i < n; i++)
			given |= order[i] == t;
		if (given)
			continue;
		order[n] = t;
		run_orders(n + 1);
	}
}

/* tsan RUNS: all legal programs in each order of their threads, then so often at once */
int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : 0;

	room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (room == MAP_FAILED) {
		perror("explore: cannot allocate memory below 4 GiB");
		return 1;
	}
	for (int i = 0; format->programs[i][0]; i++) {
		if (!parse(format->programs[i][0], format->programs[i][1]) || !prog.legal)
			continue;
		in_turn = true;
		run_orders(0);
		in_turn = false;
		for (int n = 0; n < runs; n++)
			run();
	}
	return 0;
}
