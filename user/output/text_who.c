// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Tasks, waits between tasks, stacks and CPUs. */
#include <inttypes.h>

#include "lib/format.h"
#include "model/counts.h"
#include "columns.h"
#include "fold.h"
#include "label.h"
#include "text.h"

static const unsigned char task_columns[] = {
	COL_INSTALLS, COL_LOST, COL_SHARE, COL_SPLITS, COL_FOUND, COL_WAITS,
	COL_FREES, COL_REFUSED, COL_WINDOW_NS, COL_WAIT_NS, COL_HOLD_NS,
};

/* Only tasks have the last three columns, on a second line. */
enum { TIME_COLUMNS = 3, EVENT_COLUMNS = sizeof(task_columns) - TIME_COLUMNS };

static bool wanted(uint64_t pgtable, uint64_t only)
{
	return !only || pgtable == only;
}

static void number(FILE *f, uint64_t pgtable)
{
	if (pgtable)
		fprintf(f, "  %8" PRIu64, pgtable);
	else
		fprintf(f, "  %8s", "several");
}

static void second_line(FILE *f, const struct line *l, const char *name)
{
	fprintf(f, "\n  %8s", "");
	columns_line(f, task_columns + EVENT_COLUMNS, TIME_COLUMNS, l);
	fprintf(f, "  %s\n", name);
}

static void others(FILE *f, const struct report *r, const struct v7s_events *e,
		   bool times, const char *why)
{
	const struct line l = line_of_events(r->visible, e);

	if (!events_count(e))
		return;
	fprintf(f, "  %8s", "other");
	columns_line(f, task_columns, EVENT_COLUMNS, &l);
	if (times)
		second_line(f, &l, why);
	else
		fprintf(f, "\n  %8s  %s\n", "", why);
}

void text_more(FILE *f, size_t n)
{
	if (n)
		fprintf(f, "  and %zu more, in --json\n", n);
}

void text_tasks(FILE *f, const struct report *r, uint64_t pgtable, size_t max)
{
	size_t i, n = 0;
	char name[64], text[80];

	fprintf(f, "  %8s", "pgtable");
	columns_titles(f, task_columns, EVENT_COLUMNS);
	fprintf(f, "\n  %8s", "");
	columns_titles(f, task_columns + EVENT_COLUMNS, TIME_COLUMNS);
	fprintf(f, "  task\n");
	for (i = 0; i < r->ntasks; i++) {
		const struct task *t = &r->tasks[i];
		const struct line l = line_of_task(r->visible, t);

		if (!wanted(t->pgtable, pgtable) || n++ >= max)
			continue;
		number(f, t->pgtable);
		columns_line(f, task_columns, EVENT_COLUMNS, &l);
		snprintf(text, sizeof(text), "%s%s",
			 label_task(t, name, sizeof(name)),
			 t->exited && t->tasks == 1 ? " (ended)" : "");
		second_line(f, &l, text);
	}
	text_more(f, n > max ? n - max : 0);
	if (!pgtable)
		others(f, r, &r->other_tasks, true,
		       "tasks without a slot");
}

void text_pairs(FILE *f, const struct report *r, uint64_t pgtable, size_t max)
{
	struct fold out = { .f = f, .indent = 31 };
	char wait[32], waiter[64], holder[64];
	size_t i, n = 0;

	fprintf(f, "  %8s %9s %8s  %s\n", "pgtable",
		"waits", "waited", "waiter for holder");
	for (i = 0; i < r->npairs; i++) {
		const struct pair *p = &r->pairs[i];

		if (!wanted(p->pgtable, pgtable) || n++ >= max)
			continue;
		number(f, p->pgtable);
		label_pid(p->waiter_comm, p->waiter, p->waiter, waiter,
			  sizeof(waiter));
		label_pid(p->holder_comm, p->holder, p->holder, holder,
			  sizeof(holder));
		out.column = 10 + fprintf(f, " %9" PRIu64 " %8s", p->waits,
					  format_ns(p->wait_ns, wait,
						    sizeof(wait)));
		if (p->pairs > 1)
			fold_text(&out, "  %" PRIu64 " pairs of tasks that ended",
				  p->pairs);
		else
			fold_text(&out, "  %s for %s", waiter, p->holder ?
				  holder : "an unknown task");
		if (p->untimed)
			fold_text(&out, ", %" PRIu64 " without a duration",
				  p->untimed);
		fold_end(&out);
	}
	if (!n)
		fprintf(f, "  %8s\n", "none");
	text_more(f, n > max ? n - max : 0);
	if (!pgtable && r->other_pairs)
		fprintf(f, "  %8s %9" PRIu64 " %8s  pairs without a slot\n",
			"other", r->other_pairs, "-");
}

void text_stacks(FILE *f, const struct report *r, uint64_t pgtable, size_t max)
{
	size_t i, n = 0;
	unsigned int k;

	fprintf(f, "  %8s", "pgtable");
	columns_titles(f, task_columns, EVENT_COLUMNS);
	fprintf(f, "\n");
	for (i = 0; i < r->nstacks; i++) {
		const struct stack *s = &r->stacks[i];
		const struct line l = line_of_events(r->visible, &s->e);

		if (!wanted(s->pgtable, pgtable) || n++ >= max)
			continue;
		number(f, s->pgtable);
		columns_line(f, task_columns, EVENT_COLUMNS, &l);
		fputc('\n', f);
		for (k = 0; k < s->frames; k++) {
			const struct frame *fr = &s->frame[k];

			if (fr->symbol)
				fprintf(f, "%12s%s+0x%" PRIx64 "\n", "",
					fr->symbol, fr->offset);
			else
				fprintf(f, "%12s0x%" PRIx64 "\n", "",
					fr->address);
		}
		if (!s->frames)
			fprintf(f, "%12sthe kernel gave no stack\n", "");
	}
	text_more(f, n > max ? n - max : 0);
	if (!pgtable)
		others(f, r, &r->other_stacks, false,
		       "stacks without a slot");
}

void text_cpus(FILE *f, const struct report *r)
{
	size_t i;

	fprintf(f, "  %8s", "cpu");
	columns_titles(f, task_columns, EVENT_COLUMNS);
	fputc('\n', f);
	for (i = 0; i < r->ncpus; i++) {
		const struct line l = line_of_events(r->visible, &r->cpus[i].e);

		if (!events_count(&r->cpus[i].e))
			continue;
		fprintf(f, "  %8u", r->cpus[i].cpu);
		columns_line(f, task_columns, EVENT_COLUMNS, &l);
		fputc('\n', f);
	}
}
