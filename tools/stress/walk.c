// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables as the hardware reads them: from the base in the register value
 * that the format hands to its driver, by the Arm architecture's layout and
 * MediaTek's extension of it. Nothing here comes from the code under test.
 */
#include <linux/io.h>
#include <linux/pfn.h>

#include "v7stress.h"

#define L1_SHIFT	20
#define L1_TYPE		0x3
#define L1_TYPE_TABLE	0x1

u64 walk_v7s(const struct table *table)
{
	const struct io_pgtable_cfg *cfg = &table->cfg;
	unsigned long i, entries = 1UL << (cfg->ias - L1_SHIFT);
	phys_addr_t base = cfg->arm_v7s_cfg.ttbr;
	u64 tables = 0;
	const u32 *l1;

	/*
	 * The base is aligned to the table's size; below that are attributes.
	 * MediaTek has address bits 32 and up there instead.
	 */
	base &= ~(phys_addr_t)(entries * sizeof(*l1) - 1);
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT)
		base |= (phys_addr_t)((u64)(cfg->arm_v7s_cfg.ttbr & 0x7) << 32);

	if (!pfn_valid(PHYS_PFN(base))) {
		pr_err("v7stress: %s: page table base %pa is no memory\n",
		       dev_name(&table->pdev->dev), &base);
		return U64_MAX;
	}
	l1 = phys_to_virt(base);
	for (i = 0; i < entries; i++)
		tables += (READ_ONCE(l1[i]) & L1_TYPE) == L1_TYPE_TABLE;
	return tables;
}
