// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hardware may remember of the page tables: leaf entries, and where
 * next-level tables are. It forgets what the driver invalidates, or what it has
 * no room for, and nothing else; that the tables have changed is none of its
 * business. So a missing invalidation shows, and a table that is freed too early.
 *
 * Real sizes and ways of replacement are not documented. Large and first-in
 * first-out remembers the longest, which is the hardest on the driver.
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
	uint64_t phys;	/* of the leaf, or of the table */
	uint64_t at;	/* of the entry that said so */
};

struct cache {
	struct cached *entry;
	unsigned int size, next;
};

static struct cached leaf_entries[LEAVES], table_entries[TABLES];
static struct cache leaves = { leaf_entries, LEAVES, 0 };
static struct cache tables = { table_entries, TABLES, 0 };
static uint64_t skip;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * The one access of the device that has its translation and is not over yet. Who
 * invalidates it waits for it, as for a bus. The lock itself is never held for as
 * long as an access takes: a driver may have a lock of its own in its hands, with
 * all the others behind it.
 */
static struct {
	atomic_bool on;
	atomic_uint awaiting;
	uint64_t nr;
	unsigned int context;
	uint64_t iova;
} access_now;

static pthread_cond_t over = PTHREAD_COND_INITIALIZER;

/* The deepest one: of several tables on the way, the last. */
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

static uint64_t within(const struct walk *walk, uint64_t iova)
{
	return walk->found ? walk->phys + (iova - walk->iova) : BOX_NOWHERE;
}

/*
 * What a translation comes to, and beside it what it should have come to: a walk
 * from the top at the same moment. The client keeps a mapping in place until its
 * transfer is over, so a difference is no race but something that the driver
 * forgot to invalidate.
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

/* The next access has what the tables say by now, and is none to wait for. */
static void await_access(unsigned int context, uint64_t first, uint64_t last)
{
	uint64_t nr = access_now.nr;

	if ((context != ALL_CONTEXTS && context != access_now.context) ||
	    access_now.iova < (first & ~0xfffULL) || access_now.iova > (last | 0xfff))
		return;
	/* Mostly it is over before a sleep would have begun. */
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

/*
 * The kernel is about to give this table back. A cached way into it is a way into
 * whatever that memory becomes next. The kernel's address is compared by what it
 * has in common with the physical one, whatever the kernel's memory layout: the
 * guest's memory is as large as it is aligned.
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
