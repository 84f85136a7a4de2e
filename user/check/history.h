/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the readings show while the source counts, for what the last one alone
 * cannot tell: what is an event in flight, and what goes on growing.
 */
#ifndef V7S_CHECK_HISTORY_H
#define V7S_CHECK_HISTORY_H

#include "model/model.h"

struct history;

/** history_new - an empty one; NULL: no memory */
struct history *history_new(void);
void history_free(struct history *h);

/** history_add - a final report, made while the source counted; -1: no memory */
int history_add(struct history *h, const struct report *r);

/** enum difference - what is none, or is not negative, with nothing in flight */
enum difference {
	DIFF_LOST,	/* lost installs, less tables freed as lost */
	DIFF_SPLIT_WON,	/* installs that split and won, less blocks split */
	DIFF_SPLIT_FOUND,	/* those that found a table, less the same */
	DIFF_SPLIT_GONE,	/* those that found something else, less the same */
	DIFF_NET,	/* tables that came, less those that went */
	DIFFERENCES
};

/** struct range - where a difference lies, once what is in flight has landed */
struct range {
	int64_t low, high;
	bool known;
};

/**
 * history_range - a page table's difference
 *
 * @row: of the last report of all. If nothing happened to the page table since the
 * last reading, or it is destroyed, that is exact. Else it is what the readings
 * agree upon: an event is in flight for microseconds, and they are many of
 * those apart.
 */
struct range history_range(const struct history *h, const struct row *row,
			   enum difference d);

/** history_surplus - how far the range is off 0, or off what it began with */
int64_t history_surplus(const struct history *h, const struct row *row,
			enum difference d, bool *known);

/* Parts of the time that are compared; the first is for things to settle. */
#define HISTORY_PARTS 8

/**
 * history_parts - the tables alive in each part of the time: the median
 *
 * Counted from those at the start. Returns -1 if a part has too few readings.
 */
int history_parts(const struct history *h, int64_t part[HISTORY_PARTS]);

/** history_grows - do these go on growing, part by part */
bool history_grows(const int64_t part[HISTORY_PARTS]);

#endif
