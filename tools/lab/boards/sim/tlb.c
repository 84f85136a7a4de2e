// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The TLB caches leaf entries, the walk cache the addresses of next-level tables.
 * Entries leave only by the driver's invalidation or by replacement; a change of the
 * tables alone has no effect. So a missing invalidation becomes visible, and a table
 * that is freed too early.
 *
 * The sizes and replacement policies of the hardware are not documented. A large
 * first-in first-out cache keeps entries longest, which is hardest on the driver.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "sim.h"

#define LEAVES 256
#define TABLES 64

struct cached {
	bool valid, freed;
	unsigned int context, level;
	uint64_t iova, size;
	uint64_t phys;	/* the leaf, or the table */
	uint64_t at;	/* address of the entry in the page table */
};

struct cache {
	struct cached *entry;
	unsigned int size, next;
};

static struct cached leaf_entries[LEAVES], table_entries[TABLES];
static struct cache leaves = { leaf_entries, LEAVES, 0 };
static struct cache tables = { table_entries, TABLES, 0 };
static uint64_t skip;
static bool ahead;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * The device's access in progress: translated, but not over. An invalidation that
 * concerns it waits for its end, as on a bus. The lock is not held during an access:
 * the driver may hold its own lock while it invalidates, and block all other CPUs.
 */
static struct {
	atomic_bool on;
	atomic_uint awaiting;
	uint64_t nr;
	unsigned int context;
	uint64_t iova;
} access_now;

static pthread_cond_t over = PTHREAD_COND_INITIALIZER;

/* The deepest matching entry: the lowest table on the way. */
static struct cached *look_up(struct cache *cache, unsigned int context, uint64_t iova)
{
	struct cached *found = NULL;

	for (unsigned int i = 0; i < cache->size; i++) {
		struct cached *entry = &cache->entry[i];

		if (entry->valid && entry->context == context && iova - entry->iova < entry->size &&
		    (!found || entry->level > found->level))
			found = entry;
	}
	return found;
}

static void remember(struct cache *cache, const struct cached *new)
{
	cache->entry[cache->next++ % cache->size] = *new;
}

static void remember_walk(const struct context *context, unsigned int from, const struct walk *walk,
			  uint64_t iova)
{
	unsigned int level;

	for (level = from; level + 1 < context->format->levels && walk->step[level].at; level++) {
		uint64_t size = 1ULL << context->format->level[level].shift;

		remember(&tables, &(struct cached){
			.valid = true, .context = context->nr, .level = level,
			.iova = iova & ~(size - 1), .size = size,
			.phys = walk->step[level].table, .at = walk->step[level].at,
		});
	}
	if (walk->found)
		remember(&leaves, &(struct cached){
			.valid = true, .context = context->nr,
			.iova = walk->iova, .size = walk->size,
			.phys = walk->phys, .at = walk->at,
		});
}

/* A walker may read the next entries together with the one that it needs. */
static void walk_ahead(const struct context *context, uint64_t iova)
{
	uint64_t size = 1ULL << context->format->level[0].shift;
	uint64_t next = (iova & ~(size - 1)) + size;
	struct walk walked = { 0 };

	if (look_up(&tables, context->nr, next))
		return;
	walk(context->format, context->base, 0, next, &walked);
	if (!walked.step[0].at)
		return;
	remember(&tables, &(struct cached){
		.valid = true, .context = context->nr, .level = 0, .iova = next, .size = size,
		.phys = walked.step[0].table, .at = walked.step[0].at,
	});
	COUNT(ahead, 1);
}

static uint64_t within(const struct walk *walk, uint64_t iova)
{
	return walk->found ? walk->phys + (iova - walk->iova) : BOX_NOWHERE;
}

/*
 * Translates through the caches, and compares with a walk from the top at the same
 * moment. The client keeps a mapping in place until its transfer is over, so a
 * difference is never a race, but a missing invalidation.
 */
