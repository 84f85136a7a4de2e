/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The readings over time. The last reading alone cannot tell an event in flight
 * from a missing event, nor growth from a constant number.
 */
#ifndef V7S_CHECK_HISTORY_H
#define V7S_CHECK_HISTORY_H

#include "model/model.h"

struct history;

/**
 * history_interval - time between readings, in ns, of a run of @lasts ns
 *
 * At most a second. A short run has enough readings to show growth. 0: the end
 * is not known.
 */
uint64_t history_interval(uint64_t lasts);

/** history_new - an empty history; NULL: no memory */
struct history *history_new(void);
void history_free(struct history *h);

/**
 * history_add - add a final report, made while the source counts; -1: no memory
 */
int history_add(struct history *h, const struct report *r);

/**
 * enum difference - differences that are 0 (DIFF_NET: >= 0) with nothing in
 * flight
 */
enum difference {
	DIFF_LOST,	/* lost installs - tables freed as lost */
	DIFF_SPLIT_WON,	/* installs that split and won - blocks split */
	DIFF_SPLIT_FOUND,	/* the same, for installs that found a table */
	DIFF_SPLIT_GONE,	/* the same, for those that found another entry */
	DIFF_NET,	/* tables installed - tables freed */
	DIFFERENCES
};

/** struct range - bounds of a difference without the events in flight */
struct range {
	int64_t low, high;
	bool known;
};

/**
 * history_range - a difference of a page table
 * @row: its row in the last report
 *
 * The difference is exact if nothing happened to the page table since the last
 * reading, or if it is destroyed. Otherwise the range is common to the
 * readings: an event is in flight for microseconds, and the time between
 * readings is far longer.
 */
struct range history_range(const struct history *h, const struct row *row,
			   enum difference d);

/**
 * history_surplus - distance of the range from 0, or from its value at the
 * start
 */
int64_t history_surplus(const struct history *h, const struct row *row,
			enum difference d, bool *known);

/*
 * Parts of the time to compare; the first is ignored, as the load may ramp up.
 */
#define HISTORY_PARTS 8

/**
 * history_parts - the median number of tables in each part of the time
 *
 * The number at the start counts as 0. Return: -1 if a part has too few
 * readings.
 */
int history_parts(const struct history *h, int64_t part[HISTORY_PARTS]);

/** history_grows - do tables grow from part to part, and not ever slower */
bool history_grows(const int64_t part[HISTORY_PARTS]);

#endif
