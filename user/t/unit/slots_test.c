// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Slots while a program counts and the reader frees them. This process is the
 * program: it counts with bpf/count.h, at the moments that are of interest. So
 * the test needs no privileges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ftrace/count_events.h"
#include "lib/util.h"
#include "model/counts.h"
#include "source/counters_internal.h"
#include "source/quiesce.h"
#include "source/table_slots.h"

enum { TABLE = 7 };

/* Indices of the arguments of a split, see bpf/count.h. */
enum { KIND = 5, WAIT = 9, HOLDER = 11 };

static const struct source_want want = { .tasks = true, .slots = V7S_SLOTS };

/* The id of a task that has ended. */
static __u64 dead_task(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return (__u64)pid << 32 | pid;
}

static void count_install(__u64 task)
{
	const struct counted_event e = {
		.event = V7S_EVENT_INSTALL, .time = 1, .comm = "test",
		.task = task, .dev = "a-device", .args = { 0, TABLE },
	};

	count_event(&e);
}

static void count_destroy(void)
{
	const struct counted_event e = {
		.event = V7S_EVENT_DESTROY, .time = 1, .comm = "test",
		.dev = "a-device", .args = { 0, TABLE },
	};

	count_event(&e);
}

struct seen {
	__u64 task;
	uint64_t installs, ended, finals;
};

static int see_slot(void *arg, const void *slot)
{
	(void)arg;
	(void)slot;
	return 0;
}

static void see_other(void *arg, const void *slot)
{
	const struct v7s_task *task = slot;

	(void)arg;
	assert_int_equal(events_installs(&task->e), 0);
}

/* The slot was read, and its task has ended: a late event of the task. */
static void see_end(void *arg, const void *slot)
{
	struct seen *seen = arg;

	(void)slot;
	seen->ended++;
}

/* The slot was read for the last time, and is not freed yet: likewise. */
static void see_final(void *arg, const void *slot)
{
	const struct v7s_task *task = slot;
	struct seen *seen = arg;

	seen->installs += events_installs(&task->e);
	if (!seen->finals++)
		count_install(seen->task);
}

/* No event may count in a slot between its last reading and its release. */
static void loses_no_late_event_of_a_task(void **state)
{
	struct counters *r = count_events_start(&want, 0);
	struct seen seen = { .task = dead_task() };
	struct slots_visitor v = {
		.slot = see_slot, .other = see_other, .ended = see_end,
		.final = see_final, .arg = &seen,
	};
	struct slots *s;
	int i;

	(void)state;
	assert_non_null(r);
	s = slots_new(TASK_SLOTS, r->map[TASK_ROWS], r->cpus, true);
	assert_non_null(s);
	count_install(seen.task);
	for (i = 0; i < 6; i++) {
		slots_look(s);
		assert_int_equal(slots_read(s, true, &v), 0);
		if (i == 0)	/* between two readings */
			count_install(seen.task);
	}
	assert_int_equal(seen.ended, seen.finals);
	assert_true(seen.finals >= 2);
	assert_int_equal(seen.installs, 3);
	slots_free(s);
	counters_free(r);
}

static bool is_zero(const void *bytes, size_t size)
{
	const char *p = bytes;

	while (size && !*p) {
		p++;
		size--;
	}
	return !size;
}

/*
 * claim() zeroes the counters, too; but the reader may see the new number
 * before it sees those zeroes, and would read the counts of the old page table.
 */
static void frees_slots_zeroed(void **state)
{
	struct counters *r = count_events_start(&want, 0);
	struct model *m = model_new(0);
	struct v7s_cpu_tasks *tasks;
	int i;

	(void)state;
	assert_non_null(r);
	tasks = r->map[TASK_ROWS];
	count_install((__u64)getpid() << 32 | getpid());
	assert_int_equal(counters_read(r, m, 1), 0);
	assert_false(is_zero(&cpu_row(&r->rows, 0)->slot[TABLE], sizeof(cpu_row(&r->rows, 0)->slot[TABLE])));
	assert_false(is_zero(tasks->task, sizeof(tasks->task)));
	count_destroy();
	for (i = 2; i < 4; i++)
		assert_int_equal(counters_read(r, m, i), 0);
	assert_true(is_zero(&cpu_row(&r->rows, 0)->slot[TABLE], sizeof(cpu_row(&r->rows, 0)->slot[TABLE])));
	assert_true(is_zero(tasks->task, sizeof(tasks->task)));
	model_free(m);
	counters_free(r);
}

