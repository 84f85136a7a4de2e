// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "lib/util.h"
#include "report_filter.h"

static bool wanted(uint64_t pgtable, const char *dev, uint64_t of_pgtable,
		   const char *of_dev)
{
	return (!pgtable || of_pgtable == pgtable) &&
	       (!dev || (of_dev && !strcmp(of_dev, dev)));
}

/* All is a sum but the longest duration. */
static void add(struct v7s_counts *to, const struct v7s_counts *c)
{
	const uint64_t *src = (const uint64_t *)c;
	uint64_t *dst = (uint64_t *)to, max[V7S_HISTS];
	size_t i;

	for (i = 0; i < V7S_HISTS; i++)
		max[i] = to->hist[i].max > c->hist[i].max ? to->hist[i].max
							  : c->hist[i].max;
	for (i = 0; i < V7S_COUNTS_U64; i++)
		dst[i] += src[i];
	for (i = 0; i < V7S_HISTS; i++)
		to->hist[i].max = max[i];
}

static void sum_up(struct report *r)
{
	struct row *sum = &r->total;
	size_t i;

	*sum = (struct row){ .fmt = UNKNOWN };
	for (i = 0; i < r->nrows; i++) {
		const struct row *row = &r->rows[i];

		sum->tables += row->tables;
		sum->net += row->net;
		sum->alive += row->alive;
		if (!sum->alive_why)
			sum->alive_why = row->alive_why;
		add(&sum->c, &row->c);
	}
	if (!r->nrows)
		sum->alive_why = "nothing happened";
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
	sum_up(r);
}
