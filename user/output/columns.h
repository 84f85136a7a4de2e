/* SPDX-License-Identifier: GPL-2.0 */
/* The figures that lines of tables show, for people. */
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

/** struct line - what the figures of a line are taken from */
struct line {
	const struct visibility *visible;
	const struct v7s_events *e;
	const struct v7s_hist *hist;	/* NULL: has none */
	const struct row *row;		/* NULL: is none */
	const struct task *task;	/* NULL: is none */
	uint64_t per_ns;	/* counts are of so many ns; 0: not per second */
};

struct line line_of_row(const struct visibility *visible, const struct row *row);
struct line line_of_task(const struct visibility *visible, const struct task *task);
struct line line_of_events(const struct visibility *visible, const struct v7s_events *e);

/** column_title - and its width */
const char *column_title(int column, int *width);

/** column_value - to sort by; UNKNOWN if it cannot be told */
int64_t column_value(int column, const struct line *l);

/** column_text - right-aligned; "-": not to be seen, or of nothing at all */
const char *column_text(int column, const struct line *l, char *buf,
			size_t size);

/** columns_titles, columns_line - @n @columns, a space before each */
void columns_titles(FILE *f, const unsigned char *columns, size_t n);
void columns_line(FILE *f, const unsigned char *columns, size_t n,
		  const struct line *l);

#endif
