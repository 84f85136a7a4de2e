/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What crosses from the BPF programs to the tool, and all that does: one row
 * of counters per CPU, in an array that the tool maps into its memory.
 *
 * The two sides may be of different widths (a 32-bit user space reads what
 * 64-bit BPF code wrote), so everything has a fixed width, nothing is a
 * pointer, a bool or a long, and no padding is left to the compiler.
 */
#ifndef V7S_EVENTS_H
#define V7S_EVENTS_H

#include <linux/types.h>

/*
 * The events' enumerators, in the order of trace/events/io_pgtable.h. Only
 * their number is known here; user/names.c has their names.
 */
enum {
	V7S_INSTALL_WHY		= 2,	/* map, split */
	V7S_INSTALL_OUTCOME	= 4,	/* won, lost_to_{table,leaf,empty} */
	V7S_SPLIT_KIND		= 2,	/* cont, block */
	V7S_SPLIT_OUTCOME	= 4,	/* done, found_done, gone, failed */
	V7S_FREE_WHY		= 3,	/* lost, unmap, replaced */
	V7S_REFUSE_WHY		= 5,	/* exists, absent, partial, nomem, raced */
};

/* The enumerators that decide something here, rather than being counted. */
enum {
	V7S_MAP			= 0,
	V7S_SPLIT		= 1,
	V7S_WON			= 0,
	V7S_CONT		= 0,
	V7S_FOUND_DONE		= 1,
	V7S_FREE_LOST		= 0,
};

enum {
	V7S_SLOTS	= 64,	/* page tables per CPU */
	V7S_OTHER	= 64,	/* the slot of those that found none */
	V7S_PROBES	= 8,	/* slots tried before giving up */
	V7S_GONE	= 512,	/* destroyed page tables remembered per CPU */
	V7S_BUCKETS	= 32,
	V7S_DEV		= 32,	/* of the device's name, with its final 0 */
};

/* Durations, each in nanoseconds. */
enum {
	V7S_WINDOW,	/* of an install: from reading the entry to the cmpxchg */
	V7S_WAIT,	/* of a split that found split_lock taken */
	V7S_HOLD,	/* of a split under split_lock */
	V7S_HISTS
};

/*
 * Bucket i counts 2^(i-1) < v <= 2^i, so that its upper bound is inclusive as
 * OpenMetrics has it; 0 and 1 are in bucket 0, the last takes all above.
 */
struct v7s_hist {
	__u64 bucket[V7S_BUCKETS];
	__u64 sum;
	__u64 max;
	__u64 untimed;	/* events without a duration, in no bucket */
};

/* Nothing but __u64, so that it can be added up as an array. */
struct v7s_counts {
	__u64 install[V7S_INSTALL_WHY][V7S_INSTALL_OUTCOME];
	__u64 split[V7S_SPLIT_KIND][V7S_SPLIT_OUTCOME];
	__u64 free[V7S_FREE_WHY];
	__u64 refuse[V7S_REFUSE_WHY];
	__u64 create;
	__u64 waits;	/* splits that found split_lock taken */
	__u64 unknown;	/* events with an enumerator that is not known here */
	struct v7s_hist hist[V7S_HISTS];
};

struct v7s_slot {
	__u64 pgtable;	/* 0: the slot is free */
	char dev[V7S_DEV];
	__u32 fmt;
	__u32 pad;
	struct v7s_counts c;
};

/*
 * What one CPU has counted. A multiple of a cache line long, lest two CPUs
 * write to the same one.
 */
struct v7s_row {
	struct v7s_slot slot[V7S_SLOTS + 1];
	/* gone[n % V7S_GONE] == n: page table n has been destroyed. */
	__u64 gone[V7S_GONE];
	__u64 destroy;
	__u64 pad[5];
};

#define V7S_COUNTS_U64 (sizeof(struct v7s_counts) / sizeof(__u64))

_Static_assert(sizeof(struct v7s_hist) == 280, "v7s_hist");
_Static_assert(sizeof(struct v7s_counts) == 27 * 8 + 3 * 280, "v7s_counts");
_Static_assert(__builtin_offsetof(struct v7s_counts, hist) == 27 * 8, "hist");
_Static_assert(__builtin_offsetof(struct v7s_slot, c) == 48, "slot.c");
_Static_assert(sizeof(struct v7s_slot) == 1104, "v7s_slot");
_Static_assert(__builtin_offsetof(struct v7s_row, gone) == 65 * 1104, "gone");
_Static_assert(sizeof(struct v7s_row) == 75904, "v7s_row");
_Static_assert(sizeof(struct v7s_row) % 64 == 0, "rows share a cache line");
/* 593 KiB at eight possible CPUs, of the 2 MiB that the kit allows itself. */
_Static_assert(8 * sizeof(struct v7s_row) <= 2 << 20, "memory at 8 CPUs");

#endif