/* An install of the task that has our pid and began at @start. */
static void install_as(__u64 start, const char *comm)
{
	const struct counted_event e = {
		.event = V7S_EVENT_INSTALL, .time = 1, .comm = comm,
		.task = (__u64)getpid() << 32 | getpid(), .start = start,
		.dev = "a-device", .args = { 0, TABLE },
	};

	count_event(&e);
}

/* A split for which it waited. */
static void wait_as(__u64 start, const char *comm)
{
	const struct counted_event e = {
		.event = V7S_EVENT_SPLIT, .time = 1, .comm = comm,
		.task = (__u64)getpid() << 32 | getpid(), .start = start,
		.dev = "a-device", .args = {
			[1] = TABLE, [KIND] = V7S_CONT,
			[WAIT] = 5, [HOLDER] = 1,
		},
	};

	count_event(&e);
}

static const struct task *task_with(const struct report *r, uint64_t installs)
{
	size_t i;

	for (i = 0; i < r->ntasks; i++)
		if (events_installs(&r->tasks[i].e) == installs)
			return &r->tasks[i];
	return NULL;
}

/* A pid that is used again between two readings, and once more after a reading. */
static void tells_tasks_of_one_pid_apart(void **state)
{
	struct counters *r = count_events_start(&want, 0);
	struct model *m = model_new(0);
	const struct task *t;
	struct report report;
	int i;

	(void)state;
	assert_non_null(r);
	install_as(1000, "first");
	for (i = 0; i < 3; i++)
		install_as(2000, "second");
	wait_as(1000, "first");
	wait_as(2000, "second");
	wait_as(2000, "second");
	assert_int_equal(counters_read(r, m, 1), 0);
	assert_int_equal(model_report(m, true, &report), 0);
	assert_int_equal(report.ntasks, 2);
	assert_int_equal(report.npairs, 2);
	assert_int_equal(report.pairs[0].waits, 2);
	assert_int_equal(report.pairs[1].waits, 1);
	t = task_with(&report, 1);
	assert_non_null(t);
	assert_string_equal(t->comm, "first");
	assert_int_equal(t->pid, getpid());
	assert_int_equal(t->tgid, getpid());
	/* Its pid is alive, but belongs to another task. */
	for (i = 2; i < 5; i++)
		assert_int_equal(counters_read(r, m, i), 0);
	for (i = 0; i < 5; i++)
		install_as(3000, "third");
	for (i = 5; i < 9; i++)
		assert_int_equal(counters_read(r, m, i), 0);
	assert_int_equal(model_report(m, true, &report), 0);
	assert_int_equal(report.ntasks, 3);
	assert_int_equal(events_installs(&report.total.c.e), 9);
	for (i = 1; i <= 5; i += 2) {
		t = task_with(&report, i);
		assert_non_null(t);
		assert_int_equal(t->pid, getpid());
		assert_string_equal(t->comm, i == 1 ? "first" : i == 3 ? "second" : "third");
		assert_int_equal(t->exited, i < 5);
	}
	model_free(m);
	counters_free(r);
}

/* The same pid on two page tables, whose slots are read in the one or the other order. */
static void count_on(__u64 pgtable, __u64 start, __u64 holder)
{
	struct counted_event e = {
		.event = V7S_EVENT_SPLIT, .time = 1, .comm = "test",
		.task = (__u64)getpid() << 32 | getpid(), .start = start,
		.dev = "a-device", .args = {
			[1] = pgtable, [KIND] = V7S_CONT,
			[WAIT] = 5, [HOLDER] = holder,
		},
	};

	count_event(&e);
}

