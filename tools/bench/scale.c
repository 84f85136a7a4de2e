// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * How the counters scale: CPUs that do not exist, page tables and tasks, counted
 * by bpf/count.h in this process and read by the tool's own code. The figures are
 * compared with the harness's arithmetic.
 *
 *   scale [-o FILE] [CPUS TABLES ACTIVE TASKS [SLOTS]]
 *
 * Without a case, all cases of the table below, and at the end a table of limits. FILE
 * gets the results as JSON. Exit status 1 if a sum is wrong.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ftrace/count_events.h"
#include "lib/cpus.h"
#include "lib/pidns.h"
#include "lib/util.h"
#include "model/counts.h"
#include "model/model.h"
#include "model/report_top.h"
#include "model/visibility.h"
#include "output/json_report.h"
#include "output/openmetrics.h"
#include "source/table_slots.h"

enum {
	ROUNDS		= 12,	/* readings under load */
	QUIET		= 9,	/* readings without a new event */
	EVENTS		= 50,	/* of an active page table on a CPU, a reading */
	TRIES		= 2000,	/* to find the first overflow */
	LATER		= 32,	/* page tables after a burst */
	DEVICES		= 5,	/* the page tables are theirs in turn */
	SNAPSHOTS	= 7,	/* of each form */
	LISTED		= 64,	/* entries of a list, as serve sends them */
};

struct size {
	unsigned int cpus, tables, active, tasks;
	unsigned int slots;	/* as of --tables; 0: the default for an IOMMU group each */
};

static const struct size sizes[] = {
	{ 8, 64, 40, 0, 64 }, { 8, 128, 40, 0, 64 }, { 8, 500, 40, 0, 64 },
	{ 8, 500, 40, 0, 0 }, { 8, 1000, 40, 0, 64 }, { 8, 2000, 200, 0, 64 },
	{ 8, 2000, 200, 0, 0 }, { 64, 1000, 40, 0, 0 }, { 192, 1000, 40, 0, 0 },
	{ 192, 2000, 200, 0, 256 }, { 512, 1000, 40, 0, 0 }, { 64, 64, 40, 2000, 0 },
	{ 192, 64, 40, 2000, 0 },
};

static const struct size spreads[] = {
	{ .active = 40, .slots = 64 }, { .active = 40, .slots = 128 },
	{ .active = 200, .slots = 256 }, { .active = 200, .slots = 512 },
};

static const unsigned int bursts[] = { 64, 500, 600, 2000 };

/* The machine that is made up, see -Wl,--wrap in user/t/Makefile.inc. */
static unsigned int cpus = 8, groups;

unsigned int __wrap_cpus_possible(void);
unsigned int __wrap_iommu_groups(void);
bool __wrap_pidns_is_initial(void);

unsigned int __wrap_cpus_possible(void)
{
	return cpus;
}

unsigned int __wrap_iommu_groups(void)
{
	return groups;
}

/* The tasks do not exist, so the reader must not look for them. */
bool __wrap_pidns_is_initial(void)
{
	return false;
}

static void die(const char *what)
{
	fprintf(stderr, "scale: %s\n", what);
	exit(2);
}

