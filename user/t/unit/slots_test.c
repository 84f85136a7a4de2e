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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loses_no_late_event_of_a_task),
		cmocka_unit_test(frees_slots_zeroed),
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