static unsigned int slots_of(const struct v7s_cpu_tasks *t, __u64 start)
{
	unsigned int i, n = 0;

	for (i = 0; i < V7S_TASKS; i++)
		n += t->task[i].key.pgtable && t->task[i].key.start == start;
	for (i = 0; i < V7S_PAIRS; i++)
		n += t->pair[i].key.pgtable && t->pair[i].key.start == start;
	return n;
}

static void ends_the_earlier_task(__u64 earlier, __u64 later)
{
	struct counters *r = count_events_start(&want, 0);
	struct model *m = model_new(0);
	const struct v7s_cpu_tasks *t;
	struct report report;
	size_t k;
	int i;

	assert_non_null(r);
	t = r->map[TASK_ROWS];
	/* Each has waited for another holder. */
	count_on(earlier, 1000, 1);
	count_on(later, 2000, getppid());
	assert_int_equal(slots_of(t, 1000), 2);
	assert_int_equal(counters_read(r, m, 1), 0);
	assert_int_equal(model_report(m, true, &report), 0);
	assert_int_equal(report.ntasks, 2);
	for (k = 0; k < 2; k++)
		assert_int_equal(report.tasks[k].exited, report.tasks[k].pgtable == earlier);
	for (i = 2; i < 5; i++)
		assert_int_equal(counters_read(r, m, i), 0);
	assert_int_equal(slots_of(t, 1000), 0);
	assert_int_equal(slots_of(t, 2000), 2);
	assert_int_equal(model_report(m, true, &report), 0);
	assert_int_equal(report.total.c.e.waits, 2);
	model_free(m);
	counters_free(r);
}

static void ends_the_earlier_task_of_a_pid(void **state)
{
	(void)state;
	ends_the_earlier_task(TABLE, TABLE + 1);
	ends_the_earlier_task(TABLE + 1, TABLE);
}

static void keeps_the_idle_tasks_of_all_cpus(void **state)
{
	struct counters *r = count_events_start(&want, 0);
	struct model *m = model_new(0);
	struct counted_event e = {
		.event = V7S_EVENT_INSTALL, .time = 1, .comm = "swapper",
		.dev = "a-device", .args = { 0, TABLE },
	};
	struct report report;

	(void)state;
	assert_non_null(r);
	for (e.start = 1; e.start <= 2; e.start++)
		count_event(&e);
	assert_int_equal(counters_read(r, m, 1), 0);
	assert_int_equal(model_report(m, true, &report), 0);
	assert_int_equal(report.ntasks, 2);
	assert_false(report.tasks[0].exited || report.tasks[1].exited);
	model_free(m);
	counters_free(r);
}

static void follows_a_name(void **state)
{
	struct counters *r = count_events_start(&want, 0);
	struct model *m = model_new(0);
	struct report report;

	(void)state;
	assert_non_null(r);
	install_as(1000, "a-shell");
	assert_int_equal(counters_read(r, m, 1), 0);
	install_as(1000, "cat");
	assert_int_equal(counters_read(r, m, 2), 0);
	assert_int_equal(model_report(m, true, &report), 0);
	assert_int_equal(report.ntasks, 1);
	assert_string_equal(report.tasks[0].comm, "cat");
	/* ftrace no longer knows the name of a task that has ended. */
	install_as(1000, "<...>");
	assert_int_equal(counters_read(r, m, 3), 0);
	assert_int_equal(model_report(m, true, &report), 0);
	assert_int_equal(report.ntasks, 1);
	assert_string_equal(report.tasks[0].comm, "cat");
	assert_int_equal(events_installs(&report.tasks[0].e), 3);
	model_free(m);
	counters_free(r);
}

enum { MANY = 500, ACTIVE = 40 };

/* Called while the reader waits for the programs; returns whether it can wait. */
static bool (*on_quiesce)(void);
static struct counters *waiting;
static unsigned int waits;

