// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * The load: in each batch some areas, drawn by the seed, each go through a
 * scenario, all of them at once. A step of a scenario is a list of requests,
 * planned by one thread; then all threads run all lists at the same time, each
 * taking every N-th request. Lists are sorted by address, so that neighbours,
 * which need the same table or are parts of the same large entry, fall to
 * different threads at the same moment.
 *
 * The steps keep to the contract of the format. The kernel guards against two races
 * only: maps that need the same missing table, and unmaps of parts of the same large
 * entry. Only these happen within a step. Everything else happens in different
 * steps, or in one request that has its part of the area to itself: freeing a table,
 * mapping a block over an empty table, unmapping a whole large page. A step splits
 * large entries into pieces of one size only; with several sizes, the first request
 * would decide into what a section is split.
 */
#include <linux/cpumask.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "v7stress.h"

#define SLOTS		16	/* areas in a batch, at most */
#define MAX_STEPS	6
#define MAX_IDLE	2	/* steps by which a scenario may start late */
#define SPINS		2000
#define LOOKS		2048	/* extra pages of an area looked up after a step */

struct request {
	u32	page;
	u32	pages;
	bool	unmap;
};

struct slot;

struct step {
	void (*plan)(struct slot *slot);
	bool timer;	/* maps pages, and timers may map, too */
	bool large;	/* needs a format with large pages */
};

struct scenario {
	unsigned int		kinds;
	const struct step	*step[MAX_STEPS];
};

struct slot {
	struct area		*area;
	unsigned int		first;		/* the first of REGIONS in use */
	const struct scenario	*scenario;
	const struct step	*step;
	unsigned int		idle;
	struct rnd_state	rnd;
	struct request		*request;
	unsigned int		requests;
	struct aim		aim[REGIONS];	/* no area: no timer maps there */
	u64			planned;
	u64			refused;	/* by the model: a bug here */
};

struct worker {
	unsigned int		id;
	unsigned int		cpu;
	struct task_struct	*task;
	struct map_timer	*timer;		/* the timer of its CPU */
	u64			(*tally)[NR_TALLY];
};

static struct {
	unsigned int		kinds;
	unsigned int		batch;
	unsigned int		phases;	/* steps of this batch; 0 ends the load */
	unsigned int		slots;
	struct slot		slot[SLOTS];
	struct worker		*worker;
	struct map_timer	*timer;
	unsigned int		timers;
	bool			spin;

	atomic_t		arrived;
	unsigned int		round;
	wait_queue_head_t	wait;
	atomic_t		running;
	wait_queue_head_t	ended;
} load;

/* Spins first, so that all threads start a step at the same moment */
static void meet(void)
{
	unsigned int spins, round = READ_ONCE(load.round);

	if (atomic_inc_return(&load.arrived) == stress.threads) {
		atomic_set(&load.arrived, 0);
		/* Publishes the work before the barrier; pairs with the acquires */
		smp_store_release(&load.round, round + 1);
		wake_up_all(&load.wait);
		return;
	}
	for (spins = 0; load.spin && spins < SPINS; spins++) {
		/* From here on, the work of all other threads is visible */
		if (smp_load_acquire(&load.round) != round)
			return;
		cpu_relax();
	}
	/* Pairs with the release above */
	wait_event_idle(load.wait, smp_load_acquire(&load.round) != round);
}

/* Work area of a scenario, and the most requests of one of its steps */
static unsigned int work_pages(void)
{
	return REGIONS * region_pages();
}

/* Number of pages at the start of a region that timers do not use */
static unsigned int usable(void)
{
	return stress.timer ? timer_first() : region_pages();
}

/* Has a timer mapped one of these pages? Then the load treats them as absent. */
static bool timers_own(const struct area *area, unsigned int page,
		       unsigned int pages)
{
	unsigned int first = page % region_pages(), bit, end;

	if (first < timer_first() || pages > TIMER_PAGES)
		return false;
	bit = region_of(page) * TIMER_PAGES + first - timer_first();
	end = bit + pages;
	return find_next_bit(area->timer, end, bit) < end;
}