void tlb_translate(const struct context *context, uint64_t iova, struct found *found)
{
	struct cached *hit;
	struct walk top = { 0 };

	pthread_mutex_lock(&lock);
	hit = look_up(&leaves, context->nr, iova);
	walk(context->format, context->base, 0, iova, &top);
	found->now = within(&top, iova);
	found->cached = hit;
	if (hit) {
		COUNT(hits, 1);
		found->phys = hit->phys + (iova - hit->iova);
	} else {
		struct cached *table = look_up(&tables, context->nr, iova);
		unsigned int from = table ? table->level + 1 : 0;
		struct walk new = { 0 };

		COUNT(walks, 1);
		COUNT(walk_cache_hits, table ? 1 : 0);
		walk(context->format, table ? table->phys : context->base, from, iova, &new);
		found->phys = within(&new, iova);
		remember_walk(context, from, &new, iova);
		if (ahead)
			walk_ahead(context, iova);
	}
	found->ok = found->phys != BOX_NOWHERE;
	found->stale = found->phys != found->now;
	access_now.context = context->nr;
	access_now.iova = iova;
	access_now.nr++;
	access_now.on = true;
	pthread_mutex_unlock(&lock);
}

void tlb_done(void)
{
	access_now.on = false;
	if (!access_now.awaiting)
		return;
	pthread_mutex_lock(&lock);
	pthread_cond_broadcast(&over);
	pthread_mutex_unlock(&lock);
}

bool tlb_holds(const struct context *context, uint64_t iova, uint64_t *phys)
{
	struct cached *hit;

	pthread_mutex_lock(&lock);
	hit = look_up(&leaves, context->nr, iova);
	if (hit)
		*phys = hit->phys + (iova - hit->iova);
	pthread_mutex_unlock(&lock);
	return hit;
}

static unsigned int drop(struct cache *cache, unsigned int context, uint64_t first, uint64_t last)
{
	unsigned int dropped = 0;

	for (unsigned int i = 0; i < cache->size; i++) {
		struct cached *entry = &cache->entry[i];

		if (entry->valid && (context == ALL_CONTEXTS || entry->context == context) &&
		    entry->iova <= last && entry->iova + entry->size > first) {
			entry->valid = false;
			dropped++;
		}
	}
	return dropped;
}

/* Waits for the current access only: a later one reads the changed tables. */
static void await_access(unsigned int context, uint64_t first, uint64_t last)
{
	uint64_t nr = access_now.nr;

	if ((context != ALL_CONTEXTS && context != access_now.context) ||
	    access_now.iova < (first & ~0xfffULL) || access_now.iova > (last | 0xfff))
		return;
	/* Spin first: most accesses end before a sleep would begin. */
	for (unsigned int spin = 0; spin < 5000 && access_now.on && access_now.nr == nr; spin++)
		;
	access_now.awaiting++;
	while (access_now.on && access_now.nr == nr)
		pthread_cond_wait(&over, &lock);
	access_now.awaiting--;
}

void tlb_invalidate(unsigned int context, uint64_t first, uint64_t last)
{
	pthread_mutex_lock(&lock);
	if (skip) {
		skip--;
		COUNT(flushes_skipped, 1);
	} else {
		COUNT(flushed, drop(&leaves, context, first, last) +
			       drop(&tables, context, first, last));
		await_access(context, first, last);
	}
	pthread_mutex_unlock(&lock);
}

void tlb_skip(uint64_t invalidations)
{
	pthread_mutex_lock(&lock);
	skip = invalidations;
	pthread_mutex_unlock(&lock);
}

void tlb_ahead(bool on)
{
	pthread_mutex_lock(&lock);
	ahead = on;
	pthread_mutex_unlock(&lock);
}

/*
 * Called before the kernel frees a table. A cache entry for it would lead into
 * whatever that memory becomes next. The kernel's virtual address and the physical
 * address agree in the bits below ram_size, in every kernel memory layout, because
 * the guest's memory is aligned to its size.
 */
void tlb_table_freed(uint64_t virt)
{
	pthread_mutex_lock(&lock);
	COUNT(tables_freed, 1);
	for (unsigned int i = 0; i < TABLES; i++) {
		struct cached *entry = &tables.entry[i];

		if (!entry->valid || entry->freed || ((entry->phys ^ virt) & (ram_size - 1)))
			continue;
		entry->freed = true;
		COUNT(freed_while_cached, 1);
	}
	pthread_mutex_unlock(&lock);
}
