/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dmaload and iommu-sim say to each other: a block of memory that is the
 * client device's registers to one, and the other's own to look into. The guest
 * may have 32 or 64 bits, so that nothing in here may depend on it.
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <linux/types.h>

#define BOX_MAGIC	0x78627637
/* Whoever adds a counter changes it, too. */
#define BOX_VERSION	(1 << 16 | sizeof(struct box_control))

#define BOX_PAGE	4096
#define BOX_QUEUE_SIZE	0x10000
#define BOX_QUEUES	8
#define BOX_SEGS	2048
#define BOX_REPORTS	32

/* No address at all: where nothing was expected, or nothing was found */
#define BOX_NOWHERE	(~0ULL)

/*
 * A hint that no architecture revision gives a meaning to: a NOP to the CPU, and
 * the doorbell to iommu-sim, which sees the instructions that are executed.
 */
#define BOX_BELL_ARM64	0xd5032fff
#define BOX_BELL_ARM	0xe320f07f

enum box_op {
	BOX_TRANSFER = 1,	/* read each segment, check it, write to it */
	BOX_LATE,		/* access what is unmapped: must find nothing */
	BOX_CORRUPT,		/* plant: change the address in the leaf entry of segment 0 */
	BOX_REPAIR,		/* and change it back */
	BOX_SKIP,		/* plant: do not obey the next arg invalidations */
	BOX_TABLES,		/* count the tables below the top level, into arg */
};

struct box_seg {
	__u64 iova;
	__u64 phys;		/* where it must lead to */
	__u32 len;
	__u32 pad;
};

struct box_queue {
	__u32 posted;		/* the guest's: raised last */
	__u32 done;		/* iommu-sim's: made equal to it when all is done */
	__u32 op;
	__u32 stream;		/* the port or micro-TLB that it comes through */
	__u32 nsegs;
	__u32 bad;		/* iommu-sim's: pages of this request with something wrong */
	__u64 arg;
	__u64 stamp;		/* what is written */
	__u64 pad[3];
	struct box_seg seg[BOX_SEGS];
};

/*
 * One row for each thing that iommu-sim counts; what stands behind the name says
 * what is meant.
 */
#define BOX_COUNTERS(_)							\
	_(requests)		/* mailbox requests served */		\
	_(rings)		/* doorbells heard */			\
	_(pages)		/* pieces of at most 4 KiB, read and written */	\
	_(bytes)		/* read and compared */			\
	_(hits)			/* translated by the TLB */		\
	_(walks)		/* translated by a walk */		\
	_(walk_cache_hits)	/* of these, not from the top */	\
	_(wrong)		/* led to another address than the client's */ \
	_(pattern)		/* right address, wrong content */	\
	_(faults)		/* no translation, and there should be one */ \
	_(stale)		/* TLB or walk cache differ from the tables */ \
	_(late_stale)		/* access after the unmap went through */ \
	_(late_refused)		/* access after the unmap found nothing */ \
	_(flushes_range)						\
	_(flushes_all)							\
	_(flushes_skipped)	/* planted */				\
	_(flushed)		/* TLB and walk cache entries dropped */ \
	_(tables_freed)		/* next-level tables freed, of any page table */ \
	_(freed_while_cached)	/* of these, the walk cache held it then */ \
	_(interrupts)		/* faults told to the driver */

struct box_counters {
#define _(name) __u64 name;
	BOX_COUNTERS(_)
#undef _
};

enum box_kind { BOX_WRONG = 1, BOX_PATTERN, BOX_FAULT, BOX_STALE, BOX_LATE_STALE };

struct box_report {
	__u32 kind;
	__u32 stream;
	__u64 iova;
	__u64 expected;
	__u64 found;
};

/* The first page is for all queues; queue n is at (n + 1) * BOX_QUEUE_SIZE. */
struct box_control {
	__u32 magic;		/* iommu-sim's: it is there */
	__u32 version;
	__u64 reported;		/* of which the first BOX_REPORTS are below */
	struct box_counters counters;
	struct box_report report[BOX_REPORTS];
};

/*
 * A page's content: its key, from the page's number, and from word to word a
 * step. So a page that is not the one it should be shows.
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

/* What a request writes to the first word of each page of a segment */
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