static void add(struct slot *slot, bool unmap, unsigned int page,
		unsigned int pages)
{
	struct area *area = slot->area;
	bool own = !timers_own(area, page, pages);

	if (slot->requests == work_pages() ||
	    !(unmap ? model_unmap(area, page, pages) :
		      model_map(area, page, pages))) {
		slot->refused++;
		return;
	}
	if (!own)
		clear_bit(region_of(page) * TIMER_PAGES +
			  page % region_pages() - timer_first(), area->timer);
	/* The number of pages that timers have mapped is up to chance */
	slot->planned += own;
	slot->request[slot->requests++] = (struct request) {
		.page = page, .pages = pages, .unmap = unmap,
	};
}

static bool takes_pages(const struct area *area, unsigned int r)
{
	return area->region[r] == REGION_EMPTY ||
	       area->region[r] == REGION_TABLE;
}

static void plan_pages(struct slot *slot)
{
	/* All are prime to the number of usable pages, so no page comes twice */
	static const u8 stride[] = { 1, 7, 11, 13 };
	unsigned int r, i, page, step, n;

	for (r = slot->first; r < slot->first + REGIONS; r++) {
		n = max(stress.threads, 2U) + draw(&slot->rnd, 4);
		page = draw(&slot->rnd, usable());
		step = stride[draw(&slot->rnd, ARRAY_SIZE(stride))];
		for (i = 0; takes_pages(slot->area, r) && i < n; i++) {
			unsigned int p = r * region_pages() +
					 (page + i * step) % usable();

			if (!test_bit(p, slot->area->page))
				add(slot, false, p, 1);
		}
	}
}

static void plan_large(struct slot *slot)
{
	unsigned int r, i;

	for (r = slot->first; r < slot->first + REGIONS; r++)
		for (i = 0; i < usable(); i += LARGE_PAGES)
			if (draw(&slot->rnd, 4) && takes_pages(slot->area, r))
				add(slot, false, r * region_pages() + i,
				    LARGE_PAGES);
}

static void plan_sections(struct slot *slot)
{
	unsigned int r;

	for (r = slot->first; r < slot->first + REGIONS; r++)
		if (draw(&slot->rnd, 4))
			add(slot, false, r * region_pages(), region_pages());
}

static void plan_super(struct slot *slot)
{
	add(slot, false, 0, area_pages());
}

/*
 * Unmaps about @share of @in of the mapped pieces. The first of them splits a
 * supersection, and must not always be in the supersection's first section. Where
 * the kernel does not split, unmaps the whole entries of these pieces.
 */
static void take(struct slot *slot, unsigned int pages, unsigned int share,
		 unsigned int in)
{
	const struct area *area = slot->area;
	unsigned int first = slot->first * region_pages();
	unsigned int start = draw(&slot->rnd, REGIONS) * region_pages();
	unsigned int i, page, count, end;

	for (i = 0; i < work_pages(); i += pages) {
		page = first + (start + i) % work_pages();
		end = page + pages;
		if (draw(&slot->rnd, in) >= share ||
		    find_next_zero_bit(area->page, end, page) < end ||
		    timers_own(area, page, pages))
			continue;
		count = pages;
		if (!SPLITS)
			count = max(pages, model_entry(area, page));
		add(slot, true, round_down(page, count), count);
	}
}

static void plan_take_pages(struct slot *slot)
{
	take(slot, 1, clamp(stress.threads, 6U, 24U), 48);
}

static void plan_take_large(struct slot *slot)
{
	take(slot, LARGE_PAGES, 1, 2);
}

static void plan_take_sections(struct slot *slot)
{
	take(slot, region_pages(), 1, 3);
}

/* While an area is empty, it can move to other addresses and permissions. */
static void move(struct slot *slot)
{
	static const int prot[] = {
		IOMMU_READ | IOMMU_WRITE,
		IOMMU_READ | IOMMU_NOEXEC,
		IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE,
		IOMMU_READ | IOMMU_WRITE | IOMMU_MMIO | IOMMU_PRIV,
	};
	struct area *area = slot->area;
	unsigned int places = 1U << (area->table->cfg.oas -
				     stress.format->area_bits);

	/* Not to 0, which iova_to_phys() returns for an unmapped address */
	area->pa = (phys_addr_t)(1 + draw(&slot->rnd, places - 1)) <<
		   stress.format->area_bits;
	area->prot = prot[draw(&slot->rnd, ARRAY_SIZE(prot))];
}

