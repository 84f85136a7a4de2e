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
	__u32 access;
	char dev[V7S_DEV];
};

/* Numbers of touches and faults since the start. */
struct v7s_fault_heads {
	__u64 domain[V7S_DOMAINS];	/* tag; 0: the ring is free */
	__u64 touches[V7S_DOMAINS];
	__u64 faults;
	__u64 pad[7];
};

struct v7s_fault_config {
	__u64 init_name, name;	/* offsets in struct device. The first is 0: not known. */
};

/* Part of a domain's address, which a domain keeps for its life. */
static inline __u32 v7s_domain_tag(__u64 domain)
{
	return domain >> 4;
}

_Static_assert(sizeof(struct v7s_touch) == 64, "v7s_touch");
_Static_assert(sizeof(struct v7s_fault) == 32 + V7S_DEV, "v7s_fault");
_Static_assert(sizeof(struct v7s_fault_heads) == 192, "v7s_fault_heads");
_Static_assert(sizeof(struct v7s_fault_config) == 16, "v7s_fault_config");

#endif