bool __real_quiesce(void);
bool __wrap_quiesce(void);

bool __wrap_quiesce(void)
{
	waits++;
	return on_quiesce ? on_quiesce() : __real_quiesce();
}

struct tables {
	struct counters *r;
	struct model *m;
	struct report report;
	uint64_t now;
	uint64_t counted[2 * MANY];	/* of each page table, by our own arithmetic */
	uint64_t all;
};

static struct tables tables_start(void)
{
	struct tables t = {
		.r = count_events_start(&(struct source_want){ .slots = V7S_SLOTS }, 0), .m = model_new(0),
	};

	assert_non_null(t.r);
	assert_non_null(t.m);
	/* As if programs counted, not this process. */
	table_slots_free(t.r->tables);
	t.r->tables = table_slots_new(&t.r->rows, quiesce);
	assert_non_null(t.r->tables);
	waiting = t.r;
	waits = 0;
	return t;
}

static void tables_end(struct tables *t)
{
	on_quiesce = NULL;
	model_free(t->m);
	counters_free(t->r);
}

static void count_of(struct tables *t, unsigned int cpu, int event, __u64 pgtable)
{
	const struct counted_event e = {
		.cpu = cpu, .event = event, .time = 1, .comm = "", .dev = "a-device",
		.args = { 0, pgtable },
	};

	count_event(&e);
	if (event == V7S_EVENT_INSTALL) {
		t->counted[pgtable]++;
		t->all++;
	}
}

static uint64_t row_installs(const struct report *r, __u64 pgtable)
{
	size_t i;

	for (i = 0; i < r->nrows; i++)
		if (r->rows[i].pgtable == pgtable)
			return events_installs(&r->rows[i].c.e);
	return 0;
}

static uint64_t other_installs(const struct tables *t)
{
	return events_installs(&t->report.other.c.e);
}

/* Whatever leaves or comes back: no event is lost, none counts twice. */
static void read_tables(struct tables *t)
{
	struct report interval;
	uint64_t before = events_installs(&t->report.total.c.e), rows = 0, n;
	unsigned int i;

	assert_int_equal(counters_read(t->r, t->m, t->now += SECOND), 0);
	assert_int_equal(model_report(t->m, false, &interval), 0);
	n = events_installs(&interval.total.c.e);
	assert_int_equal(model_report(t->m, true, &t->report), 0);
	assert_int_equal(events_installs(&t->report.total.c.e), t->all);
	assert_int_equal(n, t->all - before);
	for (i = 1; i < 2 * MANY; i++) {
		n = row_installs(&t->report, i);
		assert_in_range(n, 0, t->counted[i]);
		rows += n;
	}
	assert_int_equal(rows + other_installs(t), t->all);
	for (i = 0, n = 0; i < t->report.ncpus; i++)
		n += events_installs(&t->report.cpus[i].e);
	assert_int_equal(n, t->all);
}

static void install_many(struct tables *t, unsigned int n, unsigned int step)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		count_of(t, 0, V7S_EVENT_INSTALL, 1 + i * step);
}

static unsigned int slots_with(const struct counters *r, __u64 pgtable)
{
	unsigned int cpu, i, n = 0;

	for (cpu = 0; cpu < r->cpus; cpu++)
		for (i = 0; i < V7S_SLOTS; i++)
			n += cpu_row(&r->rows, cpu)->slot[i].pgtable == pgtable;
	return n;
}

/* From here on the first CPU is not exact, and its idle page tables may leave. */
static void want_room(struct tables *t)
{
	count_of(t, 0, V7S_EVENT_FREE, 0);
}

