/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Sums over the counters of bpf/abi.h. */
#ifndef V7S_MODEL_COUNTS_H
#define V7S_MODEL_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

/* The max of a histogram, where it is not known; UNKNOWN as an int64_t. */
#define MAX_UNKNOWN	UINT64_MAX

/** events_add - add each counter of @e to that of @to */
void events_add(struct v7s_events *to, const struct v7s_events *e);

/** counts_add - the same, with the histograms; max is the larger of both */
void counts_add(struct v7s_counts *to, const struct v7s_counts *c);

/**
 * counts_subtract - subtract the counters of @c from those of @from; max stays
 */
void counts_subtract(struct v7s_counts *from, const struct v7s_counts *c);

/**
 * struct late - number of splits done, where it is known later
 *
 * The kernel shows that a split is attempted, and that an earlier one was not
 * done. An attempt that it has shown just now may still turn out to be one of
 * the latter. So an attempt counts as done from a later reading on, and the
 * number never decreases.
 */
struct late {
	uint64_t old;		/* attempts that have an outcome */
	uint64_t attempts, at;	/* attempts at that time */
	uint64_t done;
};

/*
 * A task may be preempted before it shows that it lost. Readings that follow
 * each other more closely than this, in ns, do not tell.
 */
enum { LATE_NS = 500000000 };

/**
 * late_update - take a reading at the time @now; returns the splits done
 *
 * @not_done: of all @attempts up to now; @settled: no attempt is in progress
 */
uint64_t late_update(struct late *l, uint64_t now, uint64_t attempts,
		     uint64_t not_done, bool settled);

/** late_add - add the numbers of @from, which end here */
void late_add(struct late *to, const struct late *from);

/** late_events - put the splits done in the place of the attempts */
void late_events(struct late *l, uint64_t now, struct v7s_events *e,
		 bool settled);

/* Sums over the counters. A lost install counts as lost whatever it lost to. */
uint64_t events_installs(const struct v7s_events *c);
uint64_t events_installs_lost(const struct v7s_events *c);
/* 0 if another CPU or interval has more losses than this one has attempts. */
uint64_t events_installs_won(const struct v7s_events *c);
uint64_t events_splits(const struct v7s_events *c);
uint64_t events_splits_by_outcome(const struct v7s_events *c, int outcome);
uint64_t events_frees(const struct v7s_events *c);
/* Without those that the driver expects (IO_PGTABLE_QUIRK_NO_WARN). */
uint64_t events_refusals(const struct v7s_events *c);
uint64_t events_count(const struct v7s_events *c);
/** events_compare - for qsort(): most lost installs first, then most events */
int events_compare(const struct v7s_events *a, const struct v7s_events *b);
uint64_t hist_count(const struct v7s_hist *h);

/** events_lost_ppm - lost installs per million, UNKNOWN without any installs */
int64_t events_lost_ppm(const struct v7s_events *c);

/**
 * hist_percentile - the duration that @percent of the events do not exceed
 *
 * Returns the upper bound of its bucket, or the maximum if that is less;
 * UNKNOWN without any durations, and above all buckets if max is not known.
 */
int64_t hist_percentile(const struct v7s_hist *h, unsigned int percent);

#endif
