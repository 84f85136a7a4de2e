// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers map from interrupts, too, so timers do that here: in the very region
 * where a thread of the same CPU maps, so that they hit it between its look at
 * the entry and its cmpxchg, on pages that are reserved for them. Only such
 * steps are aimed at in which threads map pages, so that the region's table
 * gets installed with or without a timer: how many maps there are is up to
 * chance, how many tables is not.
 */
#include "v7stress.h"

#define PERIOD_NS	(20 * NSEC_PER_USEC)

static enum hrtimer_restart map_timer_fire(struct hrtimer *hrtimer)
{
	struct map_timer *timer = container_of(hrtimer, struct map_timer,
					       hrtimer);
	struct area *area = READ_ONCE(timer->area);
	unsigned int bit, end, page;
	u64 *tally;
	int err;

	hrtimer_forward_now(hrtimer, ns_to_ktime(PERIOD_NS));
	if (!area)
		return HRTIMER_RESTART;

	bit = timer->region * TIMER_PAGES + timer->first;
	end = bit + timer->pages;
	bit = find_next_zero_bit(area->timer, end, bit);
	if (bit >= end)
		return HRTIMER_RESTART;

	page = timer->region * region_pages() + timer_first() +
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
	/* Timers of other CPUs have bits in the same word */
	set_bit(bit, area->timer);
	tally[TIMER_MAPS]++;
	return HRTIMER_RESTART;
}

void map_timer_init(struct map_timer *timer)
{
	hrtimer_setup(&timer->hrtimer, map_timer_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
}

/*
 * By each thread of the CPU as it begins and ends a step: the timer runs while
 * one of them does.
 */
void map_timer_start(struct map_timer *timer)
{
	if (atomic_inc_return(&timer->users) == 1)
		hrtimer_start(&timer->hrtimer, ns_to_ktime(PERIOD_NS),
			      HRTIMER_MODE_REL_PINNED_HARD);
}

/*
 * Each takes its aim away, as the area may be in for other things in the next
 * step; and the last one waits for a map that is under way.
 */
void map_timer_stop(struct map_timer *timer)
{
	map_timer_aim(timer, NULL, 0);
	if (atomic_dec_and_test(&timer->users))
		hrtimer_cancel(&timer->hrtimer);
}

/*
 * Called by all threads of the timer's CPU. It interrupts any of them between
 * the stores, but area and region only belong together: so no area, meanwhile.
 */
void map_timer_aim(struct map_timer *timer, struct area *area,
		   unsigned int region)
{
	preempt_disable();
	WRITE_ONCE(timer->area, NULL);
	barrier();
	WRITE_ONCE(timer->region, region);
	barrier();
	WRITE_ONCE(timer->area, area);
	preempt_enable();
}
