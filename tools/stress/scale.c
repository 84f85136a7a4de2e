// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * A mode that measures how many requests threads make in a fixed time, in one page
 * table or in one each, with and without a lock around each request. Before the
 * formats were lockless, drivers had such a lock.
 *
 * A thread repeats a cycle: it maps pages of a region one by one, which installs one
 * table, unmaps them, and frees the table with the last unmap. Regions of different
 * threads lie side by side, so threads share cache lines of the table above, but
 * never a region: nothing waits for anything but the lock.
 */
#define pr_fmt(fmt)	"v7stress: " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "v7stress.h"

#define PROT	(IOMMU_READ | IOMMU_WRITE)

struct scaler {
	unsigned int		id;
	struct task_struct	*task;
	struct table		*table;
	unsigned int		first, stride;	/* regions */
	u64			cycles;
	u64			calls;		/* made before the end */
	u64			errors;
};

static struct scaler *scaler;
static bool go, stop;
static atomic_t running;

/* Drivers take their lock with interrupts off, and allocate accordingly. */
static bool make(struct scaler *s, const struct area *area, unsigned int page,
		 unsigned int pages, bool unmap)
{
	unsigned long iova = area->iova + (unsigned long)page * SZ_4K;
	unsigned long flags = 0;
	bool good;

	if (stress.outer)
		spin_lock_irqsave(&s->table->outer, flags);
	if (unmap)
		good = table_unmap(s->table, iova, pages * SZ_4K) ==
		       pages * SZ_4K;
	else
		good = !table_map(s->table, iova, area->pa + page * SZ_4K,
				  pages * SZ_4K, PROT, GFP_ATOMIC);
	if (stress.outer)
		spin_unlock_irqrestore(&s->table->outer, flags);
	return good;
}

static void call(struct scaler *s, const struct area *area, unsigned int page,
		 unsigned int pages, bool unmap)
{
	s->calls += !READ_ONCE(stop);
	if (make(s, area, page, pages, unmap))
		return;
	s->errors++;
	note_first(&stress.error, unmap ? "unmap" : "map", s->table,
		   area->iova + (unsigned long)page * SZ_4K, 0, 0);
}

static void cycle(struct scaler *s, unsigned int r)
{
	const struct area *area = area_of(s->table, r);
	unsigned int first = page_of(r), i;

	for (i = 0; i < stress.pages; i++)
		call(s, area, first + i, 1, false);
	for (i = 1; i < stress.pages; i++)
		call(s, area, first + i, 1, true);
	call(s, area, first, region_pages(), true);
	s->cycles++;
}

static int work(void *arg)
{
	struct scaler *s = arg;
	unsigned int all = s->table->areas * regions(), turns = all / s->stride;

	while (!READ_ONCE(go))
		cond_resched();
	while (!READ_ONCE(stop)) {
		cycle(s, s->first + (u32)s->cycles % turns * s->stride);
		cond_resched();
	}
	atomic_dec(&running);
	return 0;
}

static int create_threads(void)
{
	unsigned int i, cpu = cpumask_first(cpu_online_mask);
	struct task_struct *task;

	for (i = 0; i < stress.threads; i++) {
		struct scaler *s = &scaler[i];

		s->id = i;
		s->table = &stress.table[stress.own ? i : 0];
		s->first = stress.own ? 0 : i;
		s->stride = stress.own ? 1 : stress.threads;
		task = kthread_create(work, s, "v7stress/%u", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, cpu);
		s->task = get_task_struct(task);
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	}
	return 0;
}

static void stop_threads(void)
{
	unsigned int i;

	for (i = 0; i < stress.threads; i++) {
		if (!scaler[i].task)
			continue;
		kthread_stop(scaler[i].task);
		put_task_struct(scaler[i].task);
	}
}

/* Requests of this thread alone, in the model as well; @unmap: the whole region */
static void prepare(struct scaler *s, unsigned int r, unsigned int pages,
		    bool unmap)
{
	struct area *area = area_of(s->table, r);
	unsigned int first = page_of(r), i;
	u64 *tally = s->table->tally;

	for (i = 0; i < pages; i++) {
		if (!model_map(area, first + i, 1) ||
		    !make(s, area, first + i, 1, false))
			tally[ERRORS]++;
		tally[MAPS]++;
	}
	if (!unmap)
		return;
	if (!model_unmap(area, first, region_pages()) ||
	    !make(s, area, first, region_pages(), true))
		tally[ERRORS]++;
	tally[UNMAPS]++;
}

/* Installs tables above those of the regions, which stay and are not measured */
static void prepare_all(void)
{
	unsigned int t, a;

	for (t = 0; t < stress.tables; t++) {
		struct scaler one = { .table = &stress.table[t] };

		for (a = 0; a < stress.table[t].areas; a++)
			prepare(&one, a * regions(), 1, true);
	}
}

static void look(struct scaler *s, unsigned int r, bool mapped)
{
	const struct area *area = area_of(s->table, r);
	unsigned int page = page_of(r), i;

	for (i = 0; i < stress.pages; i++, page++)
		note_look(s->table, area->iova + (unsigned long)page * SZ_4K,
			  mapped ? area->pa + page * SZ_4K : 0);
}

/* Ends with a mapped region of each thread, for the walk, beside one that is empty */
static void add_up(struct scaler *s)
{
	struct table *table = s->table;

	table->tally[MAPS] += s->cycles * stress.pages;
	table->tally[UNMAPS] += s->cycles * stress.pages;
	table->tally[ERRORS] += s->errors;
	table->expect[WON_MAP] += s->cycles;
	table->expect[FREE_UNMAP] += s->cycles;
	stress.calls += s->calls;
	prepare(s, s->first, stress.pages, false);
	look(s, s->first, true);
	look(s, s->first + s->stride, false);
}

static void add_up_areas(struct table *table)
{
	unsigned int a, i;

	for (a = 0; a < table->areas; a++)
		for (i = 0; i < NR_EXPECT; i++)
			table->expect[i] += table->area[a].expect[i];
	stress.planned += table->tally[MAPS] + table->tally[UNMAPS];
}

static int measure(void)
{
	u64 begin = ktime_get_ns();
	int err;

	WRITE_ONCE(go, true);
	err = msleep_interruptible(stress.ms) ? -EINTR : 0;
	WRITE_ONCE(stop, true);
	stress.elapsed = ktime_get_ns() - begin;
	while (atomic_read(&running))
		msleep(1);
	return err;
}

int scale_run(unsigned int unused)
{
	unsigned int i;
	int err;

	if (stress.pages > region_pages()) {
		pr_err("pages=%u: a table of %s has %u\n", stress.pages,
		       stress.format->name, region_pages());
		return -EINVAL;
	}
	scaler = kcalloc(stress.threads, sizeof(*scaler), GFP_KERNEL);
	if (!scaler)
		return -ENOMEM;
	prepare_all();
	atomic_set(&running, stress.threads);
	err = create_threads();
	if (err)
		goto out;
	for (i = 0; i < stress.threads; i++)
		wake_up_process(scaler[i].task);
	err = measure();
	for (i = 0; i < stress.threads; i++)
		add_up(&scaler[i]);
	for (i = 0; i < stress.tables; i++)
		add_up_areas(&stress.table[i]);
out:
	stop_threads();
	kfree(scaler);
	return err;
}
