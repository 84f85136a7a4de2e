// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/counts.h"
#include "model/names.h"
#include "model/report_filter.h"
#include "model/visibility.h"
#include "columns.h"
#include "label.h"
#include "text.h"
#include "top.h"

/*
 * Most important first: the last columns are left out if the terminal is
 * narrow.
 */
static const unsigned char table_columns[] = {
	COL_INSTALLS, COL_LOST, COL_SHARE, COL_WINDOW, COL_SPLITS, COL_WAITS,
	COL_WAIT, COL_ALIVE, COL_FREES, COL_REFUSED, COL_HOLD, COL_FOUND,
};

static const unsigned char task_columns[] = {
	COL_INSTALLS, COL_LOST, COL_SHARE, COL_SPLITS, COL_WAITS, COL_WAIT_NS,
	COL_FREES, COL_REFUSED, COL_WINDOW_NS, COL_HOLD_NS, COL_FOUND,
};

enum { NUMBER_WIDTH = 7, NAME_WIDTH = 18 };

/*
 * Put the columns that fit into @list. The sort column replaces the last one if
 * it does not fit. Returns the number of columns.
 */
static size_t fit(const struct top *t, const unsigned char *from, size_t n,
		  unsigned char *list)
{
	int room = (int)t->width - NUMBER_WIDTH - 2 - NAME_WIDTH, width;
	bool sorted = false;
	size_t i;

	for (i = 0; i < n; i++) {
		column_title(from[i], &width);
		room -= width + 1;
		if (room < 0 && i)
			break;
		list[i] = from[i];
		sorted |= from[i] == t->sort;
	}
	if (!sorted && memchr(from, t->sort, n))
		list[i - 1] = t->sort;
	return i;
}

static uint64_t per(const struct top *t, const struct report *r)
{
	return t->all ? 0 : r->interval_ns;
}

static void titles(FILE *f, const unsigned char *list, size_t n,
		   const char *name)
{
	fprintf(f, "%*s", NUMBER_WIDTH, "pgtable");
	columns_titles(f, list, n);
	fprintf(f, "  %s\n", name);
}

static void number(FILE *f, uint64_t pgtable, uint64_t tables)
{
	if (pgtable)
		fprintf(f, "%*" PRIu64, NUMBER_WIDTH, pgtable);
	else
		fprintf(f, "%*" PRIu64 "x", NUMBER_WIDTH - 1, tables);
}

static void tables(FILE *f, struct top *t, const struct report *r)
{
	unsigned char list[sizeof(table_columns)];
	size_t n = fit(t, table_columns, sizeof(table_columns), list), i;
	char dev[V7S_DEV];

	titles(f, list, n, "device, format");
	t->heading = 1;
	for (i = 0; i < r->nrows; i++) {
		const struct row *row = &r->rows[i];
		const char *fmt = row->fmt == UNKNOWN ? NULL : fmt_name(row->fmt);
		struct line l = line_of_row(r->visible, row);

		l.per_ns = per(t, r);
		number(f, row->pgtable, row->tables);
		columns_line(f, list, n, &l);
		fprintf(f, "  %s %s\n",
			format_clean(row->dev && *row->dev ? row->dev : "?", dev,
				   sizeof(dev)), fmt ? fmt : "?");
	}
	if (!r->nrows)
		fprintf(f, "%*s\n", NUMBER_WIDTH, "none");
}

static void tasks(FILE *f, struct top *t, const struct report *r)
{
	unsigned char list[sizeof(task_columns)];
	size_t n = fit(t, task_columns, sizeof(task_columns), list), i;
	char name[64];
	struct line l;

	titles(f, list, n, "task");
	for (i = 0; i < r->ntasks; i++) {
		const struct task *task = &r->tasks[i];

		l = line_of_task(r->visible, task);
		l.per_ns = per(t, r);
		number(f, task->pgtable, 0);
		columns_line(f, list, n, &l);
		fprintf(f, "  %s%s\n", label_task(task, name, sizeof(name)),
			task->exited && task->tasks == 1 ? " (ended)" : "");
	}
	l = line_of_events(r->visible, &r->other_tasks);
	l.per_ns = per(t, r);
	if (!events_count(&r->other_tasks) || t->pgtable || *t->dev)
		return;
	fprintf(f, "%*s", NUMBER_WIDTH, "other");
	columns_line(f, list, n, &l);
	fprintf(f, "  tasks without a slot\n");
}

