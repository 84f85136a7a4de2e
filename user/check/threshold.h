/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Limits of the judgements. man/v7scope.1 gives the reason for each default. */
#ifndef V7S_CHECK_THRESHOLD_H
#define V7S_CHECK_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum measure { UNIT_COUNT, UNIT_NS, UNIT_PPM };

enum limit {
	LIMIT_INSTALLS,
	LIMIT_SPLITS,
	LIMIT_SKIPPED,
	LIMIT_MISCOUNTED,
	LIMIT_UNFREED,
	LIMIT_UNBALANCED,
	LIMIT_GROWTH,
	LIMIT_GROWTH_TIME,
	LIMIT_REFUSED,
	LIMIT_REPLACED_LIVE,
	LIMIT_NOMEM,
	LIMIT_CORRUPTED,
	LIMIT_HOLD_P99,
	LIMIT_HOLD_MAX,
	LIMIT_WAIT_P99,
	LIMIT_WAIT_MAX,
	LIMIT_LOST,
	LIMIT_TIMEOUTS,
	LIMIT_CHANGE,
	LIMITS
};

struct thresholds {
	int64_t of[LIMITS];
};

extern const struct limit_kind {
	const char *name;
	enum measure unit;
	int64_t normal;
} threshold_kinds[LIMITS];

/** thresholds_set - set all to their defaults */
void thresholds_set(struct thresholds *l);

/** thresholds_take - parse NAME=VALUE; false: unknown limit or invalid value */
bool thresholds_take(struct thresholds *l, const char *s);

/** threshold_text - a number with its unit, "-" if it is UNKNOWN */
const char *threshold_text(enum measure unit, int64_t n, char *buf,
			   size_t size);

#endif
