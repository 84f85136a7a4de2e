// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Every metric is described in man/v7scope.1. */
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
#include "source/source.h"
#include "openmetrics.h"

enum { NAME = 4 * V7S_DEV };	/* escaped; U+FFFD takes three bytes */

/* Sums of the page tables with the same device and format. */
struct series {
	char labels[NAME + 64];
	struct row row;
	uint64_t live;		/* number of page tables that exist */
	int64_t net, alive;	/* tables of these page tables */
	bool alive_known;
};

struct metrics {
	unsigned int max, n;
	char (*device)[NAME];	/* devices with their own series */
	struct series *series;	/* sums of the current report */
	size_t nseries, room;
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

enum type { COUNTER, GAUGE, HISTOGRAM, INFO };

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
	print_family *print;
	/*
	 * Offsets: a table of counts in struct v7s_events, and the table of its
	 * flags in struct visibility. Each visible count is a series.
	 */
	size_t count, visible;
	struct {
		const char *label;	/* NULL: no label */
		const char *const *names;
		unsigned int n;
	} by[2];
	uint64_t (*sum)(const struct v7s_events *e);
	int hist;
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
	text(p, p->form == METRICS_TEXT ? suffix(f) : "");
	text(p, " ");
	text(p, is);
	text(p, "\n");
}

