// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Every metric is described in man/v7scope-metrics.7. The fleet profile has only what
 * tools/dashboards needs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/json.h"
#include "lib/util.h"
#include "model/counts.h"
#include "model/names.h"
#include "model/visibility.h"
#include "model/faults.h"
#include "source/flush_counts.h"
#include "source/source.h"
#include "openmetrics.h"

enum { NAME = 4 * V7S_DEV };	/* escaped; U+FFFD takes three bytes */

/* Sums of the page tables with the same device and format. */
struct series {
	char labels[NAME + 64];
	struct row row;
	uint64_t live, gone;	/* page tables that exist, and that were destroyed */
	int64_t net, alive;	/* tables of these page tables */
	/*
	 * The end of a page table without a slot is not observed, and frees none of its
	 * tables one by one: their sum would only grow.
	 */
	bool net_known;
	bool alive_known;
};

/* TLB flushes of the devices with the same label. */
struct flush_series {
	char labels[NAME + 64];
	struct v7s_flush_counts c;
	/*
	 * A driver may show the device of a flush, but not that of a timeout:
	 * then all timeouts are those of an unknown device.
	 */
	bool flushes, timeouts;
};

struct metrics {
	bool fleet;
	unsigned int max, n;
	char (*device)[NAME];	/* devices with their own series */
	struct series *series;	/* sums of the current report */
	size_t nseries, room;
	struct flush_series flush[FLUSHES_DEVS + 1];
	size_t nflush;
};

