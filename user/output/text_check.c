// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lib/format.h"
#include "lib/util.h"
#include "fold.h"
#include "out.h"
#include "text.h"

static void lasted(struct fold *l, const struct check *c)
{
	uint64_t ns = c->e->r->elapsed_ns;

	fold_item(l, 1, "%" PRIu64 ".%u s", ns / SECOND,
		  (unsigned int)(ns / 100000000 % 10));
	if (!strcmp(c->ended, "signal"))
		fold_text(l, ", ended by a signal");
}

void text_figures(struct fold *line, const struct figure *figure, int n)
{
	char text[32];
	int i;

	for (i = 0; i < n; i++)
		fold_item(line, 1, "%s %s%s", figure[i].name,
			  figure[i].visible ?
			  threshold_text(figure[i].unit, figure[i].n, text,
					 sizeof(text)) : "-",
			  i < n - 1 ? "," : "");
}

enum { FIGURES_INDENT = 25 };

static void figures(FILE *f, const struct judgement *j,
		    const struct thresholds *l)
{
	struct fold line = { .f = f, .indent = FIGURES_INDENT };
	char text[32];
	int i;

	line.column = fprintf(f, "%-11s  %-10s  ", verdict_names[j->verdict],
			      j->name);
	text_figures(&line, j->figure, j->figures);
	for (i = 0; i < j->limits; i++)
		fold_item(&line, 1, "%s%s=%s%s", i ? "" : "(limits ",
			  threshold_kinds[j->limit[i]].name,
			  threshold_text(threshold_kinds[j->limit[i]].unit,
					 l->of[j->limit[i]], text,
					 sizeof(text)),
			  i < j->limits - 1 ? "" : ")");
	fold_end(&line);
}

/* The reason of a verdict, or its meaning, below the figures. */
static void reason(FILE *f, const char *text)
{
	struct fold line = { .f = f, .indent = FIGURES_INDENT };

	fold_text(&line, "%s", text);
	fold_end(&line);
}

void text_check(FILE *f, const struct check *c)
{
	struct fold line = { .f = f, .indent = 2 };
	const char *sep = ":";
	int i;

	line.column = fprintf(f, "v7scope check: %s %s, source %s,",
			      c->uts.release, c->uts.machine, c->e->r->source);
	lasted(&line, c);
	fold_end(&line);
	fputc('\n', f);
	for (i = 0; i < c->judged->n; i++) {
		const struct judgement *j = &c->judged->j[i];

		figures(f, j, c->e->limits);
		if (j->verdict != PASS)
			reason(f, j->why);
		if (j->verdict == FAIL)
			reason(f, j->means);
	}
	line.column = fprintf(f, "\nverdict: %s",
			      verdict_names[c->judged->verdict]) - 1;
	for (i = 0; i < c->judged->n; i++) {
		if (c->judged->verdict == PASS ||
		    c->judged->j[i].verdict != c->judged->verdict)
			continue;
		fputs(sep, f);
		line.column++;
		fold_item(&line, 1, "%s", c->judged->j[i].name);
		sep = ",";
	}
	fold_end(&line);
}

static const char *value(const struct figure_change *c, int i, char *buf,
			 size_t size)
{
	if (!c->visible[i])
		snprintf(buf, size, "absent");
	else if (c->value[i] == UNKNOWN)
		snprintf(buf, size, "-");
	else if (c->kind == SHARE)
		snprintf(buf, size, "%.2f%%", 100 * c->value[i]);
	else if (c->kind == QUANTILE)
		format_ns(c->value[i], buf, size);
	else
		snprintf(buf, size, "%.4g", c->value[i]);
	return buf;
}

/* The outcome in words, and the confidence interval of the difference. */
static void difference(struct fold *l, const struct figure_change *c)
{
	static const char *const words[OUTCOMES] = {
		[WORSE] = "worse", [BETTER] = "better", [MORE] = "more",
		[LESS] = "less",
		[SMALL] = "a small difference",
		[SAME] = "no significant difference",
		[UNSEEN] = "not comparable",
	};
	bool bounds = !c->same_bucket && c->outcome != UNSEEN && c->n[0] &&
		      c->n[1];
	char above[32];

	fold_text(l, "%s%s", c->same_bucket ?
		  "same bucket (within a factor of two)" : words[c->outcome],
		  bounds ? ";" : "");
	if (!bounds)
		return;
	if (c->kind == QUANTILE)
		fold_text(l, " above %s %+.3f to %+.3f points",
			  format_ns(c->above, above, sizeof(above)),
			  100 * c->low, 100 * c->high);
	else if (c->kind == SHARE)
		fold_text(l, " %+.3f to %+.3f points", 100 * c->low,
			  100 * c->high);
	else if (isfinite(c->high))
		fold_text(l, " %.4g to %.4g times", c->low, c->high);
	else
		fold_text(l, " %.4g times or more", c->low);
}

static void sides(FILE *f, const struct side *s, char name)
{
	struct fold l = { .f = f, .indent = 3 };
	char clean[3][256];

	fold_text(&l, "%c: %s: %s, %s, source %s, %.1f s: %s", name,
		format_clean(s->file, clean[0], sizeof(clean[0])),
		format_clean(s->host ? s->host : "?",
			     clean[1], sizeof(clean[1])),
		format_clean(s->release ? s->release : "?", clean[2],
			   sizeof(clean[2])),
		s->source ? s->source : "?", s->seconds, s->result);
	fold_end(&l);
}

void text_comparison(FILE *f, const struct comparison *c)
{
	struct fold l = { .f = f, .indent = 30 + 2 * 11 + 2 };
	char text[SIDES][32];
	int i;

	sides(f, &c->side[0], 'A');
	sides(f, &c->side[1], 'B');
	fprintf(f, "\n%-30s %10s %10s  B is\n", "", "A", "B");
	for (i = 0; i < c->n; i++) {
		l.column = fprintf(f, "%-30s %10s %10s  ", c->c[i].title,
				   value(&c->c[i], 0, text[0], sizeof(text[0])),
				   value(&c->c[i], 1, text[1],
					 sizeof(text[1])));
		difference(&l, &c->c[i]);
		fold_end(&l);
	}
	for (i = 0; i < c->nchanged; i++)
		fprintf(f, "judgement %-20s %10s %10s  %s\n",
			c->changed[i].name,
			c->changed[i].result[0] ? c->changed[i].result[0] : "-",
			c->changed[i].result[1] ? c->changed[i].result[1] : "-",
			c->changed[i].outcome == SAME ? "another" :
			comparison_outcome_names[c->changed[i].outcome]);
	fprintf(f, "\nPercentiles are exact to a factor of two. Chance of any false alarm: %.2g%%, if all\nevents are independent. A small difference is below %.2g%%.\n",
		100 * c->level, 100 * c->change);
	if (c->worse || c->better)
		fprintf(f, "B against A: %d worse, %d better\n", c->worse,
			c->better);
	else
		fprintf(f, "B against A: %s\n", c->told ? "no regression, no improvement" : "nothing to compare");
}
