// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Modes of one thread, without a race. Two measure, for a machine on which a
 * nanosecond is an instruction. One makes requests that the kernel must refuse.
 */
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "v7stress.h"

#define WARM_UP		4	/* batches */
#define PER_BATCH	256
#define PA		SZ_1G
#define PROT		(IOMMU_READ | IOMMU_WRITE)

static struct table *table;

static void map(unsigned int r, unsigned int pages)
{
	int err = table_map(table, region_iova(table, r), PA, pages * SZ_4K,
			    PROT, GFP_KERNEL);

	model_map(area_of(table, r), page_of(r), pages);
	if (err)
		note_failed(table, "map", region_iova(table, r), 0, -err);
	else
		table->tally[MAPS]++;
}

static void unmap(unsigned int r, unsigned int pages)
{
	size_t got = table_unmap(table, region_iova(table, r), pages * SZ_4K);

	model_unmap(area_of(table, r), page_of(r), pages);
	if (got != pages * SZ_4K)
		note_failed(table, "unmap", region_iova(table, r),
			    pages * SZ_4K, got);
	else
		table->tally[UNMAPS]++;
}

void cost_add_up(struct table *t)
{
	unsigned int a, i;

	for (a = 0; a < t->areas; a++)
		for (i = 0; i < NR_EXPECT; i++)
			t->expect[i] += t->area[a].expect[i];
	stress.planned = t->tally[MAPS] + t->tally[UNMAPS];
}

/* How each request of a batch is prepared and measured, in pages. */
struct measure {
	const char	*what;
	unsigned int	prepare;	/* mapped beforehand */
	bool		unmap;		/* measure unmap of a page, else map */
};

static void measure_batch(const struct measure *m, struct cost *cost)
{
	static unsigned long iova[PER_BATCH];
	unsigned int i;
	u64 begin, took;

	for (i = 0; i < PER_BATCH; i++) {
		iova[i] = region_iova(table, i);
		if (m->prepare)
			map(i, m->prepare);
	}

	/* Measures nothing but the calls that a driver makes */
	begin = ktime_get_ns();
	if (m->unmap)
		for (i = 0; i < PER_BATCH; i++)
			table_unmap(table, iova[i], SZ_4K);
	else
		for (i = 0; i < PER_BATCH; i++)
			table_map(table, iova[i], PA, SZ_4K, PROT, GFP_KERNEL);
	took = ktime_get_ns() - begin;

	for (i = 0; i < PER_BATCH; i++)
		if (m->unmap)
			model_unmap(area_of(table, i), page_of(i), 1);
		else
			model_map(area_of(table, i), page_of(i), 1);
	table->tally[m->unmap ? UNMAPS : MAPS] += PER_BATCH;

	/* Check the first and the last for the whole batch. */
	for (i = 0; i < PER_BATCH; i += PER_BATCH - 1)
		note_look(table, iova[i], m->unmap ? 0 : PA);
	for (i = 0; i < PER_BATCH; i++)
		unmap(i, region_pages());

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

	for (i = 0; i < WARM_UP; i++)
		measure_batch(m, NULL);
	for (done = 0; done < stress.ops; done += PER_BATCH) {
		measure_batch(m, cost);
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
	}
	stress.elapsed += cost->total;
	return 0;
}

int cost_installs(struct cost *cost)
{
	const struct measure install = { .what = "map_install" };

	table = &stress.table[0];
	return measure(&install, cost);
}

int cost_run(unsigned int unused)
{
	int err = cost_installs(&stress.cost[0]);

	cost_add_up(table);
	return err;
}

int cost_split_run(unsigned int unused)
{
	const struct measure cont = {
		.what = "split_cont", .prepare = LARGE_PAGES, .unmap = true,
	};
	const struct measure block = {
		.what = "split_block", .prepare = region_pages(), .unmap = true,
	};
	struct cost *cost = stress.cost;
	int err = 0;

	table = &stress.table[0];
	if (stress.format->large)
		err = measure(&cont, cost++);
	if (!err)
		err = measure(&block, cost);
	cost_add_up(table);
	return err;
}

static void refused_map(void)
{
	int err = table_map(table, region_iova(table, 0), PA, SZ_4K, PROT,
			    GFP_KERNEL);

	if (err == -EEXIST)
		table->expect[REFUSE_EXISTS]++;
	else
		note_failed(table, "map of what exists", region_iova(table, 0),
			    EEXIST, -err);
}

static void refused_unmap(const char *what, unsigned long iova,
			  enum expect expect)
{
	size_t got = table_unmap(table, iova, SZ_4K);

	if (!got)
		table->expect[expect]++;
	else
		note_failed(table, what, iova, 0, got);
}

int refuse_run(unsigned int unused)
{
	table = &stress.table[0];
	map(0, 1);
	refused_map();
	refused_unmap("unmap of what is absent", region_iova(table, 0) + SZ_4K,
		      REFUSE_ABSENT);
	note_look(table, region_iova(table, 0), PA);
	note_look(table, region_iova(table, 0) + SZ_4K, 0);

	/* Refused each time, though the kernel warns only once */
	if (!SPLITS) {
		map(1, region_pages());
		refused_unmap("unmap of a part", region_iova(table, 1),
			      REFUSE_PARTIAL);
		refused_unmap("unmap of a part", region_iova(table, 1) + SZ_64K,
			      REFUSE_PARTIAL);
		note_look(table, region_iova(table, 1), PA);
		note_look(table, region_iova(table, 1) + SZ_64K, PA + SZ_64K);
	}
	cost_add_up(table);
	return 0;
}