const char *const metrics_types[] = {
	[METRICS_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
	[METRICS_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

struct page {
	FILE *f;
	enum metrics_form form;
	const struct metrics *m;
	const struct report *r;
	const struct measured *more;
	const struct family *titled;	/* latest family with titles */
	char bounds[V7S_BUCKETS][20];	/* of buckets, as they were needed */
};

enum type { COUNTER, GAUGE, HISTOGRAM, INFO, UNTYPED };

/* Unit; nanoseconds are exported as seconds. */
enum unit { PLAIN, SECONDS, BYTES };

struct family;
typedef void print_family(struct page *p, const struct family *f);

/**
 * struct family - the metrics of one name; families are printed in table order
 */
struct family {
	const char *name;	/* without prefix and suffixes */
	enum type type;
	enum unit unit;
	bool foreign;		/* its name has no prefix */
	/* The fleet profile leaves the family out, or adds up a label of it. */
	enum { FLEET_ALL, FLEET_NONE, FLEET_SUM_REASONS, FLEET_SUM_OUTCOMES } fleet;
	print_family *print;
	/*
	 * Offsets: a table of counts in struct v7s_events, and the table of its
	 * flags in struct visibility. Each visible count is a series.
	 */
	size_t count, visible;
	/*
	 * Offset of a flag in struct visibility: the sum of the counts is
	 * visible, even where some of them are not. 0: no such flag.
	 */
	size_t sum_visible;
	struct {
		const char *label;	/* NULL: no label */
		const char *const *names;
		unsigned int n;
	} by[2];
	uint64_t (*sum)(const struct v7s_events *e);
	int hist;
	size_t flush;		/* offset in struct v7s_flush_counts */
	/* @whole: are all series available; NULL: no capability is exported */
	bool (*whole)(const struct page *p, const struct family *f);
	const char *help;
};

static void text(struct page *p, const char *s)
{
	fputs_unlocked(s, p->f);
}

static void number(struct page *p, uint64_t n)
{
	char digits[24], *s = digits + sizeof(digits);

	*--s = 0;
	do
		*--s = '0' + n % 10;
	while (n /= 10);
	text(p, s);
}

/* Integer arithmetic: a double cannot hold the nanoseconds of half a year. */
static void seconds(struct page *p, uint64_t ns)
{
	uint64_t rest = ns % SECOND;
	char digits[16];
	size_t len;

	number(p, ns / SECOND);
	if (!rest)
		return;
	len = snprintf(digits, sizeof(digits), ".%09" PRIu64, rest);
	while (digits[len - 1] == '0')
		digits[--len] = 0;
	text(p, digits);
}

/* Suffixes of names, after a "_". */
static const char *const units[] = {
	[SECONDS] = "seconds", [BYTES] = "bytes",
};

/* The name with the suffix of its unit. */
static void short_name(struct page *p, const struct family *f)
{
	text(p, f->name);
	if (f->unit == PLAIN)
		return;
	text(p, "_");
	text(p, units[f->unit]);
}

static void name(struct page *p, const struct family *f)
{
	text(p, f->foreign ? "" : "v7scope_");
	short_name(p, f);
}

/*
 * A histogram needs _sum and _count, which tools/dashboards does not. Without them, its
 * buckets are a family of their own: node_exporter would add a _sum and a _count of 0.
 */
static bool is_buckets(const struct page *p, const struct family *f)
{
	return p->m->fleet && f->type == HISTOGRAM;
}

static enum type type_of(const struct page *p, const struct family *f)
{
	return is_buckets(p, f) ? UNTYPED : f->type;
}

static const char *suffix(const struct family *f)
{
	return f->type == COUNTER ? "_total" : f->type == INFO ? "_info" : "";
}

/* OpenMetrics titles name the family, the older format names its samples. */
static void title(struct page *p, const struct family *f, const char *what,
		  const char *is)
{
	text(p, "# ");
	text(p, what);
	text(p, " ");
	name(p, f);
	text(p, is_buckets(p, f) ? "_bucket" :
		p->form == METRICS_TEXT ? suffix(f) : "");
	text(p, " ");
	text(p, is);
	text(p, "\n");
}

static void titles(struct page *p, const struct family *f)
{
	static const char *const types[][UNTYPED + 1] = {
		[METRICS_TEXT] = { "counter", "gauge", "histogram", "gauge",
				   "untyped" },
		[METRICS_OPENMETRICS] = { "counter", "gauge", "histogram",
					  "info", "unknown" },
	};

	p->titled = f;
	title(p, f, "HELP", f->help);
	title(p, f, "TYPE", types[p->form][type_of(p, f)]);
	if (p->form == METRICS_OPENMETRICS && f->unit != PLAIN &&
	    !is_buckets(p, f))
		title(p, f, "UNIT", units[f->unit]);
}

/*
 * The name of a sample; @part: suffix of a histogram, NULL: that of the type.
 */
static void sample(struct page *p, const struct family *f, const char *part)
{
	if (p->titled != f)
		titles(p, f);
	name(p, f);
	text(p, part ? part : suffix(f));
}

static void value(struct page *p, const struct family *f, uint64_t n)
{
	text(p, " ");
	if (f->unit == SECONDS)
		seconds(p, n);
	else
		number(p, n);
	text(p, "\n");
}

static void signed_value(struct page *p, int64_t n)
{
	text(p, n < 0 ? " -" : " ");
	number(p, n < 0 ? -(uint64_t)n : (uint64_t)n);
	text(p, "\n");
}

/* Escape for a label value; both forms use the same rules. */
static void escape(char *to, size_t size, const char *s)
{
	size_t used = 0;

	for (; *s && used + 3 < size; s++) {
		if (*s == '\\' || *s == '"' || *s == '\n')
			to[used++] = '\\';
		to[used++] = *s == '\n' ? 'n' : *s;
	}
	to[used] = 0;
}

static void label(struct page *p, const char *name, const char *s)
{
	text(p, name);
	text(p, "=\"");
	text(p, s);
	text(p, "\"");
}

/* A label whose value comes from the system and may hold any byte. */
static void foreign_label(struct page *p, const char *name, const char *s)
{
	char clean[256], escaped[512];

	json_clean_utf8(clean, sizeof(clean), s);
	escape(escaped, sizeof(escaped), clean);
	label(p, name, escaped);
}

static void one(struct page *p, const struct family *f, uint64_t n)
{
	sample(p, f, NULL);
	value(p, f, n);
}

static void of_series(struct page *p, const struct family *f,
		      const struct series *s)
{
	sample(p, f, NULL);
	text(p, "{");
	text(p, s->labels);
	text(p, "}");
}

static const bool *visible_cases(const struct page *p, const struct family *f)
{
	return visibility_list(p->r->visible) + f->visible;
}

/* Number of counts; in a table, the second label has one column a value. */
static unsigned int cases(const struct family *f)
{
	return f->by[0].n * (f->by[1].label ? f->by[1].n : 1);
}

static void one_case(struct page *p, const struct family *f,
		     const struct series *s, const char *reason,
		     const char *outcome, uint64_t n)
{
	sample(p, f, NULL);
	text(p, "{");
	text(p, s->labels);
	text(p, ",");
	label(p, f->by[0].label, reason);
	if (f->by[1].label) {
		text(p, ",");
		label(p, f->by[1].label, outcome);
	}
	text(p, "}");
	value(p, f, n);
}

/**
 * struct group - counts that the fleet profile adds up: @n of them, @step apart
 *
 * These are a column of the table (all reasons) or a row of it (all outcomes).
 */
struct group {
	unsigned int first, n, step;
};

static struct group group_of(const struct page *p, const struct family *f,
			     unsigned int i)
{
	const unsigned int columns = cases(f) / f->by[0].n;

	switch (p->m->fleet ? f->fleet : FLEET_ALL) {
	case FLEET_SUM_REASONS:
		return (struct group){ i % columns, f->by[0].n, columns };
	case FLEET_SUM_OUTCOMES:
		return (struct group){ i - i % columns, columns, 1 };
	default:
		return (struct group){ i, 1, 1 };
	}
}

static bool group_visible(const struct group *g, const bool *visible)
{
	unsigned int i;

	for (i = 0; i < g->n; i++)
		if (!visible[g->first + i * g->step])
			return false;
	return true;
}

static uint64_t group_sum(const struct group *g, const uint64_t *count)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < g->n; i++)
		sum += count[g->first + i * g->step];
	return sum;
}

/* A sum is visible if all its parts are; else the visible parts are samples. */
static void print_case(struct page *p, const struct family *f,
		       const struct series *s, unsigned int i,
		       const uint64_t *count)
{
	const unsigned int columns = cases(f) / f->by[0].n;
	const char *reason = f->by[0].names[i / columns];
	const char *outcome = f->by[1].label ?
			      f->by[1].names[i % columns] : NULL;
	const struct group g = group_of(p, f, i);

	if (g.n == 1 || !group_visible(&g, visible_cases(p, f)))
		one_case(p, f, s, reason, outcome, count[i]);
	else if (g.first == i)
		one_case(p, f, s, g.step > 1 ? "-" : reason,
			 g.step > 1 ? outcome : "-", group_sum(&g, count));
}

/*
 * The samples of a series add up to all events. Counts that only their sum
 * shows are one sample, with "-" for the labels.
 */
static void print_cases(struct page *p, const struct family *f)
{
	const bool *visible = visible_cases(p, f);
	const bool sum = f->sum_visible &&
			 visibility_list(p->r->visible)[f->sum_visible];
	unsigned int i, n = cases(f);
	const struct series *s;
	const uint64_t *count;
	uint64_t rest;

	for (s = p->m->series; s < p->m->series + p->m->nseries; s++) {
		count = (const uint64_t *)((const char *)&s->row.c.e +
					   f->count);
		for (i = rest = 0; i < n; i++) {
			if (visible[i])
				print_case(p, f, s, i, count);
			else
				rest += count[i];
		}
		if (sum && !visibility_all(visible, n))
			one_case(p, f, s, "-", "-", rest);
	}
}

static void print_sum(struct page *p, const struct family *f)
{
	const struct series *s;

	if (!*visible_cases(p, f))
		return;
	for (s = p->m->series; s < p->m->series + p->m->nseries; s++) {
		of_series(p, f, s);
		value(p, f, f->sum(&s->row.c.e));
	}
}

/*
 * Upper bounds in seconds, shortest form: ten digits are exact for all of them.
 */
static const char *bound(struct page *p, unsigned int i)
{
	char *bound = p->bounds[i];

	if (!*bound)
		snprintf(bound, sizeof(p->bounds[i]), "%.10g",
			 (1ULL << i) / 1e9);
	return bound;
}

/*
 * Buckets of the metrics, by the exponent of their upper bound in ns: each
 * doubles from 64 ns to 1 ms. No clock of a board resolves less. Any time above
 * 1 ms is a defect, so a single bound of 17 ms is enough there.
 */
#define EXPORTED ((~0U >> (31 - 20) & ~0U << 6) | 1U << 24 |		\
		  1U << (V7S_BUCKETS - 1))

