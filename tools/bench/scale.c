// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * How the counters scale: CPUs that do not exist, page tables and tasks, counted
 * by bpf/count.h in this process and read by the tool's own code. The figures are
 * compared with the harness's arithmetic.
 *
 *   scale [-o FILE] [CPUS TABLES ACTIVE TASKS [SLOTS]]
 *
 * Without a case, all cases of the table below. FILE gets the results as JSON.
 * Exit status 1 if a sum is wrong.
 */
#include <errno.h>
#include <inttypes.h>
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

enum {
	ROUNDS		= 12,	/* readings under load */
	QUIET		= 9,	/* readings without a new event */
	EVENTS		= 50,	/* of an active page table on a CPU, a reading */
	TRIES		= 2000,	/* to find the first overflow */
	LATER		= 32,	/* page tables after a burst */
	DEVICES		= 5,	/* the page tables are theirs in turn */
};

struct size {
	unsigned int cpus, tables, active, tasks;
	unsigned int slots;	/* as of --tables; 0: the default */
};

static const struct size sizes[] = {
	{ 8, 64, 40, 0, 0 }, { 8, 128, 40, 0, 0 }, { 8, 500, 40, 0, 0 },
	{ 8, 500, 40, 0, 256 }, { 8, 1000, 40, 0, 0 }, { 8, 2000, 200, 0, 0 },
	{ 8, 2000, 200, 0, 256 }, { 64, 1000, 40, 0, 0 }, { 192, 1000, 40, 0, 0 },
	{ 192, 2000, 200, 0, 256 }, { 512, 1000, 40, 0, 0 }, { 64, 64, 40, 2000, 0 },
	{ 192, 64, 40, 2000, 0 },
};

static const struct size spreads[] = {
	{ .active = 40, .slots = 64 }, { .active = 40, .slots = 128 },
	{ .active = 200, .slots = 256 }, { .active = 200, .slots = 512 },
};

static const unsigned int bursts[] = { 64, 500, 600, 2000 };

/* The machine that is made up, see -Wl,--wrap in user/t/Makefile.inc. */
static unsigned int cpus = 8;

unsigned int __wrap_cpus_possible(void);
bool __wrap_pidns_is_initial(void);

unsigned int __wrap_cpus_possible(void)
{
	return cpus;
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

struct result {
	double first_ms, worst_ms, busy_ms, quiet_ms, resident_mb, rows_mb;
	double other;	/* share of the attempts in all rounds */
	double last_other;	/* in the last round */
	bool exact;
};

static unsigned int slots_of(const struct size *s)
{
	return s->slots ? s->slots : V7S_SLOTS;
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

/* All page tables are live and each had one event on each CPU; few are active. */
static struct result run(const struct size *s)
{
	struct bench b;
	struct result result;
	double busy[ROUNDS], quiet[QUIET];
	uint64_t before, other, last = 0, last_other = 0;
	unsigned int cpu, i;

	cpus = s->cpus;
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

static FILE *json;
static const char *comma = "";
static bool wrong;

static void show_run(const struct size *s)
{
	struct result r = APART(run(s));

	wrong |= !r.exact;
	printf("%5u %7u %7u %6u %6u %9.2f %9.2f %9.2f %9.2f %9.1f %9.1f %8.1f %8.1f  %s\n", s->cpus, s->tables,
	       s->active, s->tasks, slots_of(s), r.first_ms, r.worst_ms, r.busy_ms, r.quiet_ms, r.resident_mb,
	       r.rows_mb, 100 * r.other, 100 * r.last_other, r.exact ? "yes" : "no");
	fprintf(json, "%s\n\t\t{\"cpus\": %u, \"tables\": %u, \"active\": %u, \"tasks\": %u, \"slots\": %u, \"first_ms\": %.3f, \"worst_ms\": %.3f, \"busy_ms\": %.3f, \"quiet_ms\": %.3f, \"resident_mb\": %.2f, \"rows_mb\": %.2f, \"other\": %.5f, \"last_other\": %.5f, \"exact\": %s}",
		comma, s->cpus, s->tables, s->active, s->tasks, slots_of(s), r.first_ms, r.worst_ms, r.busy_ms,
		r.quiet_ms, r.resident_mb, r.rows_mb, r.other, r.last_other, r.exact ? "true" : "false");
	comma = ",";
}

static void show_rest(void)
{
	struct result r;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bursts); i++) {
		r = APART(burst(bursts[i]));
		wrong |= !r.exact;
		printf("%u destroyed between two readings: %.0f of %u later page tables have rows, exact: %s\n",
		       bursts[i], r.other, LATER, r.exact ? "yes" : "no");
		fprintf(json, "%s\n\t\t{\"destroyed\": %u, \"later\": %u, \"rows\": %.0f, \"exact\": %s}",
			i ? "," : "\n\t],\n\t\"bursts\": [", bursts[i], LATER, r.other,
			r.exact ? "true" : "false");
	}
	for (i = 0; i < 2; i++) {
		r = APART(overflow(i));
		printf("page tables with a slot before the first without, %s numbers: mean %.1f, worst %.0f\n",
		       i ? "random" : "consecutive", r.other, r.first_ms);
		fprintf(json, "%s\n\t\t{\"numbers\": \"%s\", \"mean\": %.2f, \"worst\": %.0f}",
			i ? "," : "\n\t],\n\t\"overflow\": [", i ? "random" : "consecutive",
			r.other, r.first_ms);
	}
	for (i = 0; i < ARRAY_SIZE(spreads); i++) {
		r = APART(spread(&spreads[i]));
		printf("%u active page tables with random numbers, %u slots: %.2f %% find none\n",
		       spreads[i].active, spreads[i].slots, 100 * r.other);
		fprintf(json, "%s\n\t\t{\"active\": %u, \"slots\": %u, \"other\": %.5f}",
			i ? "," : "\n\t],\n\t\"spread\": [", spreads[i].active, spreads[i].slots,
			r.other);
	}
}

int main(int argc, char **argv)
{
	struct size one;
	size_t i;

	json = fopen(argc > 2 && !strcmp(argv[1], "-o") ? argv[2] : "/dev/null", "we");
	if (!json)
		die(strerror(errno));
	if (argc > 2 && !strcmp(argv[1], "-o")) {
		argc -= 2;
		argv += 2;
	}
	if (argc != 1 && argc != 5 && argc != 6)
		die("usage: scale [-o FILE] [CPUS TABLES ACTIVE TASKS [SLOTS]]");
	printf("%5s %7s %7s %6s %6s %9s %9s %9s %9s %9s %9s %8s %8s  %s\n", "cpus", "tables", "active",
	       "tasks", "slots", "first ms", "worst ms", "busy ms", "quiet ms", "tool MB", "rows MB", "other %",
	       "last %", "exact");
	fprintf(json, "{\n\t\"sizes\": [");
	if (argc > 1) {
		one = (struct size){ atoi(argv[1]), atoi(argv[2]), atoi(argv[3]), atoi(argv[4]),
				     argc == 6 ? atoi(argv[5]) : 0 };
		if (!one.cpus || !one.active || one.active > one.tables || one.slots & (one.slots - 1))
			die("at least one CPU, no more active page tables than there are, and a power of two slots");
		show_run(&one);
	} else {
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			show_run(&sizes[i]);
		show_rest();
	}
	fprintf(json, "\n\t]\n}\n");
	if (fclose(json))
		die(strerror(errno));
	return wrong;
}
