// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/counts.h"
#include "model/names.h"
#include "label.h"
#include "text.h"

enum { LEFT = 2 + 7 + 3 + 7 + 1 + 12 + 1 };	/* columns before the bars */

/* The bounds of bucket @i; the upper bound is inclusive. */
static void bounds(FILE *f, int i)
{
	char low[32], high[32];

	format_ns(i ? 1LL << (i - 1) : 0, low, sizeof(low));
	if (i == V7S_BUCKETS - 1)
		fprintf(f, "  %7s .. %7s", low, "");
	else
		fprintf(f, "  %7s .. %-6s", low,
			format_ns(1LL << i, high, sizeof(high)));
}

void text_histogram(FILE *f, const char *title, const struct v7s_hist *h,
		    bool final, unsigned int width)
{
	unsigned int room = width > LEFT + 10 ? width - LEFT : 10, bar;
	int first = V7S_BUCKETS, last = -1, i;
	uint64_t n = hist_count(h), most = 0;
	char p50[32], p99[32], max[32];

	for (i = 0; i < V7S_BUCKETS; i++) {
		if (!h->bucket[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = h->bucket[i] > most ? h->bucket[i] : most;
	}
	fprintf(f, "  %s: %" PRIu64 ", p50 %s, p99 %s, max %s", title, n,
		format_ns(hist_percentile(h, 50), p50, sizeof(p50)),
		format_ns(hist_percentile(h, 99), p99, sizeof(p99)),
		format_ns(final && n ? (int64_t)h->max : UNKNOWN, max,
			sizeof(max)));
	if (h->untimed)
		fprintf(f, ", and %" PRIu64 " without a duration",
			(uint64_t)h->untimed);
	fputc('\n', f);
	for (i = first; i <= last; i++) {
		bounds(f, i);
		/* A bucket that is not empty has at least one mark. */
		bar = (double)h->bucket[i] / most * room + 0.5;
		if (h->bucket[i] && !bar)
			bar = 1;
		fprintf(f, "%12" PRIu64 "%s", (uint64_t)h->bucket[i],
			bar ? " " : "");
		while (bar--)
			fputc('#', f);
		fputc('\n', f);
	}
}

static void of_row(FILE *f, const struct report *r, const struct row *row,
		   const char *name, unsigned int width)
{
	int i;

	fprintf(f, "\n%s\n", name);
	for (i = 0; i < V7S_HISTS; i++) {
		if (r->visible->hist[i])
			text_histogram(f, i == V7S_WINDOW && r->window_upper ?
				       "race window, upper bound" : hist_titles[i],
				       &row->c.hist[i], r->final, width);
		else
			fprintf(f, "  %s: not available on this kernel (source %s)\n",
				hist_titles[i], r->source);
	}
}

void text_hist(FILE *f, const struct report *r, unsigned int width)
{
	bool other = events_count(&r->other.c.e);
	char name[128];
	unsigned int k;
	size_t i;

	if (r->final)
		fprintf(f, "\ntotal of %" PRIu64 ".%03u s\n",
			r->elapsed_ns / SECOND,
			(unsigned int)(r->elapsed_ns / 1000000 % 1000));
	else
		fprintf(f, "\nafter %" PRIu64 ".%u s, the last %" PRIu64 ".%u s\n",
			r->elapsed_ns / SECOND,
			(unsigned int)(r->elapsed_ns / 100000000 % 10),
			r->interval_ns / SECOND,
			(unsigned int)(r->interval_ns / 100000000 % 10));
	for (i = 0; i < r->nrows; i++)
		of_row(f, r, &r->rows[i],
		       label_table(&r->rows[i], name, sizeof(name)), width);
	if (other)
		of_row(f, r, &r->other, "other: page tables without a slot",
		       width);
	if (r->nrows + other != 1)
		of_row(f, r, &r->total, "all page tables", width);
	if (!r->final)
		return;
	for (k = 0; report_inexact(r, k, name, sizeof(name)); k++)
		fprintf(f, "%sexact: no: %s\n", k ? "" : "\n", name);
	if (!k)
		fprintf(f, "\nexact: yes\n");
}