static uint64_t below(uint64_t n)
{
	static uint64_t seed = 1;

	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double resident_mb(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long all, resident = 0;

	if (!f || fscanf(f, "%lu %lu", &all, &resident) != 2)
		die("no /proc/self/statm");
	fclose(f);
	return resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

struct bench {
	struct counters *r;
	struct model *m;
	uint64_t now;
	unsigned int tables;
	uint64_t *installs;	/* of each page table, by our own arithmetic */
	uint64_t all;
	struct report report;
};

static const char *device_of(uint64_t pgtable)
{
	static const char *const names[DEVICES] = {
		"a-device", "b-device", "b-device-2", "a-device-with-a-name-that-is-cut", "-",
	};

	return names[pgtable % DEVICES];
}

static void event(unsigned int cpu, unsigned int kind, uint64_t pgtable, uint64_t task)
{
	const struct counted_event e = {
		.cpu = cpu, .event = kind, .time = 1, .comm = "scale",
		.task = task << 32 | task, .start = task, .dev = device_of(pgtable),
		.args = { [1] = pgtable, [2] = V7S_FMT_V7S, [7] = 100 },
	};

	count_event(&e);
}

static void install(struct bench *b, unsigned int cpu, uint64_t pgtable, uint64_t task)
{
	event(cpu, V7S_EVENT_INSTALL, pgtable, task);
	b->installs[pgtable]++;
	b->all++;
}

/* CPU time of a reading and its report, in ms. */
static double reading(struct bench *b, bool final)
{
	double start = cpu_ms();

	b->now += 1000000000;
	if (counters_read(b->r, b->m, b->now) || model_report(b->m, final, &b->report))
		die("out of memory");
	return cpu_ms() - start;
}

static struct bench start(unsigned int tables, bool tasks, unsigned int slots)
{
	const struct source_want want = { .tasks = tasks, .slots = slots };
	struct bench b = {
		.r = count_events_start(&want, 0),
		.m = model_new(0),
		.tables = tables,
		.installs = calloc(tables + 1, sizeof(uint64_t)),
	};

	if (!b.r || !b.m || !b.installs)
		die(strerror(errno));
	return b;
}

/* A device has the installs of its page tables, with a slot or not. */
static bool devices_are_exact(const struct bench *b)
{
	uint64_t installs[DEVICES] = { 0 };
	const struct report *r = &b->report;
	unsigned int i, k, found = 0;

	for (i = 1; i <= b->tables; i++)
		installs[i % DEVICES] += b->installs[i];
	for (i = 0; i < r->ndevices; i++)
		for (k = 0; k < DEVICES; k++)
			found += !strncmp(r->devices[i].dev, device_of(k), V7S_DEV - 1) &&
				 events_installs(&r->devices[i].c.e) == installs[k];
	return found == DEVICES && !report_inexact_devices(r);
}

/*
 * Each install is in the row of its page table, or in other: the rows lack
 * together what other has.
 */
static bool is_exact(const struct bench *b, bool tasks)
{
	const struct report *r = &b->report;
	uint64_t lacking = 0, by_tasks = events_installs(&r->other_tasks), n;
	size_t i;

	if (events_installs(&r->total.c.e) != b->all)
		return false;
	for (i = 0; i < r->nrows; i++) {
		n = events_installs(&r->rows[i].c.e);
		if (r->rows[i].pgtable && n > b->installs[r->rows[i].pgtable])
			return false;
		lacking += n;
	}
	for (i = 0; i < r->ntasks; i++)
		by_tasks += events_installs(&r->tasks[i].e);
	return b->all - lacking == events_installs(&r->other.c.e) &&
	       (!tasks || by_tasks == b->all);
}

/* The forms of a snapshot of serve: what its parameters add */
enum form_of { PLAIN, BUCKETS, EVERYTHING, FORMS };

struct form {
	double bytes, ms;
};

struct result {
	double first_ms, worst_ms, busy_ms, quiet_ms, resident_mb, rows_mb;
	double other;	/* share of the attempts in all rounds */
	double last_other;	/* in the last round */
	struct form snapshot[FORMS];
	bool exact;
};

static unsigned int slots_of(const struct size *s)
{
	return s->slots ? s->slots : table_slots_default(s->cpus, s->tables);
}

static uint64_t some_task(const struct size *s)
{
	return s->tasks ? below(s->tasks) + 1 : 1;
}

static void round_of(struct bench *b, const struct size *s)
{
	unsigned int cpu, i, n;

	for (cpu = 0; cpu < s->cpus; cpu++)
		for (i = 0; i < s->active; i++)
			for (n = 0; n < EVENTS; n++)
				install(b, cpu, (i * (uint64_t)s->tables) / s->active + 1,
					some_task(s));
}

/*
 * The snapshot that serve makes of the counts, with its report but without its reading.
 * It lacks the flushes and the server, which do not grow. A message of the stream has 24
 * bytes more.
 */
static struct form snapshot(struct bench *b, const struct visibility *visible, enum form_of form)
{
	const double start = cpu_ms();
	struct report_left left;
	size_t len;
	char *text;
	FILE *f;

	if (model_report(b->m, true, &b->report))
		die("out of memory");
	b->report.visible = visible;
	b->report.source = "bpf";
	f = open_memstream(&text, &len);
	if (!f || report_top(&b->report, form == EVERYTHING ? SIZE_MAX : LISTED, &left))
		die("out of memory");
	json_line(f, json_snapshot(&b->report, &left, form != PLAIN));
	fclose(f);
	free(text);
	return (struct form){ .bytes = len, .ms = cpu_ms() - start };
}

/*
 * The first two forms in turn, so that a busy machine slows both down. The third one comes
 * last: the allocator gives its memory back, which the next snapshot would pay for.
 */
static void snapshots(struct bench *b, bool tasks, struct form *forms)
{
	struct visibility visible = visibility_everything;
	double ms[FORMS][SNAPSHOTS];
	unsigned int i, k;

	visible.tasks = visible.pairs = tasks;
	visible.stacks = false;
	for (i = 0; i < FORMS * SNAPSHOTS; i++) {
		k = i < EVERYTHING * SNAPSHOTS ? i % EVERYTHING : EVERYTHING;
		forms[k] = snapshot(b, &visible, k);
		ms[k][i < EVERYTHING * SNAPSHOTS ? i / EVERYTHING : i % SNAPSHOTS] = forms[k].ms;
	}
	for (k = 0; k < FORMS; k++)
		forms[k].ms = median(ms[k], SNAPSHOTS);
}

/* All page tables are live and each had one event on each CPU; few are active. */
static struct result run(const struct size *s)
{
	struct bench b;
	struct result result;
	double busy[ROUNDS], quiet[QUIET];
	uint64_t before, other, last = 0, last_other = 0;
	unsigned int cpu, i;

	cpus = s->cpus;
	groups = s->tables;
	b = start(s->tables, s->tasks, s->slots);
	for (i = 1; i <= s->tables; i++) {
		event(i % cpus, V7S_EVENT_CREATE, i, 1);
		for (cpu = 0; cpu < cpus; cpu++)
			install(&b, cpu, i, some_task(s));
	}
	result.first_ms = reading(&b, true);
	before = b.all;
	other = events_installs(&b.report.other.c.e);
	for (i = 0; i < ROUNDS; i++) {
		last = b.all;
		round_of(&b, s);
		busy[i] = reading(&b, false);
		last_other = events_installs(&b.report.other.c.e);
	}
	for (i = 0; i < QUIET; i++)
		quiet[i] = reading(&b, false);
	result.busy_ms = median(busy, ROUNDS);
	result.worst_ms = busy[ROUNDS - 1];
	result.quiet_ms = median(quiet, QUIET);
	reading(&b, true);
	result.other = (events_installs(&b.report.other.c.e) - other) / (double)(b.all - before);
	result.last_other = last_other / (double)(b.all - last);
	result.exact = is_exact(&b, s->tasks) && devices_are_exact(&b);
	result.rows_mb = cpus * (V7S_ROW_SIZE(slots_of(s)) +
				 (s->tasks ? sizeof(struct v7s_cpu_tasks) : 0)) / 1e6;
	result.resident_mb = resident_mb() - result.rows_mb;
	snapshots(&b, s->tasks, result.snapshot);
	return result;
}

/*
 * A burst of page tables on one CPU, created and destroyed between two readings.
 * Returns how many later page tables have their own rows.
 */
static struct result burst(unsigned int n)
{
	struct bench b;
	struct result result = { 0 };
	unsigned int i;

	cpus = 2;
	b = start(n + LATER, false, 0);
	for (i = 1; i <= n; i++) {
		event(0, V7S_EVENT_CREATE, i, 1);
		install(&b, 0, i, 1);
	}
	for (i = 1; i <= n; i++)
		event(0, V7S_EVENT_DESTROY, i, 1);
	for (i = 0; i < 6; i++)
		reading(&b, false);
	for (i = n + 1; i <= n + LATER; i++)
		install(&b, 0, i, 1);
	reading(&b, true);
	for (i = 0; i < b.report.nrows; i++)
		result.other += b.report.rows[i].pgtable > n;
	result.exact = is_exact(&b, false) && b.report.destroys == n &&
		       b.report.unseen == (n > V7S_GONE ? n - V7S_GONE : 0);
	return result;
}

static uint64_t all_other(const struct v7s_cpu_counters *row)
{
	uint64_t all = 0;
	unsigned int i;

	for (i = 0; i <= V7S_DEVICES; i++)
		all += events_count(&row->other[i].c.e);
	return all;
}

/* How many page tables have a slot before one has none: mean, and the worst. */
static struct result overflow(unsigned int random)
{
	struct bench b;
	struct v7s_cpu_counters *row;
	struct result result = { .exact = true, .first_ms = V7S_SLOTS };
	unsigned int i, n;

	cpus = 1;
	b = start(0, false, 0);
	row = counters_of_cpu(b.r, "cpu_counters", 0);
	for (i = 0; i < TRIES; i++) {
		uint64_t first = below(1 << 30);

		memset(row, 0, V7S_ROW_SIZE(V7S_SLOTS));
		for (n = 0; !all_other(row); n++)
			event(0, V7S_EVENT_FREE, random ? below(1 << 30) + 1 : first + n + 1, 1);
		result.other += (n - 1) / (double)TRIES;
		if (n - 1 < result.first_ms)
			result.first_ms = n - 1;
	}
	return result;
}

/* The share of active page tables with random numbers that find no slot. */
static struct result spread(const struct size *s)
{
	struct bench b;
	struct v7s_cpu_counters *row;
	struct result result = { .exact = true };
	unsigned int i, n;

	cpus = 1;
	b = start(0, false, s->slots);
	row = counters_of_cpu(b.r, "cpu_counters", 0);
	for (i = 0; i < TRIES; i++) {
		memset(row, 0, V7S_ROW_SIZE(slots_of(s)));
		for (n = 0; n < s->active; n++)
			event(0, V7S_EVENT_FREE, below(1 << 30) + 1, 1);
		result.other += all_other(row) / (double)s->active / TRIES;
	}
	return result;
}

/*
 * The series of a board of 8 CPUs and 64 page tables, each with events of each kind, in a
 * profile of the metrics, and of these the buckets.
 */
static struct result series(enum metrics_profile profile)
{
	const struct measured more = { .version = VERSION, .kernel = "", .machine = "" };
	struct metrics *m = metrics_new(profile, 0);
	struct result result = { .exact = true };
	struct bench b;
	size_t len;
	char *text, *line;
	unsigned int i, kind;
	FILE *f;

	cpus = 8;
	b = start(64, false, 0);
	for (i = 1; i <= 64; i++)
		for (kind = 0; kind < V7S_EVENTS; kind++)
			if (kind != V7S_EVENT_DESTROY)
				event(i % cpus, kind, i, 1);
	/* The name of a device may be incomplete at the first reading. */
	reading(&b, true);
	reading(&b, true);
	b.report.visible = &visibility_everything;
	b.report.source = "bpf";
	f = open_memstream(&text, &len);
	if (!m || !f || metrics_print(m, f, METRICS_TEXT, &b.report, &more) || fclose(f))
		die("out of memory");
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		result.first_ms += *line != '#';
		result.other += *line != '#' && strstr(line, "_bucket{");
	}
	return result;
}

/* Each in a process of its own, whose memory nobody has used. */
#define APART(call) ({							\
	struct result got;						\
	int fds[2], status;						\
									\
	fflush(NULL);							\
	if (pipe(fds))							\
		die("no pipe");						\
	if (!fork()) {							\
		got = (call);						\
		_exit(write(fds[1], &got, sizeof(got)) != sizeof(got));	\
	}								\
	close(fds[1]);							\
	if (read(fds[0], &got, sizeof(got)) != sizeof(got))		\
		die("a case failed");					\
	close(fds[0]);							\
	wait(&status);							\
	got;								\
})

