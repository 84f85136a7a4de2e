// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdbool.h>
#include <string.h>

#include "lanes.h"

static bool lane_put(struct lane *l, uint64_t from, uint64_t middle,
		     uint64_t to)
{
	unsigned int n = l->n;

	/* Pop the slices that nest in this one, or in one of its parts. */
	while (n && from < l->slice[n - 1].from && to >= l->slice[n - 1].to) {
		n--;
		if (l->slice[n].from <= middle && l->slice[n].to > middle)
			return false;
	}
	if (from < (n ? l->slice[n - 1].to : l->forgotten))
		return false;
	if (n == LANE_SLICES) {
		l->forgotten = l->slice[0].to;
		memmove(l->slice, l->slice + 1, --n * sizeof(*l->slice));
	}
	l->slice[n].from = from;
	l->slice[n].to = to;
	l->n = n + 1;
	return true;
}

int lanes_put(struct lanes *l, uint64_t from, uint64_t middle, uint64_t to)
{
	int i;

	for (i = 0; i < LANES; i++)
		if (lane_put(&l->lane[i], from, middle, to))
			return i;
	return -1;
}