/* Leaves empty tables */
static void plan_clear(struct slot *slot)
{
	const struct area *area = slot->area;
	unsigned int page;

	for_each_set_bit(page, area->page, area_pages())
		add(slot, true, page, model_entry(area, page));
	move(slot);
}

static void plan_reset(struct slot *slot)
{
	const struct area *area = slot->area;
	bool at_once = area->region[0] == REGION_SUPER || !draw(&slot->rnd, 4);
	unsigned int r;

	if (at_once && model_in_use(area))
		add(slot, true, 0, area_pages());
	else
		for (r = 0; r < regions(); r++)
			if (area->region[r] != REGION_EMPTY)
				add(slot, true, r * region_pages(),
				    region_pages());
	move(slot);
}

static const struct step pages = { plan_pages, .timer = true };
static const struct step large = { plan_large, .timer = true, .large = true };
static const struct step sections = { plan_sections };
static const struct step super = { plan_super };
static const struct step take_pages = { plan_take_pages };
static const struct step take_large = { plan_take_large, .large = true };
static const struct step take_sections = { plan_take_sections };
static const struct step clear = { plan_clear };
static const struct step reset = { plan_reset };

#define MODE_MIXED_ONLY	BIT(3)

/*
 * Each scenario begins by unmapping the remains of the area's last one, so that the
 * load ends with live tables and with mappings to verify.
 */
static const struct scenario scenarios[] = {
	{ MODE_INSTALL, { &reset, &pages } },
	{ MODE_INSTALL, { &reset, &pages, &pages } },
	{ MODE_INSTALL, { &reset, &large } },
	{ MODE_SPLIT, { &reset, &large, &take_pages } },
	{ MODE_SPLIT, { &reset, &sections, &take_pages } },
	{ MODE_SPLIT, { &reset, &sections, &take_large, &take_pages } },
	{ MODE_SPLIT, { &reset, &super, &take_pages } },
	{ MODE_SPLIT, { &reset, &super, &take_large, &take_pages } },
	{ MODE_SPLIT, { &reset, &super, &take_sections, &take_large } },
	{ MODE_SPLIT, { &reset, &super, &take_sections, &take_pages } },
	{ MODE_CHURN, { &reset, &pages, &reset, &large, &reset, &pages } },
	{ MODE_CHURN, { &reset, &pages, &clear, &reset, &pages } },
	{ MODE_CHURN, { &reset, &large, &clear, &pages } },
	{ MODE_CHURN, { &reset, &pages, &clear, &sections, &reset, &pages } },
	{ MODE_CHURN, { &reset, &pages, &clear, &super, &reset, &pages } },
	{ MODE_MIXED_ONLY, { &reset, &large, &clear, &super, &take_pages } },
	{ MODE_MIXED_ONLY, { &reset, &pages, &clear, &sections, &take_large } },
	{ MODE_MIXED_ONLY, { &reset, &sections, &take_pages, &pages } },
	{ MODE_MIXED_ONLY, { &reset, &super, &take_sections, &pages } },
};

static bool suits(const struct scenario *scenario, unsigned int kinds)
{
	unsigned int i;

	for (i = 0; i < MAX_STEPS && scenario->step[i]; i++)
		if (scenario->step[i]->large && !stress.format->large)
			return false;
	return scenario->kinds & kinds;
}

static const struct scenario *draw_scenario(struct rnd_state *rnd)
{
	unsigned int kinds = load.kinds, i;

	if (kinds == MODE_MIXED)
		kinds |= MODE_MIXED_ONLY;
	do
		i = draw(rnd, ARRAY_SIZE(scenarios));
	while (!suits(&scenarios[i], kinds));
	return &scenarios[i];
}

static struct area *draw_area(struct rnd_state *rnd, unsigned int slots)
{
	const struct table *table;
	struct area *area;
	unsigned int i;