static void idle_page_tables_make_room(void **state)
{
	struct tables t = tables_start();
	uint64_t other;
	unsigned int i;

	(void)state;
	/* The first have more events than those without a slot. */
	for (i = 0; i < 9; i++)
		install_many(&t, V7S_SLOTS, 1);
	install_many(&t, MANY, 1);
	read_tables(&t);
	assert_int_equal(slots_with(t.r, 0), (t.r->cpus - 1) * V7S_SLOTS);
	install_many(&t, ACTIVE, MANY / ACTIVE);
	read_tables(&t);
	other = other_installs(&t);
	for (i = 0; i < 5; i++) {
		install_many(&t, ACTIVE, MANY / ACTIVE);
		read_tables(&t);
	}
	assert_int_equal(other_installs(&t), other);
	/* A page table that lost its slot keeps its sums, and adds to them when it returns. */
	for (i = 2; i < 9; i++)
		assert_int_equal(row_installs(&t.report, i), 10);
	count_of(&t, 0, V7S_EVENT_INSTALL, 2);
	read_tables(&t);
	assert_int_equal(row_installs(&t.report, 2), 11);
	/* Nobody is in need any more, so nobody has to leave. */
	waits = 0;
	read_tables(&t);
	i = slots_with(t.r, 0);
	read_tables(&t);
	read_tables(&t);
	assert_int_equal(slots_with(t.r, 0), i);
	assert_true(waits <= 2);
	tables_end(&t);
}

/* New ones with few events do not keep their slots until they are idle. */
static void few_events_make_room_at_once(void **state)
{
	struct tables t = tables_start();
	uint64_t other;
	unsigned int i;

	(void)state;
	install_many(&t, MANY, 1);
	read_tables(&t);
	other = other_installs(&t);
	assert_int_equal(other, MANY - V7S_SLOTS);
	for (i = 0; i < 5; i++) {
		install_many(&t, ACTIVE, MANY / ACTIVE);
		read_tables(&t);
		assert_int_equal(other_installs(&t), other);
	}
	tables_end(&t);
}

/* All are active, and all alike: none takes the slot of another again and again. */
static void keeps_slots_while_too_few(void **state)
{
	struct tables t = tables_start();
	unsigned int i, first;

	(void)state;
	for (i = 0; i < 3; i++)
		install_many(&t, 4 * V7S_SLOTS, 1);
	read_tables(&t);
	first = waits;
	assert_true(first > 0);
	for (i = 0; i < 5; i++) {
		install_many(&t, 4 * V7S_SLOTS, 1);
		read_tables(&t);
		assert_int_equal(slots_with(t.r, 0), (t.r->cpus - 1) * V7S_SLOTS);
	}
	assert_int_equal(waits, first);
	tables_end(&t);
}

static uint64_t others_installs(const struct tables *t, const char *dev)
{
	size_t i;

	for (i = 0; i < t->report.nothers; i++)
		if (!strcmp(t->report.others[i].dev, dev))
			return events_installs(&t->report.others[i].c.e);
	return 0;
}

/* The number of a device's slot is visible before its name is, or a part of it. */
static void names_a_device_when_it_is_complete(void **state)
{
	struct tables t = tables_start();
	struct v7s_slot *slot = NULL;
	unsigned int i;

	(void)state;
	want_room(&t);
	for (i = 1; i <= V7S_DEVICES && !slot; i++)
		if (cpu_row(&t.r->rows, 0)->other[i].pgtable)
			slot = &cpu_row(&t.r->rows, 0)->other[i];
	assert_non_null(slot);
	t.all = slot->c.e.install[V7S_MAP][V7S_WON] = 6;
	memset(slot->dev + 2, 0, sizeof(slot->dev) - 2);
	read_tables(&t);
	assert_int_equal(t.report.nothers, 0);
	assert_int_equal(other_installs(&t), 6);
	strcpy(slot->dev, "a-device");
	read_tables(&t);
	assert_int_equal(others_installs(&t, "a-device"), 6);
	assert_int_equal(other_installs(&t), 6);
	tables_end(&t);
}

