/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * v7stress: loads the I/O page-table code as drivers do, and knows by
 * arithmetic what must have come of it.
 *
 * main.c	parameters, formats, page tables, the modes
 * model.c	the arithmetic: what a request does to tables and large entries
 * load.c	scenarios, and the threads that run them
 * timer.c	maps from hard interrupts, on top of the threads
 * cost.c	modes that measure, and the one that is refused on purpose
 * differ.c	the mode that compares each translation with a flat list of them
 * walk.c	the page tables as the hardware reads them
 * report.c	the result, one line of JSON
 * compat.h	what differs from kernel to kernel
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
#include <linux/types.h>

#include "compat.h"

#define PAGE_BITS	12	/* of all formats, as they are used here */

/* 16 pages of a table may be one large page, where a format has such. */
#define LARGE_PAGES	(SZ_64K / SZ_4K)

/* As many regions of an area are worked on at a time; the smallest has no more. */
#define REGIONS		16

/* The last pages of a region, where the threads leave room for the timers. */
#define TIMER_PAGES	LARGE_PAGES

#define MAX_THREADS	64
#define MAX_TABLES	128

/* What the arithmetic knows */
enum expect {
	WON_MAP,
	WON_SPLIT,
	FREE_UNMAP,
	FREE_REPLACED,
	SPLIT_CONT_DONE,
	SPLIT_BLOCK_DONE,
	REFUSE_EXISTS,
	REFUSE_ABSENT,
	REFUSE_PARTIAL,
	NR_EXPECT
};

/* What was done */
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
 * The address space is cut into areas as large as the largest page, so that no
 * request ever reaches into a second one; and these into regions, each of which
 * is a table of pages, or a block, or nothing.
 */
struct format {
	const char		*name;
	enum io_pgtable_fmt	fmt;
	unsigned int		area_bits;
	unsigned int		region_bits;
	/*
	 * An area that is not one page is a table, of which each region is an
	 * entry; else its regions are entries of a table that is always there.
	 */
	bool			area_table;
	bool			large;		/* has large pages of 64K */
	unsigned int		areas;		/* at most; others are left out */
	void			(*sizes)(struct io_pgtable_cfg *cfg);
	u64			(*walk)(struct table *table);
};

enum region {
	REGION_EMPTY,
	REGION_TABLE,
	REGION_SECTION,
	REGION_SUPER,	/* part of an area that is one page */
};

/* Written by one thread at a time: whoever has it to plan and to verify. */
struct area {
	struct table	*table;
	unsigned long	iova;
	phys_addr_t	pa;	/* what all of it is mapped to, in order */
	int		prot;
	bool		has_table;
	u8		*region;
	unsigned long	*page;
	unsigned long	*cont;	/* LARGE_PAGES each */
	/* TIMER_PAGES for each region; timers set, nobody clears meanwhile */
	unsigned long	*timer;
	u64		expect[NR_EXPECT];
};

/* A page table, and the device that would walk it */
struct table {
	unsigned int		nr;
	unsigned int		areas;
	struct platform_device	*pdev;
	struct io_pgtable_cfg	cfg;
	struct io_pgtable_ops	*ops;
	struct area		*area;
	void			*state;	/* of all areas, that they point into */
	/*
	 * Of four levels, the first has no pages: its entries come with the
	 * first request below them, and stay.
	 */
	unsigned long		*top;
	u64			expect[NR_EXPECT];
	u64			tally[NR_TALLY];
	u64			walked;	/* next-level tables */
};

/* The first thing that went wrong, for whoever has to find out why */
struct first {
	unsigned long	once;
	const char	*what;
	const char	*dev;
	u64		iova;
	u64		expected;
	u64		found;
};

/* Nanoseconds of stretches that were measured, @per_batch operations each */
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
	bool			timer;
	bool			coherent;
	bool			stop;	/* somebody lost patience */

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

/* Within its region */
static inline unsigned int timer_first(void)
{
	return region_pages() - TIMER_PAGES;
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

bool model_map(struct area *area, unsigned int page, unsigned int pages);
bool model_unmap(struct area *area, unsigned int page, unsigned int pages);
bool model_in_use(const struct area *area);
unsigned int model_entry(const struct area *area, unsigned int page);

enum { MODE_INSTALL = BIT(0), MODE_SPLIT = BIT(1), MODE_CHURN = BIT(2) };
#define MODE_MIXED	(MODE_INSTALL | MODE_SPLIT | MODE_CHURN)

int load_run(unsigned int kinds);
int cost_run(unsigned int unused);
int cost_split_run(unsigned int unused);
int refuse_run(unsigned int unused);
int differ_run(unsigned int unused);

/* One for each CPU that has threads of ours */
struct map_timer {
	struct hrtimer	hrtimer;
	struct area	*area;		/* where a thread of this CPU maps now, */
	unsigned int	region;		/* and in which part of it */
	unsigned int	first;		/* of TIMER_PAGES, the share of this CPU */
	unsigned int	pages;
	atomic_t	users;		/* threads of this CPU within a step */
	u64		(*tally)[NR_TALLY];	/* of each page table */
};

void map_timer_init(struct map_timer *timer);
void map_timer_start(struct map_timer *timer);
void map_timer_stop(struct map_timer *timer);
void map_timer_aim(struct map_timer *timer, struct area *area,
		   unsigned int region);

/* The level that a walk of a long-descriptor table begins at */
unsigned int lpae_start(const struct table *table);
u64 walk_v7s(struct table *table);
u64 walk_lpae(struct table *table);

int report_create(void);
void report_remove(void);

#endif /* V7STRESS_H */
