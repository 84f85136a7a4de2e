// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/names.h"
#include "out.h"

static void fact(FILE *f, const struct fact *fact)
{
	static const char *const marks[] = {
		[MARK_INFO] = "", [MARK_OK] = "ok", [MARK_BAD] = "no",
	};
	char text[sizeof(fact->text)];

	fprintf(f, "%-4s%-30s", fact->type ? marks[fact->mark] : "?",
		fact->title);
	switch (fact->type) {
	case FACT_BOOL:
		fprintf(f, "%s\n", fact->n ? "yes" : "no");
		break;
	case FACT_INT:
		fprintf(f, "%" PRId64 "\n", fact->n);
		break;
	case FACT_TEXT:
		fprintf(f, "%s\n",
			format_clean(fact->text, text, sizeof(text)));
		break;
	default:
		fprintf(f, "unknown\n");
	}
	if (fact->advice)
		fprintf(f, "      %s\n", fact->advice);
	if (*fact->why.cause)
		fprintf(f, "      %s: %s\n", fact->why.cause, fact->why.advice);
}

static void source(FILE *f, const struct diagnosed_source *s)
{
	static const char *const states[] = {
		[SOURCE_WORKS] = "works", [SOURCE_BARRED] = "barred",
		[SOURCE_ABSENT] = "absent",
	};
	const struct obstacle *o = s->answer.obstacle;
	int i;

	fprintf(f, "%-8s%-8s", s->name, states[s->answer.state]);
	if (s->answer.state == SOURCE_WORKS)
		fprintf(f, "%s\n", s->what);
	if (s->stretch != UNKNOWN)
		fprintf(f, "%*sstat lengthens the race window by about %" PRId64 " instructions\n",
			16, "", s->stretch);
	for (i = 0; i < s->answer.obstacles; i++)
		fprintf(f, "%*s%s; %s\n", i ? 16 : 0, "", o[i].cause, o[i].advice);
}

/* A row of a table with a column for each source */
static void row(FILE *f, const char *title, const enum known known[SOURCES])
{
	static const char *const words[KNOWNS] = {
		[KNOWN_NO] = "no", [KNOWN_YES] = "yes", [KNOWN_NOT] = "?",
		[KNOWN_PART] = "partly", [KNOWN_REQUEST] = "request",
	};
	int w;

	fprintf(f, "%-24s", title);
	for (w = 0; w < SOURCES; w++)
		fprintf(f, w < SOURCES - 1 ? "%-8s" : "%s\n", words[known[w]]);
}

static void refusals(FILE *f, const struct diagnosis *d)
{
	bool asks = false;
	int i, w;

	fprintf(f, "\nrefused request\n");
	for (i = 0; i < V7S_REFUSE_WHY; i++) {
		row(f, refuse_why_names[i], d->refuse[i]);
		for (w = 0; w < SOURCES; w++)
			asks |= d->refuse[i][w] == KNOWN_REQUEST;
	}
	if (asks)
		fprintf(f, "  request: trace, record and serve --keep-last show it; check and explain,\n"
			"  unless it is nomem. Each map and unmap then costs more, see REFUSALS in v7scope(1)\n");
}

void text_diagnosis(FILE *f, const struct diagnosis *d)
{
	int i, w;

	for (i = 0; i < d->facts; i++)
		fact(f, &d->fact[i]);

	fprintf(f, "\n%-24s", "event");
	for (w = 0; w < SOURCES; w++)
		fprintf(f, w < SOURCES - 1 ? "%-8s" : "%s\n", d->source[w].name);
	for (i = 0; i < V7S_EVENTS; i++)
		row(f, event_names[event_order[i]], d->event[event_order[i]]);
	refusals(f, d);

	if (d->defects)
		fprintf(f, "\nknown defects of this kernel%s\n",
			d->defects_sure ? "" : ", if it has these page tables but not the series");
	for (i = 0; i < d->defects; i++)
		fprintf(f, "  ! %s\n", d->defect[i]->text);
	if (d->defects)
		fprintf(f, "  apply kernel-patch/ and boot the new kernel\n");

	fputc('\n', f);
	for (i = 0; i < SOURCES; i++)
		source(f, &d->source[i]);
	if (d->recommended < 0)
		fprintf(f, "recommended: none; nearest to working: %s\n", d->source[d->nearest].name);
	else
		fprintf(f, "recommended: %s\n", d->source[d->recommended].name);
}