/* Its row tells of its end, though it has no slot any more. */
static void a_page_table_that_left_is_destroyed(void **state)
{
	struct tables t = tables_start();
	const struct row *row;
	unsigned int i;

	(void)state;
	for (i = 1; i <= V7S_SLOTS; i++)
		count_of(&t, 0, V7S_EVENT_CREATE, i);
	want_room(&t);
	install_many(&t, V7S_SLOTS, 1);
	read_tables(&t);
	read_tables(&t);
	assert_int_equal(slots_with(t.r, 0), t.r->cpus * V7S_SLOTS);
	assert_int_equal(t.report.total.alive, V7S_SLOTS);
	count_of(&t, 0, V7S_EVENT_DESTROY, 5);
	read_tables(&t);
	read_tables(&t);
	for (i = 0; i < t.report.nrows; i++) {
		row = &t.report.rows[i];
		assert_int_equal(row->destroyed, row->pgtable == 5);
		assert_int_equal(row->alive, row->pgtable != 5);
	}
	assert_int_equal(t.report.total.alive, V7S_SLOTS - 1);
	tables_end(&t);
}

static struct tables *busy;

/* The page tables of all slots before a reading, by CPU. */
static __u64 (*had)[V7S_SLOTS];

static void look_at_slots(const struct counters *r)
{
	unsigned int cpu, i;

	if (!had)
		had = calloc(r->cpus, sizeof(*had));
	assert_non_null(had);
	for (cpu = 0; cpu < r->cpus; cpu++)
		for (i = 0; i < V7S_SLOTS; i++)
			had[cpu][i] = cpu_row(&r->rows, cpu)->slot[i].pgtable;
}

/* A program that found its slot before it was marked, and one that runs after that. */
static bool goes_on(void)
{
	struct v7s_slot *slot;
	unsigned int cpu, i;

	for (cpu = 0; cpu < waiting->cpus; cpu++) {
		for (i = 0; i < V7S_SLOTS; i++) {
			slot = &cpu_row(&waiting->rows, cpu)->slot[i];
			if (slot->pgtable != V7S_RESERVED)
				continue;
			slot->c.e.install[V7S_MAP][V7S_WON]++;
			busy->counted[had[cpu][i]]++;
			busy->all++;
			count_of(busy, cpu, V7S_EVENT_INSTALL, had[cpu][i]);
		}
	}
	return true;
}

/* All idle, and then used while the reader waits, if it does: each has its slot. */
static void stays_exact_while_there_is_room(void **state)
{
	struct tables t = tables_start();
	unsigned int i;
	char why[192];

	(void)state;
	busy = &t;
	on_quiesce = goes_on;
	install_many(&t, V7S_SLOTS, 1);
	for (i = 0; i < 9; i++) {
		look_at_slots(t.r);
		read_tables(&t);
		assert_int_equal(waits, 0);
		count_of(&t, 0, V7S_EVENT_INSTALL, 1 + i);
	}
	read_tables(&t);
	assert_false(report_inexact(&t.report, 0, why, sizeof(why)));
	assert_int_equal(slots_with(t.r, 0), (t.r->cpus - 1) * V7S_SLOTS);
	/* Another CPU has too many: that is no reason to leave here. */
	for (i = 0; t.r->cpus > 1 && i < MANY; i++)
		count_of(&t, 1, V7S_EVENT_INSTALL, 1 + i);
	on_quiesce = NULL;
	read_tables(&t);
	read_tables(&t);
	for (i = 0; i < V7S_SLOTS; i++)
		assert_in_range(cpu_row(&t.r->rows, 0)->slot[i].pgtable, 1, V7S_SLOTS);
	assert_int_equal(waits > 0, t.r->cpus > 1);
	tables_end(&t);
}

/* Two readings, one right after the other: that is no reason to leave. */
static void is_not_idle_at_once(void **state)
{
	struct tables t = tables_start();
	unsigned int i;

	(void)state;
	want_room(&t);
	install_many(&t, V7S_SLOTS, 1);
	read_tables(&t);
	install_many(&t, V7S_SLOTS, 1);
	for (i = 0; i < 9; i++) {
		t.now -= SECOND - SECOND / 20;
		read_tables(&t);
	}
	assert_int_equal(slots_with(t.r, 0), (t.r->cpus - 1) * V7S_SLOTS);
	assert_int_equal(waits, 0);
	tables_end(&t);
}