/* 2 us, 16 us, 131 us (the limit of V7scopeSplitLockWait), 1 ms and +Inf */
#define EXPORTED_FLEET (1U << 11 | 1U << 14 | 1U << 17 | 1U << 20 |	\
			1U << (V7S_BUCKETS - 1))

static void one_hist(struct page *p, const struct family *f,
		     const char *labels, const struct v7s_hist *h)
{
	const unsigned int exported = p->m->fleet ? EXPORTED_FLEET : EXPORTED;
	uint64_t below = 0;
	unsigned int i;

	for (i = 0; i < V7S_BUCKETS; i++) {
		below += h->bucket[i];
		if (!(exported >> i & 1))
			continue;
		sample(p, f, "_bucket{");
		text(p, labels);
		text(p, ",le=\"");
		text(p, i < V7S_BUCKETS - 1 ? bound(p, i) : "+Inf");
		text(p, "\"} ");
		number(p, below);
		text(p, "\n");
	}
	if (is_buckets(p, f))
		return;
	sample(p, f, "_sum{");
	text(p, labels);
	text(p, "} ");
	seconds(p, h->sum);
	text(p, "\n");
	sample(p, f, "_count{");
	text(p, labels);
	text(p, "} ");
	number(p, below);
	text(p, "\n");
}

static void print_hist(struct page *p, const struct family *f)
{
	const struct series *s;

	if (!p->r->visible->hist[f->hist])
		return;
	for (s = p->m->series; s < p->m->series + p->m->nseries; s++)
		one_hist(p, f, s->labels, &s->row.c.hist[f->hist]);
}

