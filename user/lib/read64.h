/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers that a BPF program writes while we read them. */
#ifndef V7S_LIB_READ64_H
#define V7S_LIB_READ64_H

#include <stdatomic.h>
#include <linux/types.h>

/*
 * On 32 bits a counter is read in two halves while the kernel writes it in
 * two. A half from before and one from after an increment show only where the
 * lower half has wrapped, as an upper half that changes, or as a number below
 * what was there before.
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

/** read64 - of a counter that only grows, and was @before once */
static inline __u64 read64(const volatile __u64 *p, __u64 before)
{
	return sizeof(long) >= sizeof(*p) ? *p : read64_halves(p, before);
}

#endif
