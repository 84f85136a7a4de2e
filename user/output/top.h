/* SPDX-License-Identifier: GPL-2.0 */
/* What top shows: a view of a report as text, whatever draws it. */
#ifndef V7S_OUTPUT_TOP_H
#define V7S_OUTPUT_TOP_H

#include <stdio.h>

#include "model/model.h"

enum top_view {
	TOP_TABLES, TOP_TABLE, TOP_TASKS, TOP_WAITS, TOP_STACKS, TOP_HISTS,
	TOP_HELP,
};

/** struct top - what is looked at, and how */
struct top {
	enum top_view view;
	uint64_t pgtable;	/* nothing but this page table; 0: all */
	char dev[V7S_DEV];	/* nothing but this device; "": all */
	int sort;		/* a column */
	bool all;		/* since the start, rather than per second */
	unsigned int width;
	/* Of what was printed: lines that stay while the others are scrolled. */
	unsigned int heading;
};

/** top_header - two lines: what is watched, and how much there is of it */
void top_header(FILE *f, const struct top *t, const struct report *r,
		const char *kernel, uint64_t interval, bool paused);

/** top_title - what the view shows, in a line */
void top_title(FILE *f, const struct top *t, const struct report *r);

/** top_body - the view; r->rows are as top_sort() left them */
void top_body(FILE *f, struct top *t, const struct report *r);

/** top_sort - leave out what is not looked at, and put the rest in order */
void top_sort(const struct top *t, struct report *r);

/** top_next_sort - the column behind (or before) the one that is sorted by */
void top_next_sort(struct top *t, int step);

/** top_next_dev - the device behind the one looked at, then all of them */
void top_next_dev(struct top *t, const struct report *r);

#endif
