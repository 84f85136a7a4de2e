// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/counts.h"
#include "model/names.h"
#include "model/visibility.h"
#include "columns.h"
#include "fold.h"
#include "label.h"
#include "out.h"
#include "text.h"

/* Lines between two headers, so that a terminal of 24 lines shows one. */
#define HEADER_EVERY 20

/* A row takes two lines: twelve columns are too wide for 80. */
static const unsigned char first_columns[] = {
	COL_INSTALLS, COL_LOST, COL_SHARE, COL_WINDOW, COL_FREES, COL_REFUSED,
	COL_ALIVE,
};

static const unsigned char second_columns[] = {
	COL_SPLITS, COL_FOUND, COL_WAITS, COL_WAIT, COL_HOLD,
};

enum { SECONDS_WIDTH = 9, LINES_PER_ROW = 2 };

static void line(FILE *f, const struct report *r, const struct row *row,
		 const char *name)
{
	const struct line l = line_of_row(r->visible, row);
	char text[V7S_DEV + 32];
	struct fold end = { .f = f, .indent = SECONDS_WIDTH + 2 };

	fprintf(f, "%7" PRIu64 ".%u", r->elapsed_ns / SECOND,
		(unsigned int)(r->elapsed_ns / 100000000 % 10));
	columns_line(f, first_columns, sizeof(first_columns), &l);
	if (row->pgtable)
		fprintf(f, "  %" PRIu64 "\n", row->pgtable);
	else
		fprintf(f, "  %s\n", name);
	fprintf(f, "%*s", SECONDS_WIDTH, "");
	columns_line(f, second_columns, sizeof(second_columns), &l);
	end.column = SECONDS_WIDTH + columns_width(second_columns,
						   sizeof(second_columns));
	if (row->pgtable)
		fold_item(&end, 2, "%s", label_device(row, text, sizeof(text)));
	fold_end(&end);
}

static void header(FILE *f)
{
	fprintf(f, "%*s", SECONDS_WIDTH, "seconds");
	columns_titles(f, first_columns, sizeof(first_columns));
	fprintf(f, "  pgtable\n%*s", SECONDS_WIDTH, "");
	columns_titles(f, second_columns, sizeof(second_columns));
	fprintf(f, "  device, format\n");
}

static void interval(struct printer *p, const struct report *r)
{
	FILE *f = p->f;
	bool other = events_count(&r->other.c.e);
	size_t i;

	if (r->seq == 1 || p->lines >= HEADER_EVERY) {
		header(f);
		p->lines = 0;
	}
	p->lines += LINES_PER_ROW * (r->nrows + 1);
	for (i = 0; i < r->nrows; i++)
		line(f, r, &r->rows[i], "?");
	if (other)
		line(f, r, &r->other, "other");
	if (r->nrows + other != 1)
		line(f, r, &r->total, "total");
}

/* The first columns of a line of an account; counts with names follow. */
static struct fold label(FILE *f, const char *group, const char *what,
			 bool visible, uint64_t n)
{
	struct fold l = { .f = f, .indent = 46 };
	char buf[32];

	l.column = fprintf(f, "  %-9s %-19s %12s", group, what,
			   format_visible(visible, n, buf, sizeof(buf)));
	return l;
}

/* A line: the sum of the first @summed counts, and each count with its name. */
static void named(FILE *f, const char *group, const char *what,
		  bool sum_visible, const __u64 *n, const bool *visible,
		  const char *const *names, size_t count, size_t summed)
{
	uint64_t sum = 0;
	struct fold l;
	char buf[32];
	size_t i;

	for (i = 0; i < summed; i++)
		sum += n[i];
	l = label(f, group, what, sum_visible, sum);
	for (i = 0; i < count; i++)
		fold_item(&l, 2, "%s %s", names[i],
			  format_visible(visible[i], n[i], buf, sizeof(buf)));
	fold_end(&l);
}

static void time_item(struct fold *l, const char *name, int64_t ns)
{
	char buf[32];

	fold_item(l, 2, "%s %s", name, format_ns(ns, buf, sizeof(buf)));
}