	do {
		table = &stress.table[draw(rnd, stress.tables)];
		area = &table->area[draw(rnd, table->areas)];
		for (i = 0; i < slots && load.slot[i].area != area; i++)
			;
	} while (i < slots);
	return area;
}

/* Called by one thread, while the others wait */
static void next_batch(void)
{
	struct rnd_state rnd;
	unsigned int i, steps;

	load.phases = 0;
	for (i = 0; i < load.slots; i++) {
		stress.planned += load.slot[i].planned;
		load.slot[i].planned = 0;
	}
	if (stress.planned >= stress.ops || READ_ONCE(stress.stop))
		return;

	load.batch++;
	seed_rnd(&rnd, load.batch, SLOTS);
	for (i = 0; i < load.slots; i++) {
		struct slot *slot = &load.slot[i];

		seed_rnd(&slot->rnd, load.batch, i);
		slot->area = draw_area(&rnd, i);
		slot->first = draw(&rnd, regions() / REGIONS) * REGIONS;
		slot->scenario = draw_scenario(&rnd);
		slot->idle = load.kinds == MODE_MIXED ?
			     draw(&rnd, MAX_IDLE + 1) : 0;
		for (steps = 0; steps < MAX_STEPS; steps++)
			if (!slot->scenario->step[steps])
				break;
		load.phases = max(load.phases, slot->idle + steps);
	}
}

/* The rest of a split section may be mapped at the timers' pages. */
static bool timers_can_map(const struct area *area, unsigned int r)
{
	unsigned int first = r * region_pages() + timer_first(), i;

	for (i = 0; i < TIMER_PAGES; i++)
		if (test_bit(first + i, area->page) &&
		    !test_bit(r * TIMER_PAGES + i, area->timer))
			return false;
	return true;
}

static void plan(struct slot *slot, unsigned int phase)
{
	unsigned int step = phase - slot->idle, r;

	slot->step = NULL;
	slot->requests = 0;
	if (phase < slot->idle || step >= MAX_STEPS)
		return;
	slot->step = slot->scenario->step[step];
	if (!slot->step)
		return;
	slot->step->plan(slot);
	for (r = 0; r < REGIONS; r++) {
		bool can = stress.timer && slot->step->timer &&
			   timers_can_map(slot->area, slot->first + r);

		slot->aim[r].area = can ? slot->area : NULL;
		slot->aim[r].region = slot->first + r;
	}
}

static void run_request(struct worker *worker, struct area *area,
			const struct request *request)
{
	unsigned long iova = area->iova + request->page * SZ_4K;
	size_t size = (size_t)request->pages * SZ_4K, got;
	u64 *tally = worker->tally[area->table->nr];
	int err;

	if (request->unmap) {
		got = table_unmap(area->table, iova, size);
		if (got == size) {
			tally[UNMAPS]++;
			return;
		}
		note_first(&stress.error, "unmap", area->table, iova, size, got);
	} else {
		err = table_map(area->table, iova,
				area->pa + request->page * SZ_4K, size,
				area->prot, GFP_KERNEL);
		if (!err) {
			tally[MAPS]++;
			return;
		}
		note_first(&stress.error, "map", area->table, iova, 0, -err);
	}
	tally[ERRORS]++;
}

static void run_slot(struct worker *worker, struct slot *slot, unsigned int nr)
{
	unsigned int i = (worker->id + nr) % stress.threads;

	for (; i < slot->requests; i += stress.threads) {
		const struct request *request = &slot->request[i];
		const struct aim *aim = &slot->aim[region_of(request->page) %
						   REGIONS];

		if (worker->timer)
			map_timer_aim(worker->timer, aim->area ? aim : NULL);
		run_request(worker, slot->area, request);
	}
}

static void run_step(struct worker *worker)
{
	unsigned int i;

	if (worker->timer)
		map_timer_start(worker->timer);
	for (i = 0; i < load.slots; i++)
		run_slot(worker, &load.slot[i], i);
	if (worker->timer)
		map_timer_stop(worker->timer);
}

