/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The past: the last 900 seconds by the second, and 1440 minutes by the minute. Memory
 * is allocated once and does not grow.
 */
#ifndef V7S_MODEL_PAST_H
#define V7S_MODEL_PAST_H

#include <stddef.h>
#include <stdint.h>

#include "past_point.h"
#include "report.h"

/** struct past_sum - events in some time, of a device or of all */
struct past_sum {
	uint64_t n[PAST_FIGURES];
	uint64_t bucket[V7S_HISTS][V7S_BUCKETS];
};

/** struct past_span - events from @begin to @end */
struct past_span {
	uint64_t begin, end;	/* ns, on the clock of past_add() */
	struct past_sum total;
	struct past_sum device[PAST_NAMES];
	uint32_t busy;		/* bit for each device with events */
};

struct past;

/** past_new - NULL: no memory */
struct past *past_new(void);

/**
 * past_keep - keep the past in the file @path, too, and load what it has
 *
 * @now: the time, at least two days after the clock's zero; @date: the same time in ns
 * since 1970. Points of earlier runs keep their dates when the clock is set. Call it
 * before past_add(). Goes on without the file if it has another version and cannot be
 * renamed. Returns -1 with an error printed.
 */
int past_keep(struct past *h, const char *path, uint64_t now, uint64_t date);

/**
 * past_add - take a reading at the time @now
 *
 * @date is the same time in ns since 1970, and only for the file.
 * @r has all counts since the start. The first reading is only what later ones are
 * compared with. A reading within the same second is left to the next one.
 */
void past_add(struct past *h, uint64_t now, uint64_t date, const struct report *r);

/** past_oldest - begin of the oldest point; UINT64_MAX: there is none */
uint64_t past_oldest(const struct past *h);

/** past_name - name of device @i, "" without a device; NULL: no such device */
const char *past_name(const struct past *h, unsigned int i);

/**
 * past_walk - call @take for each @step ns between @from and @to, oldest first
 *
 * Points of a second are used as far back as they go, and points of a minute before;
 * only the latter if @step is a minute or more and they reach @to. A point belongs to
 * the step in which it ends, and to one span only. Steps without points are left out,
 * and a step with a gap is called for before and after it.
 */
void past_walk(const struct past *h, uint64_t from, uint64_t to,
		  uint64_t step,
		  void (*take)(const struct past_span *s, void *arg),
		  void *arg);

void past_free(struct past *h);

#endif
