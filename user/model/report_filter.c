// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include "lib/util.h"
#include "counts.h"
#include "report_filter.h"

static bool wanted(uint64_t pgtable, const char *dev, uint64_t of_pgtable,
		   const char *of_dev)
{
	return (!pgtable || of_pgtable == pgtable) &&
	       (!dev || (of_dev && !strcmp(of_dev, dev)));
}

static void sum_up(struct report *r, uint64_t pgtable)
{
	struct row *sum = &r->total;
	size_t i;

	*sum = (struct row){ .fmt = UNKNOWN };
	/* An interval does not say which page tables were destroyed in it. */
	if (r->final)
		r->destroys = 0;
	for (i = 0; i < r->nrows; i++) {
		const struct row *row = &r->rows[i];

		sum->tables += row->tables;
		if (r->final && row->destroyed)
			r->destroys += row->tables;
		sum->net += row->net;
		sum->alive += row->alive;
		if (!sum->alive_why)
			sum->alive_why = row->alive_why;
		counts_add(&sum->c, &row->c);
	}
	/* Not known of which page table of its device. */
	for (i = 0; i < r->nothers && !pgtable; i++) {
		sum->net += r->others[i].net;
		sum->alive_why = r->others[i].alive_why;
		counts_add(&sum->c, &r->others[i].c);
	}
	if (!r->nrows && (pgtable || !r->nothers))
		sum->alive_why = "no events";
	/* An interval has no rows of the page tables without events. */
	else if (!r->final && !pgtable && !sum->alive_why)
		sum->alive_why = "some page tables had no events";
}

/* Events that may be those of a page table that is kept. */
static struct row filter_others(struct report *r, const char *dev)
{
	struct row other = r->other;
	size_t i, to = 0;

	other.c = report_unnamed(r);
	for (i = 0; i < r->nothers; i++)
		other.net -= r->others[i].net;
	for (i = 0; i < r->nothers; i++) {
		if (!wanted(0, dev, 0, r->others[i].dev))
			continue;
		counts_add(&other.c, &r->others[i].c);
		other.net += r->others[i].net;
		r->others[to++] = r->others[i];
	}
	r->nothers = to;
	return other;
}

#define FILTER(list, n)							\
	do {								\
		size_t from, to = 0;					\
									\
		for (from = 0; from < r->n; from++)			\
			if (wanted(pgtable, dev, r->list[from].pgtable,	\
				   r->list[from].dev))			\
				r->list[to++] = r->list[from];		\
		r->n = to;						\
	} while (0)

void report_filter(struct report *r, uint64_t pgtable, const char *dev)
{
	if (!pgtable && !dev)
		return;
	FILTER(rows, nrows);
	FILTER(tasks, ntasks);
	FILTER(pairs, npairs);
	FILTER(stacks, nstacks);
	/* A sum by device has all its page tables; a CPU counts all devices. */
	if (pgtable)
		r->ndevices = 0;
	r->other = filter_others(r, dev);
	FILTER(devices, ndevices);
	r->ncpus = 0;
	sum_up(r, pgtable);
}
