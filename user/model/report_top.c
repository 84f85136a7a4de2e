// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "report_top.h"

static int by_number(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->pgtable < y->pgtable ? -1 : x->pgtable > y->pgtable;
}

static int by_rank(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int loss;

	if (x->changed != y->changed)
		return x->changed > y->changed ? -1 : 1;
	loss = events_compare(&x->c.e, &y->c.e);
	return loss ? loss : by_number(a, b);
}

/* The sums are the last rows, see model_report(). */
static size_t first_sum(const struct report *r)
{
	size_t n = r->nrows;

	while (n && !r->rows[n - 1].pgtable)
		n--;
	return n;
}

static size_t top_rows(struct report *r, size_t n)
{
	size_t tables = first_sum(r);

	if (tables <= n)
		return 0;
	qsort(r->rows, tables, sizeof(*r->rows), by_rank);
	qsort(r->rows, n, sizeof(*r->rows), by_number);
	memmove(&r->rows[n], &r->rows[tables], (r->nrows - tables) * sizeof(*r->rows));
	r->nrows -= tables - n;
	return tables - n;
}

static size_t top(size_t *have, size_t n)
{
	size_t left = *have > n ? *have - n : 0;

	*have -= left;
	return left;
}

void report_top(struct report *r, size_t n, struct report_left *left)
{
	left->tables = top_rows(r, n);
	left->tasks = top(&r->ntasks, n);
	left->pairs = top(&r->npairs, n);
	left->stacks = top(&r->nstacks, n);
}
