// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/format.h"
#include "lib/num.h"
#include "lib/util.h"
#include "threshold.h"

#define US 1000LL
#define MS (1000 * US)
#define S (1000 * MS)

const struct limit_kind threshold_kinds[LIMITS] = {
	[LIMIT_INSTALLS]	= { "min_installs",	UNIT_COUNT, 1000 },
	[LIMIT_SPLITS]		= { "min_splits",	UNIT_COUNT, 0 },
	[LIMIT_SKIPPED]		= { "skipped",		UNIT_COUNT, 0 },
	[LIMIT_MISCOUNTED]	= { "miscounted",	UNIT_COUNT, 0 },
	[LIMIT_UNFREED]		= { "unfreed",		UNIT_COUNT, 0 },
	[LIMIT_UNBALANCED]	= { "unbalanced",	UNIT_COUNT, 0 },
	[LIMIT_GROWTH]		= { "growth",		UNIT_COUNT, 64 },
	[LIMIT_GROWTH_TIME]	= { "growth_time",	UNIT_NS, 60 * S },
	[LIMIT_REFUSED]		= { "refused",		UNIT_COUNT, 0 },
	[LIMIT_REPLACED_LIVE]	= { "replaced_live",	UNIT_COUNT, 0 },
	[LIMIT_NOMEM]		= { "nomem",		UNIT_COUNT, 0 },
	[LIMIT_CORRUPTED]	= { "corrupted",	UNIT_COUNT, 0 },
	[LIMIT_HOLD_P99]	= { "hold_p99",		UNIT_NS, 50 * US },
	[LIMIT_HOLD_MAX]	= { "hold_max",		UNIT_NS, 1 * MS },
	[LIMIT_WAIT_P99]	= { "wait_p99",		UNIT_NS, 200 * US },
	[LIMIT_WAIT_MAX]	= { "wait_max",		UNIT_NS, 4 * MS },
	[LIMIT_LOST]		= { "lost_share",	UNIT_PPM, 100000 },
	[LIMIT_TIMEOUTS]	= { "flush_timeouts",	UNIT_COUNT, 0 },
	[LIMIT_CHANGE]		= { "change",		UNIT_PPM, 100000 },
};

void thresholds_set(struct thresholds *l)
{
	int i;

	for (i = 0; i < LIMITS; i++)
		l->of[i] = threshold_kinds[i].normal;
}

static bool take_value(enum measure unit, const char *s, int64_t *to)
{
	char number[32];
	size_t len = strlen(s);
	uint64_t n;

	switch (unit) {
	case UNIT_NS:
		if (!num_parse_time(s, 0, 30 * 86400 * S, &n))
			return false;
		break;
	case UNIT_PPM:
		/*
		 * num_parse_ns() takes nine decimal places, a percentage has
		 * four.
		 */
		if (!len || len >= sizeof(number) || s[len - 1] != '%')
			return false;
		memcpy(number, s, len - 1);
		number[len - 1] = 0;
		if (!num_parse_ns(number, 0, 100 * S, &n) || n % 100000)
			return false;
		n /= 100000;
		break;
	default:
		if (!num_parse(s, 0, INT64_MAX, &n))
			return false;
	}
	*to = n;
	return true;
}

bool thresholds_take(struct thresholds *l, const char *s)
{
	size_t len = strcspn(s, "=");
	int i;

	for (i = 0; i < LIMITS; i++)
		if (strlen(threshold_kinds[i].name) == len &&
		    !memcmp(threshold_kinds[i].name, s, len))
			return s[len] && take_value(threshold_kinds[i].unit,
						    s + len + 1, &l->of[i]);
	return false;
}

const char *threshold_text(enum measure unit, int64_t n, char *buf, size_t size)
{
	if (unit == UNIT_NS)
		return format_ns(n, buf, size);
	if (unit == UNIT_COUNT || n == UNKNOWN)
		return format_visible(n != UNKNOWN, n, buf, size);
	format_percent(n, buf, size);
	snprintf(buf + strlen(buf), size - strlen(buf), "%%");
	return buf;
}