/* A member of the flushes' counts, as @f has its offset. */
static const void *flush_count(const struct flush_series *s,
			       const struct family *f)
{
	return (const char *)&s->c + f->flush;
}

static const struct flush_series *flush_end(const struct page *p)
{
	return p->m->flush + p->m->nflush;
}

static bool has_series(const struct flush_series *s, const struct family *f)
{
	return f->flush == offsetof(struct v7s_flush_counts, timeouts) ?
	       s->timeouts : s->flushes;
}

static void print_flushes(struct page *p, const struct family *f)
{
	const struct flush_series *s;
	int i;

	for (s = p->m->flush; s < flush_end(p); s++) {
		for (i = 0; i < V7S_FLUSH_KINDS; i++) {
			if (!s->flushes ||
			    !p->more->flushes->visible->begun[i])
				continue;
			sample(p, f, "_total{");
			text(p, s->labels);
			text(p, ",");
			label(p, "reason", flush_kind_names[i]);
			text(p, "}");
			value(p, f, s->c.begun[i]);
		}
	}
}

static void print_flush_count(struct page *p, const struct family *f)
{
	const struct flush_series *s;

	for (s = p->m->flush; s < flush_end(p); s++) {
		if (!f->whole(p, f) || !has_series(s, f))
			continue;
		sample(p, f, "_total{");
		text(p, s->labels);
		text(p, "}");
		value(p, f, *(const __u64 *)flush_count(s, f));
	}
}

static void print_flush_hist(struct page *p, const struct family *f)
{
	const struct flush_series *s;

	for (s = p->m->flush; s < flush_end(p); s++)
		if (f->whole(p, f) && has_series(s, f))
			one_hist(p, f, s->labels, flush_count(s, f));
}

static const char *device_label(const char *dev, char label[NAME]);

/* Sum over the slots with a label. False: an earlier slot has it. */
static bool faults_of(const struct fault_counts *c, size_t i, size_t most,
		      uint64_t *sum)
{
	size_t k;

	*sum = 0;
	for (k = 0; k < c->devs && k < most; k++) {
		if (strcmp(c->dev[k].dev, c->dev[i].dev))
			continue;
		if (k < i)
			return false;
		*sum += c->dev[k].faults;
	}
	return true;
}

static void one_fault(struct page *p, const struct family *f, const char *device,
		      uint64_t n)
{
	sample(p, f, "_total{");
	label(p, "device", device);
	text(p, "}");
	value(p, f, n);
}

/* The series of other devices is always there. */
static void print_faults(struct page *p, const struct family *f)
{
	const struct fault_counts *c = p->more->faults;
	char device[NAME];
	uint64_t sum, others;
	size_t i;

	if (!c)
		return;
	others = c->others;
	for (i = 0; i < c->devs; i++) {
		if (i >= p->m->max || !c->dev[i].dev[0])
			others += c->dev[i].faults;
		else if (faults_of(c, i, p->m->max, &sum))
			one_fault(p, f, device_label(c->dev[i].dev, device), sum);
	}
	one_fault(p, f, "other", others);
}

static void print_alive(struct page *p, const struct family *f)
{
	const struct series *s;

	for (s = p->m->series; s < p->m->series + p->m->nseries; s++) {
		if (!p->r->visible->alive || !s->alive_known)
			continue;
		of_series(p, f, s);
		signed_value(p, s->alive);
	}
}

static void print_net(struct page *p, const struct family *f)
{
	const struct series *s;

	for (s = p->m->series; s < p->m->series + p->m->nseries; s++) {
		if (!p->r->visible->alive || !s->net_known)
			continue;
		of_series(p, f, s);
		signed_value(p, s->net);
	}
}

static void print_page_tables(struct page *p, const struct family *f)
{
	const struct series *s;

	if (!p->r->visible->destroy)
		return;
	for (s = p->m->series; s < p->m->series + p->m->nseries; s++) {
		/* Page tables without a slot are not counted. */
		if (s->live || s->gone) {
			of_series(p, f, s);
			value(p, f, s->live);
		}
	}
}

static void print_lifecycle(struct page *p, const struct family *f)
{
	const struct visibility *visible = p->r->visible;
	const struct series *s;

	for (s = p->m->series; s < p->m->series + p->m->nseries; s++) {
		if (visible->create)
			one_case(p, f, s, "created", NULL, s->row.c.e.create);
		if (visible->destroy && !p->m->fleet)
			one_case(p, f, s, "destroyed", NULL, s->gone);
	}
}

static void print_corrupted(struct page *p, const struct family *f)
{
	if (p->r->corrupted != UNKNOWN)
		one(p, f, p->r->corrupted);
}

static void print_exact(struct page *p, const struct family *f)
{
	one(p, f, !report_inexact_devices(p->r));
}

