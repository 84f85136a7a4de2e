// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * In place of all but format.c: how many requests threads make in a fixed time, in one
 * page table or in one each, without a lock and with one around each request.
 *
 *	scale MS ROUNDS		prints the ratios as JSON
 *
 * Each pair of cases is measured in rounds of the order A B B A, so that a drift of the
 * machine is in both. Other processes take CPU time away from a round, which the
 * kernel counts as run delay: rounds with the least of it are kept. Threads run with
 * real-time priority if that is permitted, so that there is little, and after each
 * round the others have as long as one run takes. A hypervisor's steal is not seen.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "explore.h"

enum {
	THREADS_MAX	= 64,
	ROUNDS_MAX	= 99,
	TRIES		= 3,		/* rounds measured for each round kept */
	ROOM		= 64 << 20,	/* memory for tables */
	REGIONS		= 64,		/* of a thread: its tables are in the cache */
	PAUSE		= 100,		/* steps between two requests, if there is a pause */
};

/* Page tables' memory: physical addresses are virtual ones below 4 GiB. */
static char *room;
static size_t used;

/* Free tables of a thread, as the slab allocator keeps some for each CPU. */
struct cache {
	void	*free;
	long	tables;		/* allocated and not freed */
	char	pad[112];	/* caches of two threads share no cache line */
};
static struct cache caches[THREADS_MAX];
static __thread struct cache *cache = caches;

static void *carve(size_t size)
{
	size_t at = __atomic_fetch_add(&used, (size + PAGE_SIZE - 1) & PAGE_MASK, __ATOMIC_RELAXED);

	if (at + size > ROOM) {
		fprintf(stderr, "explore: no room for tables\n");
		exit(1);
	}
	return room + at;
}

void *explore_alloc_table(size_t size)
{
	void *table = cache->free;

	/* The tables of a free list are of the last level; the others are never freed. */
	if (!table || size > PAGE_SIZE)
		return carve(size);
	cache->free = *(void **)table;
	cache->tables++;
	return memset(table, 0, size);
}

void explore_free_table(void *table)
{
	*(void **)table = cache->free;
	cache->free = table;
	cache->tables--;
}

void *explore_kmalloc(size_t size) { return calloc(1, size); }
void explore_kfree(void *p) { free(p); }
phys_addr_t explore_phys(const void *p) { return (uintptr_t)p; }
void *explore_virt(phys_addr_t phys) { return (void *)(uintptr_t)phys; }
void explore_sync(phys_addr_t phys, size_t size) { (void)phys; (void)size; }
void explore_barrier(const char *name) { (void)name; }
bool explore_events(void) { return false; }

struct task_struct *explore_current(void)
{
	static struct task_struct task = { 1 };

	return &task;
}

void explore_event(const char *name, const char *names, int n, const u64 *args)
{
	(void)name; (void)names; (void)n; (void)args;
}

int explore_warn(const char *what, const char *file, int line)
{
	fprintf(stderr, "explore: the driver warns: %s (%s:%d)\n", what, file, line);
	exit(1);
}

/* split_lock of the driver, which this load does not take */
int explore_trylock(spinlock_t *lock) { return !__atomic_exchange_n(&lock->owner, 1, __ATOMIC_ACQUIRE); }
void explore_lock(spinlock_t *lock) { while (!explore_trylock(lock)) ; }
void explore_unlock(spinlock_t *lock) { __atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE); }

static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* The locks that are compared. */
enum lock { NONE, TEST_AND_SET, TICKET };
static const char *const lock_names[] = { "none", "test-and-set", "ticket" };

struct outer {
	u32 taken, next, owner;
	char pad[116];
};

static inline void take(struct outer *l, enum lock kind)
{
	u32 mine;

	if (kind == TEST_AND_SET) {
		while (__atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE))
			while (__atomic_load_n(&l->taken, __ATOMIC_RELAXED))
				relax();
	} else if (kind == TICKET) {
		mine = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);
		while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != mine)
			relax();
	}
}

static inline void give(struct outer *l, enum lock kind)
{
	if (kind == TEST_AND_SET)
		__atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE);
	else if (kind == TICKET)
		__atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}

/* A load: a thread maps @pages of a region, which installs a table, and unmaps them. */
struct load {
	int		threads;
	enum lock	lock;
	bool		own;	/* each thread has a page table and a lock of its own */
	int		pages;
	bool		pause;
};

static struct io_pgtable_ops *tables[THREADS_MAX];
static struct outer locks[THREADS_MAX];
static int cpus[THREADS_MAX], ncpus;
static struct load load;
static int ready, go, stop;

struct worker {
	int	id;
	u64	calls, errors;
	u64	delay;		/* ns for which it waited for a CPU */
	char	pad[96];
};

#ifdef HAVE_MAP_PAGES
#define map_one(t, iova, phys, size) \
	t->map_pages(t, iova, phys, size, 1, IOMMU_READ | IOMMU_WRITE, GFP_ATOMIC, &(size_t){ 0 })
