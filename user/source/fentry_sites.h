/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Attach sites of fentry and fexit programs, on kernels without the series. */
#ifndef V7S_SOURCE_FENTRY_SITES_H
#define V7S_SOURCE_FENTRY_SITES_H

#include "kprobe_sites.h"

/**
 * fentry_sites_plan - turn the attach sites of kprobes into those of fentry
 *
 * @p: from kprobe_sites_find(); p->window: measure the race window, too, where
 * install_table and the allocation are functions. Returns false if lost races would not be
 * visible, or if the kernel is too old.
 */
bool fentry_sites_plan(struct kprobe_sites *p, int version,
		       enum machine machine);

/**
 * fentry_sites_misses - events that the kernel skipped
 *
 * @misses: of the program at each site, or UNKNOWN. Fills in the misses of @r by
 * event, and those of refusals. Returns the sum without the latter, or UNKNOWN.
 */
int64_t fentry_sites_misses(const struct kprobe_sites *p,
			    const int64_t misses[KPROBE_SITES], struct report *r);

/**
 * fentry_sites_try - attach an empty program to the first site, and detach it
 *
 * Returns 0 or -errno.
 */
int fentry_sites_try(const struct kprobe_sites *p);

#endif