static void print_dropped(struct page *p, const struct family *f)
{
	const struct report *r = p->r;
	int64_t recursion = UNKNOWN;
	int e;

	for (e = 0; e < V7S_EVENTS; e++)
		if (report_skipped(r, e) != UNKNOWN)
			recursion = report_skipped(r, e) +
				    (recursion == UNKNOWN ? 0 : recursion);
	const struct v7s_counts unnamed = report_unnamed(r);
	const struct {
		const char *cause;
		int64_t n;
	} causes[] = {
		{ "recursion", recursion },
		{ "probe_missed", r->probe_misses },
		{ "refusal_missed", r->refusal_misses },
		{ "overrun", report_overrun(r) },
		{ "no_slot", events_count(&unnamed.e) },
		{ "unknown_event", r->total.c.e.unknown },
	};

	for (e = 0; e < (int)ARRAY_SIZE(causes); e++) {
		if (causes[e].n == UNKNOWN)
			continue;
		sample(p, f, "_total{");
		label(p, "reason", causes[e].cause);
		text(p, "}");
		value(p, f, causes[e].n);
	}
}

static void print_build(struct page *p, const struct family *f)
{
	sample(p, f, "_info{");
	label(p, "version", p->more->version);
	text(p, "} 1\n");
}

static void print_source(struct page *p, const struct family *f)
{
	sample(p, f, "_info{");
	label(p, "source", p->r->source);
	text(p, ",");
	foreign_label(p, "kernel", p->more->kernel);
	text(p, ",");
	foreign_label(p, "machine", p->more->machine);
	text(p, "} 1\n");
}

static void print_start(struct page *p, const struct family *f)
{
	one(p, f, p->more->start);
}

static void one_program(struct page *p, const struct family *f,
			const struct program_cost *c)
{
	sample(p, f, "_total{");
	foreign_label(p, "program", c->name);
	text(p, "}");
	value(p, f, f->unit == SECONDS ? c->run_ns : c->runs);
}

static void print_runs(struct page *p, const struct family *f)
{
	const struct program_cost *c = p->more->programs;
	struct program_cost all = { .name = "-" };
	size_t i;

	for (i = 0; i < p->more->nprograms; i++) {
		all.run_ns += c[i].run_ns;
		all.runs += c[i].runs;
		if (!p->m->fleet)
			one_program(p, f, &c[i]);
	}
	if (p->m->fleet && i)
		one_program(p, f, &all);
}

static void print_self(struct page *p, const struct family *f)
{
	const struct self *self = p->more->self;

	if (self)
		one(p, f, *(const uint64_t *)((const char *)self + f->count));
}

static bool whole_cases(const struct page *p, const struct family *f)
{
	return visibility_all(visible_cases(p, f), cases(f));
}

static bool whole_sum(const struct page *p, const struct family *f)
{
	return *visible_cases(p, f);
}

static bool whole_hist(const struct page *p, const struct family *f)
{
	return p->r->visible->hist[f->hist];
}

static bool whole_alive(const struct page *p, const struct family *f)
{
	(void)f;
	return p->r->visible->alive;
}

static bool whole_destroy(const struct page *p, const struct family *f)
{
	(void)f;
	return p->r->visible->destroy;
}

static bool whole_flushes(const struct page *p, const struct family *f)
{
	(void)f;
	return p->more->flushes;
}

static bool whole_faults(const struct page *p, const struct family *f)
{
	(void)f;
	return p->more->faults;
}

static bool whole_timeouts(const struct page *p, const struct family *f)
{
	(void)f;
	return p->more->flushes && p->more->flushes->visible->timeouts;
}

static bool whole_lock(const struct page *p, const struct family *f)
{
	(void)f;
	return p->more->flushes && p->more->flushes->visible->waits;
}

static bool whole_lifecycle(const struct page *p, const struct family *f)
{
	(void)f;
	return p->r->visible->create && p->r->visible->destroy;
}

static bool whole_runs(const struct page *p, const struct family *f)
{
	(void)f;
	return p->more->nprograms;
}

static void print_capabilities(struct page *p, const struct family *f);

/* Initializers that families of a kind share. */
#define CASES(member) COUNTER, .print = print_cases, .whole = whole_cases, \
	.count = offsetof(struct v7s_events, member),			\
	.visible = offsetof(struct visibility, member)
#define SUM(function, member) COUNTER, .print = print_sum,		\
	.whole = whole_sum, .sum = function,				\
	.visible = offsetof(struct visibility, member)
#define HIST(which) HISTOGRAM, SECONDS, .print = print_hist,		\
	.whole = whole_hist, .hist = which
#define FLUSH_COUNT(member) COUNTER, .print = print_flush_count,		\
	.flush = offsetof(struct v7s_flush_counts, member)
#define FLUSH_HIST(member) HISTOGRAM, SECONDS, .print = print_flush_hist, \
	.flush = offsetof(struct v7s_flush_counts, member)
