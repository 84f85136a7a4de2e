// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Splits that count as done until the kernel shows that they were not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cpus.h"
#include "model/counts.h"
#include "source/counters_internal.h"

enum { TASKS = 4, READINGS = 2000, STEPS = 7 };

struct world {
	struct counters *r;
	struct model *m;
	unsigned int cpus;
	unsigned int pending[TASKS];	/* page table, 0: no attempt */
	uint64_t not_done, attempts;
	uint64_t now;
};

static int setup(void **state)
{
	struct v7s_config config;
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->cpus = cpus_possible();
	w->r = counters_new(NULL, &config, &(struct source_want){ .tasks = true });
	assert_non_null(w->r);
	/* Nobody looks whether these tasks exist. */
	w->r->own_pids = false;
	counters_late_splits(w->r);
	assert_int_equal(counters_map(w->r), 0);
	w->m = model_new(0);
	assert_non_null(w->m);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	model_free(w->m);
	counters_free(w->r);
	free(w);
	return 0;
}

/* Add a split to the counters of a CPU, as a BPF program does. */
static void count(struct world *w, unsigned int cpu, unsigned int pgtable,
		  unsigned int task, int outcome)
{
	struct v7s_cpu_counters *on_cpu = counters_of_cpu(w->r, "cpu_counters", cpu);
	struct v7s_cpu_tasks *tasks = counters_of_cpu(w->r, "cpu_tasks", cpu);
	struct v7s_slot *slot = &on_cpu->slot[pgtable];
	struct v7s_task *t = &tasks->task[pgtable * TASKS + task];

	slot->pgtable = t->key.pgtable = pgtable;
	strcpy(slot->dev, "dev");
	t->key.id = 1ULL << 32 | (1 + task);
	strcpy(t->comm, "comm");
	slot->c.e.split[V7S_BLOCK][outcome]++;
	t->e.split[V7S_BLOCK][outcome]++;
	if (outcome == V7S_DONE) {
		slot->c.e.install[V7S_SPLIT][V7S_WON]++;
		t->e.install[V7S_SPLIT][V7S_WON]++;
	} else {
		slot->c.e.lost++;
		t->e.lost++;
	}
}

static void attempt(struct world *w, unsigned int cpu, unsigned int pgtable,
		    unsigned int task)
{
	count(w, cpu, pgtable, task, V7S_DONE);
	w->pending[task] = pgtable;
	w->attempts++;
}

/* The last attempt of the task lost, perhaps on another CPU by now. */
static void lose(struct world *w, unsigned int cpu, unsigned int task)
{
	count(w, cpu, w->pending[task], task,
	      rand() % 2 ? V7S_FOUND_DONE : V7S_SPLIT_GONE);
	w->pending[task] = 0;
	w->not_done++;
}

static void read_all(struct world *w, bool final, struct report *r)
{
	assert_int_equal(counters_read(w->r, w->m, w->now += LATE_NS), 0);
	assert_int_equal(model_report(w->m, final, r), 0);
}

static uint64_t done(const struct v7s_events *e)
{
	return e->split[V7S_BLOCK][V7S_DONE];
}

/* An attempt is done when a reading after it has not shown that it lost. */
static void waits_for_the_next_reading(void **state)
{
	struct world *w = *state;
	struct report r;

	attempt(w, 0, 1, 0);
	read_all(w, true, &r);
	assert_int_equal(done(&r.total.c.e), 0);
	read_all(w, true, &r);
	assert_int_equal(done(&r.total.c.e), 1);

	attempt(w, 0, 1, 0);
	read_all(w, true, &r);
	assert_int_equal(done(&r.total.c.e), 1);
	lose(w, w->cpus - 1, 0);
	read_all(w, true, &r);
	assert_int_equal(done(&r.total.c.e), 1);
	assert_int_equal(events_splits(&r.total.c.e), 2);
	read_all(w, true, &r);
	assert_int_equal(done(&r.total.c.e), 1);
}