static FILE *results;
static bool wrong;

/* The results of all cases, for the table of limits */
static struct result of_size[ARRAY_SIZE(sizes)], of_spread[ARRAY_SIZE(spreads)];
static struct result of_burst[ARRAY_SIZE(bursts)], of_overflow[2], of_profile[2];

static const char *yes(bool is)
{
	return is ? "yes" : "no";
}

/* A line of a list in JSON, after the list's head if it is the first */
static void to_json(bool first, const char *list, const char *format, ...)
{
	va_list args;

	if (first)
		fprintf(results, "%s\n\t\"%s\": [", ftell(results) > 2 ? "\n\t]," : "", list);
	fprintf(results, "%s\n\t\t", first ? "" : ",");
	va_start(args, format);
	vfprintf(results, format, args);
	va_end(args);
}

static struct result show_run(const struct size *s, bool first)
{
	struct result r = APART(run(s));
	const struct form *f = r.snapshot;

	wrong |= !r.exact;
	printf("%5u %7u %7u %6u %6u %9.2f %9.2f %9.2f %9.2f %9.1f %9.1f %8.1f %8.1f %9.1f %8.2f  %s\n", s->cpus,
	       s->tables, s->active, s->tasks, slots_of(s), r.first_ms, r.worst_ms, r.busy_ms, r.quiet_ms,
	       r.resident_mb, r.rows_mb, 100 * r.other, 100 * r.last_other, f[PLAIN].bytes / 1e3, f[PLAIN].ms,
	       yes(r.exact));
	to_json(first, "sizes", "{\"cpus\": %u, \"tables\": %u, \"active\": %u, \"tasks\": %u, \"slots\": %u, \"first_ms\": %.3f, \"worst_ms\": %.3f, \"busy_ms\": %.3f, \"quiet_ms\": %.3f, \"resident_mb\": %.2f, \"rows_mb\": %.2f, \"other\": %.5f, \"last_other\": %.5f, \"snapshot_bytes\": %.0f, \"snapshot_ms\": %.3f, \"buckets_bytes\": %.0f, \"buckets_ms\": %.3f, \"all_bytes\": %.0f, \"all_ms\": %.3f, \"exact\": %s}",
		s->cpus, s->tables, s->active, s->tasks, slots_of(s), r.first_ms, r.worst_ms, r.busy_ms, r.quiet_ms,
		r.resident_mb, r.rows_mb, r.other, r.last_other, f[PLAIN].bytes, f[PLAIN].ms, f[BUCKETS].bytes,
		f[BUCKETS].ms, f[EVERYTHING].bytes, f[EVERYTHING].ms, r.exact ? "true" : "false");
	return r;
}

