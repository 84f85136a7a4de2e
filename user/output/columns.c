// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/counts.h"
#include "model/visibility.h"
#include "columns.h"

#define COUNT_OF(name, available, value)				\
	static int64_t name(const struct line *l)			\
	{								\
		const struct visibility *s = l->visible;		\
									\
		(void)s;						\
		return (available) ? (int64_t)(value) : UNKNOWN;	\
	}
#define P99_OF(name, i)							\
	static int64_t name(const struct line *l)			\
	{								\
		return l->hist && l->visible->hist[i] ?			\
			hist_percentile(&l->hist[i], 99) : UNKNOWN;	\
	}
#define NS_OF(name, i, field)						\
	static int64_t name(const struct line *l)			\
	{								\
		return l->task && l->visible->hist[i] ?			\
			(int64_t)l->task->field : UNKNOWN;		\
	}

COUNT_OF(col_installs, s->attempts, events_installs(l->e))
COUNT_OF(col_lost, s->lost, events_installs_lost(l->e))
COUNT_OF(col_share, visibility_won(s), events_lost_ppm(l->e))
P99_OF(col_window, V7S_WINDOW)
COUNT_OF(col_splits, visibility_splits(s), events_splits(l->e))
COUNT_OF(col_found, visibility_splits_by_outcome(s, V7S_FOUND_DONE),
	 events_splits_by_outcome(l->e, V7S_FOUND_DONE))
COUNT_OF(col_waits, s->waits, l->e->waits)
P99_OF(col_wait, V7S_WAIT)
P99_OF(col_hold, V7S_HOLD)
COUNT_OF(col_frees, s->frees, events_frees(l->e))
COUNT_OF(col_refused, visibility_refusals(s), events_refusals(l->e))
COUNT_OF(col_alive, s->alive && l->row && !l->row->alive_why, l->row->alive)
NS_OF(col_window_ns, V7S_WINDOW, window_ns)
NS_OF(col_wait_ns, V7S_WAIT, wait_ns)
NS_OF(col_hold_ns, V7S_HOLD, hold_ns)

static const struct column {
	const char *title;
	int width;
	enum { COUNT, SHARE, NS, STATE } unit;
	int64_t (*value)(const struct line *l);
} columns[COLUMNS] = {
	[COL_INSTALLS]	= { "installs",	9,	COUNT,	col_installs },
	[COL_LOST]	= { "lost",	8,	COUNT,	col_lost },
	[COL_SHARE]	= { "lost%",	6,	SHARE,	col_share },
	[COL_WINDOW]	= { "win.p99",	8,	NS,	col_window },
	[COL_SPLITS]	= { "splits",	8,	COUNT,	col_splits },
	[COL_FOUND]	= { "found",	7,	COUNT,	col_found },
	[COL_WAITS]	= { "waits",	7,	COUNT,	col_waits },
	[COL_WAIT]	= { "wait.p99",	8,	NS,	col_wait },
	[COL_HOLD]	= { "hold.p99",	8,	NS,	col_hold },
	[COL_FREES]	= { "frees",	8,	COUNT,	col_frees },
	[COL_REFUSED]	= { "refused",	7,	COUNT,	col_refused },
	[COL_ALIVE]	= { "alive",	7,	STATE,	col_alive },
	[COL_WINDOW_NS]	= { "windows",	7,	NS,	col_window_ns },
	[COL_WAIT_NS]	= { "waited",	7,	NS,	col_wait_ns },
	[COL_HOLD_NS]	= { "held",	7,	NS,	col_hold_ns },
};

struct line line_of_row(const struct visibility *visible, const struct row *row)
{
	return (struct line){ .visible = visible, .e = &row->c.e,
		.hist = row->c.hist, .row = row };
}

struct line line_of_task(const struct visibility *visible,
			 const struct task *task)
{
	return (struct line){ .visible = visible, .e = &task->e, .task = task };
}

struct line line_of_events(const struct visibility *visible,
			   const struct v7s_events *e)
{
	return (struct line){ .visible = visible, .e = e };
}

const char *column_title(int column, int *width)
{
	*width = columns[column].width;
	return columns[column].title;
}

int64_t column_value(int column, const struct line *l)
{
	return columns[column].value(l);
}

const char *column_text(int column, const struct line *l, char *buf,
			size_t size)
{
	const struct column *c = &columns[column];
	int64_t n = c->value(l);
	char text[32];

	switch (c->unit) {
	case SHARE:
		format_percent(n, text, sizeof(text));
		break;
	case NS:
		format_ns(n, text, sizeof(text));
		break;
	case COUNT:
		/* Floating point: n * 1e9 may overflow 64 bits. */
		if (n != UNKNOWN && l->per_ns)
			n = n * 1e9 / l->per_ns + 0.5;
		format_visible(n != UNKNOWN, n, text, sizeof(text));
		break;
	case STATE:
		if (n == UNKNOWN && l->row && l->visible->alive)
			snprintf(text, sizeof(text), "?");
		else
			format_visible(n != UNKNOWN, n, text, sizeof(text));
		break;
	}
	snprintf(buf, size, "%*s", c->width, text);
	return buf;
}

unsigned int columns_width(const unsigned char *list, size_t n)
{
	unsigned int width = 0;
	size_t i;

	for (i = 0; i < n; i++)
		width += 1 + columns[list[i]].width;
	return width;
}

void columns_titles(FILE *f, const unsigned char *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		fprintf(f, " %*s", columns[list[i]].width,
			columns[list[i]].title);
}

void columns_line(FILE *f, const unsigned char *list, size_t n,
		  const struct line *l)
{
	char buf[32];
	size_t i;

	for (i = 0; i < n; i++)
		fprintf(f, " %s", column_text(list[i], l, buf, sizeof(buf)));
}
