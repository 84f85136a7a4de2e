// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "report_top.h"

/* The lists that are not in order of their rank. */
enum { TABLES, SUMS, OTHERS, DEVICES, CPUS, LISTS };

struct list {
	char *entries;
	size_t have, size;
	int (*by_rank)(const void *a, const void *b);
	const char **best;	/* the entries to be kept, if some are left out */
};

/* The arrays that are sorted have pointers to entries. */
static int by_place(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;

	return x < y ? -1 : x > y;
}

static int row_by_rank(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;
	int loss;

	if (x->changed != y->changed)
		return x->changed > y->changed ? -1 : 1;
	loss = events_compare(&x->c.e, &y->c.e);
	return loss ? loss : by_place(a, b);
}

static int cpu_by_rank(const void *a, const void *b)
{
	const struct cpu *x = *(const struct cpu *const *)a;
	const struct cpu *y = *(const struct cpu *const *)b;
	int loss = events_compare(&x->e, &y->e);

	return loss ? loss : by_place(a, b);
}

static int choose(struct list *l, size_t n)
{
	size_t i;

	if (l->have <= n)
		return 0;
	l->best = malloc(l->have * sizeof(*l->best));
	if (!l->best)
		return -1;
	for (i = 0; i < l->have; i++)
		l->best[i] = l->entries + i * l->size;
	qsort(l->best, l->have, sizeof(*l->best), l->by_rank);
	qsort(l->best, n, sizeof(*l->best), by_place);
	return 0;
}

/* Move the entries to be kept to the start of the list. Returns how many are left out. */
static size_t keep(struct list *l, size_t n)
{
	size_t left = l->have - n, i;

	if (!l->best)
		return 0;
	for (i = 0; i < n; i++)
		memmove(l->entries + i * l->size, l->best[i], l->size);
	l->have = n;
	return left;
}

/* The sums are the last rows, see model_report(). */
static size_t first_sum(const struct report *r)
{
	size_t n = r->nrows;

	while (n && !r->rows[n - 1].pgtable)
		n--;
	return n;
}

static size_t top(size_t *have, size_t n)
{
	size_t left = *have > n ? *have - n : 0;

	*have -= left;
	return left;
}

/* The device of these events is known, see report_unnamed(). */
static void add_up_others(struct report *r, const struct list *l, size_t n)
{
	size_t i;

	for (i = n; l->best && i < l->have; i++)
		row_add(&r->others_left, (const struct row *)l->best[i]);
}

int report_top(struct report *r, size_t n, struct report_left *left)
{
	const size_t sums = first_sum(r), row = sizeof(struct row);
	struct list lists[LISTS] = {
		[TABLES]  = { (char *)r->rows, sums, row, row_by_rank, NULL },
		[SUMS]	  = { (char *)&r->rows[sums], r->nrows - sums, row, row_by_rank, NULL },
		[OTHERS]  = { (char *)r->others, r->nothers, row, row_by_rank, NULL },
		[DEVICES] = { (char *)r->devices, r->ndevices, row, row_by_rank, NULL },
		[CPUS]	  = { (char *)r->cpus, r->ncpus, sizeof(struct cpu), cpu_by_rank, NULL },
	};
	int err = 0, i;

	*left = (struct report_left){ 0 };
	for (i = 0; i < LISTS && !err; i++)
		err = choose(&lists[i], n);
	if (!err) {
		add_up_others(r, &lists[OTHERS], n);
		left->tables = keep(&lists[TABLES], n) + keep(&lists[SUMS], n);
		left->others = keep(&lists[OTHERS], n);
		left->devices = keep(&lists[DEVICES], n);
		left->cpus = keep(&lists[CPUS], n);
		left->tasks = top(&r->ntasks, n);
		left->pairs = top(&r->npairs, n);
		left->stacks = top(&r->nstacks, n);
		memmove(&r->rows[lists[TABLES].have], lists[SUMS].entries, lists[SUMS].have * row);
		r->nrows = lists[TABLES].have + lists[SUMS].have;
		r->nothers = lists[OTHERS].have;
		r->ndevices = lists[DEVICES].have;
		r->ncpus = lists[CPUS].have;
	}
	for (i = 0; i < LISTS; i++)
		free(lists[i].best);
	return err;
}