static void show_rest(void)
{
	static const char *const numbers[] = { "consecutive", "random" }, *const profiles[] = {
		[METRICS_FULL] = "full", [METRICS_FLEET] = "fleet",
	};
	struct result r;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bursts); i++) {
		r = of_burst[i] = APART(burst(bursts[i]));
		wrong |= !r.exact;
		to_json(!i, "bursts", "{\"destroyed\": %u, \"later\": %u, \"rows\": %.0f, \"exact\": %s}",
			bursts[i], LATER, r.other, r.exact ? "true" : "false");
	}
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		r = of_overflow[i] = APART(overflow(i));
		to_json(!i, "overflow", "{\"numbers\": \"%s\", \"mean\": %.2f, \"worst\": %.0f}", numbers[i],
			r.other, r.first_ms);
	}
	for (i = 0; i < ARRAY_SIZE(spreads); i++) {
		r = of_spread[i] = APART(spread(&spreads[i]));
		to_json(!i, "spread", "{\"active\": %u, \"slots\": %u, \"other\": %.5f}", spreads[i].active,
			spreads[i].slots, r.other);
	}
	for (i = 0; i < ARRAY_SIZE(profiles); i++) {
		r = of_profile[i] = APART(series(i));
		to_json(!i, "series", "{\"profile\": \"%s\", \"series\": %.0f, \"buckets\": %.0f}", profiles[i],
			r.first_ms, r.other);
	}
}

