/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The interface between flush.bpf.c and the tool: see abi.h for the rules. */
#ifndef V7S_FLUSH_H
#define V7S_FLUSH_H

#include "abi.h"
#include "kprobe.h"

/* Kinds of flushes. */
enum {
	V7S_FLUSH_RANGE,	/* a range of addresses */
	V7S_FLUSH_ALL,		/* everything that a device has cached */
	V7S_FLUSH_OWN,		/* everything, by the driver's own decision */
	V7S_FLUSH_SYNC,		/* the wait alone: its commands are not known */
	V7S_FLUSH_KINDS
};

/* Causes of flushes. */
enum {
	V7S_CAUSE_MAP,		/* iotlb_sync_map */
	V7S_CAUSE_UNMAP,	/* iotlb_sync */
	V7S_CAUSE_TABLE,	/* tlb_flush_walk: a table was freed */
	V7S_CAUSE_ALL,		/* flush_iotlb_all, tlb_flush_all */
	V7S_CAUSE_OWN,		/* the driver's own decision */
	V7S_CAUSE_UNKNOWN,
	V7S_CAUSES
};

enum {
	V7S_FLUSH_DEVS	= 8,	/* devices per CPU */
	V7S_FLUSH_SITES	= 4,	/* functions that flush */
	V7S_FLUSH_HOPS	= 3,
	V7S_FLUSH_PENDING = 256,
	V7S_TIMEOUTS	= 16,	/* the last ones that a CPU keeps, 2^n */
};

/* Runtime power management of a device, as its file runtime_status shows it. */
enum v7s_pm {
	V7S_PM_ACTIVE,		/* the first four: enum rpm_status */
	V7S_PM_RESUMING,
	V7S_PM_SUSPENDED,
	V7S_PM_SUSPENDING,
	V7S_PM_UNSUPPORTED,
	V7S_PM_ERROR,
	V7S_PM_UNKNOWN,
};

/* All members are __u64, so that the struct can be added up as an array. */
struct v7s_flush_counts {
	__u64 begun[V7S_FLUSH_KINDS];
	__u64 cause[V7S_CAUSES];
	__u64 timeouts;
	__u64 waits;		/* waits that have begun */
	struct v7s_hist flush;	/* duration of finished flushes */
	struct v7s_hist wait;	/* duration of waits for the driver's lock */
	struct v7s_hist size;	/* of ranges, in bytes */
};

struct v7s_flush_slot {
	__u64 at;		/* its struct device; 0: the slot is free */
	char dev[V7S_DEV];
	struct v7s_flush_counts c;
};

/* A flush that timed out. */
struct v7s_timeout {
	__u64 time;		/* CLOCK_MONOTONIC, ns */
	__u64 task;		/* tgid << 32 | pid */
	__u32 pm;		/* enum v7s_pm of the device */
	__s32 frames;		/* in the stack; < 0: -errno */
	char dev[V7S_DEV];	/* "": not known */
	char comm[V7S_COMM];
	/*
	 * The first address is in the function that flushes, or, if that function
	 * returns an error, in its caller.
	 */
	__u64 stack[V7S_STACK_DEPTH];
};

/* Flushes by one task, or with one stack, on one CPU. */
struct v7s_flusher {
	__u64 used;	/* 0: the slot is free */
	__u64 id;	/* tgid << 32 | pid; of a stack: a hash of its addresses */
	char comm[V7S_COMM];
	__u64 flushes;	/* flushes that have begun */
	__u64 ns;	/* duration of finished flushes */
};

struct v7s_flush_stack {
	struct v7s_flusher f;
	/* 0: this CPU saw only ends of flushes, or the kernel gave no stack. */
	__u64 frames;
	__u64 stack[V7S_STACK_DEPTH];
};

struct v7s_cpu_flush_tasks {
	struct v7s_flusher slot[V7S_TASKS + 1];	/* the last: other */
	__u64 pad[2];
};

