/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Refused requests of a kernel without the series, on arm64. The function returns
 * that it did nothing, but not why: the programs look at the entry after the
 * refusal, and read the page table only then.
 */
#ifndef V7S_REFUSE_H
#define V7S_REFUSE_H

#include "stock.h"

/* Quirks of struct io_pgtable_cfg: tables of the short format above 4 GiB. */
#define MTK_TTBR_EXT (1 << 4)
/* Since v6.16: the driver expects refusals, because user space picks the addresses. */
#define NO_WARN (1 << 9)

/* An entry that maps an address, or the empty entry where the search ends. */
struct entry {
	__u32 level;
	__u64 size;	/* that it maps; 0: empty */
};

/* Where the page table is, as the search needs it. */
struct walk {
	__u64 top;	/* address of the first table */
	__u64 linear;	/* from a physical address to that of the linear map */
};

static __always_inline __u32 read_word(__u64 from)
{
	__u32 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)from);
	return word;
}

/* Bits of a physical address from 32 on, in an entry with that quirk. */
static __always_inline __u64 high_bits(__u64 entry)
{
	return (entry >> 9 & 1) << 32 | (entry >> 4 & 1) << 33 |
	       (entry >> 5 & 1) << 34;
}

/*
 * All tables are in the linear map. The first table has both addresses: in the
 * page table, and in the configuration for the IOMMU's register. The latter
 * begins the union of all formats, with attributes below the size of a page.
 */
static __always_inline void begin_walk(struct walk *w, const struct pgtable *p,
				       __u64 iop)
{
	int is_short = p->fmt == V7S_FMT_V7S;
	__u64 base = iop + kernel.at[V7S_AT_CFG] + kernel.at[V7S_AT_BASE];

	if (is_short) {
		base = read_word(base);
		if (p->quirks & MTK_TTBR_EXT)
			base |= (base & 7) << 32;
		w->top = read_pointer(iop + kernel.at[V7S_AT_SHORT_TOP]);
	} else {
		base = read_pointer(base);
		w->top = read_pointer(iop + kernel.at[V7S_AT_LONG_TOP]);
	}
	w->linear = w->top - (base & ~0xfffULL);
}

static __always_inline struct entry find_short(const struct walk *w,
					       const struct pgtable *p,
					       __u64 iova)
{
	struct entry e = { .level = 1 };
	__u64 mask = p->ias > 32 ? (1ULL << (p->ias & 63)) - 1 : ~0U, table;
	__u32 entry = read_word(w->top + ((iova & mask) >> 20) * 4);

	if ((entry & 3) != 1) {
		if (entry & 3)
			e.size = entry & 1 << 18 ? 16 << 20 : 1 << 20;
		return e;
	}
	table = entry & ~0x3ffU;
	if (p->quirks & MTK_TTBR_EXT)
		table |= high_bits(entry);
	entry = read_word(w->linear + table + (iova >> 12 & 0xff) * 4);
	e.level = 2;
	if (entry & 3)
		e.size = entry & 2 ? 4 << 10 : 64 << 10;
	return e;
}

/* Only tables of 64K have physical addresses of more than 48 bits. */
static __always_inline __u64 table_in(__u64 entry, __u32 bits)
{
	__u64 table = entry & ((1ULL << 48) - (1 << 12));

	if (bits >= 13)
		table = (table | table << 36) & ((1ULL << 52) - (1 << 16));
	return table;
}

/* The last of the levels 0 to 3 has pages only. */
static __always_inline struct entry find_long(const struct walk *w, __u64 iop,
					      __u64 iova)
{
	__u32 bits = read_word(iop + kernel.at[V7S_AT_LEVEL_BITS]) & 15;
	__u32 top = read_word(iop + kernel.at[V7S_AT_TOP_BITS]) & 31;
	__u32 level = read_word(iop + kernel.at[V7S_AT_FIRST_LEVEL]) & 3;
	__u32 shift = (4 - level) * bits + 3, in_table = top, i;
	struct entry e = { 0 };
	__u64 table = w->top, entry;

#pragma clang loop unroll(disable)
	for (i = 0; i < 4; i++) {
		entry = read_pointer(table + (iova >> (shift & 63) &
					      ((1ULL << in_table) - 1)) * 8);
		e.level = level;
		if (!entry)
			break;
		if (level == 3 || (entry & 3) == 1) {
			e.size = 1ULL << (shift & 63);
			break;
		}
		table = w->linear + table_in(entry, bits);
		in_table = bits;
		shift -= bits;
		level++;
	}
	return e;
}

static __always_inline struct entry find_entry(const struct pgtable *p,
					       __u64 iop, __u64 iova)
{
	struct walk w;

	begin_walk(&w, p, iop);
	if (p->fmt == V7S_FMT_V7S)
		return find_short(&w, p, iova);
	return find_long(&w, iop, iova);
}

static __always_inline void count_refusal(const struct pgtable *p, __u64 iova,
					  __u64 size, __u32 level, __u32 why,
					  __s64 stack)
{
	__u64 args[12];

	if (p->quirks & NO_WARN && why != V7S_REFUSE_PARTIAL)
		return;
	about(args, p, 0);
	args[ARG_LEVEL] = level;
	args[ARG_IOVA] = iova;
	args[REFUSE_SIZE] = size;
	args[REFUSE_WHY] = why;
	count_from(stack, V7S_EVENT_REFUSE, NR(refuse) + why, args);
}

/*
 * An unmap that unmapped nothing. Either the address is in a larger block, or
 * something in the range is not mapped. An unmap that did a part returns its
 * size, and the kernel's IOMMU layer calls again for the rest. Returns false if
 * there was no room for the page table.
 */
static __always_inline int count_refused_unmap(__u64 ops, __u64 iova,
						__u64 size, __s64 stack)
{
	__u64 iop = ops - kernel.at[V7S_AT_OPS];
	struct pgtable *p = pgtable_of(iop);
	struct entry e;

	if (!p)
		return 0;
	e = find_entry(p, iop, iova);
	count_refusal(p, iova, size, e.level, e.size > size ?
		      V7S_REFUSE_PARTIAL : V7S_REFUSE_ABSENT, stack);
	return 1;
}

/*
 * A map over a mapping. @done: address of the size that was mapped before; 0:
 * nothing was
 */
static __always_inline int count_refused_map(__u64 ops, __u64 iova, __u64 size,
					      __u64 done, __s64 stack)
{
	__u64 iop = ops - kernel.at[V7S_AT_OPS];
	struct pgtable *p = pgtable_of(iop);

	if (!p)
		return 0;
	if (done)
		iova += read_pointer(done);
	count_refusal(p, iova, size, find_entry(p, iop, iova).level,
		      V7S_REFUSE_EXISTS, stack);
	return 1;
}

#endif
