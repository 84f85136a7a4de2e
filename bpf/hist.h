/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Shared by all programs: a histogram, and barriers for the compiler. */
#ifndef V7S_HIST_H
#define V7S_HIST_H

#ifdef __bpf__
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#endif

#include "abi.h"

/*
 * Forces clang to compute a value where it stands. Otherwise clang would
 * compute an address before the check of its index, which the verifier does not
 * follow, or turn a branch into a longer sequence without one. It also makes
 * clang forget that an index has been checked: the verifier (before v5.16)
 * forgets that, too, when the index is kept on the stack.
 */
#define here(x) asm volatile("" : "+r"(x))

/* Keep clang from moving stores. The reader waits for those of the CPU. */
#define barrier() asm volatile("" ::: "memory")

/*
 * Counters have one writer at a time, except in programs that may run inside
 * each other on one CPU. Those define V7S_NESTS, and add with atomics.
 */
#ifdef V7S_NESTS
#define add_to(counter, n) ((void)__sync_fetch_and_add(counter, n))
#else
#define add_to(counter, n) ((void)(*(counter) += (n)))
#endif

static __always_inline void add_time(struct v7s_hist *hist, __u64 ns)
{
	__u32 i = V7S_BUCKETS - 1, x, bits;

	if (ns == ~0ULL) {
		add_to(&hist->untimed, 1);
		return;
	}

	if (ns <= 1) {
		i = 0;
	} else if (ns <= 1 << (V7S_BUCKETS - 2)) {
		/*
		 * The bits of ns - 1, so that a power of two is in its own
		 * bucket.
		 */
		x = ns - 1;
		i = 0;
#pragma clang loop unroll(full)
		for (bits = 16; bits; bits /= 2) {
			if (x >> bits) {
				x >>= bits;
				i += bits;
				here(i);
			}
		}
		i += x;
	}
	add_to(&hist->bucket[i % V7S_BUCKETS], 1);
	add_to(&hist->sum, ns);
	if (ns > hist->max)
		hist->max = ns;
}

#endif
