// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The walker and the TLB on tables written by hand: what a kernel in the lab
 * never maps, too (16M, addresses above 4G), and what no kernel should.
 */
#include <stdio.h>
#include <string.h>

#include "../sim/sim.h"

#define SIZE	(4 << 20)
#define TOP	(BOARD_RAM + 0x100000)
#define NEXT	(BOARD_RAM + 0x200000)
#define LAST	(BOARD_RAM + 0x300000)

static uint8_t memory[SIZE];
uint8_t *ram = memory;
uint64_t ram_size = SIZE;
static struct box_control counted;
struct box_control *control = &counted;

static unsigned int tests, failed;

void *ram_at(uint64_t phys, uint64_t len)
{
	return phys >= BOARD_RAM && phys - BOARD_RAM + len <= SIZE ? ram + (phys - BOARD_RAM) : NULL;
}

static void ok(bool good, const char *name)
{
	tests++;
	failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", tests, name);
}

static void put32(uint64_t at, uint32_t value) { memcpy(ram_at(at, 4), &value, 4); }
static void put64(uint64_t at, uint64_t value) { memcpy(ram_at(at, 8), &value, 8); }

static void leads(const struct format *format, uint64_t iova, uint64_t phys, const char *name)
{
	struct walk found = { 0 };
	uint64_t got;

	walk(format, TOP, 0, iova, &found);
	got = found.found ? found.phys + (iova - found.iova) : BOX_NOWHERE;
	ok(got == phys, name);
	if (got != phys)
		printf("#   got 0x%llx, wanted 0x%llx\n", (unsigned long long)got, (unsigned long long)phys);
}

static void v7s(void)
{
	const struct format *format = &format_v7s_mtk;
	unsigned int i;

	memset(memory, 0, SIZE);
	leads(format, 0x12345678, BOX_NOWHERE, "v7s: an empty entry");
	put32(TOP + 0x123 * 4, 0x55500002);
	leads(format, 0x12345678, 0x55545678, "v7s: a section");
	leads(format, 0x12400000, BOX_NOWHERE, "v7s: and none behind it");
	put32(TOP + 0x123 * 4, 0x55500003);
	leads(format, 0x12345678, BOX_NOWHERE, "v7s: what the first level has no meaning for");
	for (i = 0; i < 16; i++)
		put32(TOP + (0x120 + i) * 4, 0x56000002 | 1 << 18);
	leads(format, 0x12345678, 0x56345678, "v7s: a supersection");
	put32(TOP + 0x200 * 4, 0x60000002 | 1 << 9);
	leads(format, 0x20000010, 0x160000010, "v7s: bit 32 of an address");
	put32(TOP + 0x200 * 4, 0x60000002 | 1 << 4);
	leads(format, 0x20000010, 0x260000010, "v7s: bit 33");
	put32(TOP + 0x200 * 4, 0x60000002 | 1 << 5);
	leads(format, 0x20000010, 0x460000010, "v7s: bit 34");
	put32(TOP + 0xfff * 4, NEXT | 1);
	leads(format, 0xfff00000, BOX_NOWHERE, "v7s: an empty entry of the second level");
	put32(NEXT + 0xff * 4, 0x12345002);
	leads(format, 0xfffffff8, 0x12345ff8, "v7s: a page, the last there is");
	put32(NEXT + 0xff * 4, 0x12345002 | 1 << 9 | 1 << 4);
	leads(format, 0xfffffff8, 0x312345ff8, "v7s: a page with bits 32 and 33");
	for (i = 0; i < 16; i++)
		put32(NEXT + (0x10 + i) * 4, 0x77770001);
	leads(format, 0xfff12345, 0x77772345, "v7s: a large page");
	put32(TOP + 0x300 * 4, 0x90000001);
	leads(format, 0x30000000, BOX_NOWHERE, "v7s: a table outside of the memory");
	put32(TOP + 0x301 * 4, NEXT | 1 | 1 << 10);
	put32(NEXT + 0x400, 0x13579002);
	leads(format, 0x30100004, 0x13579004, "v7s: a table is of 1K, and aligned so");
	ok(walk_tables(format, TOP, 0) == 3, "v7s: all tables are counted");
}

