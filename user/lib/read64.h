/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Read numbers while a BPF program writes them. */
#ifndef V7S_LIB_READ64_H
#define V7S_LIB_READ64_H

#include <stdatomic.h>
#include <linux/types.h>

/*
 * A 32-bit machine reads a counter in two halves while the kernel writes two
 * halves. Halves of two values give a wrong number only if the lower half
 * wrapped in between: then the upper half changes, or the result is below the
 * previous value.
 */
static inline __u64 read64_halves(const volatile __u64 *p, __u64 before)
{
	const volatile __u32 *half = (const volatile __u32 *)p;
	const int low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, high = !low;
	__u32 l, h;
	__u64 n;

	do {
		h = half[high];
		atomic_thread_fence(memory_order_acquire);
		l = half[low];
		atomic_thread_fence(memory_order_acquire);
		n = (__u64)h << 32 | l;
	} while (h != half[high] || n < before);
	return n;
}

/** read64 - read a counter that only grows and was @before */
static inline __u64 read64(const volatile __u64 *p, __u64 before)
{
	return sizeof(long) >= sizeof(*p) ? *p : read64_halves(p, before);
}

#endif