static void one_table(FILE *f, struct top *t, const struct report *r)
{
	text_account(f, r->nrows == 1 ? r->rows : &r->total, r->visible);
	if (r->visible->tasks) {
		fputc('\n', f);
		tasks(f, t, r);
	}
	if (r->visible->pairs) {
		fprintf(f, "\nwaits for split_lock\n");
		text_pairs(f, r, 0, SIZE_MAX);
	}
}

static void hists(FILE *f, struct top *t, const struct report *r)
{
	int i;

	for (i = 0; i < V7S_HISTS; i++) {
		if (i)
			fputc('\n', f);
		if (r->visible->hist[i])
			text_histogram(f, hist_titles[i], &r->total.c.hist[i],
				       r->final, t->width);
		else
			fprintf(f, "  %s: not available on this kernel\n",
				hist_titles[i]);
	}
}

static void all_tasks(FILE *f, struct top *t, const struct report *r)
{
	if (!r->visible->tasks) {
		fprintf(f, "tasks are not available with this source\n");
		return;
	}
	tasks(f, t, r);
	t->heading = 1;
}

static void waits(FILE *f, struct top *t, const struct report *r)
{
	t->heading = r->visible->pairs;
	if (r->visible->pairs)
		text_pairs(f, r, 0, SIZE_MAX);
	else
		fprintf(f, "waits between tasks are not available on this kernel\n");
}

static void stacks(FILE *f, struct top *t, const struct report *r)
{
	t->heading = r->visible->stacks;
	if (r->visible->stacks)
		text_stacks(f, r, 0, SIZE_MAX);
	else
		fprintf(f, "stacks are not recorded; start `v7scope top --stacks`\n");
}

static void help(FILE *f, struct top *t, const struct report *r)
{
	(void)t;
	fprintf(f,
		"up down pgup pgdn   select a page table, or scroll\n"
		"left right          scroll sideways\n"
		"enter               show the selected page table; esc: back to all\n"
		"s S                 sort by the next column, by the previous column\n"
		"f                   show only the next device; after the last one, all\n"
		"t                   tasks\n"
		"w                   waits between tasks, for split_lock\n"
		"k                   kernel stacks, with --stacks\n"
		"h                   histograms\n"
		"a                   counts since the start, or per second\n"
		"p                   pause, or continue\n"
		"q                   quit\n\n"
		"installs, lost      attempts to publish a table, lost races among them\n"
		"win.p99             99th percentile of the race window\n"
		"splits, found       attempts to split an entry, found already split\n"
		"waits, wait.p99     splits that waited for split_lock, and the wait\n"
		"hold.p99            99th percentile of the time split_lock was held\n"
		"alive               tables below the top level; ?: press enter for the reason\n"
		"-                   %s\n", visibility_has_gaps(r->visible) ?
		"not available on this kernel, or undefined (0/0)" : "undefined (0/0)");
}

static const struct {
	const char *title;
	void (*body)(FILE *f, struct top *t, const struct report *r);
} views[] = {
	[TOP_TABLES]	= { "page tables",	tables },
	[TOP_TABLE]	= { "page table",	one_table },
	[TOP_TASKS]	= { "tasks",		all_tasks },
	[TOP_WAITS]	= { "waits for split_lock", waits },
	[TOP_STACKS]	= { "stacks",		stacks },
	[TOP_HISTS]	= { "histograms",	hists },
	[TOP_HELP]	= { "help",		help },
};

void top_body(FILE *f, struct top *t, const struct report *r)
{
	t->heading = 0;
	views[t->view].body(f, t, r);
}

