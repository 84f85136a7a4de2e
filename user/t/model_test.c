// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model.h"

static struct v7s_slot slot(uint64_t pgtable, const char *dev)
{
	struct v7s_slot s;

	memset(&s, 0, sizeof(s));
	s.pgtable = pgtable;
	s.fmt = 4;
	strncpy(s.dev, dev, sizeof(s.dev) - 1);
	return s;
}

static struct report report(struct model *m, bool final)
{
	struct report r;

	assert_int_equal(model_report(m, final, &r), 0);
	return r;
}

static void percentiles_at_the_edges(void **state)
{
	struct v7s_hist h;

	(void)state;
	memset(&h, 0, sizeof(h));
	assert_int_equal(hist_percentile(&h, 50), UNKNOWN);

	h.bucket[10] = 1;		/* 513 to 1024 */
	h.max = 1024;
	assert_int_equal(hist_percentile(&h, 1), 1024);
	assert_int_equal(hist_percentile(&h, 99), 1024);
	h.max = 600;			/* nothing took longer than that */
	assert_int_equal(hist_percentile(&h, 99), 600);

	h.bucket[3] = 99;		/* 5 to 8: exactly 99 of 100 */
	assert_int_equal(hist_percentile(&h, 50), 8);
	assert_int_equal(hist_percentile(&h, 99), 8);
	assert_int_equal(hist_percentile(&h, 100), 600);
	h.bucket[10] = 2;		/* no longer */
	assert_int_equal(hist_percentile(&h, 99), 600);

	memset(&h, 0, sizeof(h));
	h.bucket[0] = 2;		/* 0 only */
	assert_int_equal(hist_percentile(&h, 99), 0);
	h.max = 1;
	assert_int_equal(hist_percentile(&h, 99), 1);

	memset(&h, 0, sizeof(h));
	h.bucket[31] = 1;		/* has no upper bound */
	h.max = 1ULL << 40;
	assert_int_equal(hist_percentile(&h, 50), 1LL << 40);

	memset(&h, 0, sizeof(h));	/* counts that 100 times would wrap */
	h.bucket[1] = h.bucket[4] = 1ULL << 60;
	h.max = 9;
	assert_int_equal(hist_percentile(&h, 50), 2);
	assert_int_equal(hist_percentile(&h, 51), 9);
}

static void adds_up_slots(void **state)
{
	struct model *m = model_new(0);
	struct v7s_slot a = slot(3, "a"), b = slot(3, ""), c = slot(9, "c");
	struct report r;

	(void)state;
	a.c.e.install[0][V7S_WON] = 5;
	a.c.hist[V7S_WINDOW].max = 70;
	a.c.hist[V7S_WINDOW].sum = 100;
	b.c.e.install[0][V7S_WON] = 2;
	b.c.e.install[1][2] = 4;
	b.c.hist[V7S_WINDOW].max = 80;
	b.c.hist[V7S_WINDOW].sum = 200;
	c.c.e.free[V7S_FREE_LOST] = 1;
	model_begin(m);
	model_add(m, &c);
	model_add(m, &b);	/* the name is not there yet */
	model_add(m, &a);
	model_end(m, 1);
	r = report(m, true);
	assert_int_equal(r.nrows, 2);
	assert_int_equal(r.rows[0].pgtable, 3);
	assert_string_equal(r.rows[0].dev, "a");
	assert_int_equal(installs(&r.rows[0].c.e), 11);
	assert_int_equal(installs_lost(&r.rows[0].c.e), 4);
	assert_int_equal(lost_ppm(&r.rows[0].c.e), 363636);
	assert_int_equal(r.rows[0].c.hist[V7S_WINDOW].sum, 300);
	assert_int_equal(r.rows[0].c.hist[V7S_WINDOW].max, 80);
	assert_int_equal(r.rows[1].pgtable, 9);
	assert_int_equal(lost_ppm(&r.rows[1].c.e), UNKNOWN);
	assert_int_equal(frees(&r.total.c.e), 1);
	model_free(m);
}

