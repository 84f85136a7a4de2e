/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What to probe on a kernel without the series: which of the page-table code's
 * functions its compiler left visible, and what can be told by them.
 */
#ifndef V7S_SOURCE_KPROBE_SITES_H
#define V7S_SOURCE_KPROBE_SITES_H

#include <stdbool.h>

#include "kprobe.h"
#include "lib/kernel.h"
#include "model/model.h"

/** struct site - a BPF program, and the function that it is attached to */
struct site {
	const char *prog;
	const char *symbol;
	bool ret;		/* where it returns */
};

enum { KPROBE_SITES = 32 };

struct kprobe_sites {
	struct site site[KPROBE_SITES];
	int sites;
	struct v7s_range range[V7S_RANGES];
	int ranges;
	struct visibility visible;
	/* By family: it is there, it is watched, and the compiler kept its
	 * install_table a function of its own. */
	bool there[V7S_FAMILIES], watched[V7S_FAMILIES], install[V7S_FAMILIES];
	bool splits;		/* this kernel takes blocks apart */
	bool series;		/* it has the series' events */
	bool addresses;		/* and does not hide where its functions are */
	bool symbols;		/* and what they are called */
};

/**
 * kprobe_sites_find - for the kernel of these symbols
 *
 * @kallsyms: what /proc/kallsyms holds; @version: as of kernel_version().
 * Returns -1, with errno, if there is no reading it. Nothing watched: nothing
 * is visible.
 */
int kprobe_sites_find(struct kprobe_sites *p, const char *kallsyms, int version,
	      enum machine machine);

#endif
