/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Clocks in nanoseconds. Events and timeouts have CLOCK_MONOTONIC. */
#ifndef V7S_LIB_CLOCK_H
#define V7S_LIB_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "util.h"

/** clock_ns - the time of a clock in nanoseconds */
static inline uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/** clock_now - CLOCK_MONOTONIC in nanoseconds */
static inline uint64_t clock_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/**
 * clock_offset - CLOCK_REALTIME less CLOCK_MONOTONIC, in nanoseconds
 *
 * Negative while the clock of a board without a battery has not been set.
 */
static inline int64_t clock_offset(void)
{
	const uint64_t now = clock_now();

	return clock_ns(CLOCK_REALTIME) - now;
}

#endif