static void intervals_add_up(void **state)
{
	struct model *m = model_new(1000);
	struct v7s_slot a = slot(1, "a");
	struct v7s_counts other;
	uint64_t all = 0;
	struct report r;
	int i;

	(void)state;
	memset(&other, 0, sizeof(other));
	/* A counter that is about to wrap is one as well. */
	a.c.e.split[0][0] = UINT64_MAX - 5;
	for (i = 1; i <= 4; i++) {
		model_begin(m);
		model_add(m, &a);
		model_other(m, &other);
		model_destroys(m, i);
		model_end(m, 1000 + 10 * i);
		r = report(m, false);
		assert_int_equal(r.seq, i);
		assert_int_equal(r.elapsed_ns, 10 * i);
		assert_int_equal(r.interval_ns, 10);
		assert_int_equal(r.destroys, 1);
		if (i == 1) {
			assert_int_equal(splits(&r.total.c.e), UINT64_MAX - 5);
		} else {
			assert_int_equal(r.nrows, 1);
			assert_int_equal(splits(&r.rows[0].c.e), 10 * i);
			assert_int_equal(splits(&r.other.c.e), i);
			assert_int_equal(splits(&r.total.c.e), 11 * i);
			all += splits(&r.total.c.e);
		}
		a.c.e.split[0][0] += 10 * (i + 1);
		other.e.split[0][0] += i + 1;
	}
	assert_int_equal(all, 99);

	/* Nothing new: no page table to show. */
	a.c.e.split[0][0] -= 50;
	other.e.split[0][0] -= 5;
	model_begin(m);
	model_add(m, &a);
	model_other(m, &other);
	model_end(m, 1050);
	assert_int_equal(report(m, false).nrows, 0);
	model_free(m);
}

static void knows_what_is_alive(void **state)
{
	struct model *m = model_new(0);
	struct v7s_slot young = slot(2, "d"), old = slot(1, "d");
	struct v7s_counts other;
	struct report r;

	(void)state;
	memset(&other, 0, sizeof(other));
	young.c.e.create = 1;
	young.c.e.install[0][V7S_WON] = 10;
	young.c.e.install[0][1] = 3;
	young.c.e.install[1][V7S_WON] = 4;
	young.c.e.free[0] = 3;		/* lost: never was one */
	young.c.e.free[1] = 2;
	young.c.e.free[2] = 1;
	model_begin(m);
	model_add(m, &young);
	model_end(m, 1);
	r = report(m, true);
	assert_null(r.rows[0].alive_why);
	assert_int_equal(r.rows[0].alive, 11);
	assert_null(r.total.alive_why);
	assert_int_equal(r.total.alive, 11);

	/* Of one that was there before us, only the change is known. */
	old.c.e.free[1] = 5;
	model_begin(m);
	model_add(m, &young);
	model_add(m, &old);
	model_end(m, 2);
	r = report(m, true);
	assert_int_equal(r.rows[0].pgtable, 1);
	assert_non_null(r.rows[0].alive_why);
	assert_int_equal(r.rows[0].net, -5);
	assert_null(r.rows[1].alive_why);
	assert_non_null(r.total.alive_why);
	assert_int_equal(r.total.net, 6);
	assert_int_equal(r.ndevices, 1);
	assert_non_null(r.devices[0].alive_why);

	/* Once it is destroyed there is nothing left to know. */
	model_gone(m, 1);
	r = report(m, true);
	assert_null(r.rows[0].alive_why);
	assert_int_equal(r.rows[0].alive, 0);
	assert_int_equal(r.total.alive, 11);
	assert_null(r.total.alive_why);

	/* With events under other it may be any of them. */
	other.e.install[0][V7S_WON] = 1;
	model_begin(m);
	model_add(m, &young);
	model_other(m, &other);
	model_end(m, 3);
	r = report(m, true);
	assert_non_null(r.rows[1].alive_why);
	assert_non_null(r.total.alive_why);
	assert_int_equal(installs(&r.total.c.e), 18);
	model_free(m);
}

