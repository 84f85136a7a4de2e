// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * One thread maps, unmaps, unmaps parts and looks up at random, in all sizes, and
 * compares with a flat list, which holds for each page of 4K the expected address,
 * or 0. The list has no tables and entries. model.c decides which requests are
 * allowed, and counts the expected events.
 *
 * After each request the mode compares the entries concerned and a sample of their
 * area; after COMPARE_ALL requests, and at the end, everything. Comparing an area
 * means each page; after a request on more than 32M, though, it means the first
 * page, the last and one in between of each 2M.
 *
 * A request with a wrong result, or after which translations are wrong, counts as
 * one difference, however many translations are wrong. A comparison of a whole area
 * that finds a new error counts as one, too. Then the area is unmapped, in the
 * kernel and in the list, and the mode continues from there.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "v7stress.h"

#define MAX_FLATS	4	/* areas, few enough to be filled */
#define MAX_PAGES	(SZ_2G / SZ_4K)
#define SAMPLE		16
#define SELDOM		64	/* one request of so many clears an area or region */
#define LOOK		8	/* one of so many requests only looks up */
#define COMPARE_ALL	2000	/* requests */
#define ALL_BELOW	(SZ_32M / SZ_4K)

struct flat {
	struct area	*area;
	phys_addr_t	*pa;
};

static struct {
	struct table	*table;
	struct flat	flat[MAX_FLATS];
	unsigned int	flats;
	struct rnd_state rnd;
	u64		all;	/* planned requests at the next full comparison */
} differ;

static unsigned long iova_of(const struct flat *flat, unsigned int page)
{
	return flat->area->iova + (unsigned long)page * SZ_4K;
}

static bool compare_page(const struct flat *flat, unsigned int page,
			 unsigned int offset)
{
	return note_look(differ.table, iova_of(flat, page) + offset,
			 flat->pa[page] ? flat->pa[page] + offset : 0);
}

static bool compare_pages(const struct flat *flat, unsigned int page,
			  unsigned int pages)
{
	unsigned int offset = draw(&differ.rnd, SZ_4K), end = page + pages;
	bool same = true;

	for (; page < end; page++)
		same &= compare_page(flat, page, offset);
	return same;
}

static bool compare_some(const struct flat *flat, unsigned int page,
			 unsigned int pages)
{
	unsigned int end = page + pages, n = region_pages(), i;
	unsigned int offset = draw(&differ.rnd, SZ_4K);
	bool same = true;

	if (pages <= ALL_BELOW) {
		same &= compare_pages(flat, page, pages);
	} else {
		for (; page < end; page += n) {
			same &= compare_page(flat, page, offset);
			i = draw(&differ.rnd, n);
			same &= compare_page(flat, page + i, offset);
			same &= compare_page(flat, page + n - 1, offset);
		}
	}
	for (i = 0; i < SAMPLE; i++)
		same &= compare_page(flat, draw(&differ.rnd, area_pages()),
				     offset);
	return same;
}

static phys_addr_t draw_pa(unsigned int pages)
{
	u64 mask = GENMASK_ULL(differ.table->cfg.oas - 1, PAGE_BITS);
	u64 pa = prandom_u32_state(&differ.rnd);

	pa = pa << 32 | prandom_u32_state(&differ.rnd);
	pa &= mask & ~((u64)pages * SZ_4K - 1);
	/* Not 0, which iova_to_phys() returns where nothing is mapped */
	return pa ?: (u64)pages * SZ_4K;
}

static bool do_map(struct flat *flat, unsigned int page, unsigned int pages)
{
	static const int prot[] = {
		IOMMU_READ,
		IOMMU_READ | IOMMU_WRITE,
		IOMMU_READ | IOMMU_NOEXEC,
		IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE,
		IOMMU_READ | IOMMU_WRITE | IOMMU_MMIO | IOMMU_PRIV,
	};
	phys_addr_t pa = draw_pa(pages);
	unsigned int i;
	int err;

	err = table_map(differ.table, iova_of(flat, page), pa,
			(size_t)pages * SZ_4K,
			prot[draw(&differ.rnd, ARRAY_SIZE(prot))], GFP_KERNEL);
	for (i = 0; i < pages; i++)
		flat->pa[page + i] = pa + (phys_addr_t)i * SZ_4K;
	stress.planned++;
	if (err) {
		note_failed(differ.table, "map", iova_of(flat, page), 0, -err);
		return false;
	}
	differ.table->tally[MAPS]++;
	return true;
}

static bool do_unmap(struct flat *flat, unsigned int page, unsigned int pages)
{
	size_t size = (size_t)pages * SZ_4K;
	size_t got = table_unmap(differ.table, iova_of(flat, page), size);

	memset(&flat->pa[page], 0, pages * sizeof(*flat->pa));
	stress.planned++;
	if (got != size) {
		note_failed(differ.table, "unmap", iova_of(flat, page), size,
			    got);
		return false;
	}
	differ.table->tally[UNMAPS]++;
	return true;
}

/* Unmaps all of the area, in one request if @whole and if allowed */
static bool clear(struct flat *flat, bool whole)
{
	struct area *area = flat->area;
	unsigned int r, page;
	bool good = true;

	if (whole && model_unmap(area, 0, area_pages()))
		return do_unmap(flat, 0, area_pages());
	for (r = 0; r < regions(); r++) {
		page = r * region_pages();
		if (model_unmap(area, page, region_pages()))
			good &= do_unmap(flat, page, region_pages());
	}
	return good;
}

