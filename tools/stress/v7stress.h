/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 the v7scope authors */
/*
 * v7stress loads the I/O page-table code as drivers do, and computes the expected
 * events with a model.
 *
 * main.c	parameters, formats, page tables, the modes
 * model.c	the model: effect of a request on tables and large entries
 * load.c	scenarios, and the threads that run them
 * timer.c	maps from hard interrupts, on top of the threads
 * cost.c	modes that measure, and the mode with refused requests
 * window.c	the mode that measures the race window
 * broken.c	the mode with requests that break the contract
 * differ.c	the mode that compares each translation with a flat list
 * scale.c	the mode that measures requests in a fixed time, with and without a lock
 * walk.c	walks the page tables as the hardware does
 * report.c	the result, one line of JSON
 * compat.h	differences between kernels
 */
#ifndef V7STRESS_H
#define V7STRESS_H

#include <linux/bitmap.h>
#include <linux/hrtimer.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/platform_device.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "compat.h"

#define PAGE_BITS	12	/* the same for all formats */

/* In some formats, 16 pages of a table may be one large page. */
#define LARGE_PAGES	(SZ_64K / SZ_4K)

/* Regions of an area used at a time; the smallest area has no more. */
#define REGIONS		16

/* The last pages of a region are reserved for timers. */
#define TIMER_PAGES	LARGE_PAGES

#define MAX_THREADS	64
#define MAX_TABLES	128

/* Events that the model expects */
enum expect {
	WON_MAP,
	WON_SPLIT,
	FREE_UNMAP,
	FREE_REPLACED,
	FREE_REPLACED_LIVE,
	LOST_TO_LEAF,
	SPLIT_CONT_DONE,
	SPLIT_BLOCK_DONE,
	REFUSE_EXISTS,
	REFUSE_ABSENT,
	REFUSE_PARTIAL,
	REFUSE_NOMEM,
	REFUSE_RACED,
	NR_EXPECT
};

/* Requests that succeeded */
enum tally {
	MAPS,
	UNMAPS,
	TIMER_MAPS,
	CHECKED,
	WRONG,
	ERRORS,
	NR_TALLY
};

struct table;

/*
 * The address space is divided into areas of the size of the largest page, so that
 * no request concerns two areas. An area is divided into regions, each of which is a
 * table of pages, a block, or empty.
 */
struct format {
	const char		*name;
	enum io_pgtable_fmt	fmt;
	unsigned int		area_bits;
	unsigned int		region_bits;
	/*
	 * True: an area that is not one page is a table with an entry for each
	 * region. False: the regions are entries of a table that always exists.
	 */
	bool			area_table;
	bool			large;		/* large pages of 64K */
	unsigned int		areas;		/* limit of areas in use */
	void			(*sizes)(struct io_pgtable_cfg *cfg);
	u64			(*walk)(struct table *table);
};

enum region {
	REGION_EMPTY,
	REGION_TABLE,
	REGION_SECTION,
	REGION_SUPER,	/* part of an area of one page */
};

/* Written by one thread at a time, the one that plans or verifies it. */
struct area {
	struct table	*table;
	unsigned long	iova;
	phys_addr_t	pa;	/* base of the area's mapping, which is linear */
	int		prot;
	bool		has_table;
	u8		*region;
	unsigned long	*page;
	unsigned long	*cont;	/* LARGE_PAGES each */
	/* TIMER_PAGES for each region; timers set, no one clears meanwhile */
	unsigned long	*timer;
	u64		expect[NR_EXPECT];
};

/* A page table and its device */
struct table {
	unsigned int		nr;
	unsigned int		areas;
	struct platform_device	*pdev;
	struct io_pgtable_cfg	cfg;
	struct io_pgtable_ops	*ops;
	spinlock_t		outer;	/* around each request, if asked for */
	struct area		*area;
	void			*state;	/* memory that all areas point into */
	/*
	 * The first of four levels maps no pages: its entries are set with the
	 * first request below them, and stay.
	 */
	unsigned long		*top;
	u64			expect[NR_EXPECT];
	u64			tally[NR_TALLY];
	u64			walked;	/* next-level tables found by the walk */
};

/* The first error, for debugging */
struct first {
	unsigned long	once;
	const char	*what;
	const char	*dev;
	u64		iova;
	u64		expected;
	u64		found;
};

/* Measured times in ns of batches of @per_batch operations */
struct cost {
	const char	*what;
	u64		batches;
	u64		per_batch;
	u64		min;
	u64		total;
};

enum plant { PLANT_NONE, PLANT_WALK, PLANT_VERIFY, PLANT_COUNT };

