// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Drivers also map from interrupts, so timers do it here. A timer maps in the region
 * where a thread of its CPU maps. On the same CPU (timer=1), it may hit between the
 * thread's read of the entry and its cmpxchg. On the next CPU (timer=2), it runs at
 * the same moment. It uses pages reserved for timers. It runs only in steps in which
 * threads map pages, so that the region's table gets installed anyway: the number of
 * maps is up to chance, the number of tables is not.
 */
#include <linux/cpumask.h>
#include <linux/smp.h>

#include "v7stress.h"

#define PERIOD_NS	(20 * NSEC_PER_USEC)

static enum hrtimer_restart map_timer_fire(struct hrtimer *hrtimer)
{
	struct map_timer *timer = container_of(hrtimer, struct map_timer,
					       hrtimer);
	const struct aim *aim = READ_ONCE(timer->aim);
	unsigned int bit, end, page;
	struct area *area;
	u64 *tally;
	int err;

	hrtimer_forward_now(hrtimer, ns_to_ktime(PERIOD_NS));
	if (!aim)
		return HRTIMER_RESTART;

	area = aim->area;
	bit = aim->region * TIMER_PAGES + timer->first;
	end = bit + timer->pages;
	bit = find_next_zero_bit(area->timer, end, bit);
	if (bit >= end)
		return HRTIMER_RESTART;

	page = aim->region * region_pages() + timer_first() +
	       bit % TIMER_PAGES;
	err = table_map(area->table, area->iova + page * SZ_4K,
			area->pa + page * SZ_4K, SZ_4K, area->prot, GFP_ATOMIC);
	tally = timer->tally[area->table->nr];
	if (err) {
		tally[ERRORS]++;
		note_first(&stress.error, "map from a timer", area->table,
			   area->iova + page * SZ_4K, 0, -err);
		return HRTIMER_RESTART;
	}
	/* Atomic: timers of other CPUs have bits in the same word */
	set_bit(bit, area->timer);
	tally[TIMER_MAPS]++;
	return HRTIMER_RESTART;
}

void map_timer_init(struct map_timer *timer)
{
	hrtimer_setup(&timer->hrtimer, map_timer_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static void start_here(void *data)
{
	struct map_timer *timer = data;

	hrtimer_start(&timer->hrtimer, ns_to_ktime(PERIOD_NS),
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static unsigned int next_cpu(void)
{
	unsigned int cpu = cpumask_next(raw_smp_processor_id(),
					cpu_online_mask);

	return cpu < nr_cpu_ids ? cpu : cpumask_first(cpu_online_mask);
}

/*
 * Called by each thread of the CPU as it begins and ends a step: the timer runs while
 * any thread is within a step. If the next CPU just went offline, it runs here.
 */
void map_timer_start(struct map_timer *timer)
{
	if (atomic_inc_return(&timer->users) != 1)
		return;
	if (stress.timer != TIMER_NEXT ||
	    smp_call_function_single(next_cpu(), start_here, timer, 1))
		start_here(timer);
}

/*
 * Each thread clears the timer's aim, as the next step may do something else with
 * the area. The last thread waits for a map in progress.
 */
void map_timer_stop(struct map_timer *timer)
{
	map_timer_aim(timer, NULL);
	if (atomic_dec_and_test(&timer->users))
		hrtimer_cancel(&timer->hrtimer);
}

/*
 * Called by all threads of the timer's CPU. After a CPU went offline, the timer may
 * run on another CPU than they: the area and its region are one store.
 */
void map_timer_aim(struct map_timer *timer, const struct aim *aim)
{
	WRITE_ONCE(timer->aim, aim);
}
