/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Verdicts on faults, from a history of maps and unmaps. */
#ifndef V7S_MODEL_FAULTS_H
#define V7S_MODEL_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

/** enum fault_verdict - why a device may have faulted at an address */
enum fault_verdict {
	FAULT_UNMAPPED,		/* the device uses a buffer after its unmap */
	FAULT_HOLE,		/* never mapped since the history began */
	FAULT_MAPPED,		/* mapped now: stale TLB, or no permission */
	FAULT_SPLIT,		/* mapped, but a split lost its address */
	FAULT_UNKNOWN,		/* the history has overflowed */
	FAULT_VERDICTS
};

extern const char *const fault_verdict_names[FAULT_VERDICTS];

/** fault_access_name - "read", "write"; NULL: not known */
const char *fault_access_name(unsigned int access);

/** struct fault_history - touches of one domain, in the order of time */
struct fault_history {
	const struct v7s_touch *touch;
	size_t n;
	bool overflowed;	/* older touches are lost */
	bool loses_address;	/* a split section loses its address here */
};

/** struct fault_judged - a fault and what preceded it */
struct fault_judged {
	struct v7s_fault fault;
	enum fault_verdict verdict;
	/* The last map and unmap of the address, and the partial unmap. */
	bool has_map, has_unmap, has_split;
	struct v7s_touch map, unmap, split;
	/* For a hole: the last mapping that ends below the address. */
	bool has_below;
	struct v7s_touch below;
	uint64_t reach;		/* ns before the fault that the history shows */
};

/** struct fault_sums - what has been counted since the start */
struct fault_sums {
	bool by_domain;		/* the history is kept by domain */
	uint64_t faults;
	uint64_t dropped;	/* faults that came too fast to be read */
	uint64_t verdict[FAULT_VERDICTS];
	uint64_t touches;	/* maps and unmaps */
	/* Unmaps, estimated from the histories, which are samples; 0 until stopped. */
	uint64_t unmaps;
	uint64_t domains;	/* with a history of their own */
	int64_t missed;		/* skipped programs, or UNKNOWN; 0 until stopped */
	uint64_t memory;	/* bytes in the kernel */
};

/** struct fault_tally - faults that a verb shows among its events */
struct fault_tally {
	uint64_t counted;	/* the sum of the next three */
	uint64_t emitted, dropped, filtered;
	struct v7s_fault last;	/* emitted; its seq is 0: none yet */
};

/** struct fault_counts - faults by device since the start */
struct fault_counts {
	struct {
		char dev[V7S_DEV];
		uint64_t faults;
	} dev[V7S_FAULT_DEVS];
	size_t devs;
	uint64_t others;	/* of further devices */
};

/**
 * fault_judge - the verdict on @f
 *
 * @start: when the history began. Touches after the fault are ignored.
 */
void fault_judge(const struct fault_history *h, const struct v7s_fault *f,
		 uint64_t start, struct fault_judged *j);

#endif
