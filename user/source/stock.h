/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Common to the sources that observe kernels without the series. */
#ifndef V7S_SOURCE_STOCK_H
#define V7S_SOURCE_STOCK_H

#include "kprobe_sites.h"
#include "source.h"

/**
 * stock_find_members - offsets of the members that the programs read
 *
 * Removes the refusals from @plan, unless @want has them and the programs can
 * tell their reasons. Returns -1 after a message.
 */
int stock_find_members(struct v7s_kprobe_config *c, struct kprobe_sites *plan,
		       const struct source_want *want);

/** stock_has_refusals - the programs can tell why a request is refused */
bool stock_has_refusals(const struct kprobe_sites *plan);

/** stock_configure - tell the programs what the kernel looks like */
void stock_configure(struct v7s_kprobe_config *c, const struct kprobe_sites *plan,
		     unsigned int cpus);

/**
 * stock_corrupts - a split section loses its address on this kernel, visibly
 *
 * The remaining part of the section then points to physical address 0.
 */
bool stock_corrupts(const struct kprobe_sites *p);

/** stock_map_selves - map the programs' own accounting; returns 0 or -errno */
int stock_map_selves(int fd, unsigned int cpus, struct v7s_self **selves);

/** stock_add_up - add up the accounting of all CPUs */
void stock_add_up(const struct v7s_self *selves, unsigned int cpus,
		  struct v7s_self *sum);

#endif
