// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Tables and entries of each format, by the Arm Architecture Reference Manual and not
 * by the driver's code: short descriptors (ARMv7-A, B3.5) and long descriptors with
 * 4K pages and 32 bits of IOVA (ARMv7-A, B3.6).
 */
#include "explore.h"

/* Attributes alike for pages and blocks: AP, TEX, S, nG; C, B; XN. */
static u64 short_attributes(u32 entry, int level, bool contiguous)
{
	if (level == 1)
		return (entry >> 10 & 0xff) << 8 | (entry >> 2 & 3) << 1 | (entry >> 4 & 1);
	if (contiguous)
		return ((entry >> 4 & 0xe3) | (entry >> 12 & 7) << 2) << 8 | (entry >> 2 & 3) << 1 |
		       (entry >> 15 & 1);
	return (entry >> 4 & 0xff) << 8 | (entry >> 2 & 3) << 1 | (entry & 1);
}

static u64 short_expected(int prot)
{
	u32 tex = 1, ap = 1 | !(prot & IOMMU_PRIV) << 1 | !(prot & IOMMU_WRITE) << 5;

	return (ap | tex << 2 | 1 << 6 | 1 << 7) << 8 | (prot & IOMMU_CACHE ? 3 : 0) << 1 |
	       !!(prot & IOMMU_NOEXEC);
}

static u64 short_table(u64 entry, int level)
{
	return level == 1 && (entry & 3) == 1 ? entry & 0xfffffc00 : 0;
}

static struct translation short_leaf(u64 entry, int level, u32 iova)
{
	bool contiguous = level == 1 ? entry >> 18 & 1 : !(entry & 2);
	u32 size = level == 1 ? contiguous ? SZ_16M : SZ_1M : contiguous ? SZ_64K : SZ_4K;

	return (struct translation){ (entry & 0xffffffff & ~(u64)(size - 1)) | (iova & (size - 1)),
				     short_attributes(entry, level, contiguous), true, level };
}

/* nG, AF, SH, AP, NS, AttrIndx; XN and PXN. */
static u64 long_attributes(u64 entry)
{
	return (entry & 0xffc) | (entry >> 53 & 3) << 12;
}

static u64 long_expected(int prot)
{
	bool cached = prot & IOMMU_CACHE;

	return 1 << 11 | 1 << 10 | (cached ? 3 : 2) << 8 | !(prot & IOMMU_WRITE) << 7 |
	       !(prot & IOMMU_PRIV) << 6 | cached << 2 | (prot & IOMMU_NOEXEC ? 3 : 0) << 12;
}

static u64 long_table(u64 entry, int level)
{
	return level < 3 && (entry & 3) == 3 ? entry & 0xfffffff000 : 0;
}

static struct translation long_leaf(u64 entry, int level, u32 iova)
{
	u64 within = (1ULL << (level == 1 ? 30 : level == 2 ? 21 : 12)) - 1;

	/* A block at level 3 is reserved, and faults. */
	if (level == 3 && (entry & 3) != 3)
		return (struct translation){ .level = level };
	return (struct translation){ (entry & 0xfffffff000 & ~within) | (iova & within), long_attributes(entry),
				     true, level };
}