static void titles(struct page *p, const struct family *f)
{
	static const char *const types[] = {
		[COUNTER] = "counter", [GAUGE] = "gauge",
		[HISTOGRAM] = "histogram", [INFO] = "info",
	};
	bool is_gauge = f->type == INFO && p->form == METRICS_TEXT;

	p->titled = f;
	title(p, f, "HELP", f->help);
	title(p, f, "TYPE", types[is_gauge ? GAUGE : f->type]);
	if (p->form == METRICS_OPENMETRICS && f->unit != PLAIN)
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

static void print_cases(struct page *p, const struct family *f)
{
	const bool *visible = visible_cases(p, f);
	unsigned int i, n = f->by[0].n * (f->by[1].label ? f->by[1].n : 1);
	const struct series *s;
	const uint64_t *count;

	for (s = p->m->series; s < p->m->series + p->m->nseries; s++) {
		count = (const uint64_t *)((const char *)&s->row.c.e +
					   f->count);
		for (i = 0; i < n; i++) {
			unsigned int k = f->by[1].label ? i / f->by[1].n : i;

			if (!visible[i])
				continue;
			sample(p, f, NULL);
			text(p, "{");
			text(p, s->labels);
			text(p, ",");
			label(p, f->by[0].label, f->by[0].names[k]);
			if (f->by[1].label) {
				text(p, ",");
				label(p, f->by[1].label,
				      f->by[1].names[i % f->by[1].n]);
			}
			text(p, "}");
			value(p, f, count[i]);
		}
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

static void print_hist(struct page *p, const struct family *f)
{
	const struct series *s;
	const struct v7s_hist *h;
	uint64_t below;
	unsigned int i;

	if (!p->r->visible->hist[f->hist])
		return;
	for (s = p->m->series; s < p->m->series + p->m->nseries; s++) {
		h = &s->row.c.hist[f->hist];
		for (i = below = 0; i < V7S_BUCKETS; i++) {
			below += h->bucket[i];
			sample(p, f, "_bucket{");
			text(p, s->labels);
			text(p, ",le=\"");
			text(p, i < V7S_BUCKETS - 1 ? bound(p, i) : "+Inf");
			text(p, "\"} ");
			number(p, below);
			text(p, "\n");
		}
		sample(p, f, "_sum{");
		text(p, s->labels);
		text(p, "} ");
		seconds(p, h->sum);
		text(p, "\n");
		sample(p, f, "_count{");
		text(p, s->labels);
		text(p, "} ");
		number(p, below);
		text(p, "\n");
	}
}

static void print_untimed(struct page *p, const struct family *f)
{
	static const char *const kinds[V7S_HISTS] = { "window", "wait", "hold" };
	const struct series *s;
	int i;

	for (s = p->m->series; s < p->m->series + p->m->nseries; s++) {
		for (i = 0; i < V7S_HISTS; i++) {
			if (!p->r->visible->hist[i])
				continue;
			sample(p, f, NULL);
			text(p, "{");
			text(p, s->labels);
			text(p, ",");
			label(p, "kind", kinds[i]);
			text(p, "}");
			value(p, f, s->row.c.hist[i].untimed);
		}
	}
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
		if (!p->r->visible->alive)
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
		/*
		 * The overflow slot has no device, and its page tables are not
		 * counted.
		 */
		if (s->row.dev) {
			of_series(p, f, s);
			value(p, f, s->live);
		}
	}
}

static void print_destroyed(struct page *p, const struct family *f)
{
	if (p->r->visible->destroy)
		one(p, f, p->r->destroys);
}

static void print_corrupted(struct page *p, const struct family *f)
{
	if (p->r->corrupted != UNKNOWN)
		one(p, f, p->r->corrupted);
}

static void print_exact(struct page *p, const struct family *f)
{
	char why[192];

	one(p, f, !report_inexact(p->r, 0, why, sizeof(why)));
}

static void print_dropped(struct page *p, const struct family *f)
{
	const struct report *r = p->r;
	int64_t recursion = UNKNOWN;
	int e;

	for (e = 0; e < V7S_EVENTS; e++)
		if (r->misses[e] != UNKNOWN)
			recursion = r->misses[e] +
				    (recursion == UNKNOWN ? 0 : recursion);
	const struct {
		const char *cause;
		int64_t n;
	} causes[] = {
		{ "recursion", recursion },
		{ "probe_missed", r->probe_misses },
		{ "overrun", report_overrun(r) },
		{ "no_slot", events_count(&r->other.c.e) },
		{ "unknown_event", r->total.c.e.unknown },
	};

	for (e = 0; e < (int)ARRAY_SIZE(causes); e++) {
		if (causes[e].n == UNKNOWN)
			continue;
		sample(p, f, "_total{");
		label(p, "cause", causes[e].cause);
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

static void print_runs(struct page *p, const struct family *f)
{
	const struct program_cost *c = p->more->programs;
	size_t i;

	for (i = 0; i < p->more->nprograms; i++) {
		sample(p, f, "_total{");
		foreign_label(p, "program", c[i].name);
		text(p, "}");
		value(p, f, f->unit == SECONDS ? c[i].run_ns : c[i].runs);
	}
}

static void print_self(struct page *p, const struct family *f)
{
	const struct self *self = p->more->self;

	if (self)
		one(p, f, *(const uint64_t *)((const char *)self + f->count));
}

static bool whole_cases(const struct page *p, const struct family *f)
{
	return visibility_all(visible_cases(p, f),
			f->by[0].n * (f->by[1].label ? f->by[1].n : 1));
}

static bool whole_sum(const struct page *p, const struct family *f)
{
	return *visible_cases(p, f);
}

static bool whole_hist(const struct page *p, const struct family *f)
{
	return p->r->visible->hist[f->hist];
}

static bool whole_untimed(const struct page *p, const struct family *f)
{
	(void)f;
	return visibility_all(p->r->visible->hist, V7S_HISTS);
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
#define SELF(member) .foreign = true, .print = print_self,		\
	.count = offsetof(struct self, member)

static uint64_t waits(const struct v7s_events *e)
{
	return e->waits;
}

static uint64_t created(const struct v7s_events *e)
{
	return e->create;
}

static const struct family families[] = {
	{ "build", INFO, .print = print_build,
	  .help = "Version of v7scope. Always 1." },
	{ "source", INFO, .print = print_source,
	  .help = "Source of the counts: bpf and ftrace read the kernel's io_pgtable events, through BPF programs or trace buffers; fentry and kprobe observe kernels without these events, and kprobe is not exact. Always 1." },
	{ "capability", GAUGE, .print = print_capabilities,
	  .help = "1 if all series of the named metric are available with this kernel and source, 0 if some or all are absent." },
	{ "exact", GAUGE, .print = print_exact,
	  .help = "1 if every event since the start is counted under its page table, 0 if not: see v7scope_dropped_total and the source." },
	{ "start_time", GAUGE, SECONDS, .print = print_start,
	  .help = "Unix time when counting started." },

	{ "install_attempts", SUM(events_installs, attempts),
	  .help = "Attempts to publish a next-level table with cmpxchg, won and lost (io_pgtable_install)." },
	{ "installs_lost", SUM(events_installs_lost, lost),
	  .help = "Installs that lost the race: the entry changed before the cmpxchg (io_pgtable_install)." },
	{ "installs", CASES(install),
	  .by = { { "kind", install_why_names, V7S_INSTALL_WHY },
		  { "outcome", install_outcome_names, V7S_INSTALL_OUTCOME } },
	  .help = "Attempts to publish a next-level table, by kind (map or split) and outcome: won, or the entry that won instead (io_pgtable_install)." },
	{ "splits", CASES(split),
	  .by = { { "kind", split_kind_names, V7S_SPLIT_KIND },
		  { "outcome", split_outcome_names, V7S_SPLIT_OUTCOME } },
	  .help = "Attempts to split a large entry, by kind and outcome. cont: a 64K or 16M page, under split_lock; block: a section or LPAE block, into a table (io_pgtable_split)." },
	{ "tables_freed", SUM(events_frees, frees),
	  .help = "Tables below the top level that were freed before their page table was destroyed (io_pgtable_free)." },
	{ "frees", CASES(free),
	  .by = { { "kind", free_why_names, V7S_FREE_WHY } },
	  .help = "Freed tables by reason: lost an install, unmap, or replaced by a block (io_pgtable_free)." },
	{ "refusals", CASES(refuse),
	  .by = { { "kind", refuse_why_names, V7S_REFUSE_WHY } },
	  .help = "Refused requests to map or unmap, by reason (io_pgtable_refuse)." },

	{ "install_window", HIST(V7S_WINDOW),
	  .help = "Race window of an install, from reading the entry to the cmpxchg (window_ns of io_pgtable_install)." },
	{ "split_lock_wait", HIST(V7S_WAIT),
	  .help = "Wait for split_lock, of splits that found the lock taken (wait_ns of io_pgtable_split)." },
	{ "split_lock_hold", HIST(V7S_HOLD),
	  .help = "Time for which splits of kind cont hold split_lock (hold_ns of io_pgtable_split)." },
	{ "split_lock_waits", SUM(waits, waits),
	  .help = "Splits that found split_lock taken, with and without a measured wait (holder of io_pgtable_split)." },
	{ "untimed", COUNTER, .print = print_untimed, .whole = whole_untimed,
	  .help = "Events without a duration, by histogram; they are in no bucket. The tracepoint was enabled between the two readings of the clock." },

	{ "tables_alive", GAUGE, .print = print_alive, .whole = whole_alive,
	  .help = "Tables below the top level that exist now. Absent if a page table was created before monitoring started (io_pgtable_install, io_pgtable_free)." },
	{ "tables_net", GAUGE, .print = print_net, .whole = whole_alive,
	  .help = "Tables installed minus tables freed since the start, of page tables that exist (io_pgtable_install, io_pgtable_free)." },
	{ "page_tables", GAUGE, .print = print_page_tables,
	  .whole = whole_destroy,
	  .help = "Page tables with at least one event that are not destroyed." },
	{ "page_tables_created", SUM(created, create),
	  .help = "Page tables created (io_pgtable_create)." },
	{ "page_tables_destroyed", COUNTER, .print = print_destroyed,
	  .whole = whole_destroy,
	  .help = "Page tables destroyed (io_pgtable_destroy)." },
	{ "corrupted_sections", COUNTER, .print = print_corrupted,
	  .help = "Sections that this kernel split without keeping their address: the rest of each maps physical address 0. Absent on kernels without this defect, or where splits are not visible." },
	{ "dropped", COUNTER, .print = print_dropped,
	  .help = "Events not counted, or not under their page table, by cause: skipped by the kernel (recursion, probe_missed), lost by full trace buffers (overrun), no slot for the page table (no_slot), or unknown to this v7scope (unknown_event)." },

	{ "bpf_runs", COUNTER, .print = print_runs, .whole = whole_runs,
	  .help = "Runs of v7scope's BPF programs (run_cnt). Absent unless kernel.bpf_stats_enabled is 1." },
	{ "bpf_run", COUNTER, SECONDS, .print = print_runs, .whole = whole_runs,
	  .help = "Run time of v7scope's BPF programs (run_time_ns). Absent unless kernel.bpf_stats_enabled is 1." },
	{ "process_cpu", COUNTER, SECONDS, SELF(cpu_ns),
	  .help = "User and system CPU time of v7scope." },
	{ "process_resident_memory", GAUGE, BYTES, SELF(resident),
	  .help = "Resident memory of v7scope." },
	{ "process_start_time", GAUGE, SECONDS, SELF(start),
	  .help = "Unix time when v7scope was started." },
	{ "process_open_fds", GAUGE, SELF(open_fds),
	  .help = "Open file descriptors of v7scope." },
	{ "process_max_fds", GAUGE, SELF(max_fds),
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
	snprintf(labels, sizeof(labels), "device=\"%s\",format=\"%s\"", device,
		 format);
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
	s->alive_known = true;
	return s;
}

static int add_row(struct metrics *m, const struct row *row)
{
	char label[NAME];
	struct series *s;

	device_label(row->dev, label);
	s = series_of(m, is_shown(m, label) ? label : "other", row->fmt);
	if (!s)
		return -1;
	row_add(&s->row, row);
	s->row.dev = row->dev;
	if (row->destroyed)
		return 0;
	s->live += row->tables;
	s->net += row->net;
	s->alive += row->alive;
	s->alive_known &= !row->alive_why;
	return 0;
}

static int collect(struct metrics *m, const struct report *r)
{
	struct series *s;
	size_t i;

	m->nseries = 0;
	show_more(m, r);
	for (i = 0; i < r->nrows; i++)
		if (!r->rows[i].fresh && add_row(m, &r->rows[i]))
			return -1;
	if (!events_count(&r->other.c.e))
		return 0;
	s = series_of(m, "other", UNKNOWN);
	if (!s)
		return -1;
	row_add(&s->row, &r->other);
	s->net = r->other.net;
	s->alive_known = false;
	return 0;
}

int metrics_print(struct metrics *m, FILE *f, enum metrics_form form,
		  const struct report *r, const struct measured *more)
{
	struct page p = { .f = f, .form = form, .m = m, .r = r, .more = more };
	const struct family *family;

	if (collect(m, r))
		return -1;
	for (family = families; family < families + ARRAY_SIZE(families);
	     family++)
		family->print(&p, family);
	if (form == METRICS_OPENMETRICS)
		text(&p, "# EOF\n");
	return 0;
}

struct metrics *metrics_new(unsigned int max_devices)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m)
		m->device = calloc(max_devices, sizeof(*m->device));
	if (m && !m->device) {
		free(m);
		return NULL;
	}
	if (m)
		m->max = max_devices;
	return m;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	free(m->device);
	free(m->series);
	free(m);
}