#define unmap_one(t, iova, size, gather)	t->unmap_pages(t, iova, size, 1, gather)
#else
#define map_one(t, iova, phys, size)	t->map(t, iova, phys, size, IOMMU_READ | IOMMU_WRITE, GFP_ATOMIC)
#define unmap_one(t, iova, size, gather)	t->unmap(t, iova, size, gather)
#endif

static void rest(void)
{
	u32 x = 1;

	for (int i = 0; i < PAUSE; i++) {
		x = x * 1664525 + 1013904223;
		__asm__ volatile("" : "+r"(x));
	}
}

static void call(struct worker *w, unsigned long iova, size_t size, bool unmap)
{
	int nr = load.own ? w->id : 0;
	struct iommu_iotlb_gather gather = { 0 };
	struct io_pgtable_ops *t = tables[nr];

	w->calls += !__atomic_load_n(&stop, __ATOMIC_RELAXED);
	take(&locks[nr], load.lock);
	if (unmap)
		w->errors += unmap_one(t, iova, size, &gather) != size;
	else
		w->errors += map_one(t, iova, 0x40000000 + iova, size) != 0;
	give(&locks[nr], load.lock);
	if (load.pause)
		rest();
}

static void cycle(struct worker *w, unsigned long region)
{
	const unsigned int shift = format->shift[format->last - 1];
	unsigned long iova = region << shift;

	for (int i = 0; i < load.pages; i++)
		call(w, iova + i * SZ_4K, SZ_4K, false);
	for (int i = 1; i < load.pages; i++)
		call(w, iova + i * SZ_4K, SZ_4K, true);
	call(w, iova, 1UL << shift, true);
}

static u64 run_delay(void)
{
	unsigned long long ran, delay;
	FILE *f = fopen("/proc/thread-self/schedstat", "re");

	if (!f || fscanf(f, "%llu %llu", &ran, &delay) != 2) {
		perror("explore: cannot read /proc/thread-self/schedstat, which shows how long a thread waited for a CPU");
		exit(1);
	}
	fclose(f);
	return delay;
}

static u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* The main thread has more, as it ends the run. */
static void be_real_time(int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	cpu_set_t set;
	u64 delay;

	CPU_ZERO(&set);
	CPU_SET(cpus[w->id % ncpus], &set);
	sched_setaffinity(0, sizeof(set), &set);
	be_real_time(1);
	cache = &caches[w->id];
	delay = run_delay();
	__atomic_fetch_add(&ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE))
		relax();
	/* Regions of threads lie side by side: they share cache lines of the table above. */
	for (unsigned int k = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); k++)
		cycle(w, k % REGIONS * load.threads + w->id);
	w->delay = run_delay() - delay;
	return NULL;
}

struct rate {
	double	calls;		/* of all threads, a second */
	double	delay;		/* share of the threads' time */
};

static struct rate measure(struct load l, unsigned int ms)
{
	struct worker w[THREADS_MAX] = { 0 };
	pthread_t thread[THREADS_MAX];
	struct rate rate = { 0 };
	long left = 0;
	u64 begin;

	load = l;
	ready = go = stop = 0;
	for (int i = 0; i < l.threads; i++) {
		w[i].id = i;
		if (pthread_create(&thread[i], NULL, work, &w[i])) {
			perror("explore: cannot create a thread");
			exit(1);
		}
	}
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < l.threads)
		usleep(100);
	begin = now();
	__atomic_store_n(&go, 1, __ATOMIC_RELEASE);
	usleep(ms * 1000);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	begin = now() - begin;
	for (int i = 0; i < l.threads; i++) {
		pthread_join(thread[i], NULL);
		rate.calls += w[i].calls * 1e9 / begin;
		rate.delay += (double)w[i].delay / begin / l.threads;
		if (w[i].errors) {
			fprintf(stderr, "explore: %llu requests failed\n", (unsigned long long)w[i].errors);
			exit(1);
		}
	}
	for (int i = 0; i < THREADS_MAX; i++)
		left += caches[i].tables;
	if (left) {
		fprintf(stderr, "explore: %ld tables are left\n", left);
		exit(1);
	}
	return rate;
}

/* A ratio: requests a second of @b, over those of @a */
struct round {
	double ratio, delay;
	double ns[2];		/* of a thread, for a request of @a and of @b */
};

static int by_delay(const void *a, const void *b)
{
	const struct round *x = a, *y = b;

	return (x->delay > y->delay) - (x->delay < y->delay);
}

static int by_ratio(const void *a, const void *b)
{
	const struct round *x = a, *y = b;

	return (x->ratio > y->ratio) - (x->ratio < y->ratio);
}

static struct round one_round(const struct load *a, const struct load *b, unsigned int ms)
{
	const struct rate r[] = { measure(*a, ms), measure(*b, ms), measure(*b, ms), measure(*a, ms) };
	struct round round = { .ratio = (r[1].calls + r[2].calls) / (r[0].calls + r[3].calls) };