/* Unmaps all entries of a region's table one by one, so that the table stays. */
static bool hollow(struct flat *flat, unsigned int r)
{
	unsigned int page = r * region_pages(), end = page + region_pages();
	struct area *area = flat->area;
	unsigned int pages;
	bool good = true;

	if (area->region[r] != REGION_TABLE)
		return true;
	for_each_set_bit_from(page, area->page, end) {
		pages = model_entry(area, page);
		model_unmap(area, page, pages);
		good &= do_unmap(flat, page, pages);
	}
	return good;
}

/*
 * A mapping that only the kernel has is a section that it should have unmapped.
 * Empty tables do no harm.
 */
static void repair(struct flat *flat)
{
	struct table *table = differ.table;
	struct area *area = flat->area;
	unsigned int r, page;

	stress.differences++;
	clear(flat, area->region[0] == REGION_SUPER);
	for (r = 0; r < regions(); r++) {
		page = r * region_pages();
		if (table->ops->iova_to_phys(table->ops, iova_of(flat, page)))
			table_unmap(table, iova_of(flat, page),
				    (size_t)region_pages() * SZ_4K);
	}
}

static void compare_all(void)
{
	unsigned int f;

	for (f = 0; f < differ.flats; f++) {
		if (!compare_pages(&differ.flat[f], 0, area_pages()))
			repair(&differ.flat[f]);
		cond_resched();
	}
	differ.all = stress.planned + COMPARE_ALL;
}

/* Draws a size; without large pages, a page stands for them. */
static unsigned int draw_pages(void)
{
	static const u8 size[] = { 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3 };

	switch (size[draw(&differ.rnd, ARRAY_SIZE(size))]) {
	case 0:
		return 1;
	case 1:
		return stress.format->large ? LARGE_PAGES : 1;
	case 2:
		return region_pages();
	default:
		return area_pages();
	}
}

/* Favours some of many regions, so that a few get filled. */
static unsigned int draw_page(void)
{
	unsigned int r = draw(&differ.rnd, 8) ?
			 draw(&differ.rnd, REGIONS) * (regions() / REGIONS) :
			 draw(&differ.rnd, regions());

	return r * region_pages() + draw(&differ.rnd, region_pages());
}

static void request(void)
{
	struct flat *flat = &differ.flat[draw(&differ.rnd, differ.flats)];
	unsigned int pages = draw_pages(), page = draw_page(), from, about;
	struct area *area = flat->area;
	bool same = true, look = false;

	switch (draw(&differ.rnd, SELDOM)) {
	case 0:
		same = clear(flat, draw(&differ.rnd, 2));
		pages = area_pages();
		break;
	case 1:
		same = hollow(flat, region_of(page));
		pages = region_pages();
		break;
	default:
		look = !draw(&differ.rnd, LOOK);
	}
	if (!same) {
		repair(flat);
		return;
	}

	page = round_down(page, pages);
	from = page;
	about = pages;
	if (test_bit(page, area->page) && model_entry(area, page) > pages) {
		about = model_entry(area, page);
		from = round_down(page, about);
	}
	if (!look && model_map(area, page, pages)) {
		same = do_map(flat, page, pages);
	} else if (!look && model_unmap(area, page, pages)) {
		same = do_unmap(flat, page, pages);
	} else {
		/*
		 * Look up as well if the range is partly mapped, or if it is a
		 * part of an entry that this kernel does not split.
		 */
		stress.planned++;
		stress.lookups++;
		from = page;
		about = pages;
	}
	same &= compare_some(flat, from, about);
	if (!same)
		repair(flat);
}

static int alloc_flats(void)
{
	unsigned int f;

	differ.flats = min_t(unsigned int, MAX_FLATS, MAX_PAGES / area_pages());
	for (f = 0; f < differ.flats; f++) {
		/* The first area of the address space, the last, and some between */
		differ.flat[f].area =
			&differ.table->area[f * (differ.table->areas - 1) /
					    (differ.flats - 1)];
		differ.flat[f].pa = kvcalloc(area_pages(), sizeof(phys_addr_t),
					     GFP_KERNEL);
		if (!differ.flat[f].pa)
			return -ENOMEM;
	}
	return 0;
}

int differ_run(unsigned int unused)
{
	unsigned int f, i, n;
	u64 begin;
	int err;

	differ.table = &stress.table[0];
	seed_rnd(&differ.rnd, 0, 0);
	err = alloc_flats();
	begin = ktime_get_ns();
	for (n = 0; !err && stress.planned < stress.ops; n++) {
		request();
		if (stress.planned >= differ.all)
			compare_all();
		if (n % 64 == 0)
			cond_resched();
		if (signal_pending(current))
			err = -EINTR;
	}
	if (stress.plant == PLANT_VERIFY && !err)
		differ.flat[0].pa[0] ^= SZ_4K;
	if (!err)
		compare_all();
	stress.elapsed = ktime_get_ns() - begin;

	for (f = 0; f < differ.flats; f++) {
		for (i = 0; i < NR_EXPECT && differ.flat[f].area; i++)
			differ.table->expect[i] +=
				differ.flat[f].area->expect[i];
		kvfree(differ.flat[f].pa);
	}
	return err;
}
