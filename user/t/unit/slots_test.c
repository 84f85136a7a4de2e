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
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ftrace/count_events.h"
#include "model/counts.h"
#include "source/counters_internal.h"

enum { TABLE = 7 };

/* Of the arguments of a split, see bpf/count.h. */
enum { KIND = 5, WAIT = 9, HOLDER = 11 };

static const struct source_want want = { .tasks = true };

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
	assert_false(is_zero(&r->rows[0].slot[TABLE], sizeof(r->rows[0].slot[TABLE])));
	assert_false(is_zero(tasks->task, sizeof(tasks->task)));
	count_destroy();
	for (i = 2; i < 4; i++)
		assert_int_equal(counters_read(r, m, i), 0);
	assert_true(is_zero(&r->rows[0].slot[TABLE], sizeof(r->rows[0].slot[TABLE])));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loses_no_late_event_of_a_task),
		cmocka_unit_test(frees_slots_zeroed),
		cmocka_unit_test(tells_tasks_of_one_pid_apart),
		cmocka_unit_test(ends_the_earlier_task_of_a_pid),
		cmocka_unit_test(keeps_the_idle_tasks_of_all_cpus),
		cmocka_unit_test(follows_a_name),
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