static void verify_pages(struct worker *worker, struct area *area,
			 unsigned int page, unsigned int pages,
			 unsigned int step)
{
	struct table *table = area->table;
	u64 *tally = worker->tally[table->nr];
	unsigned int end = page + pages;
	phys_addr_t expected, found;

	tally[CHECKED] += DIV_ROUND_UP(pages, step);
	for (; page < end; page += step) {
		unsigned long iova = area->iova + page * SZ_4K;

		expected = test_bit(page, area->page) ?
			   area->pa + page * SZ_4K : 0;
		found = table->ops->iova_to_phys(table->ops, iova);
		if (found != expected) {
			tally[WRONG]++;
			note_first(&stress.wrong, "translation", table, iova,
				   expected, found);
		}
	}
}

/*
 * Called after a step. Pages mapped by timers belong to the area from now on. Looks
 * up the pages requested and a share of all others, which differs each time: a lost
 * or wrong table is found at once.
 */
static void settle(struct worker *worker, struct slot *slot, unsigned int phase)
{
	struct area *area = slot->area;
	unsigned int share = max(work_pages() / LOOKS, 1U);
	unsigned int turn = load.batch + phase, r, i, bit;

	if (!slot->requests)
		return;
	for_each_set_bit(bit, area->timer, regions() * TIMER_PAGES)
		__set_bit(bit / TIMER_PAGES * region_pages() + timer_first() +
			  bit % TIMER_PAGES, area->page);
	for (i = 0; i < slot->requests; i++)
		verify_pages(worker, area, slot->request[i].page, 1, 1);
	verify_pages(worker, area, slot->first * region_pages() + turn % share,
		     work_pages() - turn % share, share);
	for (r = 0; r < regions(); r++)
		if (r - slot->first >= REGIONS)
			verify_pages(worker, area, r * region_pages() +
				     turn % region_pages(), 1, 1);
	cond_resched();
}

/* Verifies all areas, including those that no batch has used */
static void verify_all(struct worker *worker)
{
	unsigned int areas = stress.table[0].areas, i, r;

	for (i = worker->id; i < stress.tables * areas; i += stress.threads)
		for (r = 0; r < regions(); r += REGIONS) {
			verify_pages(worker, &stress.table[i / areas].area[i % areas],
				     r * region_pages(), work_pages(), 1);
			cond_resched();
		}
}

static int work(void *arg)
{
	struct worker *worker = arg;
	unsigned int i, phase;

	for (;;) {
		if (worker->id == 0)
			next_batch();
		meet();
		if (!load.phases)
			break;
		for (phase = 0; phase < load.phases; phase++) {
			for (i = worker->id; i < load.slots; i += stress.threads) {
				if (phase)
					settle(worker, &load.slot[i], phase);
				plan(&load.slot[i], phase);
			}
			meet();
			run_step(worker);
			meet();
		}
		for (i = worker->id; i < load.slots; i += stress.threads)
			settle(worker, &load.slot[i], phase);
		meet();
	}

	if (worker->id == 0 && stress.plant == PLANT_VERIFY)
		__change_bit(0, stress.table[0].area[0].page);
	meet();
	if (!READ_ONCE(stress.stop))
		verify_all(worker);

	if (atomic_dec_and_test(&load.running))
		wake_up_all(&load.ended);
	return 0;
}

static void add_tally(u64 (*tally)[NR_TALLY])
{
	unsigned int t, i;

	for (t = 0; t < stress.tables; t++)
		for (i = 0; i < NR_TALLY; i++)
			stress.table[t].tally[i] += tally[t][i];
}

static void add_up(void)
{
	unsigned int t, a, i;

	for (t = 0; t < stress.tables; t++)
		for (a = 0; a < stress.table[t].areas; a++)
			for (i = 0; i < NR_EXPECT; i++)
				stress.table[t].expect[i] +=
					stress.table[t].area[a].expect[i];
	for (i = 0; i < stress.threads; i++)
		add_tally(load.worker[i].tally);
	for (i = 0; i < load.timers; i++)
		add_tally(load.timer[i].tally);
	for (i = 0; i < load.slots; i++) {
		if (!load.slot[i].refused)
			continue;
		stress.table[0].tally[ERRORS] += load.slot[i].refused;
		note_first(&stress.error, "plan", &stress.table[0], 0, 0,
			   load.slot[i].refused);
	}
}

