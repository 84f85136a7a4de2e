/* SPDX-License-Identifier: GPL-2.0-only */
/* What crosses between flush.bpf.c and the tool: see abi.h for the rules. */
#ifndef V7S_FLUSH_H
#define V7S_FLUSH_H

#include "abi.h"
#include "kprobe.h"

/* Who wants a flush, and of what. */
enum {
	V7S_FLUSH_RANGE,	/* of a range of addresses */
	V7S_FLUSH_ALL,		/* of all that a device has cached */
	V7S_FLUSH_OWN,		/* of all, by the driver's own decision */
	V7S_FLUSH_KINDS
};

enum {
	V7S_FLUSH_DEVS	= 8,	/* devices per CPU */
	V7S_FLUSH_SITES	= 4,	/* functions that flush */
	V7S_FLUSH_HOPS	= 3,
	V7S_FLUSH_PENDING = 256,
};

/* Nothing but __u64, so that it can be added up as an array. */
struct v7s_flush_counts {
	__u64 begun[V7S_FLUSH_KINDS];
	__u64 timeouts;
	__u64 waits;		/* that began */
	struct v7s_hist flush;	/* those that are over, */
	struct v7s_hist wait;	/* and waits for the driver's lock */
};

struct v7s_flush_slot {
	__u64 at;		/* of its struct device; 0: the slot is free */
	char dev[V7S_DEV];
	struct v7s_flush_counts c;
};

/* What one CPU has counted. A multiple of a cache line long. */
struct v7s_flush_row {
	struct v7s_flush_slot slot[V7S_FLUSH_DEVS + 1];	/* the last: other */
	__u64 runs[V7S_FLUSH_SITES + 1];	/* of each site; the last: timeouts */
	__u64 no_room;		/* calls that found no room to be remembered */
	__u64 pad[2];
};

/*
 * How to come from an argument to a struct device: add and load, as often as
 * @hops says; 0: that is not known.
 */
struct v7s_flush_way {
	__u32 arg, hops;
	__s64 hop[V7S_FLUSH_HOPS];
};

struct v7s_flush_config {
	__u32 arm;		/* of 32 bits */
	__u32 ranges;
	struct v7s_range range[V7S_RANGES];
	__u32 kind[V7S_FLUSH_SITES];
	struct v7s_flush_way way[V7S_FLUSH_SITES];
	struct v7s_flush_way lock;	/* from the lock that is waited for */
	/* The way from what is called after a timeout is a direct one. */
	__u32 timeout_dev;
	/* One that flushes may end by a jump to another one that does. */
	__u32 jumps;
	__u64 init_name, name;	/* in struct device */
};

_Static_assert(sizeof(struct v7s_flush_counts) == 5 * 8 + 2 * 280,
	       "v7s_flush_counts");
_Static_assert(sizeof(struct v7s_flush_slot) == 640, "v7s_flush_slot");
_Static_assert(sizeof(struct v7s_flush_row) == 9 * 640 + 8 * 8,
	       "v7s_flush_row");
_Static_assert(sizeof(struct v7s_flush_row) % 64 == 0, "rows share a cache line");
_Static_assert(sizeof(struct v7s_flush_way) == 32, "v7s_flush_way");
_Static_assert(sizeof(struct v7s_flush_config) == 8 + 32 * 24 + 16 + 5 * 32 +
	       24, "v7s_flush_config");

#endif
