// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* State and helpers that every part of the simulator shares. */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "sim.h"

const struct iommu *iommu;
uint64_t latency_ns;

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("iommu-sim: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}
