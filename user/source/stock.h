/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Common to the sources that observe kernels without the series. */
#ifndef V7S_SOURCE_STOCK_H
#define V7S_SOURCE_STOCK_H

#include "kprobe_sites.h"
#include "source.h"

struct bpf_link;

/**
 * stock_find_members - offsets of the members that the programs read
 *
 * Removes the refusals from @plan, unless @want has them and the programs can
 * tell their reasons. Returns -1 after a message.
 */
int stock_find_members(struct v7s_kprobe_config *c, struct kprobe_sites *plan,
		       const struct source_want *want);

/**
 * stock_limit - remove the refusals and the waits that the kernel's BTF does not allow
 */
void stock_limit(struct kprobe_sites *plan);

/** load_all - load the programs of the plan, perhaps again; returns 0 or -errno */
typedef int load_all(struct source *s, const struct source_want *want);

/**
 * stock_load - load the programs of a plan
 *
 * If the kernel does not load all of them, remove those for waits from @plan, load the
 * others, and print a warning. Returns 0 or -errno.
 */
int stock_load(struct kprobe_sites *plan, load_all *load, struct source *s,
	       const struct source_want *want);

/** attach_site - attach the program at site @i; NULL, with errno: not possible */
typedef struct bpf_link *attach_site(struct source *s, int i);

/**
 * stock_attach - attach the program at each site of a plan
 *
 * If the kernel does not attach a program for refusals or for waits, remove all
 * programs for these from @plan, print a warning and go on. Returns the number of sites attached: if it is
 * less than @plan has, the next site failed, with errno.
 */
int stock_attach(struct kprobe_sites *plan, struct bpf_link *link[KPROBE_SITES],
		 attach_site *attach, struct source *s);

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