static void free_all(void)
{
	unsigned int i;

	for (i = 0; load.worker && i < stress.threads; i++)
		kfree(load.worker[i].tally);
	kfree(load.worker);
	for (i = 0; i < load.timers; i++)
		kfree(load.timer[i].tally);
	kfree(load.timer);
	for (i = 0; i < load.slots; i++)
		kvfree(load.slot[i].request);
}

static int alloc_timers(unsigned int cpus)
{
	unsigned int i;

	load.timer = kcalloc(cpus, sizeof(*load.timer), GFP_KERNEL);
	if (!load.timer)
		return -ENOMEM;
	load.timers = cpus;
	for (i = 0; i < cpus; i++) {
		struct map_timer *timer = &load.timer[i];

		timer->first = i * TIMER_PAGES / cpus;
		timer->pages = (i + 1) * TIMER_PAGES / cpus - timer->first;
		timer->tally = kcalloc(stress.tables, sizeof(*timer->tally),
				       GFP_KERNEL);
		if (!timer->tally)
			return -ENOMEM;
		map_timer_init(timer);
	}
	return 0;
}

static int alloc_all(void)
{
	unsigned int cpus = min(num_online_cpus(), stress.threads), i, cpu;

	for (i = 0; i < load.slots; i++) {
		load.slot[i].request = kvcalloc(work_pages(),
						sizeof(struct request),
						GFP_KERNEL);
		if (!load.slot[i].request)
			return -ENOMEM;
	}
	if (stress.timer && alloc_timers(cpus))
		return -ENOMEM;
	load.worker = kcalloc(stress.threads, sizeof(*load.worker), GFP_KERNEL);
	if (!load.worker)
		return -ENOMEM;
	cpu = cpumask_first(cpu_online_mask);
	for (i = 0; i < stress.threads; i++) {
		struct worker *worker = &load.worker[i];

		worker->id = i;
		worker->cpu = cpu;
		if (stress.timer)
			worker->timer = &load.timer[i % cpus];
		worker->tally = kcalloc(stress.tables, sizeof(*worker->tally),
					GFP_KERNEL);
		if (!worker->tally)
			return -ENOMEM;
		cpu = cpumask_next(cpu, cpu_online_mask);
		if ((i + 1) % cpus == 0)
			cpu = cpumask_first(cpu_online_mask);
	}
	load.spin = stress.threads <= cpus;
	return 0;
}

static int create_threads(void)
{
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < stress.threads; i++) {
		task = kthread_create(work, &load.worker[i], "v7stress/%u", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, load.worker[i].cpu);
		load.worker[i].task = get_task_struct(task);
	}
	return 0;
}

/* A thread that was never woken must not run any more. */
static void stop_threads(void)
{
	unsigned int i;

	for (i = 0; load.worker && i < stress.threads; i++) {
		if (!load.worker[i].task)
			continue;
		kthread_stop(load.worker[i].task);
		put_task_struct(load.worker[i].task);
	}
}

int load_run(unsigned int kinds)
{
	unsigned int i;
	u64 begin;
	int err;

	load.kinds = kinds;
	load.slots = min_t(unsigned int, SLOTS,
			   stress.tables * stress.table[0].areas);
	init_waitqueue_head(&load.wait);
	init_waitqueue_head(&load.ended);
	atomic_set(&load.running, stress.threads);

	err = alloc_all();
	if (!err)
		err = create_threads();
	if (err)
		goto out;

	begin = ktime_get_ns();
	for (i = 0; i < stress.threads; i++)
		wake_up_process(load.worker[i].task);
	/* A suspend freezes the caller, but does not end the load. */
	if (wait_event_freezable(load.ended, !atomic_read(&load.running))) {
		WRITE_ONCE(stress.stop, true);
		wait_event(load.ended, !atomic_read(&load.running));
		err = -EINTR;
	}
	stress.elapsed = ktime_get_ns() - begin;
	add_up();
out:
	stop_threads();
	free_all();
	return err;
}
