// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <string.h>

#include "check/explain.h"
#include "lib/format.h"
#include "lib/util.h"
#include "fold.h"
#include "label.h"
#include "out.h"
#include "text.h"

enum { INDENT = 2 };

static const char *const concerns[CONCERNS] = {
	[CONCERN_WRONG] = "WRONG", [CONCERN_SLOW] = "SLOW",
	[CONCERN_UNSURE] = "UNSURE",
};

static void paragraph(FILE *f, const char *label, const char *text)
{
	struct fold l = { .f = f, .indent = INDENT };

	fold_text(&l, "%s%s", label, text);
	fold_end(&l);
}

static void where(FILE *f, const struct observed *o, const struct finding *d)
{
	struct fold l = { .f = f, .indent = INDENT };
	char text[192];

	if (!d->row)
		return;
	fold_text(&l, "%s", d->row == &o->r->other ?
		  "page tables without a slot" :
		  label_table(d->row, text, sizeof(text)));
	if (d->tables > 1)
		fold_text(&l, ", and %zu more page tables", d->tables - 1);
	fold_end(&l);
}

static void figures(FILE *f, const struct finding *d)
{
	struct fold l = { .f = f, .indent = INDENT };
	char text[32];
	int i;

	text_figures(&l, d->figure, d->figures);
	for (i = 0; i < d->bounds; i++)
		fold_item(&l, 1, "%s%s=%s%s", i ? "" : "(limits ",
			  d->bound[i].name,
			  threshold_text(d->bound[i].unit, d->bound[i].n, text,
					 sizeof(text)),
			  i < d->bounds - 1 ? "," : ")");
	if (d->figures)
		fold_end(&l);
}

static const char *name_of(const struct involved *t, char *buf, size_t size)
{
	const struct task task = {
		.comm = t->comm, .tgid = t->tgid, .pid = t->pid,
		.tasks = t->tasks,
	};

	return label_task(&task, buf, size);
}

static void tasks(FILE *f, const struct finding *d)
{
	struct fold l = { .f = f, .indent = INDENT };
	char name[64], n[32], holder[64];
	int i;

	for (i = 0; i < d->tasks; i++) {
		const struct involved *t = &d->task[i];

		fold_text(&l, "%s%s", i ? "; " : "tasks: ",
			  name_of(t, name, sizeof(name)));
		if (t->waited)
			fold_text(&l, " for %s", t->holder ?
				  label_pid(t->holder_comm, 0, t->holder,
					    holder, sizeof(holder)) : "?");
		fold_text(&l, " (%s %s)",
			  threshold_text(d->parts_unit, t->n, n, sizeof(n)),
			  d->parts);
	}
	if (d->tasks)
		fold_end(&l);
}

static void finding(FILE *f, const struct observed *o, const struct finding *d)
{
	fprintf(f, "\n%s: %s\n", concerns[d->concern], d->rule);
	paragraph(f, "", d->says);
	where(f, o, d);
	figures(f, d);
	tasks(f, d);
	paragraph(f, "what helps: ", d->helps);
	paragraph(f, "source: ", d->basis);
}

static void not_found(FILE *f, const struct explanation *e)
{
	struct fold l = { .f = f, .indent = INDENT };
	int i;

	l.column = fprintf(f, "not found:");
	for (i = 0; i < e->n; i++)
		if (e->f[i].found == FOUND_NO)
			fold_text(&l, " %s", e->f[i].rule);
	fold_end(&l);
}

/* The first rule with this reason prints it, with the others. */
static void not_judged(FILE *f, const struct explanation *e, int first)
{
	struct fold l = { .f = f, .indent = INDENT };
	const char *why = e->f[first].says;
	int i;

	for (i = 0; i < first; i++)
		if (e->f[i].found == FOUND_UNKNOWN && !strcmp(e->f[i].says, why))
			return;
	l.column = fprintf(f, "not judged (%s):", why);
	for (i = first; i < e->n; i++)
		if (e->f[i].found == FOUND_UNKNOWN && !strcmp(e->f[i].says, why))
			fold_text(&l, " %s", e->f[i].rule);
	fold_end(&l);
}

void text_explain(FILE *f, const struct observed *o,
		  const struct explanation *e)
{
	const struct report *r = o->r;
	int i;

	fold_line(f, "v7scope explain: source %s, %" PRIu64 ".%u s, %" PRIu64 " page tables%s%s",
		  r->source, r->elapsed_ns / SECOND,
		  (unsigned int)(r->elapsed_ns / 100000000 % 10),
		  r->total.tables, o->flushes ? ", TLB flushes of " : "",
		  o->flushes ? o->flushes->driver : "");
	for (i = 0; i < e->n; i++)
		if (e->f[i].found == FOUND_YES)
			finding(f, o, &e->f[i]);
	fputc('\n', f);
	if (!e->found)
		fold_line(f, "nothing remarkable");
	not_found(f, e);
	for (i = 0; i < e->n; i++)
		if (e->f[i].found == FOUND_UNKNOWN)
			not_judged(f, e, i);
}
