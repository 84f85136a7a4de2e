/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The mailbox between dmaload and iommu-sim: a block of memory, which the guest sees
 * as the registers of dmaload's device. The guest may have 32 or 64 bits, so nothing
 * in here may depend on the size of a long.
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <linux/types.h>

#define BOX_MAGIC	0x78627637
/* The size is included, so that a new counter changes the version. */
#define BOX_VERSION	(1 << 16 | sizeof(struct box_control))

#define BOX_PAGE	4096
#define BOX_QUEUE_SIZE	0x10000
#define BOX_QUEUES	8
#define BOX_SEGS	2048
#define BOX_REPORTS	32

/* No address: unmapped, or no translation found */
#define BOX_NOWHERE	(~0ULL)

/*
 * The doorbell: a hint instruction without a meaning in any revision of the
 * architecture. The CPU executes a NOP; iommu-sim sees the instruction.
 */
#define BOX_BELL_ARM64	0xd5032fff
#define BOX_BELL_ARM	0xe320f07f

enum box_op {
	BOX_TRANSFER = 1,	/* read each segment, check it, write to it */
	BOX_LATE,		/* access unmapped segments: must find no translation */
	BOX_CORRUPT,		/* plant: change the address in the leaf entry of segment 0 */
	BOX_REPAIR,		/* restore that address */
	BOX_SKIP,		/* plant: ignore the next arg invalidations */
	BOX_TABLES,		/* count the tables below the top level, into arg */
	BOX_HELD,		/* read segments between their unmap and the invalidation */
	BOX_AHEAD,		/* arg 1: walks also cache the next top-level entry; 0: not */
	BOX_ERASE,		/* plant: clear the leaf entry of segment 0; BOX_REPAIR restores it */
	BOX_BUS,		/* read segments; an address without memory is a fault */
};

struct box_seg {
	__u64 iova;
	__u64 phys;		/* the expected address */
	__u32 len;
	__u32 pad;
};

struct box_queue {
	__u32 posted;		/* written by the guest, last, to post a request */
	__u32 done;		/* written by iommu-sim: equal to posted when done */
	__u32 op;
	__u32 stream;		/* the client's port or micro-TLB */
	__u32 nsegs;
	__u32 bad;		/* written by iommu-sim: bad pages of this request */
	__u64 arg;
	__u64 stamp;		/* see box_answer() */
	__u64 pad[3];
	struct box_seg seg[BOX_SEGS];
};

/* The counters of iommu-sim */
#define BOX_COUNTERS(_)							\
	_(requests)		/* mailbox requests served */		\
	_(rings)		/* doorbells seen */			\
	_(pages)		/* pieces of at most 4 KiB, read and written */	\
	_(bytes)		/* read and compared */			\
	_(hits)			/* translated by the TLB */		\
	_(walks)		/* translated by a walk */		\
	_(walk_cache_hits)	/* walks begun below the top level */	\
	_(wrong)		/* translated to a wrong address */	\
	_(pattern)		/* right address, wrong content */	\
	_(faults)		/* no translation where one is expected */ \
	_(stale)		/* TLB or walk cache differ from the tables */ \
	_(late_stale)		/* access after the unmap still translated */ \
	_(late_refused)		/* access after the unmap not translated */ \
	_(held_own)		/* read before the invalidation: the page that was mapped */ \
	_(held_none)		/* the same: no translation */		\
	_(held_foreign)		/* the same: another buffer's page */	\
	_(held_wild)		/* the same: no buffer's page, or no memory */ \
	_(ahead)		/* top-level entries cached ahead */	\
	_(flushes_range)						\
	_(flushes_all)							\
	_(flushes_skipped)	/* planted */				\
	_(flushed)		/* TLB and walk cache entries dropped */ \
	_(tables_freed)		/* next-level tables freed, of any page table */ \
	_(freed_while_cached)	/* freed while the walk cache held them */ \
	_(interrupts)		/* fault interrupts raised */

struct box_counters {
#define _(name) __u64 name;
	BOX_COUNTERS(_)
#undef _
};

enum box_kind { BOX_WRONG = 1, BOX_PATTERN, BOX_FAULT, BOX_STALE, BOX_LATE_STALE, BOX_HELD_OTHER };

struct box_report {
	__u32 kind;
	__u32 stream;
	__u64 iova;
	__u64 expected;
	__u64 found;
};

/* The first page is for all queues; queue n is at (n + 1) * BOX_QUEUE_SIZE. */
struct box_control {
	__u32 magic;		/* BOX_MAGIC once iommu-sim runs */
	__u32 version;
	__u64 reported;		/* errors; report[] holds the first BOX_REPORTS */
	struct box_counters counters;
	struct box_report report[BOX_REPORTS];
};

/*
 * Content of a page: its first word is a key computed from the page number, each
 * further word is larger by BOX_STEP. So a wrong page has wrong content.
 */
#define BOX_STEP	0x9e3779b97f4a7c15ULL

static inline __u64 box_key(__u64 phys)
{
	__u64 key = (phys >> 12) * 0xff51afd7ed558ccdULL;

	return key ^ key >> 33;
}

/* The word at an address that is a multiple of 8 */
static inline __u64 box_word(__u64 phys)
{
	return box_key(phys) + ((phys & 4095) >> 3) * BOX_STEP;
}

/* The word that a request writes at the begin of each page of a segment */
static inline __u64 box_answer(__u64 stamp, __u64 iova)
{
	return (stamp ^ iova >> 12) * BOX_STEP;
}

#define BOX_ASSERT(what) _Static_assert(what, #what)
BOX_ASSERT(sizeof(struct box_seg) == 24);
BOX_ASSERT(sizeof(struct box_queue) == 64 + BOX_SEGS * 24);
BOX_ASSERT(sizeof(struct box_queue) <= BOX_QUEUE_SIZE);
BOX_ASSERT(sizeof(struct box_report) == 32);
BOX_ASSERT(sizeof(struct box_control) <= BOX_PAGE);

#endif
