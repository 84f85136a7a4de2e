// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modes of one thread, without a race: two that measure, for a machine on which
 * a nanosecond is an instruction; and one that asks for what gets refused.
 */
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "v7stress.h"

#define WARM_UP		4	/* batches */
#define PER_BATCH	256
#define PA		SZ_256M
#define PROT		(IOMMU_READ | IOMMU_WRITE)

static struct table *table;

static void failed(const char *what, unsigned long iova, u64 expected, u64 found)
{
	table->tally[ERRORS]++;
	note_first(&stress.error, what, table, iova, expected, found);
}

static void map(unsigned long iova, size_t size)
{
	int err = table_map(table, iova, PA, size, PROT, GFP_KERNEL);

	if (err)
		failed("map", iova, 0, -err);
	else
		table->tally[MAPS]++;
}

static void unmap(unsigned long iova, size_t size)
{
	size_t got = table_unmap(table, iova, size);

	if (got != size)
		failed("unmap", iova, size, got);
	else
		table->tally[UNMAPS]++;
}

static void look(unsigned long iova, phys_addr_t expected)
{
	phys_addr_t found = table->ops->iova_to_phys(table->ops, iova);

	table->tally[CHECKED]++;
	if (found == expected)
		return;
	table->tally[WRONG]++;
	note_first(&stress.wrong, "translation", table, iova, expected, found);
}

/* How each of a batch is prepared and measured, and what that comes to. */
struct measure {
	const char	*what;
	size_t		prepare;	/* mapped before, each in its own region */
	size_t		map;		/* mapped within the measured stretch, */
	size_t		unmap;		/* or unmapped there */
	enum expect	expect[3];
	unsigned int	expects;
};

static void measure_batch(const struct measure *m, struct cost *cost)
{
	unsigned long i;
	u64 begin, took;

	for (i = 0; m->prepare && i < PER_BATCH; i++)
		map(i * SZ_1M, m->prepare);

	/* The bare calls: nothing but what a driver pays for is in between */
	begin = ktime_get_ns();
	if (m->map)
		for (i = 0; i < PER_BATCH; i++)
			table_map(table, i * SZ_1M, PA, m->map, PROT,
				  GFP_KERNEL);
	else
		for (i = 0; i < PER_BATCH; i++)
			table_unmap(table, i * SZ_1M, m->unmap);
	took = ktime_get_ns() - begin;

	table->tally[m->map ? MAPS : UNMAPS] += PER_BATCH;
	for (i = 0; i < m->expects; i++)
		table->expect[m->expect[i]] += PER_BATCH;

	/* Did they do it? The whole batch is known by its first and last. */
	for (i = 0; i < PER_BATCH; i += PER_BATCH - 1)
		look(i * SZ_1M, m->map ? PA : 0);
	for (i = 0; i < PER_BATCH; i++)
		unmap(i * SZ_1M, SZ_1M);
	table->expect[FREE_UNMAP] += PER_BATCH;

	if (!cost)
		return;
	cost->what = m->what;
	cost->per_batch = PER_BATCH;
	cost->min = cost->batches ? min(cost->min, took) : took;
	cost->total += took;
	cost->batches++;
}

static int measure(const struct measure *m, struct cost *cost)
{
	unsigned int i;
	u64 done;

	table = &stress.table[0];
	for (i = 0; i < WARM_UP; i++)
		measure_batch(m, NULL);
	for (done = 0; done < stress.ops; done += PER_BATCH) {
		measure_batch(m, cost);
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
	}
	stress.planned = table->tally[MAPS] + table->tally[UNMAPS];
	stress.elapsed += cost->total;
	return 0;
}

int cost_run(unsigned int unused)
{
	static const struct measure install = {
		.what = "map_install", .map = SZ_4K,
		.expect = { WON_MAP }, .expects = 1,
	};

	return measure(&install, &stress.cost[0]);
}

int cost_split_run(unsigned int unused)
{
	static const struct measure cont = {
		.what = "split_cont", .prepare = SZ_64K, .unmap = SZ_4K,
		.expect = { WON_MAP, SPLIT_CONT_DONE }, .expects = 2,
	};
	static const struct measure block = {
		.what = "split_block", .prepare = SZ_1M, .unmap = SZ_4K,
		.expect = { WON_SPLIT, SPLIT_BLOCK_DONE }, .expects = 2,
	};

	return measure(&cont, &stress.cost[0]) ?:
	       measure(&block, &stress.cost[1]);
}

int refuse_run(unsigned int unused)
{
	size_t got;
	int err;

	table = &stress.table[0];
	map(0, SZ_4K);
	table->expect[WON_MAP]++;

	err = table_map(table, 0, PA, SZ_4K, PROT, GFP_KERNEL);
	if (err == -EEXIST)
		table->expect[REFUSE_EXISTS]++;
	else
		failed("map of what exists", 0, EEXIST, -err);

	got = table_unmap(table, SZ_4K, SZ_4K);
	if (!got)
		table->expect[REFUSE_ABSENT]++;
	else
		failed("unmap of what is absent", SZ_4K, 0, got);

	look(0, PA);
	look(SZ_4K, 0);
	stress.planned = 3;
	return 0;
}