struct stress {
	const char		*mode;
	const struct format	*format;
	unsigned long		quirks;
	enum plant		plant;
	u64			seed;
	u64			ops;
	unsigned int		threads;
	unsigned int		tables;
	unsigned int		timer;
	bool			coherent;
	bool			stop;	/* a signal interrupted the load */
	bool			outer, own;	/* in the mode scale, as are these */
	unsigned int		pages, ms;
	unsigned int		flush_us;
	const char		*broken;	/* the way, in the mode broken */
	u64			calls;

	struct table		*table;
	u64			planned;
	u64			lookups;
	u64			differences;
	u64			elapsed;
	struct cost		cost[2];
	struct first		wrong;
	struct first		error;
};

extern struct stress stress;

static inline unsigned int area_pages(void)
{
	return 1U << (stress.format->area_bits - PAGE_BITS);
}

static inline unsigned int region_pages(void)
{
	return 1U << (stress.format->region_bits - PAGE_BITS);
}

static inline unsigned int regions(void)
{
	return 1U << (stress.format->area_bits - stress.format->region_bits);
}

static inline unsigned int region_of(unsigned int page)
{
	return page >> (stress.format->region_bits - PAGE_BITS);
}

/* Index of the page within its region */
static inline unsigned int timer_first(void)
{
	return region_pages() - TIMER_PAGES;
}

/* Regions are also numbered across the areas of a page table. */
static inline struct area *area_of(const struct table *table, unsigned int r)
{
	return &table->area[r / regions()];
}

/* The first page of that region */
static inline unsigned int page_of(unsigned int r)
{
	return r % regions() * region_pages();
}

static inline unsigned long region_iova(const struct table *table,
					unsigned int r)
{
	return area_of(table, r)->iova + (unsigned long)page_of(r) * SZ_4K;
}

static inline unsigned int draw(struct rnd_state *rnd, unsigned int below)
{
	return prandom_u32_state(rnd) % below;
}

static inline int table_map(struct table *table, unsigned long iova,
			    phys_addr_t pa, size_t size, int prot, gfp_t gfp)
{
	return compat_map(table->ops, iova, pa, size, prot, gfp);
}

static inline size_t table_unmap(struct table *table, unsigned long iova,
				 size_t size)
{
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	return compat_unmap(table->ops, iova, size, &gather);
}

void seed_rnd(struct rnd_state *rnd, u32 batch, u32 where);
void note_first(struct first *first, const char *what,
		const struct table *table, u64 iova, u64 expected, u64 found);
/* These two are for the modes of one thread. */
void note_failed(struct table *table, const char *what, u64 iova, u64 expected,
		 u64 found);
bool note_look(struct table *table, unsigned long iova, phys_addr_t expected);

bool model_map(struct area *area, unsigned int page, unsigned int pages);
bool model_unmap(struct area *area, unsigned int page, unsigned int pages);
bool model_in_use(const struct area *area);
unsigned int model_entry(const struct area *area, unsigned int page);

enum { MODE_INSTALL = BIT(0), MODE_SPLIT = BIT(1), MODE_CHURN = BIT(2) };
#define MODE_MIXED	(MODE_INSTALL | MODE_SPLIT | MODE_CHURN)

int load_run(unsigned int kinds);
int cost_installs(struct cost *cost);
void cost_add_up(struct table *t);
int cost_run(unsigned int unused);
int cost_split_run(unsigned int unused);
int window_run(unsigned int unused);
int refuse_run(unsigned int unused);
int broken_run(unsigned int unused);
/* broken: the load has to wait, see the parameter hold */
bool stress_held(void);
int differ_run(unsigned int unused);
int scale_run(unsigned int unused);

#define TIMER_NEXT	2	/* timer=2: timers run on the next CPU */

/* Where a timer maps. Does not change while timers run. */
struct aim {
	struct area	*area;
	unsigned int	region;
};

/* One for each CPU that runs threads of the load */
struct map_timer {
	struct hrtimer	hrtimer;
	const struct aim *aim;		/* a thread of this CPU maps here now */
	unsigned int	first;		/* start of this CPU's TIMER_PAGES */
	unsigned int	pages;
	atomic_t	users;		/* threads of this CPU within a step */
	u64		(*tally)[NR_TALLY];	/* one for each page table */
};

void map_timer_init(struct map_timer *timer);
void map_timer_start(struct map_timer *timer);
void map_timer_stop(struct map_timer *timer);
void map_timer_aim(struct map_timer *timer, const struct aim *aim);

/* The level at which a walk of a long-descriptor table begins */
unsigned int lpae_start(const struct table *table);
u64 walk_v7s(struct table *table);
u64 walk_lpae(struct table *table);

int report_create(void);
void report_remove(void);

#endif /* V7STRESS_H */