void top_header(FILE *f, const struct top *t, const struct report *r,
		const char *kernel, uint64_t interval, bool paused)
{
	static const unsigned char sums[] = {
		COL_INSTALLS, COL_LOST, COL_SPLITS, COL_WAITS, COL_FREES,
		COL_REFUSED,
	};
	struct line l = line_of_row(r->visible, &r->total);
	const char *title;
	char buf[64], sum[96];
	int used, len;
	size_t i;
	int width;

	fprintf(f, "v7scope top: %s, source %s, %" PRIu64 ".%u s, every %" PRIu64 ".%u s%s\n",
		kernel, r->source,
		r->elapsed_ns / SECOND,
		(unsigned int)(r->elapsed_ns / 100000000 % 10),
		interval / SECOND,
		(unsigned int)(interval / 100000000 % 10),
		paused ? " [paused]" : "");
	l.per_ns = per(t, r);
	used = fprintf(f, "%s", t->all ? "total:" : "per second:");
	for (i = 0; i < sizeof(sums); i++) {
		title = column_title(sums[i], &width);
		column_text(sums[i], &l, buf, sizeof(buf));
		len = snprintf(sum, sizeof(sum), " %s %s", title,
			       buf + strspn(buf, " "));
		if (sums[i] == COL_LOST && visibility_won(r->visible) &&
		    events_installs(&r->total.c.e))
			len += snprintf(sum + len, sizeof(sum) - len, " (%s%%)",
				format_percent(events_lost_ppm(&r->total.c.e),
					       buf,
					     sizeof(buf)));
		used += len;
		if (used > (int)t->width)
			break;
		fputs(sum, f);
	}
	fputc('\n', f);
}

void top_title(FILE *f, const struct top *t, const struct report *r)
{
	char dev[V7S_DEV];
	int width;

	fputs(views[t->view].title, f);
	if (t->pgtable)
		fprintf(f, "%s %" PRIu64, t->view == TOP_TABLE ? "" :
			" of page table", t->pgtable);
	if (*t->dev)
		fprintf(f, " of dev %s",
			format_clean(t->dev, dev, sizeof(dev)));
	if (t->view == TOP_TABLES)
		fprintf(f, " (%zu)", r->nrows);
	if (t->view == TOP_TABLES || t->view == TOP_TASKS)
		fprintf(f, ", by %s", column_title(t->sort, &width));
	if (t->view != TOP_HELP)
		fputs(t->all ? ", since the start" : ", last interval", f);
	fputc('\n', f);
}

/* Argument of the comparisons. */
struct order {
	int column;
	const struct visibility *visible;
};

/* Descending; equal values by number. */
static int by_value(int64_t a, int64_t b, uint64_t first, uint64_t second)
{
	if (a != b)
		return a < b ? 1 : -1;
	return first < second ? -1 : first > second;
}

static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct order *o = arg;
	const struct row *x = a, *y = b;
	const struct line l = line_of_row(o->visible, x);
	const struct line m = line_of_row(o->visible, y);

	return by_value(column_value(o->column, &l),
			column_value(o->column, &m), x->pgtable, y->pgtable);
}

static int compare_tasks(const void *a, const void *b, void *arg)
{
	const struct order *o = arg;
	const struct task *x = a, *y = b;
	const struct line l = line_of_task(o->visible, x);
	const struct line m = line_of_task(o->visible, y);

	return by_value(column_value(o->column, &l),
			column_value(o->column, &m), x->pid, y->pid);
}

void top_sort(const struct top *t, struct report *r)
{
	struct order o = { t->sort, r->visible };

	report_filter(r, t->pgtable, *t->dev ? t->dev : NULL);
	if (r->nrows)
		qsort_r(r->rows, r->nrows, sizeof(*r->rows), compare_rows, &o);
	if (r->ntasks)
		qsort_r(r->tasks, r->ntasks, sizeof(*r->tasks), compare_tasks,
			&o);
}

void top_next_sort(struct top *t, int step)
{
	const unsigned char *list = table_columns;
	int n = sizeof(table_columns), i;

	if (t->view == TOP_TASKS || t->view == TOP_TABLE) {
		list = task_columns;
		n = sizeof(task_columns);
	}
	for (i = 0; i < n; i++)
		if (list[i] == t->sort)
			break;
	t->sort = i == n ? list[0] : list[(i + n + step) % n];
}

void top_next_dev(struct top *t, const struct report *r)
{
	bool here = !*t->dev;
	size_t i;

	for (i = 0; i < r->ndevices; i++) {
		const char *dev = r->devices[i].dev;

		if (!dev || !*dev)
			continue;
		if (here) {
			snprintf(t->dev, sizeof(t->dev), "%s", dev);
			return;
		}
		here = !strcmp(dev, t->dev);
	}
	*t->dev = 0;
}
