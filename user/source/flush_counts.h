/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Counters of TLB flushes, and reports of them. */
#ifndef V7S_SOURCE_FLUSH_COUNTS_H
#define V7S_SOURCE_FLUSH_COUNTS_H

#include <stdint.h>

#include "model/model.h"
#include "flush_sites.h"
#include "flush_timeouts.h"
#include "flush_who.h"

/* Devices with counters of their own. */
#define FLUSHES_DEVS 16

/** struct flushes - all counters */
struct flushes {
	struct flushes_dev {
		__u64 at;	/* 0: other, the last one */
		char dev[V7S_DEV];
		struct v7s_flush_counts c;
	} dev[FLUSHES_DEVS + 1];
	size_t devs;		/* without other */
};

/**
 * flush_counts_add - add the counters of a CPU, which may be changing
 * @devs: its devices up to this number, whose names are complete
 */
void flush_counts_add(struct flushes *f, const struct v7s_cpu_flushes *row,
		      unsigned int devs);

/** struct flush_report - an interval, or the final report */
struct flush_report {
	const char *driver;
	const char *lock;	/* NULL: the driver takes no lock */
	const struct flush_visibility *visible;
	struct flushes f;	/* in the interval; max is since the start */
	struct v7s_flush_counts total;
	/* Calls that the programs missed, or UNKNOWN. */
	int64_t missed;
	/* Flushes and waits without a time because the map was full. */
	uint64_t no_room;
	/* Calls whose caller was not known, because it was hidden. */
	uint64_t hidden;
	bool causes;	/* not beside another source */
	/* The last timeouts; beside another source only if wanted. */
	const struct flush_timeout *timeout;
	size_t late;	/* their number */
	struct flushers tasks, stacks;
};

/**
 * flush_counts_since - @now minus the counters of @before
 *
 * @over: no flush is in progress, so a flush without a time will never get one.
 */
void flush_counts_since(struct flush_report *r, const struct flushes *now,
			const struct flushes *before, bool over);

/** flush_counts_sum - add the counts of @c; max is the larger of both */
void flush_counts_sum(struct v7s_flush_counts *sum,
		      const struct v7s_flush_counts *c);

/** flush_counts_subtract - subtract the counts @before; max stays */
void flush_counts_subtract(struct v7s_flush_counts *c,
			   const struct v7s_flush_counts *before);

/** flush_counts_begun - sum over all kinds */
uint64_t flush_counts_begun(const struct v7s_flush_counts *c);

/** flush_counts_per_second - sum over all kinds, over the interval of @r */
uint64_t flush_counts_per_second(const struct v7s_flush_counts *c,
				 const struct report *r);

/** flush_counts_inexact - why the counts are not exact; false if they are */
bool flush_counts_inexact(const struct flush_report *r, char *why, size_t size);

/** flush_kind_names - in the order of struct v7s_flush_counts */
extern const char *const flush_kind_names[V7S_FLUSH_KINDS];

/** flush_cause_names - in that order, too */
extern const char *const flush_cause_names[V7S_CAUSES];

#endif
