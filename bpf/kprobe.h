/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The interface between kprobe.bpf.c and the tool, besides abi.h. */
#ifndef V7S_KPROBE_H
#define V7S_KPROBE_H

#include <linux/types.h>

/*
 * Code that maps, unmaps, frees a table and all below it, creates a page table,
 * or destroys one.
 */
enum v7s_role {
	V7S_ROLE_NONE,
	V7S_ROLE_MAP,
	V7S_ROLE_UNMAP,
	V7S_ROLE_FREE,
	V7S_ROLE_CREATE,
	V7S_ROLE_DESTROY,
	V7S_ROLE_RETURN,	/* kernel code that catches function returns */
	V7S_ROLE_GRAPH,		/* the same of function_graph; the programs say RETURN */
	V7S_ROLE_FLUSH,		/* a TLB flush, as in flush.h */
	V7S_ROLE_OWN,		/* the driver, on its own initiative */
	V7S_ROLE_LOCK,		/* kernel code that takes a spinlock */
	V7S_ROLE_CAUSE,		/* plus a cause of flush.h: the driver flushes for that */
};

/* Address range of such code. */
struct v7s_range {
	__u64 start, end;
	__u32 role;
	__u32 pad;
};

/*
 * Where a task keeps the return addresses that tracers have replaced by the
 * address of their trampoline: return probes in a list, the newest first, and
 * the function graph tracer in a stack.
 */
struct v7s_hooks {
	__u64 start, end;	/* of the trampoline; end 0: not known */
	__u64 first;		/* in struct task_struct: the first node */
	__s64 address;		/* from a node: the return address */
	/* Programs at a return see the return address as the program counter. */
	__u32 pc;
	/* The function graph tracer's own stack of addresses, see hooks_find(). */
	__u32 entry;		/* size of an entry; 0: entries have different sizes */
	__u64 graph, graph_end;	/* of the tracer's trampoline; end 0: not known */
	__u64 stack, top;	/* in struct task_struct: its start, and its top */
	__u64 ret;		/* from an entry: the return address */
};

/* The two kinds of page tables, which are probed alike. */
enum v7s_family { V7S_SHORT, V7S_LONG, V7S_FAMILIES };

enum {
	V7S_RANGES	= 32,
	V7S_FRAMES	= 8,	/* callers examined at a free */
	V7S_HOOKS	= 8,	/* return probes of a call */
	V7S_PGTABLES	= 256,
	V7S_PENDING	= 1024,	/* calls that have not returned yet */
	V7S_PENDING_PROBES = 4,	/* slots tried before one is evicted */
	V7S_BEGUN	= 256,	/* allocations before an install, 2^n */
	V7S_LOST_TABLES	= 256,	/* lost in a split, not yet freed */
	V7S_OTHER_LOCKS	= 256,	/* locks that are no split_lock, 2^n */
	V7S_TRAMPOLINE	= 20,	/* words of its stack above the arguments */
	V7S_PROLOGUE	= 32,	/* bytes up to the return of the trampoline */
};

/* Unknown, in a record of the stream. */
enum { V7S_NO_LEVEL = 0xff };
#define V7S_NO_IOVA (~0ULL)

/* Offsets of members in the kernel's structures. */
enum v7s_at {
	V7S_AT_CFG,		/* in struct io_pgtable */
	V7S_AT_IAS,		/* in struct io_pgtable_cfg */
	V7S_AT_OAS,
	V7S_AT_QUIRKS,
	V7S_AT_DEV,
	V7S_AT_INIT_NAME,	/* in struct device */
	V7S_AT_NAME,
	/* For refusals: */
	V7S_AT_OPS,		/* in struct io_pgtable */
	V7S_AT_BASE,		/* in struct io_pgtable_cfg */
	V7S_AT_SHORT_TOP,	/* in struct arm_v7s_io_pgtable */
	V7S_AT_LONG_TOP,	/* in struct arm_lpae_io_pgtable */
	V7S_AT_TOP_BITS,
	V7S_AT_FIRST_LEVEL,
	V7S_AT_LEVEL_BITS,
	/* For waits, in struct arm_v7s_io_pgtable: */
	V7S_AT_SPLIT_LOCK,
	V7S_ATS
};

/* Description of the probed kernel. */
struct v7s_kprobe_config {
	__u32 arm;		/* 32-bit Arm */
	__u32 cpus;		/* possible CPUs */
	__u32 install[V7S_FAMILIES];	/* install_table is visible */
	__u32 has_sizes;	/* ias, oas and quirks are known */
	__u32 has_dev;		/* the rest is known */
	__u64 at[V7S_ATS];	/* in bytes, from BTF */
	__u32 ranges;
	__u32 refusals;		/* exists, absent and partial are watched */
	struct v7s_range range[V7S_RANGES];
	struct v7s_hooks hooks;
};

/* Accounting of the probes on one CPU, a multiple of a cache line long. */
struct v7s_self {
	__u64 numbers;		/* page tables numbered on this CPU */
	__u64 calls;		/* calls whose return is awaited */
	__u64 returns;		/* returns of those calls */
	__u64 unmatched;	/* returns of calls whose entry was missed */
	__u64 allocated;	/* tables that a visible function installs */
	__u64 installs;		/* calls of that function */
	__u64 strays;		/* calls from an unexpected caller */
	__u64 split_sections;	/* by kernels that lose the rest of a section */
	__u64 not_split;	/* of these, lost the race */
	__u64 hidden;		/* calls whose caller is not known */
	/* The page table of the last install, see fentry.bpf.c. */
	__u64 last_iop;
	__u64 last_number;
	__u64 last_sum;
	/* Calls of map and unmap, which are watched for refusals: */
	__u64 requests;		/* calls whose return is awaited */
	__u64 answers;		/* returns of those calls */
	__u64 lost_answers;	/* not counted: entry missed, or no room */
	/* The wait for split_lock that this CPU is in, see wait.h. */
	__u64 wait_iop;		/* 0: none */
	__u64 wait_frame;
	__u64 wait_since;
	__u64 hidden_waits;	/* for a lock whose owner is not known */
	__u64 pad[4];
};

_Static_assert(sizeof(struct v7s_range) == 24, "v7s_range");
_Static_assert(sizeof(struct v7s_hooks) == 80, "v7s_hooks");
_Static_assert(sizeof(struct v7s_kprobe_config) == 152 + 32 * 24 + 80,
	       "v7s_kprobe_config");
_Static_assert(sizeof(struct v7s_self) == 192, "v7s_self");

#endif
