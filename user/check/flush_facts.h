/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_CHECK_FLUSH_FACTS_H
#define V7S_CHECK_FLUSH_FACTS_H

#include <stdint.h>

struct v7s_hist;

/** struct flush_facts - TLB flushes since the start; the source is flush */
struct flush_facts {
	const char *driver;
	const char *lock;	/* NULL: the driver takes no lock */
	uint64_t flushes;
	int64_t timeouts, waits;	/* UNKNOWN: not on this kernel */
	const struct v7s_hist *flush, *wait;	/* durations */
	/* Maps and unmaps by users of the IOMMU; an estimate of the unmaps; or UNKNOWN. */
	int64_t requests, unmaps;
	uint64_t ns;		/* time in which all these were counted */
};

#endif
