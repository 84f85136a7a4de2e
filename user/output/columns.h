/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The columns of text tables. */
#ifndef V7S_OUTPUT_COLUMNS_H
#define V7S_OUTPUT_COLUMNS_H

#include <stdio.h>

#include "model/model.h"

enum {
	COL_INSTALLS, COL_LOST, COL_SHARE, COL_WINDOW, COL_SPLITS, COL_FOUND,
	COL_WAITS, COL_WAIT, COL_HOLD, COL_FREES, COL_REFUSED, COL_ALIVE,
	COL_WINDOW_NS, COL_WAIT_NS, COL_HOLD_NS,
	COLUMNS
};

/** struct line - the data behind one line of a table */
struct line {
	const struct visibility *visible;
	const struct v7s_events *e;
	const struct v7s_hist *hist;	/* NULL: no histograms */
	const struct row *row;		/* NULL: not a page table */
	const struct task *task;	/* NULL: not a task */
	uint64_t per_ns;	/* period to scale to a second; 0: do not */
};

struct line line_of_row(const struct visibility *visible,
			const struct row *row);
struct line line_of_task(const struct visibility *visible,
			 const struct task *task);
struct line line_of_events(const struct visibility *visible,
			   const struct v7s_events *e);

/** column_title - the title of a column, and its width */
const char *column_title(int column, int *width);

/** column_value - the value to sort by; UNKNOWN if not available */
int64_t column_value(int column, const struct line *l);

/**
 * column_text - the value, right-aligned; "-": not available, or undefined
 * (0/0)
 */
const char *column_text(int column, const struct line *l, char *buf,
			size_t size);

/** columns_width - width of a line of @n columns */
unsigned int columns_width(const unsigned char *columns, size_t n);

/** columns_titles, columns_line - print @n columns, each after a space */
void columns_titles(FILE *f, const unsigned char *columns, size_t n);
void columns_line(FILE *f, const unsigned char *columns, size_t n,
		  const struct line *l);

#endif