static void keeps_the_destroyed(void **state)
{
	struct model *m = model_new(0);
	struct v7s_slot a = slot(5, "a");
	struct report r;

	(void)state;
	a.c.e.create = 1;
	a.c.e.install[0][V7S_WON] = 7;
	model_begin(m);
	model_add(m, &a);
	model_end(m, 1);
	model_gone(m, 5);
	model_gone(m, 5);	/* it had slots on two CPUs */
	model_gone(m, 6);	/* never heard of */
	r = report(m, false);
	assert_int_equal(r.nrows, 1);
	model_begin(m);		/* the source has freed its slots */
	model_end(m, 2);
	assert_int_equal(report(m, false).nrows, 0);
	r = report(m, true);
	assert_int_equal(r.nrows, 1);
	assert_true(r.rows[0].destroyed);
	assert_int_equal(installs(&r.rows[0].c.e), 7);
	model_free(m);
}

/* Years of page tables: the oldest are added up, and nothing is lost. */
static void folds_the_oldest(void **state)
{
	struct model *m = model_new(0);
	const uint64_t n = 3 * MODEL_TABLES;
	struct v7s_slot s, stays = slot(1, "x");
	struct report r;
	uint64_t i;

	(void)state;
	stays.c.e.free[1] = 1;
	for (i = 2; i <= n; i++) {
		s = slot(i, i % 2 ? "odd" : "even");
		s.c.e.create = 1;
		s.c.e.install[0][V7S_WON] = 2;
		model_begin(m);
		model_add(m, &stays);
		model_add(m, &s);
		model_end(m, i);
		model_gone(m, i);
	}
	r = report(m, false);
	assert_int_equal(installs(&r.total.c.e), 2 * (n - 1));
	r = report(m, true);
	assert_true(r.nrows <= MODEL_TABLES + 4);
	assert_int_equal(r.total.tables, n);
	assert_int_equal(installs(&r.total.c.e), 2 * (n - 1));
	assert_int_equal(r.rows[0].pgtable, 1);
	assert_int_equal(r.rows[0].c.e.free[1], 1);
	/* Behind the single ones, by device. */
	assert_int_equal(r.rows[r.nrows - 1].pgtable, 0);
	assert_int_equal(r.rows[r.nrows - 2].pgtable, 0);
	assert_true(r.rows[r.nrows - 1].destroyed);
	assert_int_equal(r.ndevices, 3);
	model_free(m);
}

static void says_why_it_is_not_exact(void **state)
{
	struct report r;
	char why[192];

	(void)state;
	memset(&r, 0, sizeof(r));
	assert_false(inexact(&r, 0, why, sizeof(why)));
	r.misses[2] = UNKNOWN;		/* a kernel that cannot skip */
	assert_false(inexact(&r, 0, why, sizeof(why)));
	r.misses[1] = 4;
	r.misses[3] = 5;
	r.total.c.e.unknown = 6;
	r.other.c.e.free[1] = 7;
	assert_true(inexact(&r, 0, why, sizeof(why)));
	assert_non_null(strstr(why, "skipped 9 "));
	assert_true(inexact(&r, 1, why, sizeof(why)));
	assert_non_null(strstr(why, "7 events found no slot"));
	assert_true(inexact(&r, 2, why, sizeof(why)));
	assert_non_null(strstr(why, "6 events are of kinds"));
	assert_false(inexact(&r, 3, why, sizeof(why)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_at_the_edges),
		cmocka_unit_test(adds_up_slots),
		cmocka_unit_test(intervals_add_up),
		cmocka_unit_test(knows_what_is_alive),
		cmocka_unit_test(keeps_the_destroyed),
		cmocka_unit_test(folds_the_oldest),
		cmocka_unit_test(says_why_it_is_not_exact),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