/* A task may be preempted for a while, however often the counters are read. */
static void waits_for_a_while(void **state)
{
	struct world *w = *state;
	struct report r;
	int i;

	read_all(w, true, &r);
	attempt(w, 0, 1, 0);
	read_all(w, true, &r);
	for (i = 0; i < 10; i++) {
		w->now -= LATE_NS - 1;
		read_all(w, true, &r);
		assert_int_equal(done(&r.total.c.e), 0);
	}
	lose(w, 0, 0);
	read_all(w, true, &r);
	read_all(w, true, &r);
	assert_int_equal(done(&r.total.c.e), 0);
}

/* The last reading has no next one. */
static void ends_exact(void **state)
{
	struct world *w = *state;
	struct report r;

	attempt(w, 0, 1, 0);
	attempt(w, 0, 1, 1);
	lose(w, w->cpus - 1, 1);
	counters_stopped(w->r);
	read_all(w, true, &r);
	assert_int_equal(done(&r.total.c.e), 1);
	assert_int_equal(done(&r.tasks[0].e) + done(&r.tasks[1].e), 1);
}

/* The page table is destroyed after its splits, in the same reading. */
static void ends_with_its_page_table(void **state)
{
	struct world *w = *state;
	struct v7s_cpu_counters *on_cpu = counters_of_cpu(w->r, "cpu_counters", 0);
	struct report r;

	attempt(w, 0, 1, 0);
	read_all(w, true, &r);
	attempt(w, 0, 1, 0);
	attempt(w, w->cpus - 1, 1, 1);
	lose(w, 0, 1);
	on_cpu->gone[0] = 1;
	on_cpu->gone_head = on_cpu->destroy = 1;
	read_all(w, true, &r);
	assert_int_equal(done(&r.rows[0].c.e), 2);
	read_all(w, true, &r);
	assert_int_equal(done(&r.rows[0].c.e), 2);
	assert_int_equal(events_splits(&r.rows[0].c.e), 3);
}

/* Figures that only grow, as last seen. */
struct seen {
	uint64_t total, row[3], cpu[64], task[3 * TASKS];
};

static void grows(uint64_t *seen, uint64_t now, uint64_t most)
{
	assert_in_range(now, *seen, most);
	*seen = now;
}

static void look(const struct world *w, const struct report *r, struct seen *s)
{
	size_t i;

	grows(&s->total, done(&r->total.c.e), w->attempts - w->not_done);
	for (i = 0; i < r->nrows; i++)
		grows(&s->row[r->rows[i].pgtable], done(&r->rows[i].c.e), w->attempts);
	for (i = 0; i < r->ncpus; i++)
		if (r->cpus[i].cpu < 64)
			grows(&s->cpu[r->cpus[i].cpu], done(&r->cpus[i].e), w->attempts);
	for (i = 0; i < r->ntasks; i++)
		grows(&s->task[r->tasks[i].pgtable * TASKS + r->tasks[i].pid - 1],
		      done(&r->tasks[i].e), w->attempts);
}

/*
 * Tasks that change their CPU between an attempt and its loss. A loss becomes
 * known before the next reading but one.
 */
static void never_goes_back(void **state)
{
	struct world *w = *state;
	struct seen seen = { 0 };
	unsigned int task, age[TASKS] = { 0 };
	struct report r;
	int i, k;

	srand(1);
	for (i = 0; i < READINGS; i++) {
		for (k = 0; k < STEPS; k++) {
			task = rand() % TASKS;
			if (w->pending[task] && rand() % 2)
				lose(w, rand() % w->cpus, task);
			else
				attempt(w, rand() % w->cpus, 1 + rand() % 2, task);
			age[task] = 0;
		}
		for (task = 0; task < TASKS; task++)
			if (w->pending[task] && age[task]++)
				w->pending[task] = 0;
		read_all(w, i % 3, &r);
		if (i % 3)
			look(w, &r, &seen);
		else
			assert_in_range(done(&r.total.c.e), 0, w->attempts);
	}
	counters_stopped(w->r);
	read_all(w, true, &r);
	look(w, &r, &seen);
	assert_int_equal(seen.total, w->attempts - w->not_done);
	assert_true(w->not_done > READINGS);
	assert_int_equal(seen.row[1] + seen.row[2], seen.total);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(waits_for_the_next_reading, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_for_a_while, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_exact, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_with_its_page_table, setup, teardown),
		cmocka_unit_test_setup_teardown(never_goes_back, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