#define SELF(member) .foreign = true, .print = print_self,		\
	.count = offsetof(struct self, member)

static uint64_t waits(const struct v7s_events *e)
{
	return e->waits;
}

static const struct family families[] = {
	{ "build", INFO, .print = print_build,
	  .help = "Version of v7scope. Always 1." },
	{ "source", INFO, .print = print_source,
	  .help = "Source of the counts: bpf and ftrace read the kernel's io_pgtable events, through BPF programs or trace buffers; fentry and kprobe observe kernels without these events, and kprobe is not exact. Always 1." },
	{ "capability", GAUGE, .print = print_capabilities,
	  .help = "1 if all series of the named metric are available with this kernel and source, 0 if some or all are absent." },
	{ "exact", GAUGE, .print = print_exact,
	  .help = "1 if every event since the start is counted under its device, 0 if not: see v7scope_dropped_total and the source." },
	{ "start_time", GAUGE, SECONDS, .print = print_start,
	  .help = "Unix time when counting started." },

	{ "installs", CASES(install), .fleet = FLEET_SUM_REASONS, .sum_visible = offsetof(struct visibility, attempts),
	  .by = { { "reason", install_why_names, V7S_INSTALL_WHY },
		  { "outcome", install_outcome_names, V7S_INSTALL_OUTCOME } },
	  .help = "Attempts to publish a next-level table with cmpxchg, by reason (map or split) and outcome: won, or the entry that won instead. Both are - if not known (io_pgtable_install)." },
	{ "splits", CASES(split), .fleet = FLEET_SUM_OUTCOMES,
	  .by = { { "reason", split_kind_names, V7S_SPLIT_KIND },
		  { "outcome", split_outcome_names, V7S_SPLIT_OUTCOME } },
	  .help = "Attempts to split a large entry, by reason and outcome. cont: a 64K or 16M page, under split_lock; block: a section or LPAE block, into a table (io_pgtable_split)." },
	{ "frees", CASES(free), .sum_visible = offsetof(struct visibility, frees),
	  .by = { { "reason", free_why_names, V7S_FREE_WHY } },
	  .help = "Tables below the top level that were freed before their page table was destroyed, by reason: lost an install, unmap, replaced by a block; replaced_live: it still had mappings; - if not known (io_pgtable_free)." },
	{ "refusals", CASES(refuse),
	  .by = { { "reason", refuse_why_names, V7S_REFUSE_WHY } },
	  .help = "Refused requests to map or unmap, by reason (io_pgtable_refuse)." },

	{ "install_window", HIST(V7S_WINDOW),
	  .help = "Race window of an install, from reading the entry to the cmpxchg (window_ns of io_pgtable_install)." },
	{ "split_lock_wait", HIST(V7S_WAIT),
	  .help = "Wait for split_lock, of splits that found the lock taken (wait_ns of io_pgtable_split)." },
	{ "split_lock_hold", HIST(V7S_HOLD),
	  .help = "Time for which splits of reason cont hold split_lock (hold_ns of io_pgtable_split)." },
	{ "split_lock_contended", SUM(waits, waits),
	  .help = "Splits that found split_lock taken, with and without a measured wait (holder of io_pgtable_split)." },

	{ "tables_alive", GAUGE, .print = print_alive, .whole = whole_alive,
	  .help = "Tables below the top level that exist now. Absent if a page table was created before monitoring started, or had no slot (io_pgtable_install, io_pgtable_free)." },
	{ "table_growth", GAUGE, .print = print_net, .whole = whole_alive,
	  .help = "Tables installed minus tables freed since the start, of page tables that exist. Absent if a page table of the device had no slot (io_pgtable_install, io_pgtable_free)." },
	{ "page_tables", GAUGE, .print = print_page_tables,
	  .whole = whole_destroy,
	  .help = "Page tables with a slot and at least one event that are not destroyed (io_pgtable_create, io_pgtable_destroy)." },
	{ "page_table_lifecycle", COUNTER, .print = print_lifecycle,
	  .whole = whole_lifecycle, .by = { { "outcome", NULL, 0 } },
	  .help = "Page tables created, and page tables with at least one event destroyed, by outcome (io_pgtable_create, io_pgtable_destroy)." },
	{ "corrupted_sections", COUNTER, .print = print_corrupted,
	  .help = "Sections that this kernel split without keeping their address: the rest of each maps physical address 0. Absent on kernels without this defect, or where splits are not visible." },
	{ "dropped", COUNTER, .print = print_dropped,
	  .help = "Events not counted, or not under their device, by reason: skipped by the kernel (recursion, probe_missed; refusal_missed: perhaps a refusal), lost by full trace buffers (overrun), no slot for the page table or its device (no_slot), or unknown to this v7scope (unknown_event)." },

	{ "flushes", COUNTER, .print = print_flushes, .whole = whole_flushes,
	  .help = "TLB flushes that the IOMMU's driver began, by reason: range of addresses, all, own decision of the driver, sync without a known command (kprobes on the driver). Absent without such a driver." },
	{ "flush_timeouts", FLUSH_COUNT(timeouts), .whole = whole_timeouts,
	  .help = "TLB flushes that the IOMMU did not finish in time (kprobes on the driver). Under the device other if the driver does not show the device." },
	{ "flush", FLUSH_HIST(flush), .whole = whole_flushes,
	  .help = "Duration of TLB flushes, from call to return (kprobes on the driver)." },
	{ "flush_lock_contended", FLUSH_COUNT(waits), .whole = whole_lock,
	  .help = "TLB flushes that found the driver's lock taken: tlb_lock of mtk_iommu (kprobes on the kernel's spinlocks)." },
	{ "flush_lock_wait", FLUSH_HIST(wait), .whole = whole_lock,
	  .help = "Wait for the driver's lock, of TLB flushes that found it taken (kprobes on the kernel's spinlocks)." },

	{ "faults", COUNTER, .print = print_faults, .whole = whole_faults, .fleet = FLEET_NONE,
	  .help = "Faults of devices that the IOMMU's driver reported, by the device that it named: of mtk_iommu and ipmmu-vmsa, the IOMMU (iommu:io_page_fault; kprobes on arm-smmu-v3)." },

	{ "bpf_runs", COUNTER, .print = print_runs, .whole = whole_runs,
	  .help = "Runs of v7scope's BPF programs (run_cnt). Absent unless kernel.bpf_stats_enabled is 1." },
	{ "bpf_run", COUNTER, SECONDS, .print = print_runs, .whole = whole_runs,
	  .help = "Run time of v7scope's BPF programs (run_time_ns). Absent unless kernel.bpf_stats_enabled is 1." },
	{ "process_cpu", COUNTER, SECONDS, SELF(cpu_ns),
	  .help = "User and system CPU time of v7scope." },
	{ "process_resident_memory", GAUGE, BYTES, SELF(resident),
	  .help = "Resident memory of v7scope." },
	{ "process_start_time", GAUGE, SECONDS, SELF(start), .fleet = FLEET_NONE,
	  .help = "Unix time when v7scope was started." },
	{ "process_open_fds", GAUGE, SELF(open_fds), .fleet = FLEET_NONE,
	  .help = "Open file descriptors of v7scope." },
	{ "process_max_fds", GAUGE, SELF(max_fds), .fleet = FLEET_NONE,
	  .help = "Limit of open file descriptors of v7scope." },
};