struct v7s_cpu_flush_stacks {
	struct v7s_flush_stack slot[V7S_STACKS + 1];	/* the last: other */
	__u64 pad;
};

/* Counters of one CPU. The size is a multiple of a cache line. */
struct v7s_cpu_flushes {
	struct v7s_flush_slot slot[V7S_FLUSH_DEVS + 1];	/* the last: other */
	__u64 runs[V7S_FLUSH_SITES + 1];	/* by site; last: timeouts */
	__u64 no_room;		/* calls dropped because the map was full */
	__u64 hidden;		/* flushes whose caller is not known */
	/* Timeout n is at n % V7S_TIMEOUTS. The head grows after it is complete. */
	struct v7s_timeout timeout[V7S_TIMEOUTS];
	__u64 timeouts;		/* head */
	__u64 stack[V7S_STACK_DEPTH];	/* of the flush that begins */
	__u64 pad[6];
};

/*
 * Path from an argument to a struct device: add an offset and load, @hops
 * times. @hops is 0 if the path is not known.
 */
struct v7s_flush_way {
	__u32 arg, hops;
	__s64 hop[V7S_FLUSH_HOPS];
};

struct v7s_flush_config {
	__u32 arm;		/* 32-bit Arm */
	__u32 ranges;
	struct v7s_range range[V7S_RANGES];
	struct v7s_hooks hooks;
	__u32 tasks, stacks;	/* count by task, and by stack */
	__u32 causes;		/* count by cause */
	__u32 pad;
	/* Its argument with the size of the range, plus 1; 0: none. */
	__u32 size[V7S_FLUSH_SITES];
	__u32 cause[V7S_FLUSH_SITES];
	__u32 kind[V7S_FLUSH_SITES];
	struct v7s_flush_way way[V7S_FLUSH_SITES];
	struct v7s_flush_way lock;	/* from the address of the lock */
	/* The function called after a timeout takes the device first. */
	__u32 timeout_dev;
	/* A function that flushes may end with a jump to another one. */
	__u32 jumps;
	/*
	 * The functions take an array of commands, their number, and whether
	 * to wait for them. Index of the last argument; 0: each call is a flush.
	 */
	__u32 sync;
	/* A flush that timed out returns this value; 0: another function tells. */
	__s32 late;
	__u64 init_name, name;	/* offsets in struct device */
	/* Also in struct device. @pm_mask 0: not known. */
	__u64 pm_status, pm_error, pm_disabled;
	__u32 pm_shift, pm_mask;	/* of the bits in the byte @pm_disabled */
};

_Static_assert(sizeof(struct v7s_flush_counts) == 12 * 8 + 3 * 280,
	       "v7s_flush_counts");
_Static_assert(sizeof(struct v7s_flush_slot) == 976, "v7s_flush_slot");
_Static_assert(sizeof(struct v7s_timeout) == 200, "v7s_timeout");
_Static_assert(sizeof(struct v7s_cpu_flushes) == 9 * 976 + 7 * 8 +
	       V7S_TIMEOUTS * 200 + V7S_STACK_DEPTH * 8 + 56, "v7s_cpu_flushes");
_Static_assert(sizeof(struct v7s_cpu_flushes) % 64 == 0,
	       "CPUs share a cache line");
_Static_assert(sizeof(struct v7s_flusher) == 48, "v7s_flusher");
_Static_assert(sizeof(struct v7s_flush_stack) == 184, "v7s_flush_stack");
_Static_assert(sizeof(struct v7s_cpu_flush_tasks) % 64 == 0,
	       "CPUs share a cache line");
_Static_assert(sizeof(struct v7s_cpu_flush_stacks) % 64 == 0,
	       "CPUs share a cache line");
_Static_assert(sizeof(struct v7s_flush_way) == 32, "v7s_flush_way");
_Static_assert(sizeof(struct v7s_flush_config) == 8 + 32 * 24 + 80 + 16 + 3 * 16 +
	       5 * 32 + 32 + 32, "v7s_flush_config");

#endif
