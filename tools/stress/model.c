// SPDX-License-Identifier: GPL-2.0-only
/*
 * What requests do to the tables and the large entries of an area, one after
 * the other. The load runs them in any order and at the same time, which makes
 * no difference to these counts as long as it keeps to the contract: within one
 * step, whoever comes first installs the table, or splits the entry, exactly
 * once. Who that is, and how many others tried, is what nobody can know.
 *
 * Both functions refuse what is outside the contract.
 */
#include "v7stress.h"

static bool mapped(const struct area *area, unsigned int page,
		   unsigned int pages)
{
	return find_next_zero_bit(area->page, page + pages, page) >=
	       page + pages;
}

static bool vacant(const struct area *area, unsigned int page,
		   unsigned int pages)
{
	return find_next_bit(area->page, page + pages, page) >= page + pages;
}

/* Blocks go over tables without live entries, and free them. */
static void map_blocks(struct area *area, unsigned int page,
		       unsigned int pages, enum region kind)
{
	unsigned int r;

	for (r = page / REGION_PAGES; r < (page + pages) / REGION_PAGES; r++) {
		if (area->region[r] == REGION_TABLE)
			area->expect[FREE_REPLACED]++;
		area->region[r] = kind;
	}
}

bool model_map(struct area *area, unsigned int page, unsigned int pages)
{
	unsigned int r = page / REGION_PAGES;

	if (!vacant(area, page, pages))
		return false;

	if (pages == AREA_PAGES) {
		map_blocks(area, page, pages, REGION_SUPER);
	} else if (pages == REGION_PAGES) {
		map_blocks(area, page, pages, REGION_SECTION);
	} else {
		if (area->region[r] == REGION_EMPTY)
			area->expect[WON_MAP]++;
		area->region[r] = REGION_TABLE;
		if (pages == LARGE_PAGES)
			__set_bit(page / LARGE_PAGES, area->cont);
	}
	bitmap_set(area->page, page, pages);
	return true;
}

static void unmap_blocks(struct area *area, unsigned int page,
			 unsigned int pages)
{
	unsigned int r;

	for (r = page / REGION_PAGES; r < (page + pages) / REGION_PAGES; r++) {
		if (area->region[r] == REGION_TABLE)
			area->expect[FREE_UNMAP]++;
		area->region[r] = REGION_EMPTY;
		bitmap_clear(area->timer, r * TIMER_PAGES, TIMER_PAGES);
	}
	bitmap_clear(area->cont, page / LARGE_PAGES, pages / LARGE_PAGES);
}

/* A supersection becomes 16 sections, in place. */
static void split_super(struct area *area)
{
	unsigned int r;

	area->expect[SPLIT_CONT_DONE]++;
	for (r = 0; r < REGIONS; r++)
		area->region[r] = REGION_SECTION;
}

/* A section becomes a table of whatever the first piece taken out of it is. */
static void split_section(struct area *area, unsigned int r,
			  unsigned int pages)
{
	area->expect[SPLIT_BLOCK_DONE]++;
	area->expect[WON_SPLIT]++;
	area->region[r] = REGION_TABLE;
	if (pages == LARGE_PAGES)
		bitmap_set(area->cont, r * REGION_PAGES / LARGE_PAGES,
			   REGION_PAGES / LARGE_PAGES);
}

bool model_unmap(struct area *area, unsigned int page, unsigned int pages)
{
	unsigned int r = page / REGION_PAGES, large = page / LARGE_PAGES;

	if (pages >= REGION_PAGES) {
		unsigned int end = (page + pages) / REGION_PAGES;

		for (; r < end; r++)
			if (area->region[r] == REGION_EMPTY)
				return false;
		if (pages < AREA_PAGES &&
		    area->region[r - 1] == REGION_SUPER)
			split_super(area);
		unmap_blocks(area, page, pages);
	} else {
		if (!mapped(area, page, pages))
			return false;
		if (area->region[r] == REGION_SUPER)
			split_super(area);
		if (area->region[r] == REGION_SECTION)
			split_section(area, r, pages);
		if (__test_and_clear_bit(large, area->cont) && pages == 1)
			area->expect[SPLIT_CONT_DONE]++;
	}
	bitmap_clear(area->page, page, pages);
	return true;
}
