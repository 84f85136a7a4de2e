/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The interface between fault.bpf.c and the tool: see abi.h for the rules. */
#ifndef V7S_FAULT_H
#define V7S_FAULT_H

#include "abi.h"

enum {
	V7S_DOMAINS	= 8,	/* the last: all other domains */
	V7S_TOUCHES	= 4096,	/* maps and unmaps per domain, 2^n */
	V7S_FAULTS	= 256,	/* faults until the tool reads them, 2^n */
	V7S_FAULT_DEVS	= 16,	/* devices whose faults are counted */
	V7S_SMMUS	= 64,
	V7S_SMMU_EVENTS_READ = 32,	/* at a time; the others are only counted */
	V7S_SMMU_DEPTH	= 32,	/* levels of the tree of streams */
};

/* As a physical address: an unmap; a map of several pieces. */
#define V7S_UNMAPPED (~0ULL)
#define V7S_SCATTERED (~1ULL)

/* A map or an unmap. */
struct v7s_touch {
	__u64 seq;	/* its number in the ring, from 1; 0: being written */
	__u64 time;
	__u64 iova;
	__u64 size;
	__u64 pa;
	__u32 domain;	/* see v7s_domain_tag(); 0: not known */
	__u32 pid;
	char comm[V7S_COMM];
};

/* Access of a fault. */
enum { V7S_READ, V7S_WRITE, V7S_ACCESS_UNKNOWN };

struct v7s_fault {
	__u64 seq;	/* from 1; 0: being written */
	__u64 time;
	__u64 iova;
	__u32 domain;	/* as in a touch */
	__u16 access;
	__u16 cpu;	/* which handled the fault */
	char dev[V7S_DEV];
};

/* Numbers of touches and faults since the start. */
struct v7s_fault_heads {
	__u64 domain[V7S_DOMAINS];	/* tag; 0: the ring is free */
	__u64 touches[V7S_DOMAINS];
	__u64 faults;
	__u64 skipped;	/* events of an SMMU that were not read */
	__u64 pad[6];
};

/* Faults of a device since the start. */
struct v7s_fault_count {
	__u64 at;	/* its struct device; 0: free, or the last: all others */
	__u64 ready;	/* the name is complete */
	__u64 faults;
	char dev[V7S_DEV];
};

struct v7s_fault_counts {
	struct v7s_fault_count c[V7S_FAULT_DEVS + 1];
	__u64 pad;
};

/* Offsets of members in the structures of arm-smmu-v3, and on the way to a domain. */
enum v7s_smmu_at {
	V7S_SMMU_EVENTS,	/* in arm_smmu_device: its queue of events */
	V7S_SMMU_STREAMS,	/* the root of its tree of streams */
	V7S_SMMU_DEV,
	V7S_SMMU_BASE,		/* in arm_smmu_queue: its memory */
	V7S_SMMU_SHIFT,		/* its size is 2^n */
	V7S_SMMU_NODE,		/* in arm_smmu_stream */
	V7S_SMMU_ID,
	V7S_SMMU_MASTER,
	V7S_SMMU_LEFT,		/* in rb_node */
	V7S_SMMU_RIGHT,
	V7S_SMMU_CLIENT,	/* in arm_smmu_master: its device */
	V7S_SMMU_GROUP,		/* in device */
	V7S_SMMU_DOMAIN,	/* in iommu_group */
	V7S_SMMU_ATS
};

struct v7s_fault_config {
	__u64 init_name, name;	/* offsets in struct device. The first is 0: not known. */
	__u64 smmu[V7S_SMMU_ATS];	/* only if its programs are loaded */
};

/* Part of a domain's address, which a domain keeps for its life. */
static inline __u32 v7s_domain_tag(__u64 domain)
{
	return domain >> 4;
}

_Static_assert(sizeof(struct v7s_touch) == 64, "v7s_touch");
_Static_assert(sizeof(struct v7s_fault) == 32 + V7S_DEV, "v7s_fault");
_Static_assert(sizeof(struct v7s_fault_count) == 56, "v7s_fault_count");
_Static_assert(sizeof(struct v7s_fault_counts) == 17 * 56 + 8, "v7s_fault_counts");
_Static_assert(sizeof(struct v7s_fault_heads) == 192, "v7s_fault_heads");
_Static_assert(sizeof(struct v7s_fault_config) == 15 * 8, "v7s_fault_config");

#endif