static const char *const short_programs[][2] = {
	{ "map-map",		"| map 4K 0 | map 4K 0x1000" },
	{ "map-map-map",	"| map 4K 0 | map 64K 0x10000 | map 4K 0x1000" },
	{ "map-map-look",	"| map 4K 0 | map 4K 0x1000; look 0x1000 | look 0; look 0x1000" },
	{ "map-again",		"| map 4K 0; unmap 4K 0; map 4K 0 | map 4K 0x1000; unmap 4K 0x1000" },
	{ "map-unmap",		"map 4K 0 | unmap 4K 0 | map 4K 0x1000; look 0x1000" },
	{ "map-sizes",		"| map 1M 0 | map 16M 16M | map 4K 1M; look 1M" },
	{ "parts-64K",		"map 64K 0 | unmap 4K 0x3000 | unmap 4K 0x5000" },
	{ "parts-64K-ends",	"map 64K 0 | unmap 4K 0 | unmap 4K 0xf000" },
	{ "parts-64K-three",	"map 64K 0 | unmap 4K 0 | unmap 4K 0x5000 | unmap 4K 0xf000" },
	{ "parts-64K-look",	"map 64K 0 | unmap 4K 0x3000 | look 0x5000; look 0x3000; look 0x5000" },
	{ "parts-64K-again",	"map 64K 0 | unmap 4K 0x3000; map 4K 0x3000 | unmap 4K 0x5000; map 4K 0x5000" },
	{ "parts-1M",		"map 1M 0 | unmap 4K 0x1000 | unmap 4K 0x2000" },
	{ "parts-1M-three",	"map 1M 0 | unmap 4K 0x1000 | unmap 4K 0x2000 | unmap 4K 0xff000" },
	{ "parts-1M-64K",	"map 1M 0 | unmap 64K 0x10000 | unmap 64K 0x20000" },
	{ "parts-1M-mixed",	"map 1M 0 | unmap 4K 0x1000 | unmap 64K 0x20000" },
	{ "parts-1M-look",	"map 1M 0 | unmap 4K 0x1000 | unmap 4K 0x2000 | look 0x3000; look 0x1000" },
	{ "parts-1M-again",	"map 1M 0 | unmap 4K 0x1000; map 4K 0x1000 | unmap 4K 0x2000; map 4K 0x2000" },
	{ "parts-16M",		"map 16M 0 | unmap 1M 2M | unmap 1M 5M" },
	{ "parts-16M-4K",	"map 16M 0 | unmap 4K 0x201000 | unmap 4K 0x502000" },
	{ "parts-16M-one",	"map 16M 0 | unmap 4K 0x201000 | unmap 4K 0x203000" },
	{ "parts-16M-mixed",	"map 16M 0 | unmap 1M 2M | unmap 4K 0x501000" },
	{ "parts-16M-look",	"map 16M 0 | unmap 4K 0x201000 | look 0x203000; look 5M" },
	{ "block-over-table",	"map 4K 0; unmap 4K 0 | map 1M 0; look 0x1000 | map 4K 1M" },
	{ "table-freed",	"map 4K 0 | unmap 1M 0; map 4K 0 | map 4K 1M" },

	/* Errors of the caller. A verdict names the harm, whether it is worth mending or not. */
	{ "part-whole-64K",	"map 64K 0 | unmap 4K 0x5000 | unmap 64K 0" },
	{ "part-whole-1M",	"map 1M 0 | unmap 4K 0x5000 | unmap 1M 0" },
	{ "part-whole-16M",	"map 16M 0 | unmap 1M 5M | unmap 16M 0" },
	{ "same-part-64K",	"map 64K 0 | unmap 4K 0x5000 | unmap 4K 0x5000" },
	{ "same-part-1M",	"map 1M 0 | unmap 4K 0x5000 | unmap 4K 0x5000" },
	{ "same-page-map",	"| map 4K 0 | map 4K 0" },
	{ "same-page-both",	"map 4K 0 | unmap 4K 0 | map 4K 0" },
	{ "block-over-live",	"map 4K 0; unmap 4K 0 | map 1M 0 | map 4K 0x1000" },
	{ "unmap-over-map",	"map 4K 0 | unmap 1M 0 | map 4K 0x1000" },
	{ "look-freed",		"map 4K 0 | unmap 1M 0 | look 0" },
	{ NULL, NULL }
};