static void times(FILE *f, const struct v7s_counts *c,
		  const struct visibility *s)
{
	struct fold l;
	int i;

	for (i = 0; i < V7S_HISTS; i++) {
		const struct v7s_hist *h = &c->hist[i];
		uint64_t n = s->hist[i] ? hist_count(h) : 0;

		l = label(f, i ? "" : "times", hist_titles[i], s->hist[i], n);
		time_item(&l, "p50", n ? hist_percentile(h, 50) : UNKNOWN);
		time_item(&l, "p99", n ? hist_percentile(h, 99) : UNKNOWN);
		time_item(&l, "max", n ? (int64_t)h->max : UNKNOWN);
		if (s->hist[i] && h->untimed)
			fold_item(&l, 2, "and %" PRIu64 " without a duration",
				  (uint64_t)h->untimed);
		fold_end(&l);
	}
}

static void alive(FILE *f, const struct row *row, const struct visibility *s)
{
	struct fold l = { .f = f, .indent = 46 };
	char n[32] = "-";

	if (s->alive && row->alive_why)
		strcpy(n, "?");
	else if (s->alive)
		snprintf(n, sizeof(n), "%" PRId64, row->alive);
	l.column = fprintf(f, "  %-9s %-19s %12s", "alive", "", n);
	if (s->alive && row->alive_why)
		fold_text(&l, " %s; net %+" PRId64 " since the start",
			  row->alive_why, row->net);
	else if (s->alive && row->destroyed)
		fold_item(&l, 2, "destroyed");
	fold_end(&l);
}

void text_account(FILE *f, const struct row *row, const struct visibility *s)
{
	const struct v7s_counts *c = &row->c;
	struct fold l;
	char buf[32];
	int i;

	l = label(f, "installs", "", s->attempts, events_installs(&c->e));
	fold_item(&l, 2, "lost %s",
		  format_visible(s->lost, events_installs_lost(&c->e), buf,
				 sizeof(buf)));
	if (visibility_won(s) && events_installs(&c->e))
		fold_item(&l, 1, "(%s%%)",
			  format_percent(events_lost_ppm(&c->e), buf,
					 sizeof(buf)));
	fold_end(&l);
	for (i = 0; i < V7S_INSTALL_WHY; i++)
		named(f, "", install_why_names[i],
		      visibility_all(s->install[i], V7S_INSTALL_OUTCOME),
		      c->e.install[i], s->install[i], install_outcome_names,
		      V7S_INSTALL_OUTCOME, V7S_INSTALL_OUTCOME);
	l = label(f, "splits", "", visibility_splits(s), events_splits(&c->e));
	fold_end(&l);
	for (i = 0; i < V7S_SPLIT_KIND; i++)
		named(f, "", split_kind_names[i], visibility_split_kind(s, i),
		      c->e.split[i], s->split[i],
		      split_outcome_names, V7S_SPLIT_OUTCOME,
		      V7S_SPLIT_OUTCOME);
	times(f, c, s);
	named(f, "frees", "", s->frees, c->e.free, s->free, free_why_names,
	      V7S_FREE_WHY, V7S_FREE_WHY);
	/* The last cause is not in the sum, as in events_refusals(). */
	_Static_assert(V7S_REFUSE_EXPECTED == V7S_REFUSE_WHY - 1, "the last cause");
	named(f, "refused", "", visibility_refusals(s), c->e.refuse, s->refuse,
	      refuse_why_names, V7S_REFUSE_WHY, V7S_REFUSE_EXPECTED);
	if (c->e.unknown) {
		l = label(f, "unknown", "", true, c->e.unknown);
		fold_end(&l);
	}
	alive(f, row, s);
}

/* Number of missing waits, where they do not come with the splits. */
static void missed_waits(FILE *f, const struct report *r)
{
	int64_t n = r->misses[V7S_EVENT_SPLIT];

	if (!report_has_waits_alone(r))
		return;
	if (n == UNKNOWN)
		fold_line(f, "waits for split_lock: some may be missing, and this kernel does not count them");
	else if (n)
		fold_line(f, "waits for split_lock: at most %" PRId64 " are missing", n);
	else
		fold_line(f, "waits for split_lock: no wait is missing");
}

