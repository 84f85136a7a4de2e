/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The overlap of the kernel's buffer and ours, for the unit test. */
#ifndef V7S_FTRACE_BOOT_BUFFER_INTERNAL_H
#define V7S_FTRACE_BOOT_BUFFER_INTERNAL_H

#include "boot_buffer.h"

/* struct sums - checksums of events, in their order */
struct sums {
	uint64_t *sum;
	size_t n, room;
};

/* event_sum - checksum of everything but the time and the CPU */
uint64_t event_sum(const struct counted_event *e);

/* sums_add - returns -1 if there is no memory */
int sums_add(struct sums *s, uint64_t sum);

/* sums_overlap - length of the longest end of @old that @ours begins with */
size_t sums_overlap(const struct sums *old, const struct sums *ours);

#endif
