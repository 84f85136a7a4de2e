// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The rings of destroyed page tables, as the programs write them and the tool reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "ftrace/count_events.h"
#include "model/model.h"
#include "source/counters_internal.h"

/* The same code as a 32-bit machine runs it. */
#include "lib/read64.h"
#undef V7S_SOURCE_GONE_H
#define read64 read64_halves
#define gone_new gone_new_halves
#define gone_free gone_free_halves
#define gone_read gone_read_halves
#define gone_has gone_has_halves
#define gone_unseen gone_unseen_halves
#define gone_fresh gone_fresh_halves
#include "source/gone.c"
#undef gone_new
#undef gone_free
#undef gone_read
#undef gone_has
#undef gone_unseen
#undef gone_fresh

enum { CPUS = 2 };

struct world {
	struct cpu_rows rows;
	struct gone *g;
};

static struct cpu_rows some_rows(unsigned int cpus)
{
	struct cpu_rows rows = { .cpus = cpus, .slots = 1 };

	rows.first = calloc(cpus, V7S_ROW_SIZE(rows.slots));
	assert_non_null(rows.first);
	return rows;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->rows = some_rows(CPUS);
	w->g = gone_new(CPUS);
	assert_non_null(w->g);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	gone_free(w->g);
	free(w->rows.first);
	free(w);
	return 0;
}

static void destroy(struct world *w, unsigned int cpu, __u64 pgtable)
{
	struct v7s_cpu_counters *row = cpu_row(&w->rows, cpu);

	row->gone[row->gone_head++ % V7S_GONE] = pgtable;
}

static void destroy_many(struct world *w, __u64 first, unsigned int n)
{
	while (n--)
		destroy(w, 0, first++);
}

static unsigned int known(const struct world *w, __u64 first, unsigned int n)
{
	unsigned int found = 0;

	while (n--)
		found += gone_has(w->g, first++);
	return found;
}

/* Whatever their numbers are, and on whatever CPU. */
static void knows_those_in_the_rings(void **state)
{
	struct world *w = *state;
	__u64 n;

	gone_read(w->g, &w->rows, false);
	assert_false(gone_has(w->g, 1));
	for (n = 1; n <= V7S_GONE; n++)
		destroy(w, n % CPUS, n * V7S_GONE);
	gone_read(w->g, &w->rows, false);
	for (n = 1; n <= V7S_GONE; n++) {
		assert_true(gone_has(w->g, n * V7S_GONE));
		assert_false(gone_has(w->g, n * V7S_GONE + 1));
	}
	/* A late event may come a few readings later. */
	destroy(w, 0, 1);
	gone_read(w->g, &w->rows, false);
	gone_read(w->g, &w->rows, true);
	assert_true(gone_has(w->g, V7S_GONE));
	assert_true(gone_has(w->g, 1));
	assert_int_equal(gone_unseen(w->g), 0);
}

/* Between two readings, exactly as many as there is room for, and one more. */
static void counts_what_had_no_room(void **state)
{
	struct world *w = *state;

	destroy_many(w, 1, 7);
	gone_read(w->g, &w->rows, true);
	destroy_many(w, 8, V7S_GONE);
	gone_read(w->g, &w->rows, true);
	assert_int_equal(gone_unseen(w->g), 0);
	assert_int_equal(known(w, 8, V7S_GONE), V7S_GONE);
	destroy_many(w, 10000, V7S_GONE + 1);
	gone_read(w->g, &w->rows, true);
	assert_int_equal(gone_unseen(w->g), 1);
	assert_int_equal(known(w, 10000, V7S_GONE + 1), V7S_GONE);
	destroy_many(w, 20000, 3 * V7S_GONE);
	gone_read(w->g, &w->rows, true);
	assert_int_equal(gone_unseen(w->g), 1 + 2 * V7S_GONE);
}

/* An entry that the head already counts may become visible after it, and before it. */
static void waits_for_an_entry(void **state)
{
	struct world *w = *state;
	size_t n;

	destroy_many(w, 1, 3);
	cpu_row(&w->rows, 0)->gone[2] = 0;
	gone_read(w->g, &w->rows, false);
	gone_fresh(w->g, &n);
	assert_int_equal(n, 2);
	assert_int_equal(known(w, 1, 3), 2);
	cpu_row(&w->rows, 0)->gone[2] = 3;
	cpu_row(&w->rows, 0)->gone[3] = 4;
	gone_read(w->g, &w->rows, false);
	assert_int_equal(known(w, 1, 4), 4);
	assert_int_equal(gone_fresh(w->g, &n)[0], 3);
	assert_int_equal(n, 2);
	cpu_row(&w->rows, 0)->gone_head++;
	gone_read(w->g, &w->rows, false);
	gone_read(w->g, &w->rows, true);
	assert_int_equal(gone_unseen(w->g), 0);
	/* More that follow do not hide those without room. */
	destroy_many(w, 10, V7S_GONE + 5);
	gone_read(w->g, &w->rows, false);
	assert_int_equal(gone_unseen(w->g), 5);
	destroy_many(w, 2000, 9);
	gone_read(w->g, &w->rows, false);
	assert_int_equal(gone_unseen(w->g), 5);
	gone_read(w->g, &w->rows, true);
	assert_int_equal(gone_unseen(w->g), 5);
}

/* The first is overwritten during a reading, and the head tells of it later. */
static void tells_later_of_a_reading_overtaken(void **state)
{
	struct world *w = *state;
	__u64 head;

	destroy_many(w, 1, V7S_GONE + 1);
	head = cpu_row(&w->rows, 0)->gone_head--;
	gone_read(w->g, &w->rows, false);
	assert_int_equal(known(w, 1, V7S_GONE + 1), V7S_GONE);
	assert_int_equal(gone_unseen(w->g), 0);
	cpu_row(&w->rows, 0)->gone_head = head;
	gone_read(w->g, &w->rows, false);
	gone_read(w->g, &w->rows, false);
	assert_int_equal(gone_unseen(w->g), 1);
	gone_read(w->g, &w->rows, true);
	assert_int_equal(gone_unseen(w->g), 1);
}

