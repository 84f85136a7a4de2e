/* SPDX-License-Identifier: GPL-2.0 */
/* What this process takes itself. */
#ifndef V7S_LIB_PROCSELF_H
#define V7S_LIB_PROCSELF_H

#include <stdbool.h>
#include <stdint.h>

/** struct self - of /proc/self, as Prometheus' client libraries report it */
struct self {
	uint64_t cpu_ns;	/* user and system, since it was started */
	uint64_t resident;	/* bytes */
	uint64_t start;		/* since the epoch, ns */
	uint64_t open_fds, max_fds;
};

/** procself_read - false if /proc does not tell */
bool procself_read(struct self *self);

/**
 * procself_steady - a time in the past that was found by the clock of today
 *
 * It differs a little each time it is found, and a lot after the clock was set:
 * returns @kept, to which @found is assigned if they are a second or more apart.
 */
uint64_t procself_steady(uint64_t *kept, uint64_t found);

#endif
