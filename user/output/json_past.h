/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The history of `serve` as JSON, and the query that chooses a part of it. */
#ifndef V7S_OUTPUT_JSON_PAST_H
#define V7S_OUTPUT_JSON_PAST_H

#include <stdio.h>

#include "model/past.h"

/* Points in an answer. */
enum { PAST_POINTS = 1500 };

/** struct past_query - times in seconds since 1970; begin with zeros */
struct past_query {
	uint64_t from, to, step;
};

/**
 * past_query - parse from=&to=&step=, or NULL, with defaults for the rest
 *
 * @now: the time; @oldest: the time of the oldest point. The range is cut to these two.
 * Returns NULL, or the error in @why.
 */
const char *past_query(const char *query, uint64_t now, uint64_t oldest,
			  struct past_query *q, char why[128]);

/** struct past_clock - what a time on the history's clock is since 1970 */
struct past_clock {
	uint64_t start;		/* of the server, seconds */
	uint64_t now;		/* ns since 1970 */
	int64_t offset;		/* to be added to the history's times, ns */
};

/** past_since_1970 - ns since 1970 of a time on the history's clock; 0: before 1970 */
uint64_t past_since_1970(const struct past_clock *c, uint64_t time);

/** json_past - print a line */
void json_past(FILE *f, const struct past *h,
		  const struct past_query *q, const struct past_clock *c,
		  const struct visibility *s);

#endif
