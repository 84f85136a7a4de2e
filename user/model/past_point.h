/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The contents of a point of the past, in memory and on disk. */
#ifndef V7S_MODEL_PAST_POINT_H
#define V7S_MODEL_PAST_POINT_H

#include <stdint.h>

#include "abi.h"

enum {
	PAST_SECONDS	= 900,
	PAST_MINUTES	= 1440,
	PAST_BUSIEST	= 4,	/* devices kept in each point */
	/* Devices that can be kept; later ones are only in the total. */
	PAST_NAMES	= 32,
	PAST_NAME	= 64,	/* size of a name, with NUL */
};

enum past_figure {
	PAST_INSTALLS, PAST_LOST, PAST_SPLITS, PAST_WAITS,
	PAST_FREES, PAST_REFUSED, PAST_FIGURES
};

/* 32 bits are enough for a minute; a larger number stays at the maximum. */
struct kept {
	uint32_t n[PAST_FIGURES];
	uint32_t bucket[V7S_HISTS][V7S_BUCKETS];
};

#endif
