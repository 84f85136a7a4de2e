/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Resources used by this process. */
#ifndef V7S_LIB_PROCSELF_H
#define V7S_LIB_PROCSELF_H

#include <stdbool.h>
#include <stdint.h>

/** struct self - from /proc/self, as Prometheus' client libraries report it */
struct self {
	uint64_t cpu_ns;	/* user and system, since the start */
	uint64_t resident;	/* bytes */
	uint64_t start;		/* since the epoch, ns */
	uint64_t open_fds, max_fds;
};

/** procself_read - false if /proc does not provide it */
bool procself_read(struct self *self);

/**
 * procself_steady - a past time that is computed from today's clock
 *
 * The result differs a little each time, and a lot after the clock was set.
 * Returns @kept, which is replaced by @found if they differ by a second or
 * more.
 */
uint64_t procself_steady(uint64_t *kept, uint64_t found);

#endif