static void print_capabilities(struct page *p, const struct family *f)
{
	const struct family *of;

	for (of = families; of < families + ARRAY_SIZE(families); of++) {
		if (!of->whole)
			continue;
		sample(p, f, "{name=\"");
		short_name(p, of);
		text(p, "\"}");
		value(p, f, of->whole(p, of));
	}
}

/* The label value of a device; different names may give the same value. */
static const char *device_label(const char *dev, char label[NAME])
{
	char clean[NAME];

	json_clean_utf8(clean, sizeof(clean), dev && *dev ? dev : "-");
	escape(label, NAME, clean);
	return label;
}

static bool is_shown(const struct metrics *m, const char *label)
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (!strcmp(m->device[i], label))
			return true;
	return false;
}

/*
 * A counter must never fall: a device that was added up as other stays there.
 */
static void show_more(struct metrics *m, const struct report *r)
{
	char label[NAME], best[NAME];
	uint64_t n, most;
	size_t i;

	while (m->n < m->max) {
		most = 0;
		for (i = 0; i < r->ndevices; i++) {
			device_label(r->devices[i].dev, label);
			n = events_count(&r->devices[i].c.e) + 1;
			if (r->devices[i].fresh || n <= most ||
			    !strcmp(label, "other") || is_shown(m, label))
				continue;
			most = n;
			strcpy(best, label);
		}
		if (!most)
			break;
		strcpy(m->device[m->n++], best);
	}
}

static struct series *series_of(struct metrics *m, const char *device, int fmt)
{
	char labels[sizeof(m->series->labels)], number[16];
	const char *format = fmt == UNKNOWN ? "-" : fmt_name(fmt);
	struct series *s;
	size_t room;

	if (!format) {
		snprintf(number, sizeof(number), "%d", fmt);
		format = number;
	}
	snprintf(labels, sizeof(labels), m->fleet ? "device=\"%s\"" :
		 "device=\"%s\",format=\"%s\"", device, format);
	for (s = m->series; s < m->series + m->nseries; s++)
		if (!strcmp(s->labels, labels))
			return s;
	if (m->nseries == m->room) {
		room = m->room ? 2 * m->room : 4;
		s = realloc(m->series, room * sizeof(*s));
		if (!s)
			return NULL;
		m->series = s;
		m->room = room;
	}
	s = &m->series[m->nseries++];
	memset(s, 0, sizeof(*s));
	strcpy(s->labels, labels);
	s->alive_known = s->net_known = true;
	return s;
}

