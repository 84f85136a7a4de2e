/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * v7stress: loads the I/O page-table code as drivers do, and knows by
 * arithmetic what must have come of it.
 *
 * main.c	parameters, page tables, the modes
 * model.c	the arithmetic: what a request does to tables and large entries
 * load.c	scenarios, and the threads that run them
 * timer.c	maps from hard interrupts, on top of the threads
 * cost.c	modes that measure, and the one that is refused on purpose
 * walk.c	the page tables as the hardware reads them
 * report.c	the result, one line of JSON
 */
#ifndef V7STRESS_H
#define V7STRESS_H

#include <linux/bitmap.h>
#include <linux/hrtimer.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>
#include <linux/types.h>

/*
 * The address space is cut into areas as large as the largest page, a
 * supersection, so that no request ever reaches into a second one.
 */
#define AREA_SHIFT	24
#define AREA_PAGES	(SZ_16M / SZ_4K)
#define REGION_PAGES	(SZ_1M / SZ_4K)
#define REGIONS		(SZ_16M / SZ_1M)
#define LARGE_PAGES	(SZ_64K / SZ_4K)
/* As many as the smallest format has; larger address spaces are sampled. */
#define AREAS		256

/* The last 64K of a region, where the threads leave room for the timers. */
#define TIMER_PAGES	LARGE_PAGES
#define TIMER_FIRST	(REGION_PAGES - TIMER_PAGES)

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

enum region {
	REGION_EMPTY,
	REGION_TABLE,
	REGION_SECTION,
	REGION_SUPER,	/* part of an intact supersection */
};

struct table;

/* Written by one thread at a time: whoever has it to plan and to verify. */
struct area {
	struct table	*table;
	unsigned long	iova;
	phys_addr_t	pa;	/* what all of it is mapped to, in order */
	int		prot;
	u8		region[REGIONS];
	DECLARE_BITMAP(page, AREA_PAGES);
	DECLARE_BITMAP(cont, AREA_PAGES / LARGE_PAGES);
	/* TIMER_PAGES for each region; timers set, nobody clears meanwhile */
	DECLARE_BITMAP(timer, REGIONS * TIMER_PAGES);
	u64		expect[NR_EXPECT];
};

/* A page table, and the device that would walk it */
struct table {
	unsigned int		nr;
	struct platform_device	*pdev;
	struct io_pgtable_cfg	cfg;
	struct io_pgtable_ops	*ops;
	struct area		*area;
	u64			expect[NR_EXPECT];
	u64			tally[NR_TALLY];
	u64			walked;	/* next-level tables */
};

struct format {
	const char		*name;
	enum io_pgtable_fmt	fmt;
	unsigned long		pgsizes;
	void (*sizes)(struct io_pgtable_cfg *cfg);
	u64 (*walk)(const struct table *table);
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
	bool			stop;	/* somebody lost patience */

	struct table		*table;
	u64			planned;
	u64			elapsed;
	struct cost		cost[2];
	struct first		wrong;
	struct first		error;
};

extern struct stress stress;

static inline int table_map(struct table *table, unsigned long iova,
			    phys_addr_t pa, size_t size, int prot, gfp_t gfp)
{
	return table->ops->map_pages(table->ops, iova, pa, size, 1, prot, gfp,
				     NULL);
}

static inline size_t table_unmap(struct table *table, unsigned long iova,
				 size_t size)
{
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	return table->ops->unmap_pages(table->ops, iova, size, 1, &gather);
}

void note_first(struct first *first, const char *what,
		const struct table *table, u64 iova, u64 expected, u64 found);

bool model_map(struct area *area, unsigned int page, unsigned int pages);
bool model_unmap(struct area *area, unsigned int page, unsigned int pages);

enum { MODE_INSTALL = BIT(0), MODE_SPLIT = BIT(1), MODE_CHURN = BIT(2) };
#define MODE_MIXED	(MODE_INSTALL | MODE_SPLIT | MODE_CHURN)

int load_run(unsigned int kinds);
int cost_run(unsigned int unused);
int cost_split_run(unsigned int unused);
int refuse_run(unsigned int unused);

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

u64 walk_v7s(const struct table *table);

int report_create(void);
void report_remove(void);

#endif /* V7STRESS_H */