static bool cannot_wait(void)
{
	assert_int_equal(slots_with(waiting, V7S_RESERVED), 0);
	return false;
}

static void nobody_leaves_where_nobody_can_wait(void **state)
{
	struct tables t = tables_start();
	unsigned int i;

	(void)state;
	on_quiesce = cannot_wait;
	want_room(&t);
	install_many(&t, V7S_SLOTS, 1);
	for (i = 0; i < 5; i++) {
		read_tables(&t);
		assert_int_equal(slots_with(t.r, 0), (t.r->cpus - 1) * V7S_SLOTS);
		assert_int_equal(slots_with(t.r, V7S_RESERVED), 0);
	}
	assert_int_equal(waits, 4);
	install_many(&t, 2 * V7S_SLOTS, 1);
	read_tables(&t);
	assert_int_equal(other_installs(&t), V7S_SLOTS);
	tables_end(&t);
}

static bool once_more;

/* The slots are marked, and a CPU has just been turned off. */
static bool waits_once(void)
{
	if (once_more) {
		once_more = false;
		return true;
	}
	assert_int_equal(slots_with(waiting, V7S_RESERVED), V7S_SLOTS - 1);
	count_of(busy, 0, V7S_EVENT_INSTALL, 5);
	return false;
}

static void comes_back_if_waiting_fails(void **state)
{
	struct tables t = tables_start();
	unsigned int i;

	(void)state;
	busy = &t;
	want_room(&t);
	install_many(&t, V7S_SLOTS, 1);
	read_tables(&t);
	on_quiesce = waits_once;
	once_more = true;
	count_of(&t, 0, V7S_EVENT_INSTALL, 9);
	assert_int_equal(counters_read(t.r, t.m, t.now += SECOND), 0);
	assert_int_equal(waits, 2);
	assert_int_equal(slots_with(t.r, V7S_RESERVED), 0);
	for (i = 1; i <= V7S_SLOTS; i++)
		assert_int_equal(slots_with(t.r, i), 1);
	on_quiesce = NULL;
	read_tables(&t);
	assert_int_equal(other_installs(&t), 1);
	read_tables(&t);
	assert_int_equal(slots_with(t.r, 0), t.r->cpus * V7S_SLOTS);
	tables_end(&t);
}

static void loses_no_late_event_of_a_page_table(void **state)
{
	struct tables t = tables_start();
	unsigned int i;

	(void)state;
	busy = &t;
	want_room(&t);
	install_many(&t, V7S_SLOTS - 9, 1);
	read_tables(&t);
	look_at_slots(t.r);
	on_quiesce = goes_on;
	assert_int_equal(counters_read(t.r, t.m, t.now += SECOND), 0);
	on_quiesce = NULL;
	read_tables(&t);
	/* Each has found another slot, or was counted as other. */
	assert_int_equal(t.all, 3 * (V7S_SLOTS - 9));
	for (i = 1; i <= V7S_SLOTS - 9; i++)
		assert_in_range(row_installs(&t.report, i), 2, 3);
	tables_end(&t);
}

/* With ftrace, events on a CPU are read after the destruction on another. */
static void counts_late_events_of_what_is_folded(void **state)
{
	struct tables t = tables_start();
	unsigned int i, n = 0;

	(void)state;
	model_keep(t.m, 0, 0);
	install_many(&t, 60, 1);
	read_tables(&t);
	for (i = 1; i <= 60; i++)
		count_of(&t, 0, V7S_EVENT_DESTROY, i);
	for (i = 0; i < 6; i++) {
		install_many(&t, 60, 1 + i % 2);
		assert_int_equal(counters_read(t.r, t.m, t.now += SECOND), 0);
		assert_int_equal(model_report(t.m, true, &t.report), 0);
		assert_int_equal(events_installs(&t.report.total.c.e), t.all);
		assert_int_equal(model_report(t.m, false, &t.report), 0);
		n += events_installs(&t.report.total.c.e);
	}
	assert_int_equal(n, t.all - 60);
	tables_end(&t);
}

