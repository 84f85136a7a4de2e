// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The Test Anything Protocol: an inconclusive judgement is a SKIP. */
#include "out.h"

static void line(FILE *f, int n, bool ok, const char *name, const char *asks)
{
	fprintf(f, "%sok %d - %s: %s", ok ? "" : "not ", n, name, asks);
}

static void check(FILE *f, const struct check *c)
{
	int i;

	fprintf(f, "1..%d\n", c->judged->n);
	for (i = 0; i < c->judged->n; i++) {
		const struct judgement *j = &c->judged->j[i];

		line(f, i + 1, j->verdict != FAIL, j->name, j->asks);
		if (j->verdict == CANNOT_TELL)
			fprintf(f, " # SKIP cannot tell: %s", j->why);
		fputc('\n', f);
		if (j->verdict == FAIL)
			fprintf(f, "# %s\n# %s\n", j->why, j->means);
	}
}

static void comparison(FILE *f, const struct comparison *c)
{
	int i, n = 0;

	fprintf(f, "1..%d\n", c->n + c->nchanged);
	for (i = 0; i < c->n; i++) {
		line(f, ++n, c->c[i].outcome != WORSE, c->c[i].name,
		     c->c[i].title);
		if (c->c[i].outcome == UNSEEN)
			fprintf(f, " # SKIP not visible in %s",
				c->c[i].visible[0] ? "B" : c->c[i].visible[1] ? "A" :
				"either");
		fputc('\n', f);
	}
	for (i = 0; i < c->nchanged; i++) {
		line(f, ++n, c->changed[i].outcome != WORSE, c->changed[i].name,
		     "the judgement");
		fputc('\n', f);
	}
}

const struct out out_tap = {
	.check		= check,
	.comparison	= comparison,
};
