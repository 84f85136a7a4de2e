// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thread maps, unmaps, unmaps parts and looks up at random, in all sizes,
 * and compares with a flat list: for each page of 4K the address that it must
 * translate to, or 0. The list knows nothing of tables and entries; what may be
 * asked for is what model.c allows, which counts, as ever, what must come of it.
 *
 * Compared are after each request the entries that it was about and a sample of
 * the area that they are in; and all, after so many requests and at the end. All
 * of it means each page; of what is larger than 32M, though, after a request the
 * first page, the last and one in between of each 2M.
 *
 * A request that ended otherwise than it must, or after which any translation was
 * wrong, is one difference, however many of them were; so is a look at all of an
 * area that finds what was not found before. Then all of the area is unmapped,
 * here as there, and the mode goes on from that.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "v7stress.h"

#define MAX_FLATS	4	/* areas, not too many to be filled */
#define MAX_PAGES	(SZ_2G / SZ_4K)
#define SAMPLE		16
#define SELDOM		64	/* one of so many begins an area, or a region, anew */
#define LOOK		8	/* one of so many only looks */
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
	u64		all;	/* how many requests until all are compared again */
} differ;

static unsigned long iova_of(const struct flat *flat, unsigned int page)
{
	return flat->area->iova + (unsigned long)page * SZ_4K;
}

static bool compare_page(const struct flat *flat, unsigned int page,
			 unsigned int offset)
{
	unsigned long iova = iova_of(flat, page) + offset;
	struct table *table = differ.table;
	phys_addr_t found = table->ops->iova_to_phys(table->ops, iova);
	phys_addr_t expected = flat->pa[page] ? flat->pa[page] + offset : 0;

	table->tally[CHECKED]++;
	if (found == expected)
		return true;
	table->tally[WRONG]++;
	note_first(&stress.wrong, "translation", table, iova, expected, found);
	return false;
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
		differ.table->tally[ERRORS]++;
		note_first(&stress.error, "map", differ.table,
			   iova_of(flat, page), 0, -err);
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
		differ.table->tally[ERRORS]++;
		note_first(&stress.error, "unmap", differ.table,
			   iova_of(flat, page), size, got);
		return false;
	}
	differ.table->tally[UNMAPS]++;
	return true;
}

/* All of the area, at once if @whole and if it may */
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

/* A region's table loses all its entries, one by one, and stays. */
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
 * What the kernel has of the area and the model does not is a section that it
 * should have unmapped; tables that are empty do no harm.
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

/* The sizes by their number; the second is the first, where there is no such */
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

/* Of many regions some are favoured, so that these are filled, too. */
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
		 * So it is, too, if neither all is mapped nor all empty, or if
		 * it would be a part of what this kernel does not split.
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
		/* The first of the address space, the last, and between them */
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