static const struct result *of(unsigned int cpus, unsigned int tables, unsigned int active, unsigned int tasks,
			       unsigned int slots)
{
	const struct size *s;

	for (s = sizes; s < sizes + ARRAY_SIZE(sizes); s++)
		if (s->cpus == cpus && s->tables == tables && s->active == active && s->tasks == tasks &&
		    s->slots == slots)
			return &of_size[s - sizes];
	die("the table of limits has a case that was not run");
	return NULL;
}

static void limit(const char *what, const char *format, ...)
{
	static bool later;
	char figure[128];
	va_list args;

	va_start(args, format);
	vsnprintf(figure, sizeof(figure), format, args);
	va_end(args);
	printf("| %s | %s |\n", what, figure);
	to_json(!later, "limits", "{\"limit\": \"%s\", \"figure\": \"%s\"}", what, figure);
	later = true;
}

static void limit_of_form(const char *what, const struct result *r, enum form_of form)
{
	const struct form *f = &r->snapshot[form];

	limit(what, "%.1f KB, %.2f ms of CPU", f->bytes / 1e3, f->ms);
}

/* @more: bytes of a CPU beside its page tables */
static void limit_of_memory(const char *what, size_t more)
{
	const double mb = (V7S_ROW_SIZE(V7S_SLOTS) + more) / 1e6;

	limit(what, "%.0f / %.0f MB", 192 * mb, 512 * mb);
}