/* Period, number of page tables, and accuracy. */
static void summary(FILE *f, const struct report *r)
{
	bool known = true;
	char text[192], creates[32], destroys[32];
	unsigned int i, event;
	int64_t skipped;

	fputc('\n', f);
	fold_line(f, "%" PRIu64 ".%03u s, %" PRIu64 " page tables, %s created and %s destroyed meanwhile",
		r->elapsed_ns / SECOND,
		(unsigned int)(r->elapsed_ns / 1000000 % 1000),
		r->total.tables,
		format_visible(r->visible->create, r->total.c.e.create, creates,
			  sizeof(creates)),
		format_visible(r->visible->destroy, r->destroys, destroys,
			  sizeof(destroys)));
	if (visibility_has_gaps(r->visible))
		fold_line(f, "-: not available on this kernel (source %s), or undefined (0/0)", r->source);
	for (i = 0; i < V7S_EVENTS; i++) {
		event = event_order[i];
		skipped = report_skipped(r, event);
		known &= skipped != UNKNOWN || r->overruns;
		if (skipped > 0)
			fold_line(f, "skipped by the kernel: %" PRId64 " %s events",
				skipped, event_names[event]);
	}
	missed_waits(f, r);
	for (i = 0; i < r->noverruns; i++)
		if (r->overruns[i].overwritten || r->overruns[i].no_room)
			fold_line(f, "lost on CPU %u: %" PRIu64 " events overwritten before they were read, %" PRIu64 " without room in the trace buffer",
				r->overruns[i].cpu,
				r->overruns[i].overwritten,
				r->overruns[i].no_room);
	/* A source that is not exact counts its own misses, see below. */
	if (!known && !r->inexact)
		fold_line(f, "skipped by the kernel: ? (kernels before v5.12 do not count this)");
	if (r->corrupted > 0)
		fold_line(f, "! %" PRId64 " sections were split by a kernel that loses their address: the rest of each maps physical address 0; apply kernel-patch/ and boot the new kernel",
			r->corrupted);
	if (r->faults)
		text_faults(f, r);
	if (r->refusals_on_request)
		fold_line(f, "refusals exists, absent and partial: on request, by trace, record, serve --keep-last, check and explain");
	if (r->refusal_misses > 0)
		fold_line(f, "refusals exists, absent and partial: counted, with %" PRId64 " calls missed", r->refusal_misses);
	if (r->stretch != UNKNOWN)
		fold_line(f, "monitoring lengthens the race window by about %" PRId64 " instructions",
			r->stretch);
	for (i = 0; report_inexact(r, i, text, sizeof(text)); i++)
		fold_line(f, "exact: no: %s", text);
	if (!i)
		fold_line(f, "exact: yes");
}

static bool section(FILE *f, bool visible, const char *title)
{
	if (visible)
		fprintf(f, "\n%s\n", title);
	return visible;
}

static void final(FILE *f, const struct report *r)
{
	bool other = events_count(&r->other.c.e);
	char text[192];
	size_t i;

	for (i = 0; i < r->nrows; i++) {
		fprintf(f, "\n%s\n",
			label_table(&r->rows[i], text, sizeof(text)));
		text_account(f, &r->rows[i], r->visible);
	}
	/* The sum of a device is redundant if it has one page table. */
	for (i = 0; i < r->ndevices; i++) {
		if (r->devices[i].tables < 2 || r->ndevices < 2)
			continue;
		fprintf(f, "\n%s\n",
			label_table(&r->devices[i], text, sizeof(text)));
		text_account(f, &r->devices[i], r->visible);
	}
	if (other) {
		fprintf(f, "\nother: page tables without a slot\n");
		text_account(f, &r->other, r->visible);
	}
	if (r->nrows + other != 1) {
		fprintf(f, "\ntotal\n");
		text_account(f, &r->total, r->visible);
	}
	if (section(f, r->visible->tasks, "tasks"))
		text_tasks(f, r, 0, TEXT_LINES);
	if (section(f, r->visible->pairs, "waits for split_lock"))
		text_pairs(f, r, 0, TEXT_LINES);
	if (section(f, r->visible->stacks, "stacks"))
		text_stacks(f, r, 0, TEXT_LINES);
	if (section(f, r->visible->cpus && r->ncpus, "CPUs"))
		text_cpus(f, r);
	summary(f, r);
}

static void report(struct printer *p, const struct report *r)
{
	if (r->final)
		final(p->f, r);
	else
		interval(p, r);
}

const struct out out_text = {
	.report		= report,
	.hist		= text_hist,
	.record		= text_record,
	.dropped	= text_dropped,
	.accounts	= text_accounts,
	.flush		= text_flush,
	.fault		= text_fault,
	.fault_sums	= text_fault_sums,
	.recorded	= text_recorded,
	.diagnosis	= text_diagnosis,
	.check		= text_check,
	.comparison	= text_comparison,
	.explain	= text_explain,
};