	round.ns[0] = 2e9 * a->threads / (r[0].calls + r[3].calls);
	round.ns[1] = 2e9 * b->threads / (r[1].calls + r[2].calls);
	for (int i = 0; i < 4; i++)
		round.delay = max(round.delay, r[i].delay);
	usleep(ms * 1000);
	return round;
}

/* As long as the delay is below this share, a round counts at once. */
#define CLEAN	0.02

static void pair(const char *name, struct load a, struct load b, unsigned int ms, int rounds)
{
	static bool comma;
	struct round r[TRIES * ROUNDS_MAX];
	int n = 0, clean = 0;

	while (n < TRIES * rounds && clean < rounds) {
		r[n] = one_round(&a, &b, ms);
		clean += r[n++].delay < CLEAN;
	}
	qsort(r, n, sizeof(*r), by_delay);
	printf("%s\n{\"pair\":\"%s\",\"pages\":%d,\"pause\":%s,\"threads\":[%d,%d],\"lock\":[\"%s\",\"%s\"],\"own\":%s",
	       comma ? "," : "", name, a.pages, a.pause ? "true" : "false", a.threads, b.threads,
	       lock_names[a.lock], lock_names[b.lock], a.own ? "true" : "false");
	printf(",\"rounds\":%d,\"discarded\":%d,\"delay\":%.4f", rounds, n - rounds, r[rounds - 1].delay);
	qsort(r, rounds, sizeof(*r), by_ratio);
	printf(",\"ns\":[%.1f,%.1f]", r[rounds / 2].ns[0], r[rounds / 2].ns[1]);
	printf(",\"median\":%.3f,\"least\":%.3f,\"most\":%.3f}", r[rounds / 2].ratio, r[0].ratio, r[rounds - 1].ratio);
	fflush(stdout);
	comma = true;
}

static void all_pairs(int pages, bool pause, unsigned int ms, int rounds)
{
	struct load one = { .threads = 1, .pages = pages, .pause = pause }, many = one, a, b;
	int counts[] = { 2, ncpus };

	for (int k = TEST_AND_SET; k <= TICKET; k++) {
		b = one;
		b.lock = k;
		pair("lock_alone", b, one, ms, rounds);
	}
	for (int c = 0; c < (ncpus > 2 ? 2 : 1); c++) {
		many.threads = counts[c];
		pair("gain_lockless", one, many, ms, rounds);
		a = one;
		b = many;
		a.own = b.own = true;
		pair("gain_own", a, b, ms, rounds);
		for (int k = TEST_AND_SET; k <= TICKET; k++) {
			a = one;
			b = many;
			a.lock = b.lock = k;
			pair("gain_locked", a, b, ms, rounds);
			pair("lockless_to_locked", b, many, ms, rounds);
		}
	}
}

static void find_cpus(void)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE && ncpus < THREADS_MAX; i++)
		if (CPU_ISSET(i, &set))
			cpus[ncpus++] = i;
}

static void create_tables(void)
{
	static struct device dev = { "explore" };
	struct io_pgtable_cfg cfg = {
		.ias = 32, .oas = format->oas, .coherent_walk = true, .iommu_dev = &dev,
	};

	for (int i = 0; i < SIZES; i++)
		cfg.pgsize_bitmap |= format->sizes[i];
	for (int i = 0; i < ncpus || i < 2; i++) {
		struct io_pgtable_cfg one = cfg;

		tables[i] = alloc_io_pgtable_ops(format->fmt, &one, NULL);
		if (!tables[i]) {
			fprintf(stderr, "explore: the driver refuses to allocate a page table\n");
			exit(1);
		}
	}
}

/* Tables of the last level, so that no thread carves one while it is measured. */
static void fill_caches(void)
{
	for (int i = 0; i < THREADS_MAX; i++) {
		void *table = carve(PAGE_SIZE);

		cache = &caches[i];
		cache->tables = 1;
		explore_free_table(table);
	}
	cache = caches;
}

int main(int argc, char **argv)
{
	unsigned int ms = argc > 1 ? atoi(argv[1]) : 0;
	int rounds = argc > 2 ? atoi(argv[2]) : 0;

	if (!ms || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "explore: --scale needs milliseconds and 1 to %d rounds\n", ROUNDS_MAX);
		return 2;
	}
	room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (room == MAP_FAILED) {
		perror("explore: cannot allocate memory below 4 GiB");
		return 1;
	}
	find_cpus();
	if (ncpus < 2) {
		fprintf(stderr, "explore: two threads need two CPUs\n");
		return 1;
	}
	be_real_time(2);
	create_tables();
	fill_caches();
	printf("{\"schema\":1,\"cpus\":%d,\"ms\":%u,\"pairs\":[", ncpus, ms);
	for (int pause = 0; pause < 2; pause++) {
		all_pairs(1, pause, ms, rounds);
		all_pairs(1 << format->bits[format->last], pause, ms, rounds);
	}
	printf("\n]}\n");
	return 0;
}
