/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Shared by the programs and the tool: the slots under other, by device. */
#ifndef V7S_OTHER_H
#define V7S_OTHER_H

#include "abi.h"

/*
 * Stands in the place of a page table's number in the slot of a device. The tool may see
 * it before it sees the name, or may see a part of the name: then the key does not fit.
 * Never 0, never V7S_RESERVED.
 */
static inline __attribute__((always_inline)) __u64 v7s_other_key(const __u64 *dev, __u32 fmt)
{
	__u64 key = fmt + 1ULL;
	unsigned int i;

	for (i = 0; i < V7S_DEV / sizeof(*dev); i++) {
		key = (key ^ dev[i]) * 0x9e3779b97f4a7c15ULL;
		key ^= key >> 29;
	}
	return (key | 1) & ~(1ULL << 63);
}

#endif