static const char *const long_programs[][2] = {
	{ "map-map",		"| map 4K 0 | map 4K 0x1000" },
	{ "map-map-map",	"| map 4K 0 | map 2M 2M | map 4K 0x1000" },
	{ "map-map-look",	"| map 4K 0 | map 4K 0x1000; look 0x1000 | look 0; look 0x1000" },
	{ "map-again",		"| map 4K 0; unmap 4K 0; map 4K 0 | map 4K 0x1000; unmap 4K 0x1000" },
	{ "map-unmap",		"map 4K 0 | unmap 4K 0 | map 4K 0x1000; look 0x1000" },
	{ "map-sizes",		"| map 2M 0 | map 1G 1G | map 4K 2M; look 2M" },
	{ "parts-2M",		"map 2M 0 | unmap 4K 0x1000 | unmap 4K 0x2000" },
	{ "parts-2M-three",	"map 2M 0 | unmap 4K 0x1000 | unmap 4K 0x2000 | unmap 4K 0x1ff000" },
	{ "parts-2M-look",	"map 2M 0 | unmap 4K 0x1000 | unmap 4K 0x2000 | look 0x3000; look 0x1000" },
	{ "parts-2M-again",	"map 2M 0 | unmap 4K 0x1000; map 4K 0x1000 | unmap 4K 0x2000; map 4K 0x2000" },
	{ "parts-1G",		"map 1G 0 | unmap 2M 2M | unmap 2M 6M" },
	{ "parts-1G-4K",	"map 1G 0 | unmap 4K 0x201000 | unmap 4K 0x602000" },
	{ "parts-1G-one",	"map 1G 0 | unmap 4K 0x201000 | unmap 4K 0x203000" },
	{ "parts-1G-mixed",	"map 1G 0 | unmap 2M 2M | unmap 4K 0x601000" },
	{ "parts-1G-look",	"map 1G 0 | unmap 4K 0x201000 | look 0x203000; look 6M" },
	{ "block-over-table",	"map 4K 0; unmap 4K 0 | map 2M 0; look 0x1000 | map 4K 2M" },
	{ "block-over-tables",	"map 4K 0; unmap 4K 0 | map 1G 0; look 0x1000 | map 4K 1G" },
	{ "table-freed",	"map 4K 0 | unmap 2M 0; map 4K 0 | map 4K 2M" },
	{ "tables-freed",	"map 4K 0; map 4K 2M | unmap 1G 0; map 4K 0 | map 4K 1G" },

	/* Errors of the caller. */
	{ "part-whole-2M",	"map 2M 0 | unmap 4K 0x5000 | unmap 2M 0" },
	{ "part-whole-1G",	"map 1G 0 | unmap 2M 6M | unmap 1G 0" },
	{ "same-part-2M",	"map 2M 0 | unmap 4K 0x5000 | unmap 4K 0x5000" },
	{ "same-page-map",	"| map 4K 0 | map 4K 0" },
	{ "same-page-both",	"map 4K 0 | unmap 4K 0 | map 4K 0" },
	{ "block-over-live",	"map 4K 0; unmap 4K 0 | map 2M 0 | map 4K 0x1000" },
	{ "unmap-over-map",	"map 4K 0 | unmap 2M 0 | map 4K 0x1000" },
	{ "look-freed",		"map 4K 0 | unmap 2M 0 | look 0" },
	{ NULL, NULL }
};

static const struct format formats[] = {
	{
		.fmt = ARM_V7S, .entry = 4, .valid = 3, .first = 1, .last = 2, .shift = { 0, 20, 12 },
		.bits = { 0, 12, 8 }, .oas = 32, .sizes = { SZ_4K, SZ_64K, SZ_1M, SZ_16M },
		.span = SZ_32M, .table = short_table, .leaf = short_leaf, .attributes = short_expected,
		.programs = short_programs,
	},
	{
		/* Bit 55 is the driver's own: the entry has been synced. */
		.fmt = ARM_32_LPAE_S1, .entry = 8, .valid = 1, .first = 1, .last = 3, .shift = { 0, 30, 21, 12 },
		.bits = { 0, 2, 9, 9 }, .oas = 40, .sizes = { SZ_4K, SZ_2M, SZ_1G }, .ignored = BIT(55),
		.span = SZ_2G, .table = long_table, .leaf = long_leaf, .attributes = long_expected,
		.programs = long_programs,
	},
};

#ifdef CONFIG_IOMMU_IO_PGTABLE_LPAE
const struct format *const format = &formats[1];
#else
const struct format *const format = &formats[0];
#endif

int index_of(u32 iova, int level)
{
	return iova >> format->shift[level] & ((1u << format->bits[level]) - 1);
}
