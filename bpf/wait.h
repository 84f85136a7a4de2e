/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Waits for split_lock on a kernel without the series. Kernels from v4.13 to v6.12
 * take this lock to split a large page, with interrupts off.
 *
 * A CPU that finds a spinlock taken enters the slow path with the lock's address,
 * and returns from it with the lock. No other CPU enters it. The slow path serves
 * all spinlocks of the kernel, so the programs leave at once if the lock is not a
 * split_lock.
 *
 * Interrupts are off from the begin to the end of a wait for split_lock. So a CPU is
 * in one such wait at a time. The wait counts at its end.
 */
#ifndef V7S_WAIT_H
#define V7S_WAIT_H

#include "stock.h"

static __always_inline __u64 iop_of_lock(__u64 lock)
{
	return lock - kernel.at[V7S_AT_SPLIT_LOCK];
}

/* Is there a page table of the short format with this address? */
static __always_inline int has_split_lock(__u64 iop)
{
	struct pgtable *p = bpf_map_lookup_elem(&pgtables, &iop);

	return p && !p->gone && p->fmt == V7S_FMT_V7S;
}

/* @ns: ~0: not known */
static __always_inline void count_wait(void *ctx, __u64 iop, __u64 ns)
{
	__u64 args[12];

	about(args, pgtable_of(iop), 0);
	args[SPLIT_WAIT] = ns;
	count(ctx, V7S_EVENT_WAIT, NR(waits), args);
}

static __always_inline void begin_waiting(struct v7s_self *s, __u64 iop,
					  __u64 frame)
{
	s->wait_frame = frame;
	s->wait_since = bpf_ktime_get_ns();
	s->wait_iop = iop;
}

/* Returns the duration of the wait. */
static __always_inline __u64 end_waiting(struct v7s_self *s)
{
	s->wait_iop = 0;
	return bpf_ktime_get_ns() - s->wait_since;
}

/*
 * The kernel skipped the end of a wait if this CPU begins another one. That wait is
 * in the number of waits that may be missing.
 */
static __always_inline void forget_wait(struct v7s_self *s)
{
	s->wait_iop = 0;
}

#endif
