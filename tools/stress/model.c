// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * The model applies requests to the tables and large entries of an area, one after
 * the other. The load runs them at the same time and in any order, which does not
 * change these counts as long as it keeps to the contract: within one step, the
 * first request installs the table, or splits the entry, exactly once. Which request
 * is the first, and how many others tried, is up to chance.
 *
 * model_map() and model_unmap() refuse requests outside the contract, and on a
 * kernel that does not split, the unmap of a part of an entry.
 */
#include "v7stress.h"

#define TOP_BITS	39	/* covered by an entry of the first of four levels */

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

/* May the whole area be unmapped in one request? */
bool model_in_use(const struct area *area)
{
	if (stress.format->area_table)
		return area->has_table || area->region[0] == REGION_SUPER;
	return !memchr(area->region, REGION_EMPTY, regions());
}

/* The size of the entry that maps a page */
unsigned int model_entry(const struct area *area, unsigned int page)
{
	switch (area->region[region_of(page)]) {
	case REGION_SUPER:
		return area_pages();
	case REGION_SECTION:
		return region_pages();
	default:
		return test_bit(page / LARGE_PAGES, area->cont) ?
		       LARGE_PAGES : 1;
	}
}

/* Installs the tables above those of the regions, if missing */
static void add_tables(struct area *area, bool area_table)
{
	unsigned long *top = area->table->top;

	if (top && !test_and_set_bit((u64)area->iova >> TOP_BITS, top))
		area->expect[WON_MAP]++;
	if (area_table && stress.format->area_table && !area->has_table) {
		area->has_table = true;
		area->expect[WON_MAP]++;
	}
}

/* Freeing the table of an area frees those of its regions. */
static void set_regions(struct area *area, unsigned int page,
			unsigned int pages, enum region kind, enum expect freed)
{
	unsigned int r;

	for (r = region_of(page); r < region_of(page + pages); r++) {
		if (area->region[r] == REGION_TABLE)
			area->expect[freed]++;
		area->region[r] = kind;
		bitmap_clear(area->timer, r * TIMER_PAGES, TIMER_PAGES);
	}
	bitmap_clear(area->cont, page / LARGE_PAGES, pages / LARGE_PAGES);
	if (pages == area_pages() && area->has_table) {
		area->has_table = false;
		area->expect[freed]++;
	}
}

bool model_map(struct area *area, unsigned int page, unsigned int pages)
{
	unsigned int r = region_of(page);

	if (!vacant(area, page, pages))
		return false;

	add_tables(area, pages < area_pages());
	if (pages == area_pages()) {
		set_regions(area, page, pages, REGION_SUPER, FREE_REPLACED);
	} else if (pages == region_pages()) {
		set_regions(area, page, pages, REGION_SECTION, FREE_REPLACED);
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

/*
 * Splits an area of one page into blocks: in place if the page was 16 equal entries,
 * else in a new table.
 */
static void split_super(struct area *area)
{
	if (stress.format->area_table) {
		area->expect[SPLIT_BLOCK_DONE]++;
		area->expect[WON_SPLIT]++;
		area->has_table = true;
	} else {
		area->expect[SPLIT_CONT_DONE]++;
	}
	memset(area->region, REGION_SECTION, regions());
}

/* A section becomes a table with entries of the size of the first piece unmapped. */
static void split_section(struct area *area, unsigned int r,
			  unsigned int pages)
{
	area->expect[SPLIT_BLOCK_DONE]++;
	area->expect[WON_SPLIT]++;
	area->region[r] = REGION_TABLE;
	if (pages == LARGE_PAGES)
		bitmap_set(area->cont, r * (region_pages() / LARGE_PAGES),
			   region_pages() / LARGE_PAGES);
}

bool model_unmap(struct area *area, unsigned int page, unsigned int pages)
{
	unsigned int r = region_of(page);

	if (pages == area_pages() ? !model_in_use(area) :
	    pages == region_pages() ? area->region[r] == REGION_EMPTY :
				      !mapped(area, page, pages))
		return false;
	if (!SPLITS && pages < model_entry(area, page))
		return false;

	if (pages < area_pages() && area->region[r] == REGION_SUPER)
		split_super(area);
	if (pages >= region_pages()) {
		set_regions(area, page, pages, REGION_EMPTY, FREE_UNMAP);
	} else {
		if (area->region[r] == REGION_SECTION)
			split_section(area, r, pages);
		if (__test_and_clear_bit(page / LARGE_PAGES, area->cont) &&
		    pages == 1)
			area->expect[SPLIT_CONT_DONE]++;
	}
	bitmap_clear(area->page, page, pages);
	return true;
}