/* More are destroyed at once than can be told: any page table may be one of them. */
static void counts_once_what_may_be_destroyed(void **state)
{
	struct tables t = tables_start();
	unsigned int i;

	(void)state;
	model_keep(t.m, 0, 0);
	install_many(&t, 20, 1);
	for (i = 0; i < V7S_GONE + 9; i++)
		count_of(&t, 0, V7S_EVENT_DESTROY, 2 * MANY + i);
	for (i = 0; i < 5; i++) {
		read_tables(&t);
		install_many(&t, 20, 1);
	}
	read_tables(&t);
	assert_int_equal(t.report.unseen, 9);
	for (i = 1; i <= 20; i++)
		assert_int_equal(row_installs(&t.report, i), 6);
	tables_end(&t);
}

static bool some_go_on(void)
{
	return rand() % 4 && goes_on();
}

/*
 * Page tables come, work, rest and go, on all CPUs, while the reader now and then cannot
 * wait. None comes back after it is destroyed.
 */
static void loses_nothing(void **state)
{
	struct tables t = tables_start();
	unsigned int i, k, first = 1, busy_ones;

	(void)state;
	busy = &t;
	srand(1);
	for (i = 0; i < 400; i++) {
		busy_ones = 1 + rand() % 150;
		for (k = rand() % 400; k; k--)
			count_of(&t, rand() % t.r->cpus, V7S_EVENT_INSTALL,
				 first + rand() % busy_ones);
		look_at_slots(t.r);
		on_quiesce = some_go_on;
		assert_int_equal(counters_read(t.r, t.m, t.now += SECOND), 0);
		on_quiesce = NULL;
		read_tables(&t);
		for (k = rand() % 3; k && first < MANY; k--)
			count_of(&t, rand() % t.r->cpus, V7S_EVENT_DESTROY, first++);
	}
	assert_true(waits > 100);
	assert_true(other_installs(&t) > 0);
	tables_end(&t);
}

/* Small machines with many IOMMU groups have more slots; large ones keep their memory. */
static void default_follows_the_groups(void **state)
{
	static const struct { unsigned int cpus, groups, slots; } cases[] = {
		{ 2, 0, 64 }, { 2, 64, 64 }, { 2, 65, 128 }, { 8, 128, 128 },
		{ 8, 129, 256 }, { 8, 2000, 256 }, { 27, 2000, 256 }, { 28, 2000, 128 },
		{ 64, 2000, 64 }, { 192, 2000, 64 }, { 8192, 2000, 64 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(table_slots_default(cases[i].cpus, cases[i].groups),
				 cases[i].slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_follows_the_groups),
		cmocka_unit_test(loses_no_late_event_of_a_task),
		cmocka_unit_test(frees_slots_zeroed),
		cmocka_unit_test(tells_tasks_of_one_pid_apart),
		cmocka_unit_test(ends_the_earlier_task_of_a_pid),
		cmocka_unit_test(keeps_the_idle_tasks_of_all_cpus),
		cmocka_unit_test(follows_a_name),
		cmocka_unit_test(idle_page_tables_make_room),
		cmocka_unit_test(few_events_make_room_at_once),
		cmocka_unit_test(keeps_slots_while_too_few),
		cmocka_unit_test(names_a_device_when_it_is_complete),
		cmocka_unit_test(a_page_table_that_left_is_destroyed),
		cmocka_unit_test(stays_exact_while_there_is_room),
		cmocka_unit_test(is_not_idle_at_once),
		cmocka_unit_test(nobody_leaves_where_nobody_can_wait),
		cmocka_unit_test(comes_back_if_waiting_fails),
		cmocka_unit_test(loses_no_late_event_of_a_page_table),
		cmocka_unit_test(counts_late_events_of_what_is_folded),
		cmocka_unit_test(counts_once_what_may_be_destroyed),
		cmocka_unit_test(loses_nothing),
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
