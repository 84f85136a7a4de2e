// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Walks page tables as the hardware does: from the base in the register value that
 * the format passes to its driver, by the layout of the Arm architecture and
 * MediaTek's extension. Nothing here is taken from the code under test.
 */
#include <linux/io.h>
#include <linux/pfn.h>

#include "v7stress.h"

#define V7S_SHIFT	20
#define V7S_TYPE	0x3
#define V7S_TYPE_TABLE	0x1

#define LPAE_BITS	9	/* address bits of each level */
#define LPAE_LAST	3	/* the level of pages, whose type is that of tables */
#define LPAE_ADDRESS	GENMASK_ULL(47, 12)
#define LPAE_TYPE	0x3
#define LPAE_TYPE_TABLE	0x3

static const void *table_at(struct table *table, phys_addr_t base)
{
	if (pfn_valid(PHYS_PFN(base)))
		return phys_to_virt(base);
	pr_err("v7stress: %s: the page table at %pa is not in memory\n",
	       dev_name(&table->pdev->dev), &base);
	table->tally[ERRORS]++;
	note_first(&stress.error, "walk", table, 0, 0, base);
	return NULL;
}

u64 walk_v7s(struct table *table)
{
	const struct io_pgtable_cfg *cfg = &table->cfg;
	unsigned long i, entries = 1UL << (cfg->ias - V7S_SHIFT);
	phys_addr_t base = cfg->arm_v7s_cfg.ttbr;
	u64 tables = 0;
	const u32 *l1;

	/*
	 * The base is aligned to the table's size; the bits below hold attributes.
	 * On some MediaTek SoCs they hold address bits 32 and up.
	 */
	base &= ~(phys_addr_t)(entries * sizeof(*l1) - 1);
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT)
		base |= (phys_addr_t)((u64)(cfg->arm_v7s_cfg.ttbr & 0x7) << 32);

	l1 = table_at(table, base);
	for (i = 0; l1 && i < entries; i++)
		tables += (READ_ONCE(l1[i]) & V7S_TYPE) == V7S_TYPE_TABLE;
	return tables;
}

/*
 * Stage 1 begins at the level where its address range needs one table. Stage 2
 * begins at the level in SL0, which may be one lower, with several tables in a row.
 */
unsigned int lpae_start(const struct table *table)
{
	const struct io_pgtable_cfg *cfg = &table->cfg;

	if (stress.format->fmt == ARM_64_LPAE_S2)
		return 2 - cfg->arm_lpae_s2_cfg.vtcr.sl;
	return LPAE_LAST - (64 - cfg->arm_lpae_s1_cfg.tcr.tsz - PAGE_BITS - 1) /
			   LPAE_BITS;
}

static u64 walk_level(struct table *table, phys_addr_t base, unsigned int level,
		      unsigned long entries)
{
	const u64 *entry = table_at(table, base);
	unsigned long i;
	u64 tables = 0;

	for (i = 0; entry && i < entries; i++) {
		u64 e = READ_ONCE(entry[i]);

		if ((e & LPAE_TYPE) != LPAE_TYPE_TABLE)
			continue;
		tables++;
		if (level + 1 < LPAE_LAST)
			tables += walk_level(table, e & LPAE_ADDRESS, level + 1,
					     1UL << LPAE_BITS);
	}
	return tables;
}

u64 walk_lpae(struct table *table)
{
	const struct io_pgtable_cfg *cfg = &table->cfg;
	bool s2 = stress.format->fmt == ARM_64_LPAE_S2;
	unsigned int level = lpae_start(table);
	unsigned int shift = PAGE_BITS + (LPAE_LAST - level) * LPAE_BITS;

	return walk_level(table, s2 ? cfg->arm_lpae_s2_cfg.vttbr :
				      cfg->arm_lpae_s1_cfg.ttbr,
			  level, 1UL << (cfg->ias - shift));
}
