/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The slices on a track must nest or be apart. Slices of preempted tasks, or of
 * several CPUs, may overlap: such a slice goes onto another lane.
 */
#ifndef V7S_OUTPUT_LANES_H
#define V7S_OUTPUT_LANES_H

#include <stdint.h>

enum { LANES = 8, LANE_SLICES = 16 };

struct lane {
	struct {
		uint64_t from, to;
	} slice[LANE_SLICES];	/* the latest outermost slices */
	unsigned int n;
	uint64_t forgotten;	/* end of the earlier slices */
};

struct lanes {
	struct lane lane[LANES];
};

/**
 * lanes_put - the first lane that has room for a slice; -1: no lane has
 *
 * Slices come in the order of their ends. A slice of two parts is divided at
 * @middle;
 * @middle equals @from for all others. When two slices begin at the same time,
 * viewers nest the later one in the earlier one. Therefore no earlier slice of
 * the lane may begin where this slice or its second part begins.
 */
int lanes_put(struct lanes *l, uint64_t from, uint64_t middle, uint64_t to);

#endif