static void show_limits(void)
{
	const struct result *tasks = of(192, 64, 40, 2000, 0);

	printf("\n| limit | figure |\n|---|---|\n");
	limit("500 page tables of which 40 are active, 8 CPUs, without an option", "%.1f %% of attempts under other",
	      100 * of(8, 500, 40, 0, 0)->other);
	limit("the same with --tables 64", "%.1f %% of attempts under other",
	      100 * of(8, 500, 40, 0, 64)->other);
	limit("1,000 page tables of which 40 are active, 8 CPUs, --tables 64", "%.1f %% of attempts under other",
	      100 * of(8, 1000, 40, 0, 64)->other);
	limit("2,000 page tables of which 200 are active, 8 CPUs, without an option", "%.1f %% of attempts under other",
	      100 * of(8, 2000, 200, 0, 0)->other);
	limit("the same with --tables 64", "%.1f %% of attempts under other",
	      100 * of(8, 2000, 200, 0, 64)->other);
	limit("200 active page tables with random numbers, --tables 256", "%.2f %% of attempts under other",
	      100 * of_spread[2].other);
	limit("first overflow of 64 slots with random numbers", "after %.0f on average, %.0f at worst",
	      of_overflow[1].other, of_overflow[1].first_ms);
	limit("600 page tables destroyed on a CPU within a reading", "%.0f of %u later ones have rows",
	      of_burst[2].other, LATER);
	limit("2,000 page tables destroyed on a CPU within a reading", "%.0f of %u later ones have rows",
	      of_burst[3].other, LATER);
	limit("reading 1,000 page tables at 64 / 192 / 512 CPUs, 40 active", "%.1f / %.1f / %.1f ms of CPU",
	      of(64, 1000, 40, 0, 0)->busy_ms, of(192, 1000, 40, 0, 0)->busy_ms,
	      of(512, 1000, 40, 0, 0)->busy_ms);
	limit("the same without new events", "%.1f / %.1f / %.1f ms of CPU", of(64, 1000, 40, 0, 0)->quiet_ms,
	      of(192, 1000, 40, 0, 0)->quiet_ms, of(512, 1000, 40, 0, 0)->quiet_ms);
	limit("192 CPUs x 2,000 tasks, --tasks", "first reading %.0f ms, later ones %.0f ms of CPU",
	      tasks->first_ms, tasks->busy_ms);
	limit_of_form("snapshot and stream, 64 CPUs x 2,000 tasks", of(64, 64, 40, 2000, 0), PLAIN);
	limit_of_form("the same with buckets=1", of(64, 64, 40, 2000, 0), BUCKETS);
	limit_of_form("the snapshot with all=1 and buckets=1", of(64, 64, 40, 2000, 0), EVERYTHING);
	limit_of_form("snapshot and stream, 64 CPUs x 1,000 page tables", of(64, 1000, 40, 0, 0), PLAIN);
	limit_of_form("the same with buckets=1", of(64, 1000, 40, 0, 0), BUCKETS);
	limit_of_form("the snapshot with all=1 and buckets=1", of(64, 1000, 40, 0, 0), EVERYTHING);
	limit_of_memory("kernel memory at 192 / 512 possible CPUs", 0);
	limit_of_memory("the same with --tasks", sizeof(struct v7s_cpu_tasks));
	limit_of_memory("the same with --tasks and --stacks",
			sizeof(struct v7s_cpu_tasks) + sizeof(struct v7s_cpu_stacks));
	limit("series of a board with 5 devices", "%.0f, of which %.0f %% buckets", of_profile[METRICS_FULL].first_ms,
	      100 * of_profile[METRICS_FULL].other / of_profile[METRICS_FULL].first_ms);
	limit("the same with --metrics-profile fleet", "%.0f, of which %.0f %% buckets",
	      of_profile[METRICS_FLEET].first_ms,
	      100 * of_profile[METRICS_FLEET].other / of_profile[METRICS_FLEET].first_ms);
}

