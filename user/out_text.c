// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "out.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* Lines after which the header is shown again, as on a terminal of 24. */
#define HEADER_EVERY 20

static uint64_t rounded(uint64_t n, uint64_t unit)
{
	return n / unit + (n % unit >= unit / 2);
}

const char *text_ns(int64_t ns, char *buf, size_t size)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	uint64_t tenths;
	size_t u = 0;

	if (ns == UNKNOWN) {
		snprintf(buf, size, "-");
		return buf;
	}
	if (ns < 1000) {
		snprintf(buf, size, "%" PRId64 "ns", ns);
		return buf;
	}
	while (u < ARRAY_SIZE(units) - 1 && rounded(ns, units[u].ns) >= 1000)
		u++;
	tenths = rounded(ns, units[u].ns / 10);
	if (tenths < 1000)
		snprintf(buf, size, "%" PRIu64 ".%u%s", tenths / 10,
			 (unsigned int)(tenths % 10), units[u].name);
	else
		snprintf(buf, size, "%" PRIu64 "%s",
			 rounded(ns, units[u].ns), units[u].name);
	return buf;
}

static const char *text_percent(int64_t ppm, char *buf, size_t size)
{
	if (ppm == UNKNOWN)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%" PRId64 ".%02d", ppm / 10000,
			 (int)(ppm % 10000 / 100));
	return buf;
}

static const char *clean(const char *s, char *buf, size_t size)
{
	size_t i;

	for (i = 0; s[i] && i < size - 1; i++)
		buf[i] = isascii((unsigned char)s[i]) &&
			 isprint((unsigned char)s[i]) ? s[i] : '?';
	buf[i] = 0;
	return buf;
}

const char *text_name(const struct row *row, char *buf, size_t size)
{
	const char *fmt = row->fmt == UNKNOWN ? NULL : fmt_name(row->fmt);
	const char *name = row->dev && row->dev[0] ? row->dev : "?";
	char dev[V7S_DEV];

	clean(name, dev, sizeof(dev));
	if (row->pgtable)
		snprintf(buf, size, "pgtable %" PRIu64 " (dev %s, %s)",
			 row->pgtable, dev, fmt ? fmt : "?");
	else
		snprintf(buf, size, "%" PRIu64 " pgtables (dev %s)",
			 row->tables, dev);
	return buf;
}

struct column {
	const char *title;
	int width;
	const char *(*text)(const struct row *row, char *buf, size_t size);
};

static const char *number(uint64_t n, char *buf, size_t size)
{
	snprintf(buf, size, "%" PRIu64, n);
	return buf;
}

#define NUMBER(name, value)						\
	static const char *name(const struct row *row, char *buf,	\
				size_t size)				\
	{								\
		return number(value, buf, size);			\
	}
#define P99(name, hist_nr)						\
	static const char *name(const struct row *row, char *buf,	\
				size_t size)				\
	{								\
		return text_ns(hist_percentile(&row->c.hist[hist_nr],	\
					       99), buf, size);		\
	}
#define OUTCOME(name, nr) NUMBER(name, splits_by_outcome(&row->c.e, nr))

NUMBER(col_installs, installs(&row->c.e))
NUMBER(col_lost, installs_lost(&row->c.e))
P99(col_window, V7S_WINDOW)
NUMBER(col_splits, splits(&row->c.e))
OUTCOME(col_found, V7S_FOUND_DONE)
NUMBER(col_waits, row->c.e.waits)
P99(col_wait, V7S_WAIT)
P99(col_hold, V7S_HOLD)
NUMBER(col_frees, frees(&row->c.e))
NUMBER(col_refusals, refusals(&row->c.e))

static const char *col_share(const struct row *row, char *buf, size_t size)
{
	return text_percent(lost_ppm(&row->c.e), buf, size);
}

static const char *col_alive(const struct row *row, char *buf, size_t size)
{
	if (row->alive_why)
		snprintf(buf, size, "?");
	else
		snprintf(buf, size, "%" PRId64, row->alive);
	return buf;
}

