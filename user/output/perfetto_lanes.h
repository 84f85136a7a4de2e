/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slices of time on a track have to lie within each other, or apart. What was
 * preempted, or ran on several CPUs, does not always: it goes onto another lane.
 */
#ifndef V7S_OUTPUT_PERFETTO_LANES_H
#define V7S_OUTPUT_PERFETTO_LANES_H

#include <stdint.h>

enum { LANES = 8, LANE_SLICES = 16 };

struct lane {
	struct {
		uint64_t from, to;
	} slice[LANE_SLICES];	/* the latest, of those within no other */
	unsigned int n;
	uint64_t forgotten;	/* the end of earlier ones */
};

struct lanes {
	struct lane lane[LANES];
};

/**
 * lanes_put - the first lane that has room for a slice; -1: none
 *
 * They come in the order of their ends. A slice of two parts is divided at @middle,
 * which is @from of others. Of what begins at the same time, viewers take what comes
 * first for the outer one: no slice that came before begins with this one, or with its
 * second part.
 */
int lanes_put(struct lanes *l, uint64_t from, uint64_t middle, uint64_t to);

#endif