int main(int argc, char **argv)
{
	struct size one;
	size_t i;

	results = fopen(argc > 2 && !strcmp(argv[1], "-o") ? argv[2] : "/dev/null", "we");
	if (!results)
		die(strerror(errno));
	if (argc > 2 && !strcmp(argv[1], "-o")) {
		argc -= 2;
		argv += 2;
	}
	if (argc != 1 && argc != 5 && argc != 6)
		die("usage: scale [-o FILE] [CPUS TABLES ACTIVE TASKS [SLOTS]]");
	printf("%5s %7s %7s %6s %6s %9s %9s %9s %9s %9s %9s %8s %8s %9s %8s  %s\n", "cpus", "tables", "active",
	       "tasks", "slots", "first ms", "worst ms", "busy ms", "quiet ms", "tool MB", "rows MB", "other %",
	       "last %", "JSON KB", "JSON ms", "exact");
	fprintf(results, "{");
	if (argc > 1) {
		one = (struct size){ atoi(argv[1]), atoi(argv[2]), atoi(argv[3]), atoi(argv[4]),
				     argc == 6 ? atoi(argv[5]) : 0 };
		if (!one.cpus || !one.active || one.active > one.tables || one.slots & (one.slots - 1))
			die("at least one CPU, no more active page tables than there are, and a power of two slots");
		show_run(&one, true);
	} else {
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			of_size[i] = show_run(&sizes[i], !i);
		show_rest();
		show_limits();
	}
	fprintf(results, "\n\t]\n}\n");
	if (fclose(results))
		die(strerror(errno));
	return wrong;
}