static const struct column columns[] = {
	{ "installs",	9,	col_installs },
	{ "lost",	8,	col_lost },
	{ "lost%",	6,	col_share },
	{ "win.p99",	8,	col_window },
	{ "splits",	8,	col_splits },
	{ "found",	7,	col_found },
	{ "waits",	7,	col_waits },
	{ "wait.p99",	8,	col_wait },
	{ "hold.p99",	8,	col_hold },
	{ "frees",	8,	col_frees },
	{ "refused",	7,	col_refusals },
	{ "alive",	7,	col_alive },
};

static void line(FILE *f, const struct report *r, const struct row *row,
		 const char *name)
{
	char buf[32];
	size_t i;

	fprintf(f, "%7" PRIu64 ".%u", r->elapsed_ns / 1000000000,
		(unsigned int)(r->elapsed_ns / 100000000 % 10));
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		fprintf(f, " %*s", columns[i].width,
			columns[i].text(row, buf, sizeof(buf)));
	fprintf(f, "  %s\n", name);
}

static void header(FILE *f)
{
	size_t i;

	fprintf(f, "%9s", "seconds");
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		fprintf(f, " %*s", columns[i].width, columns[i].title);
	fprintf(f, "  of\n");
}

static void interval(FILE *f, const struct report *r)
{
	static unsigned int lines;	/* since the header */
	bool other = events(&r->other.c.e);
	char name[128];
	size_t i;

	if (r->seq == 1 || lines >= HEADER_EVERY) {
		header(f);
		lines = 0;
	}
	lines += r->nrows + 1;
	for (i = 0; i < r->nrows; i++)
		line(f, r, &r->rows[i],
		     text_name(&r->rows[i], name, sizeof(name)));
	if (other)
		line(f, r, &r->other, "other");
	if (r->nrows + other != 1)
		line(f, r, &r->total, "total");
}

static void label(FILE *f, const char *group, const char *what, uint64_t n)
{
	fprintf(f, "  %-9s %-19s %12" PRIu64, group, what, n);
}

/* A line of counts with their names, and before them their sum. */
static void named(FILE *f, const char *group, const char *what, const __u64 *n,
		  const char *const *names, size_t count)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < count; i++)
		sum += n[i];
	label(f, group, what, sum);
	for (i = 0; i < count; i++)
		fprintf(f, "  %s %" PRIu64, names[i], (uint64_t)n[i]);
	fputc('\n', f);
}

static void account(FILE *f, const struct row *row)
{
	const struct v7s_counts *c = &row->c;
	char a[32], b[32], d[32];
	int i;

	label(f, "installs", "", installs(&c->e));
	fprintf(f, "  lost %" PRIu64, installs_lost(&c->e));
	if (installs(&c->e))
		fprintf(f, " (%s%%)", text_percent(lost_ppm(&c->e), a, sizeof(a)));
	fputc('\n', f);
	for (i = 0; i < V7S_INSTALL_WHY; i++)
		named(f, "", install_why_names[i], c->e.install[i],
		      install_outcome_names, V7S_INSTALL_OUTCOME);
	label(f, "splits", "", splits(&c->e));
	fputc('\n', f);
	for (i = 0; i < V7S_SPLIT_KIND; i++)
		named(f, "", split_kind_names[i], c->e.split[i],
		      split_outcome_names, V7S_SPLIT_OUTCOME);
	for (i = 0; i < V7S_HISTS; i++) {
		const struct v7s_hist *h = &c->hist[i];
		uint64_t n = hist_count(h);

		label(f, i ? "" : "times", hist_titles[i], n);
		fprintf(f, "  p50 %s  p99 %s  max %s",
			text_ns(hist_percentile(h, 50), a, sizeof(a)),
			text_ns(hist_percentile(h, 99), b, sizeof(b)),
			text_ns(n ? (int64_t)h->max : UNKNOWN, d, sizeof(d)));
		if (h->untimed)
			fprintf(f, "  and %" PRIu64 " without a time",
				(uint64_t)h->untimed);
		fputc('\n', f);
	}
	named(f, "frees", "", c->e.free, free_why_names, V7S_FREE_WHY);
	named(f, "refused", "", c->e.refuse, refuse_why_names, V7S_REFUSE_WHY);
	if (c->e.unknown) {
		label(f, "unknown", "", c->e.unknown);
		fputc('\n', f);
	}
	if (row->alive_why)
		fprintf(f, "  %-9s %-19s %12s  %s; net %+" PRId64
			" since the start\n", "alive", "", "?",
			row->alive_why, row->net);
	else
		fprintf(f, "  %-9s %-19s %12" PRId64 "%s\n", "alive", "",
			row->alive, row->destroyed ? "  destroyed" : "");
}

