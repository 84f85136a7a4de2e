// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Reads page tables in the guest's memory as the hardware does, independently of the
 * kernel's code that writes them. Permissions and memory types are ignored.
 */
#include "sim.h"

/* MediaTek stores bits 32 to 34 of an address in bits 9, 4 and 5 of the entry. */
static uint64_t mtk_high(uint64_t entry)
{
	return (entry >> 9 & 1) << 32 | (entry >> 4 & 1) << 33 | (entry >> 5 & 1) << 34;
}

static enum entry decode_v7s_mtk(uint64_t entry, unsigned int level, uint64_t *phys, uint64_t *size)
{
	static const struct {
		enum entry kind;
		unsigned int shift;
	} kinds[2][4] = {
		{ { ENTRY_NONE, 0 }, { ENTRY_TABLE, 10 }, { ENTRY_LEAF, 20 }, { ENTRY_NONE, 0 } },
		{ { ENTRY_NONE, 0 }, { ENTRY_LEAF, 16 }, { ENTRY_LEAF, 12 }, { ENTRY_LEAF, 12 } },
	};
	unsigned int shift = kinds[level][entry & 3].shift;

	if (level == 0 && (entry & 3) == 2 && entry & 1 << 18)
		shift = 24;
	*size = 1ULL << shift;
	*phys = (entry & 0xffffffff & ~(*size - 1)) | mtk_high(entry);
	return kinds[level][entry & 3].kind;
}

static enum entry decode_lpae(uint64_t entry, unsigned int level, uint64_t *phys, uint64_t *size)
{
	bool last = level == 2;

	*size = 1ULL << (30 - 9 * level);
	*phys = entry & 0xfffffff000;
	if (!(entry & 1))
		return ENTRY_NONE;
	if (last)
		return entry & 2 ? ENTRY_LEAF : ENTRY_NONE;
	if (entry & 2)
		return ENTRY_TABLE;
	*phys &= ~(*size - 1);
	return ENTRY_LEAF;
}

const struct format format_v7s_mtk = {
	.entry_size = 4,
	.levels = 2,
	.level = { { 20, 12 }, { 12, 8 } },
	.decode = decode_v7s_mtk,
};

/* With 32-bit addresses, the walk starts at the level of 1G blocks. */
const struct format format_lpae32 = {
	.entry_size = 8,
	.levels = 3,
	.level = { { 30, 2 }, { 21, 9 }, { 12, 9 } },
	.decode = decode_lpae,
};

static enum entry read_entry(const struct format *format, uint64_t at, unsigned int level,
			     uint64_t *phys, uint64_t *size)
{
	void *entry = ram_at(at, format->entry_size);

	if (!entry)
		return ENTRY_NONE;
	return format->decode(format->entry_size == 4 ?
			      __atomic_load_n((uint32_t *)entry, __ATOMIC_ACQUIRE) :
			      __atomic_load_n((uint64_t *)entry, __ATOMIC_ACQUIRE),
			      level, phys, size);
}

void walk(const struct format *format, uint64_t table, unsigned int level, uint64_t iova,
	  struct walk *walk)
{
	walk->found = false;
	for (; level < format->levels; level++) {
		unsigned int index = iova >> format->level[level].shift &
				     ((1U << format->level[level].bits) - 1);
		uint64_t at = table + (uint64_t)index * format->entry_size;
		uint64_t phys, size;
		enum entry kind = read_entry(format, at, level, &phys, &size);

		if (kind == ENTRY_NONE)
			return;
		if (kind == ENTRY_LEAF) {
			walk->found = true;
			walk->iova = iova & ~(size - 1);
			walk->size = size;
			walk->phys = phys;
			walk->at = at;
			return;
		}
		walk->step[level] = (struct step){ at, phys };
		table = phys;
	}
}

unsigned int walk_tables(const struct format *format, uint64_t table, unsigned int level)
{
	unsigned int tables = 0;

	for (unsigned int i = 0; i < 1U << format->level[level].bits; i++) {
		uint64_t phys, size;

		if (read_entry(format, table + (uint64_t)i * format->entry_size, level, &phys, &size) ==
		    ENTRY_TABLE)
			tables += 1 + walk_tables(format, phys, level + 1);
	}
	return tables;
}