static void lpae(void)
{
	const struct format *format = &format_lpae32;

	memset(memory, 0, SIZE);
	leads(format, 0x40000000, BOX_NOWHERE, "lpae: an empty entry");
	put64(TOP, 0x9940000000 | 0x701);
	leads(format, 0x12345678, 0x9952345678, "lpae: a block of 1G, above 4G");
	put64(TOP, 0x9940000000 | 0x700);
	leads(format, 0x12345678, BOX_NOWHERE, "lpae: an entry that is not valid");
	put64(TOP + 3 * 8, NEXT | 3);
	put64(NEXT + 511 * 8, 0x5540000000 | 0x701);
	leads(format, 0xfffffff0, 0x55401ffff0, "lpae: a block of 2M, the last there is");
	put64(NEXT + 2 * 8, LAST | 3 | 1ULL << 63);
	put64(LAST + 3 * 8, 0x44000 | 0x703);
	leads(format, 0xc0403008, 0x44008, "lpae: a page, behind a table with attributes");
	put64(LAST + 3 * 8, 0x44000 | 0x701);
	leads(format, 0xc0403008, BOX_NOWHERE, "lpae: what the last level has no meaning for");
	ok(walk_tables(format, TOP, 0) == 2, "lpae: all tables are counted");
}

static uint64_t translate(unsigned int nr, uint64_t iova, struct found *found)
{
	struct context context = { .format = &format_v7s_mtk, .base = TOP, .nr = nr };

	tlb_translate(&context, iova, found);
	tlb_done();
	return found->phys;
}

static void tlb(void)
{
	struct found found;
	unsigned int i;

	memset(memory, 0, SIZE);
	put32(TOP, NEXT | 1);
	put32(NEXT + 4, 0x40001002);
	put32(NEXT + 8, 0x40002002);
	ok(translate(0, 0x1010, &found) == 0x40001010 && !found.cached, "tlb: walks the first time");
	ok(translate(0, 0x1020, &found) == 0x40001020 && found.cached, "tlb: remembers the second time");
	ok(translate(1, 0x1020, &found) == 0x40001020 && !found.cached, "tlb: but not of another context");
	put32(NEXT + 4, 0x40005002);
	ok(translate(0, 0x1010, &found) == 0x40001010 && found.stale && found.now == 0x40005010,
	   "tlb: a change that nobody invalidated is stale");
	tlb_invalidate(0, 0x2000, ~0ULL);
	tlb_invalidate(0, 0, 0xfff);
	tlb_invalidate(1, 0, ~0ULL);
	translate(0, 0x1010, &found);
	ok(found.stale, "tlb: the neighbours' and another context's invalidations do not help");
	tlb_invalidate(0, 0x1fff, 0x1fff);
	ok(translate(0, 0x1010, &found) == 0x40005010 && !found.stale && !found.cached,
	   "tlb: one that touches the page does");
	put32(NEXT + 4, 0);
	tlb_skip(1);
	tlb_invalidate(ALL_CONTEXTS, 0, ~0ULL);
	ok(translate(0, 0x1010, &found) == 0x40005010 && found.stale && found.now == BOX_NOWHERE,
	   "tlb: one that is skipped does not");
	tlb_invalidate(ALL_CONTEXTS, 0, ~0ULL);
	ok(!(translate(0, 0x1010, &found) == 0x40005010) && !found.ok && !found.stale,
	   "tlb: that of everything does, and there is nothing");

	/* The table moves; what is known of the old one is still there. */
	tlb_invalidate(ALL_CONTEXTS, 0, ~0ULL);
	translate(0, 0x2000, &found);
	put32(TOP, LAST | 1);
	put32(LAST + 0xc, 0x40003002);
	put32(NEXT + 0xc, 0x4000f002);
	ok(translate(0, 0x3000, &found) == 0x4000f000 && found.stale && found.now == 0x40003000,
	   "walk cache: a table that was replaced is stale");
	ok(!counted.counters.freed_while_cached, "walk cache: it was not freed yet");
	tlb_table_freed(0xffffff8000000000ULL + NEXT);
	tlb_table_freed(0xffffff8000000000ULL + NEXT);
	ok(counted.counters.freed_while_cached == 1 && counted.counters.tables_freed == 2,
	   "walk cache: now it is, and that counts once");
	tlb_invalidate(0, 0x3000, 0x3fff);
	ok(translate(0, 0x3000, &found) == 0x40003000 && !found.stale, "walk cache: forgotten with a page below it");
	tlb_invalidate(ALL_CONTEXTS, 0, ~0ULL);
	tlb_table_freed(0xffffff8000000000ULL + LAST);
	ok(counted.counters.freed_while_cached == 1, "walk cache: freed after the invalidation is as it should be");

	/* More than it holds */
	for (i = 0; i < 256; i++)
		put32(LAST + i * 4, 0x40100002 + (i << 12));
	put32(TOP + 4, NEXT | 1);
	for (i = 0; i < 256; i++)
		translate(0, i << 12, &found);
	translate(0, 0, &found);
	ok(found.cached, "tlb: the first of 256 pages is still there");
	translate(0, 0x102000, &found);
	translate(0, 0, &found);
	ok(!found.cached && !found.stale && found.phys == 0x40100000, "tlb: with one more, it is not, and is walked for");
}

int main(void)
{
	v7s();
	lpae();
	tlb();
	printf("1..%u\n", tests);
	return failed != 0;
}
