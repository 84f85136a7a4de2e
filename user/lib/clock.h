/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* CLOCK_MONOTONIC, the clock of the events and of every timeout. */
#ifndef V7S_LIB_CLOCK_H
#define V7S_LIB_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "util.h"

/** clock_now - CLOCK_MONOTONIC in nanoseconds */
static inline uint64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

#endif
