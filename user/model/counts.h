/* SPDX-License-Identifier: GPL-2.0 */
/* Sums over the counters of bpf/abi.h. */
#ifndef V7S_MODEL_COUNTS_H
#define V7S_MODEL_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "abi.h"

/** events_add - add each counter of @e to that of @to */
void events_add(struct v7s_events *to, const struct v7s_events *e);

/** counts_add - the same, with the histograms; max is the longer of the two */
void counts_add(struct v7s_counts *to, const struct v7s_counts *c);

/** counts_subtract - the counters of @c from those of @from; max stays */
void counts_subtract(struct v7s_counts *from, const struct v7s_counts *c);

/* Sums over what is counted. An install that lost is lost to whatever it was. */
uint64_t events_installs(const struct v7s_events *c);
uint64_t events_installs_lost(const struct v7s_events *c);
uint64_t events_splits(const struct v7s_events *c);
uint64_t events_splits_by_outcome(const struct v7s_events *c, int outcome);
uint64_t events_frees(const struct v7s_events *c);
uint64_t events_refusals(const struct v7s_events *c);
uint64_t events_count(const struct v7s_events *c);
uint64_t hist_count(const struct v7s_hist *h);

/** events_lost_ppm - lost installs of a million, UNKNOWN if there were none at all */
int64_t events_lost_ppm(const struct v7s_events *c);

/**
 * hist_percentile - what @percent of the durations do not exceed
 *
 * The upper bound of the bucket that it lies in, or the longest if that is
 * less; UNKNOWN without any.
 */
int64_t hist_percentile(const struct v7s_hist *h, unsigned int percent);

#endif