static void overflow_for_long(struct world *w, unsigned int each)
{
	uint64_t before = gone_unseen(w->g);
	unsigned int i;
	static __u64 next = 1;

	for (i = 1; i <= 60; i++, next += each) {
		destroy_many(w, next, each);
		gone_read(w->g, &w->rows, false);
		assert_int_equal(gone_unseen(w->g) - before, i * (each - V7S_GONE));
	}
	gone_read(w->g, &w->rows, true);
	assert_int_equal(gone_unseen(w->g) - before, 60 * (each - V7S_GONE));
}

/* A few too many in each reading, or many. */
static void tells_at_once_of_each_overflow(void **state)
{
	struct world *w = *state;

	overflow_for_long(w, V7S_GONE);
	overflow_for_long(w, 520);
	overflow_for_long(w, 600);
	overflow_for_long(w, 5000);
}

/* The next number at a place may be smaller: a 32-bit machine must not wait for a larger one. */
static void reads_smaller_numbers(void **state)
{
	struct world *w = *state;
	struct gone *g = gone_new_halves(CPUS);

	assert_non_null(g);
	alarm(20);
	destroy_many(w, 1ULL << 20, V7S_GONE);
	gone_read_halves(g, &w->rows, false);
	destroy_many(w, 1, V7S_GONE);
	gone_read_halves(g, &w->rows, false);
	assert_true(gone_has_halves(g, 1));
	assert_int_equal(gone_unseen_halves(g), 0);
	alarm(0);
	gone_free_halves(g);
}

/* Places of the set that a lookup visits before it ends. */
static size_t steps(const struct gone *g, __u64 pgtable)
{
	return ((size_t)(place(g, pgtable) - g->set) - first_place(g, pgtable)) & g->mask;
}

/* Full rings of consecutive numbers, and page tables that live. */
static void looks_up_in_few_steps(void **state)
{
	const unsigned int cpus = 64, n = cpus * V7S_GONE;
	struct cpu_rows rows = some_rows(cpus);
	struct gone *g = gone_new_halves(cpus);
	size_t all = 0, most = 0, k;
	unsigned int i;

	(void)state;
	assert_non_null(g);
	for (i = 0; i < n; i++) {
		cpu_row(&rows, i % cpus)->gone[i / cpus] = 1 + i;
		cpu_row(&rows, i % cpus)->gone_head++;
	}
	gone_read_halves(g, &rows, true);
	for (i = 1; i <= 4 * n; i++) {
		assert_int_equal(gone_has_halves(g, i), i <= n);
		k = steps(g, i);
		all += k;
		most = k > most ? k : most;
	}
	assert_in_range(all, 0, 4 * n);
	assert_in_range(most, 0, 20);
	gone_free_halves(g);
	free(rows.first);
}

static void count(int event, __u64 pgtable)
{
	const struct counted_event e = {
		.event = event, .time = 1, .comm = "", .dev = "d", .args = { 0, pgtable },
	};

	count_event(&e);
}

/* The destruction of a page table that is not known is not one that nobody saw. */
static void tells_of_those_overwritten(void **state)
{
	struct counters *r = count_events_start(&(struct source_want){ 0 }, 0);
	struct model *m = model_new(0);
	struct report report;
	unsigned int n = V7S_GONE + 3, i;

	(void)state;
	assert_non_null(r);
	for (i = 1; i <= 4; i++)
		count(V7S_EVENT_CREATE, i);
	for (i = 0; i < 9; i++)
		count(V7S_EVENT_DESTROY, 0);
	count(V7S_EVENT_DESTROY, 4);
	assert_int_equal(counters_read(r, m, 1), 0);
	assert_int_equal(model_report(m, true, &report), 0);
	assert_int_equal(report.unseen, 0);
	assert_int_equal(report.destroys, 10);
	for (i = 1; i <= n; i++)
		if (i != 4)
			count(V7S_EVENT_DESTROY, i);
	count(V7S_EVENT_CREATE, n + 1);
	assert_int_equal(counters_read(r, m, 2), 0);
	count(V7S_EVENT_CREATE, n + 2);
	assert_int_equal(counters_read(r, m, 3), 0);
	assert_int_equal(model_report(m, true, &report), 0);
	assert_int_equal(report.unseen, 2);
	assert_int_equal(report.destroys, n + 9);
	for (i = 0; i < report.nrows; i++) {
		/* 1 and 2 were overwritten. */
		assert_int_equal(report.rows[i].destroyed,
				 report.rows[i].pgtable == 3 || report.rows[i].pgtable == 4);
		assert_int_equal(!report.rows[i].alive_why,
				 report.rows[i].destroyed || report.rows[i].pgtable == n + 2);
	}
	assert_int_equal(report.nrows, 6);
	model_free(m);
	counters_free(r);
}

int main(void)
{
#define WITH_RINGS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_RINGS(knows_those_in_the_rings),
		WITH_RINGS(counts_what_had_no_room),
		WITH_RINGS(waits_for_an_entry),
		WITH_RINGS(tells_later_of_a_reading_overtaken),
		WITH_RINGS(tells_at_once_of_each_overflow),
		WITH_RINGS(reads_smaller_numbers),
		cmocka_unit_test(looks_up_in_few_steps),
		cmocka_unit_test(tells_of_those_overwritten),
	};

	return cmocka_run_group_tests_name("gone", tests, NULL, NULL);
}