static struct series *add_counts(struct metrics *m, const struct row *row)
{
	char label[NAME];
	struct series *s;

	device_label(row->dev, label);
	s = series_of(m, is_shown(m, label) ? label : "other", row->fmt);
	if (s)
		row_add(&s->row, row);
	return s;
}

static int add_row(struct metrics *m, const struct row *row)
{
	struct series *s = add_counts(m, row);

	if (!s)
		return -1;
	if (row->destroyed) {
		s->gone += row->tables;
		return 0;
	}
	s->live += row->tables;
	s->net += row->net;
	s->alive += row->alive;
	s->alive_known &= !row->alive_why;
	return 0;
}

/* Page tables without a slot. */
static int add_other(struct metrics *m, const struct row *row)
{
	struct series *s = add_counts(m, row);

	if (!s)
		return -1;
	s->alive_known = s->net_known = false;
	return 0;
}

/* A device that is bound again has the same name, at another address. */
static struct flush_series *flush_series_of(struct metrics *m,
					    const char *device,
					    const char *driver)
{
	char labels[sizeof(m->flush->labels)];
	struct flush_series *s;

	snprintf(labels, sizeof(labels), "device=\"%s\",driver=\"%s\"", device,
		 driver);
	for (s = m->flush; s < m->flush + m->nflush; s++)
		if (!strcmp(s->labels, labels))
			return s;
	m->nflush++;
	memset(s, 0, sizeof(*s));
	strcpy(s->labels, labels);
	return s;
}

/* Devices keep their order, so a device of the sum never leaves it. */
static void collect_flushes(struct metrics *m, const struct flush_report *fr)
{
	const struct flush_visibility *visible;
	const struct flushes_dev *dev;
	struct flush_series *s;
	char device[NAME];
	bool flushes, timeouts;
	size_t i;

	m->nflush = 0;
	if (!fr)
		return;
	visible = fr->visible;
	for (i = 0; i <= FLUSHES_DEVS; i++) {
		dev = &fr->f.dev[i];
		flushes = i < FLUSHES_DEVS ? i < fr->f.devs :
			  flush_counts_begun(&dev->c) || dev->c.waits;
		timeouts = visible->timeouts &&
			   (visible->timeouts_by_dev ? flushes :
						       i == FLUSHES_DEVS);
		if (!flushes && !timeouts)
			continue;
		s = flush_series_of(m, i >= m->max || i == FLUSHES_DEVS ?
				    "other" : device_label(dev->dev, device),
				    fr->driver);
		flush_counts_sum(&s->c, &dev->c);
		s->flushes |= flushes;
		s->timeouts |= timeouts;
	}
}

static int collect(struct metrics *m, const struct report *r)
{
	struct row unnamed = r->other;
	struct series *s;
	size_t i;

	m->nseries = 0;
	show_more(m, r);
	for (i = 0; i < r->nrows; i++)
		if (!r->rows[i].fresh && add_row(m, &r->rows[i]))
			return -1;
	for (i = 0; i < r->nothers; i++)
		if (add_other(m, &r->others[i]))
			return -1;
	unnamed.c = report_unnamed(r);
	if (!events_count(&unnamed.c.e))
		return 0;
	s = series_of(m, "other", UNKNOWN);
	if (!s)
		return -1;
	row_add(&s->row, &unnamed);
	s->alive_known = s->net_known = false;
	return 0;
}

int metrics_print(struct metrics *m, FILE *f, enum metrics_form form,
		  const struct report *r, const struct measured *more)
{
	struct page p = { .f = f, .form = form, .m = m, .r = r, .more = more };
	const struct family *family;

	if (collect(m, r))
		return -1;
	collect_flushes(m, more->flushes);
	for (family = families; family < families + ARRAY_SIZE(families);
	     family++)
		if (!m->fleet || family->fleet != FLEET_NONE)
			family->print(&p, family);
	if (form == METRICS_OPENMETRICS)
		text(&p, "# EOF\n");
	return 0;
}

struct metrics *metrics_new(enum metrics_profile profile,
			    unsigned int max_devices)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->fleet = profile == METRICS_FLEET;
	m->max = max_devices ? max_devices :
		 m->fleet ? METRICS_FLEET_DEVICES : METRICS_DEVICES;
	m->device = calloc(m->max, sizeof(*m->device));
	if (m->device)
		return m;
	free(m);
	return NULL;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	free(m->device);
	free(m->series);
	free(m);
}
