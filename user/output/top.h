/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The views of top, as text; cmd/cmd_top.c draws them. */
#ifndef V7S_OUTPUT_TOP_H
#define V7S_OUTPUT_TOP_H

#include <stdio.h>

#include "model/model.h"

enum top_view {
	TOP_TABLES, TOP_TABLE, TOP_TASKS, TOP_WAITS, TOP_STACKS, TOP_HISTS,
	TOP_HELP,
};

/** struct top - the view, its filter and its order */
struct top {
	enum top_view view;
	uint64_t pgtable;	/* only this page table; 0: all */
	char dev[V7S_DEV];	/* only this device; "": all */
	int sort;		/* COL_... */
	bool all;		/* counts since the start; false: per second */
	unsigned int width;
	/* Number of lines at the top of the body that do not scroll. */
	unsigned int heading;
};

/** top_header - print two lines: kernel and source, and the sums */
void top_header(FILE *f, const struct top *t, const struct report *r,
		const char *kernel, uint64_t interval, bool paused);

/** top_title - print the name of the view, its filter and order, on a line */
void top_title(FILE *f, const struct top *t, const struct report *r);

/** top_body - print the view; call top_sort() before */
void top_body(FILE *f, struct top *t, const struct report *r);

/** top_sort - filter and sort the report for the view */
void top_sort(const struct top *t, struct report *r);

/** top_next_sort - sort by the next column (@step 1) or the one before (-1) */
void top_next_sort(struct top *t, int step);

/** top_next_dev - show only the next device; after the last one, all */
void top_next_dev(struct top *t, const struct report *r);

#endif
