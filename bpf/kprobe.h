/* SPDX-License-Identifier: GPL-2.0-only */
/* What crosses between kprobe.bpf.c and the tool, besides abi.h. */
#ifndef V7S_KPROBE_H
#define V7S_KPROBE_H

#include <linux/types.h>

/*
 * The code that maps, that unmaps, that frees a table with all below it, and that
 * makes a page table.
 */
enum v7s_role {
	V7S_ROLE_NONE,
	V7S_ROLE_MAP,
	V7S_ROLE_UNMAP,
	V7S_ROLE_FREE,
	V7S_ROLE_CREATE,
	V7S_ROLE_RETURN,	/* the kernel, to see a function return */
	V7S_ROLE_FLUSH,		/* a flush of TLBs, as in flush.h, */
	V7S_ROLE_OWN,		/* the driver of its own accord, */
	V7S_ROLE_LOCK,		/* and the kernel, to take a spinlock */
};

/* Where such code lies. */
struct v7s_range {
	__u64 start, end;
	__u32 role;
	__u32 pad;
};

/* The two kinds of page tables, which are probed alike. */
enum v7s_family { V7S_SHORT, V7S_LONG, V7S_FAMILIES };

enum {
	V7S_RANGES	= 32,
	V7S_FRAMES	= 4,	/* callers looked at, to tell who frees */
	V7S_PGTABLES	= 256,
	V7S_PENDING	= 1024,	/* calls that have not returned yet */
};

/* Not known, in a record of the stream. */
enum { V7S_NO_LEVEL = 0xff };
#define V7S_NO_IOVA (~0ULL)

/* Members of the kernel's structures. */
enum v7s_at {
	V7S_AT_CFG,		/* in struct io_pgtable */
	V7S_AT_IAS,		/* in struct io_pgtable_cfg */
	V7S_AT_OAS,
	V7S_AT_QUIRKS,
	V7S_AT_DEV,
	V7S_AT_INIT_NAME,	/* in struct device */
	V7S_AT_NAME,
	V7S_ATS
};

/* The kernel that is probed. */
struct v7s_kprobe_config {
	__u32 arm;		/* of 32 bits */
	__u32 cpus;		/* possible ones */
	__u32 install[V7S_FAMILIES];	/* install_table is visible */
	__u32 has_sizes;	/* ias, oas and quirks are known, */
	__u32 has_dev;		/* and the rest */
	__u64 at[V7S_ATS];	/* in bytes, as its BTF has them */
	__u32 ranges, pad;
	struct v7s_range range[V7S_RANGES];
};

/* What a CPU noticed of its own doings. A multiple of a cache line long. */
struct v7s_self {
	__u64 numbers;		/* page tables that got theirs here */
	__u64 calls;		/* with a return that we want to see */
	__u64 returns;		/* of those */
	__u64 unmatched;	/* returns of calls that were not seen */
	__u64 no_room;		/* calls that found no room to be remembered */
	__u64 allocated;	/* tables, to be installed by a visible function */
	__u64 installs;		/* by that function */
	__u64 strays;		/* calls from where nobody was expected */
	__u64 split_sections;	/* by kernels that lose what is left of them */
	__u64 pad[7];
};

_Static_assert(sizeof(struct v7s_range) == 24, "v7s_range");
_Static_assert(sizeof(struct v7s_kprobe_config) == 88 + 32 * 24,
	       "v7s_kprobe_config");
_Static_assert(sizeof(struct v7s_self) == 128, "v7s_self");

#endif
