/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where to see an IOMMU driver flush TLBs: which of its functions the compiler
 * left visible, and what can be told by them.
 */
#ifndef V7S_SOURCE_FLUSH_SITES_H
#define V7S_SOURCE_FLUSH_SITES_H

#include <stdbool.h>
#include <stddef.h>

#include "flush.h"
#include "lib/kernel.h"

struct btf;

/** struct flush_visibility - what can be shown on this kernel; the times always can */
struct flush_visibility {
	bool begun[V7S_FLUSH_KINDS];
	bool timeouts;
	bool timeouts_by_dev;
	bool waits;
	const char *waits_why;	/* if they cannot: why */
};

/** struct flush_driver - one that is known here */
struct flush_driver {
	const char *name;
	const char *bus_name;	/* in /sys/bus/platform/drivers */
	/* If it takes one to flush. */
	const char *lock;
	/* What it calls for each flush that took too long, before it goes on. */
	const char *timeout;
	bool timeout_dev;	/* with the device as first argument */
	bool jumps;		/* see struct v7s_flush_config */
};

struct flush_sites {
	const struct flush_driver *driver;	/* NULL: none of those known */
	/* Functions that begin a flush, and nothing else. */
	const char *site[V7S_FLUSH_SITES];
	unsigned int kind[V7S_FLUSH_SITES];
	unsigned int sites;
	struct v7s_range range[V7S_RANGES];
	unsigned int ranges;
	struct flush_visibility visible;
	char module[64];	/* that the driver is; "": part of the kernel */
	bool symbols;		/* the kernel tells what its functions are called */
	bool addresses;		/* and where they are */
};

/**
 * flush_sites_find - for the kernel of these symbols
 *
 * @kallsyms: what /proc/kallsyms holds; @drivers: a folder with one for each
 * driver, of which one that has a device is taken. Without it, the first whose
 * functions are there. Returns -1, with errno, if there is no reading @kallsyms.
 * No sites: nothing is visible.
 */
int flush_sites_find(struct flush_sites *p, const char *kallsyms,
		   const char *drivers, int version, enum machine machine);

/**
 * flush_sites_paths - how to come to the devices, by what BTF says of the driver
 *
 * Returns false if that is not known: then all is counted as one.
 */
bool flush_sites_paths(const struct flush_sites *p, const struct btf *btf,
		    struct v7s_flush_config *c);

/** FLUSH_LOCK_SLOW - where who finds a spinlock taken waits for it */
#define FLUSH_LOCK_SLOW "queued_spin_lock_slowpath"

#endif
