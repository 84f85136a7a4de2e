/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Functions of an IOMMU driver that flush TLBs: which of them the compiler
 * kept, and which figures they allow.
 */
#ifndef V7S_SOURCE_FLUSH_SITES_H
#define V7S_SOURCE_FLUSH_SITES_H

#include <stdbool.h>
#include <stddef.h>

#include "flush.h"
#include "lib/kernel.h"
#include "symbols.h"

struct btf;

/**
 * struct flush_visibility - figures available on this kernel; the times always
 * are
 */
struct flush_visibility {
	bool begun[V7S_FLUSH_KINDS];
	/* The driver has a function for this cause; unknown: always. */
	bool cause[V7S_CAUSES];
	bool sizes;	/* of ranges */
	bool timeouts;
	bool timeouts_by_dev;
	bool waits;
	const char *waits_why;	/* if waits are not visible: the reason */
};

/** struct flush_driver - a known driver */
struct flush_driver {
	const char *name;
	const char *bus_name;	/* in /sys/bus/platform/drivers */
	/* Lock that it takes to flush, or NULL, and why waits are not visible. */
	const char *lock, *no_waits;
	/*
	 * Function that it calls after a flush timed out, before it continues.
	 * NULL: its functions that flush return -ETIMEDOUT.
	 */
	const char *timeout;
	bool timeout_dev;	/* with the device as first argument */
	bool jumps;		/* see struct v7s_flush_config */
	bool commands;		/* its functions take an array of commands */
	/* The function that flushes, or the one that calls it, has a cause. */
	bool causes;
};

struct flush_sites {
	const struct flush_driver *driver;	/* NULL: no known driver */
	/* Functions that begin a flush and do nothing else. */
	const char *site[V7S_FLUSH_SITES];
	char symbol[V7S_FLUSH_SITES][SYMBOL_NAME];	/* name to attach to */
	unsigned int kind[V7S_FLUSH_SITES];
	unsigned int cause[V7S_FLUSH_SITES];
	unsigned int size[V7S_FLUSH_SITES];
	unsigned int sites;
	struct v7s_range range[V7S_RANGES];
	unsigned int ranges;
	struct flush_visibility visible;
	/* Module of the driver; "": built into the kernel. */
	char module[64];
	/* No device uses a driver whose flushes are known; nothing else is set. */
	bool no_device;
	/* The kernel shows the names of its functions. */
	bool symbols;
	bool addresses;		/* the kernel shows their addresses */
	/* There are more copies of functions than room: callers are missing. */
	bool full;
};

/**
 * flush_sites_find - find the functions to probe, in the symbols of a kernel
 *
 * @kallsyms: the file /proc/kallsyms or a copy; @drivers: a directory with one
 * entry per driver. A driver that has a device is chosen. Without the directory
 * it is the first driver whose functions exist. Returns -1, with errno, if
 * @kallsyms cannot be read. If there are no sites, nothing is visible.
 */
int flush_sites_find(struct flush_sites *p, const char *kallsyms,
		     const char *drivers, int version, enum machine machine);

/** flush_sites_has_device - has a @driver below @folder, in sysfs, a device */
bool flush_sites_has_device(const char *folder, const char *driver);

/** flush_sites_here - the same on this kernel, once; see kprobe_sites_here() */
int flush_sites_here(const struct flush_sites **p);

/**
 * flush_sites_paths - find the paths to the devices in the driver's BTF
 *
 * Returns false if they are not known: then all flushes count for one device.
 */
bool flush_sites_paths(const struct flush_sites *p, const struct btf *btf,
		       struct v7s_flush_config *c);

/**
 * flush_sites_configure - the rest of the configuration, after the paths
 *
 * @btf: the driver's, or NULL.
 */
void flush_sites_configure(const struct flush_sites *p, const struct btf *btf,
			   int version, struct v7s_flush_config *c);

#endif