static void final(FILE *f, const struct report *r)
{
	bool other = events(&r->other.c.e), known = true;
	char text[192];
	unsigned int i;

	for (i = 0; i < r->nrows; i++) {
		fprintf(f, "\n%s\n",
			text_name(&r->rows[i], text, sizeof(text)));
		account(f, &r->rows[i]);
	}
	/* A device's sum says something new if it has several page tables. */
	for (i = 0; i < r->ndevices; i++) {
		if (r->devices[i].tables < 2 || r->ndevices < 2)
			continue;
		fprintf(f, "\n%s\n",
			text_name(&r->devices[i], text, sizeof(text)));
		account(f, &r->devices[i]);
	}
	if (other) {
		fprintf(f, "\nother: page tables that found no slot\n");
		account(f, &r->other);
	}
	if (r->nrows + other != 1) {
		fprintf(f, "\nin all\n");
		account(f, &r->total);
	}

	fprintf(f, "\n%" PRIu64 ".%03u s, %" PRIu64 " page tables seen, %"
		PRIu64 " created and %" PRIu64 " destroyed meanwhile\n",
		r->elapsed_ns / 1000000000,
		(unsigned int)(r->elapsed_ns / 1000000 % 1000),
		r->total.tables, (uint64_t)r->total.c.e.create, r->destroys);
	for (i = 0; i < EVENTS; i++) {
		known &= r->misses[i] != UNKNOWN;
		if (r->misses[i] > 0)
			fprintf(f, "skipped by the kernel: %" PRId64 " of %s\n",
				r->misses[i], event_names[i]);
	}
	if (!known)
		fprintf(f, "skipped by the kernel: ? (it tells since v5.12)\n");
	for (i = 0; inexact(r, i, text, sizeof(text)); i++)
		fprintf(f, "exact: no: %s\n", text);
	if (!i)
		fprintf(f, "exact: yes\n");
}

static void report(FILE *f, const struct report *r)
{
	if (r->final)
		final(f, r);
	else
		interval(f, r);
}

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
		fprintf(f, "%s\n", clean(fact->text, text, sizeof(text)));
		break;
	default:
		fprintf(f, "cannot be told\n");
	}
	if (fact->advice)
		fprintf(f, "      %s\n", fact->advice);
}

static void diagnosis(FILE *f, const struct diagnosis *d)
{
	static const char *const known[] = {
		[KNOWN_NO] = "no", [KNOWN_YES] = "yes", [KNOWN_NOT] = "?",
	};
	int i;

	for (i = 0; i < d->facts; i++)
		fact(f, &d->fact[i]);

	fprintf(f, "\n%-24s%-8s%s\n", "event", "bpf", "ftrace");
	for (i = 0; i < EVENTS; i++)
		fprintf(f, "%-24s%-8s%s\n", event_names[i],
			known[d->event[i].bpf], known[d->event[i].ftrace]);

	if (d->defects)
		fprintf(f, "\nknown defects of this kernel%s\n",
			d->defects_sure ? "" : ", if it has these page tables"
			" and not the series");
	for (i = 0; i < d->defects; i++)
		fprintf(f, "  ! %s\n", d->defect[i]->text);
	if (d->defects)
		fprintf(f, "  apply kernel-patch/ and boot it\n");

	fputc('\n', f);
	for (i = 0; i < WAYS; i++)
		fprintf(f, "%-8s%-7s%s\n", d->way[i].name,
			d->way[i].works ? "works" : "no",
			d->way[i].works ? d->way[i].what : d->way[i].why_not);
	fprintf(f, "recommended: %s\n", d->recommended < 0 ? "none" :
		d->way[d->recommended].name);
}

const struct out out_text = { report, diagnosis };
