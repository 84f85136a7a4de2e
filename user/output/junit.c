// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * JUnit's XML, in the form that CI systems read: a judgement is a test case, a failed one
 * has a failure, an inconclusive one is skipped.
 */
#include "out.h"

/*
 * XML 1.0 has no place for most control characters, not even as references, and the bytes
 * of a name need not be UTF-8.
 */
static void text(FILE *f, const char *s)
{
	for (; *s; s++) {
		unsigned char c = *s;

		if (c == '&')
			fputs("&amp;", f);
		else if (c == '<')
			fputs("&lt;", f);
		else if (c == '>')
			fputs("&gt;", f);
		else if (c == '"')
			fputs("&quot;", f);
		else
			fputc(c < ' ' || c >= 0x7f ? '?' : c, f);
	}
}

static void attribute(FILE *f, const char *name, const char *value)
{
	fprintf(f, " %s=\"", name);
	text(f, value);
	fputc('"', f);
}

static void begin(FILE *f, const char *suite, const char *host, int tests,
		  int failures, int skipped)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite", f);
	attribute(f, "name", suite);
	if (host)
		attribute(f, "hostname", host);
	fprintf(f, " tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\"",
		tests, failures, skipped);
}

static void end(FILE *f)
{
	fputs("</testsuite>\n</testsuites>\n", f);
}

/* @why: the message; NULL: the case passed. @more: the text of a failure. */
static void testcase(FILE *f, const char *class, const char *name,
		     const char *title, const char *verdict, const char *why,
		     const char *more)
{
	fputs("<testcase", f);
	attribute(f, "classname", class);
	fputs(" name=\"", f);
	text(f, name);
	fputs(": ", f);
	text(f, title);
	if (!verdict) {
		fputs("\"/>\n", f);
		return;
	}
	fprintf(f, "\"><%s", verdict);
	attribute(f, "message", why);
	fputc('>', f);
	text(f, more);
	fprintf(f, "</%s></testcase>\n", verdict);
}

static void check(FILE *f, const struct check *c)
{
	int i, failures = 0, skipped = 0;

	for (i = 0; i < c->judged->n; i++) {
		failures += c->judged->j[i].verdict == FAIL;
		skipped += c->judged->j[i].verdict == CANNOT_TELL;
	}
	begin(f, "v7scope check", c->uts.nodename, c->judged->n, failures,
	      skipped);
	fprintf(f, " time=\"%.3f\">\n<properties>\n", c->e->r->elapsed_ns / 1e9);
	fputs("<property name=\"kernel\"", f);
	attribute(f, "value", c->uts.release);
	fputs("/>\n<property name=\"source\"", f);
	attribute(f, "value", c->e->r->source);
	fputs("/>\n</properties>\n", f);
	for (i = 0; i < c->judged->n; i++) {
		const struct judgement *j = &c->judged->j[i];

		testcase(f, "v7scope.check", j->name, j->asks,
			 j->verdict == FAIL ? "failure" :
			 j->verdict == CANNOT_TELL ? "skipped" : NULL,
			 j->why, j->verdict == FAIL ? j->means : "");
	}
	end(f);
}

static void comparison(FILE *f, const struct comparison *c)
{
	int i, failures = 0, skipped = 0;

	for (i = 0; i < c->n; i++) {
		failures += c->c[i].outcome == WORSE;
		skipped += c->c[i].outcome == UNSEEN;
	}
	for (i = 0; i < c->nchanged; i++)
		failures += c->changed[i].outcome == WORSE;
	begin(f, "v7scope check --compare", NULL, c->n + c->nchanged, failures,
	      skipped);
	fputs(">\n", f);
	for (i = 0; i < c->n; i++) {
		const bool *visible = c->c[i].visible;

		testcase(f, "v7scope.compare", c->c[i].name, c->c[i].title,
			 c->c[i].outcome == WORSE ? "failure" :
			 c->c[i].outcome == UNSEEN ? "skipped" : NULL,
			 c->c[i].outcome == WORSE ? "worse in B than in A" :
			 visible[0] ? "not visible in B" :
			 visible[1] ? "not visible in A" :
				      "not visible in either", "");
	}
	for (i = 0; i < c->nchanged; i++)
		testcase(f, "v7scope.compare", c->changed[i].name,
			 "the judgement",
			 c->changed[i].outcome == WORSE ? "failure" : NULL,
			 "the judgement of B is worse than that of A", "");
	end(f);
}

const struct out out_junit = {
	.check		= check,
	.comparison	= comparison,
};
