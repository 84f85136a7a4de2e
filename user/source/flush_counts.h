/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of the flushes of TLBs, and what is reported of them. */
#ifndef V7S_SOURCE_FLUSH_COUNTS_H
#define V7S_SOURCE_FLUSH_COUNTS_H

#include <stdint.h>

#include "model/model.h"
#include "flush_sites.h"

/* Devices that are known one by one. */
#define FLUSHES_DEVS 16

/** struct flushes - all that was counted */
struct flushes {
	struct flushes_dev {
		__u64 at;	/* 0: other, the last one */
		char dev[V7S_DEV];
		struct v7s_flush_counts c;
	} dev[FLUSHES_DEVS + 1];
	size_t devs;		/* without other */
};

/** flush_counts_add - what the row of a CPU holds, which may be changing */
void flush_counts_add(struct flushes *f, const struct v7s_flush_row *row);

/** struct flush_report - an interval, or at last all */
struct flush_report {
	const char *driver;
	const char *lock;	/* NULL: it takes none */
	const struct flush_visibility *visible;
	struct flushes f;	/* an interval's but for max, which is of all time */
	struct v7s_flush_counts total;
	/* Calls that the programs did not see; UNKNOWN if that is not known. */
	int64_t missed;
	uint64_t no_room;	/* flushes and waits that got no time for that */
};

/**
 * flush_counts_since - @now, without what was already there @before
 *
 * @over: nothing is under way any more: what has no time will have none.
 */
void flush_counts_since(struct flush_report *r, const struct flushes *now,
		   const struct flushes *before, bool over);

/** flush_counts_begun - of all kinds */
uint64_t flush_counts_begun(const struct v7s_flush_counts *c);

/** flush_counts_per_second - of all kinds, in the time of @r */
uint64_t flush_counts_per_second(const struct v7s_flush_counts *c,
			    const struct report *r);

/** flush_counts_inexact - why the counts are not exact; false if they are */
bool flush_counts_inexact(const struct flush_report *r, char *why, size_t size);

/** flush_kind_names - as in struct v7s_flush_counts */
extern const char *const flush_kind_names[V7S_FLUSH_KINDS];

#endif
