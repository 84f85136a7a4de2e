// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/attribution.h"
#include "lib/util.h"
#include "model/counts.h"
#include "model/model.h"
#include "model/report_filter.h"
#include "model/report_top.h"

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

/* The number of a slot is visible before its device and format. */
static void a_format_is_unknown_until_it_is_visible(void **state)
{
	struct v7s_slot s = slot(1, ""), old = slot(2, "b");
	struct model *m = model_new(0);
	struct report r;

	(void)state;
	s.fmt = 0;
	old.fmt = V7S_NO_FMT;
	s.c.e.install[0][V7S_WON] = old.c.e.free[V7S_FREE_UNMAP] = 1;
	model_begin(m);
	model_add(m, &s);
	model_add(m, &old);
	model_end(m, 1);
	r = report(m, true);
	assert_int_equal(r.rows[0].fmt, UNKNOWN);
	assert_int_equal(r.rows[1].fmt, UNKNOWN);
	assert_int_equal(r.total.fmt, UNKNOWN);

	s = slot(1, "a");
	s.c.e.install[0][V7S_WON] = 1;
	model_begin(m);
	model_add(m, &s);
	model_add(m, &old);
	model_end(m, 2);
	r = report(m, true);
	assert_int_equal(r.rows[0].fmt, V7S_FMT_V7S);
	assert_int_equal(r.rows[1].fmt, UNKNOWN);
	model_free(m);
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

/* A damaged file may hold any counters: their sum exceeds 64 bits. */
static void shares_of_any_counts(void **state)
{
	struct v7s_events e = {
		.install[0] = { [V7S_WON] = 1, [1] = UINT64_MAX - 1, [2] = 3 },
	};

	(void)state;
	assert_int_equal(events_lost_ppm(&e), 500000);
	e.install[0][V7S_WON] = UINT64_MAX;
	assert_int_equal(events_installs(&e), 0);
	assert_int_equal(events_lost_ppm(&e), 0);
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
	assert_int_equal(events_installs(&r.rows[0].c.e), 11);
	assert_int_equal(events_installs_lost(&r.rows[0].c.e), 4);
	assert_int_equal(events_lost_ppm(&r.rows[0].c.e), 363636);
	assert_int_equal(r.rows[0].c.hist[V7S_WINDOW].sum, 300);
	assert_int_equal(r.rows[0].c.hist[V7S_WINDOW].max, 80);
	assert_int_equal(r.rows[1].pgtable, 9);
	assert_int_equal(events_lost_ppm(&r.rows[1].c.e), UNKNOWN);
	assert_int_equal(events_frees(&r.total.c.e), 1);
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
			assert_int_equal(events_splits(&r.total.c.e), UINT64_MAX - 5);
		} else {
			assert_int_equal(r.nrows, 1);
			assert_int_equal(events_splits(&r.rows[0].c.e), 10 * i);
			assert_int_equal(events_splits(&r.other.c.e), i);
			assert_int_equal(events_splits(&r.total.c.e), 11 * i);
			all += events_splits(&r.total.c.e);
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

	/* A page table from before monitoring: only the change is known. */
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
	assert_int_equal(events_installs(&r.total.c.e), 18);
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
	assert_int_equal(events_installs(&r.rows[0].c.e), 7);
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
	assert_int_equal(events_installs(&r.total.c.e), 2 * (n - 1));
	r = report(m, true);
	assert_true(r.nrows <= MODEL_TABLES + 4);
	assert_int_equal(r.total.tables, n);
	assert_int_equal(events_installs(&r.total.c.e), 2 * (n - 1));
	assert_int_equal(r.rows[0].pgtable, 1);
	assert_int_equal(r.rows[0].c.e.free[1], 1);
	/* Behind the single ones, by device. */
	assert_int_equal(r.rows[r.nrows - 1].pgtable, 0);
	assert_int_equal(r.rows[r.nrows - 2].pgtable, 0);
	assert_true(r.rows[r.nrows - 1].destroyed);
	assert_int_equal(r.ndevices, 3);
	model_free(m);
}

static uint64_t installs_of(struct model *m, bool final)
{
	struct report r = report(m, final);

	return events_installs(&r.total.c.e);
}

/*
 * The oldest has a late event, in the reading that would fold it: its slot counts on
 * for another reading.
 */
static void folds_nothing_that_has_a_slot(void **state)
{
	struct model *m = model_new(0);
	struct v7s_slot a = slot(1, "a"), b = slot(2, "a");
	struct report r;
	int i;

	(void)state;
	model_keep(m, 0, 0);
	a.c.e.install[0][V7S_WON] = b.c.e.install[0][V7S_WON] = 5;
	model_begin(m);
	model_add(m, &a);
	model_add(m, &b);
	model_end(m, 1);
	assert_int_equal(installs_of(m, false), 10);
	model_gone(m, 1);
	model_gone(m, 2);
	a.c.e.install[0][V7S_WON] = 1;
	for (i = 0; i < 2; i++) {
		model_begin(m);
		model_add(m, &a);
		model_end(m, 2 + i);
		assert_int_equal(installs_of(m, false), !i);
	}
	model_gone(m, 1);
	model_begin(m);
	model_end(m, 4);
	assert_int_equal(installs_of(m, false), 0);
	r = report(m, true);
	assert_int_equal(events_installs(&r.total.c.e), 11);
	assert_int_equal(r.total.tables, 2);
	/* Another one comes too late even for that. */
	model_begin(m);
	model_add(m, &b);
	model_end(m, 5);
	assert_int_equal(installs_of(m, false), 5);
	model_gone(m, 2);
	model_begin(m);
	model_end(m, 6);
	assert_int_equal(installs_of(m, true), 16);
	model_free(m);
}

/*
 * Bursts of page tables whose destruction nobody saw: their memory is bounded as well, and
 * they are not taken for destroyed. One of them lives on, and one comes later.
 */
static void folds_what_may_be_destroyed(void **state)
{
	struct model *m = model_new(0);
	struct v7s_slot s, lives = slot(1, "a");
	const uint64_t n = 50;
	struct report r;
	uint64_t i;

	(void)state;
	model_keep(m, 3, 3);
	for (i = 1; i <= n; i++) {
		model_begin(m);
		lives.c.e.install[0][V7S_WON] = i;
		model_add(m, &lives);
		if (i > 1) {
			s = slot(i, "a");
			s.c.e.create = 1;
			s.c.e.install[0][V7S_WON] = 2;
			model_add(m, &s);
			model_table_final(m, &s);
		}
		if (i < n)
			model_unseen(m, i);
		model_end(m, i);
		assert_int_equal(installs_of(m, false), i > 1 ? 3 : 1);
	}
	r = report(m, true);
	assert_int_equal(events_installs(&r.total.c.e), n + 2 * (n - 1));
	assert_int_equal(r.unseen, n - 1);
	assert_int_equal(r.total.tables, n);
	assert_true(r.nrows <= 2 * 3 + 4);
	assert_int_equal(r.rows[0].pgtable, 1);
	assert_int_equal(events_installs(&r.rows[0].c.e), n);
	/* Only the one that came after the others is known to be alive. */
	for (i = 0; i < r.nrows; i++) {
		assert_false(r.rows[i].destroyed);
		assert_int_equal(!r.rows[i].alive_why, r.rows[i].pgtable == n);
	}
	assert_non_null(r.total.alive_why);
	model_free(m);
}

/*
 * Page tables come and go for months, and no destruction is seen. Each rests for a while,
 * works again, and rests for ever.
 */
static void bounds_rows_without_a_destruction(void **state)
{
	struct model *m = model_new(0);
	const uint64_t n = 2000, keep = 20, idle = 70;
	struct v7s_slot s, again;
	struct report r;
	uint64_t i, k, sums = 0;

	(void)state;
	model_keep(m, keep, idle);
	for (i = 1; i <= n; i++) {
		const char *dev = i % 2 ? "odd" : "even";

		model_begin(m);
		s = slot(i, dev);
		s.c.e.create = 1;
		s.c.e.install[0][V7S_WON] = 2;
		model_add(m, &s);
		if (i > 10) {
			again = slot(i - 10, dev);
			again.c.e.install[0][V7S_WON] = 3;
			model_add(m, &again);
		}
		model_end(m, i);
		assert_int_equal(installs_of(m, false), i > 10 ? 5 : 2);
		model_table_final(m, &s);
		if (i > 10)
			model_table_final(m, &again);
		/* Destroyed ones have room of their own. */
		if (i % 100 == 0)
			model_gone(m, i);
	}
	r = report(m, true);
	assert_int_equal(events_installs(&r.total.c.e), 2 * n + 3 * (n - 10));
	assert_int_equal(r.total.tables, n);
	assert_in_range(r.nrows, keep + idle, keep + idle + 4);
	assert_non_null(r.total.alive_why);
	for (k = 0, i = 0; k < r.nrows; k++) {
		i += r.rows[k].destroyed;
		sums += !r.rows[k].pgtable;
		assert_int_equal(!r.rows[k].alive_why, r.rows[k].pgtable != 0);
		if (!r.rows[k].pgtable)
			assert_string_equal(r.rows[k].alive_why,
					    "its destruction may have been missed");
	}
	assert_int_equal(i, n / 100);
	assert_int_equal(sums, 2);
	model_free(m);
}

/* The kernel shows later that a split was not done: a sum knows all that were. */
static void settles_what_it_folds(void **state)
{
	struct model *m = model_new(0);
	struct v7s_slot s = slot(1, "a");
	struct report r;

	(void)state;
	model_keep(m, 0, 0);
	s.c.e.create = 1;
	s.c.e.split[V7S_BLOCK][V7S_DONE] = 7;	/* attempts */
	s.c.e.split[V7S_BLOCK][V7S_FOUND_DONE] = 2;
	model_begin(m);
	model_add(m, &s);
	model_late(m, false);
	model_end(m, 1);
	model_table_final(m, &s);
	model_begin(m);
	model_late(m, false);
	model_end(m, 2);
	r = report(m, true);
	assert_int_equal(r.nrows, 1);
	assert_int_equal(r.rows[0].pgtable, 0);
	assert_int_equal(r.rows[0].c.e.split[V7S_BLOCK][V7S_DONE], 5);
	model_free(m);
}

static void says_why_it_is_not_exact(void **state)
{
	struct report r;
	char why[192];

	(void)state;
	memset(&r, 0, sizeof(r));
	assert_false(report_inexact(&r, 0, why, sizeof(why)));
	r.misses[2] = UNKNOWN;		/* a kernel that cannot skip */
	assert_false(report_inexact(&r, 0, why, sizeof(why)));
	r.misses[1] = 4;
	r.misses[3] = 5;
	r.total.c.e.unknown = 6;
	r.other.c.e.free[1] = 7;
	assert_true(report_inexact(&r, 0, why, sizeof(why)));
	assert_non_null(strstr(why, "skipped 9 "));
	assert_true(report_inexact(&r, 1, why, sizeof(why)));
	assert_non_null(strstr(why, "7 events had no slot"));
	assert_true(report_inexact(&r, 2, why, sizeof(why)));
	assert_non_null(strstr(why, "6 events have values"));
	assert_false(report_inexact(&r, 3, why, sizeof(why)));
	r.unseen = 5;
	assert_true(report_inexact(&r, 2, why, sizeof(why)));
	assert_non_null(strstr(why, "5 page tables were destroyed"));
	r.unseen = 0;
	/* A source that cannot be exact says so by itself. */
	r.inexact = "it is not";
	r.probe_misses = 8;
	assert_true(report_inexact(&r, 1, why, sizeof(why)));
	assert_string_equal(why, "it is not");
	assert_true(report_inexact(&r, 2, why, sizeof(why)));
	assert_non_null(strstr(why, "missed 8 returns"));
	assert_false(report_inexact(&r, 5, why, sizeof(why)));
}

/* Where waits are visible without their splits, most skipped programs saw other locks. */
static void missing_waits_are_no_skipped_events(void **state)
{
	struct visibility visible = { .waits = true };
	struct report r;
	char why[192];

	(void)state;
	memset(&r, 0, sizeof(r));
	r.visible = &visible;
	r.misses[V7S_EVENT_SPLIT] = 3;
	assert_true(report_has_waits_alone(&r));
	assert_int_equal(report_skipped(&r, V7S_EVENT_SPLIT), 0);
	assert_false(report_inexact(&r, 0, why, sizeof(why)));
	r.misses[V7S_EVENT_FREE] = 4;
	assert_int_equal(report_skipped(&r, V7S_EVENT_FREE), 4);
	assert_true(report_inexact(&r, 0, why, sizeof(why)));
	assert_non_null(strstr(why, "skipped 4 "));
	r.misses[V7S_EVENT_SPLIT] = UNKNOWN;
	assert_int_equal(report_skipped(&r, V7S_EVENT_SPLIT), 0);
	r.misses[V7S_EVENT_SPLIT] = 3;
	visible.split[V7S_CONT][V7S_DONE] = true;
	assert_false(report_has_waits_alone(&r));
	assert_int_equal(report_skipped(&r, V7S_EVENT_SPLIT), 3);
	assert_true(report_inexact(&r, 0, why, sizeof(why)));
	assert_non_null(strstr(why, "skipped 7 "));
}

/* Tasks, pairs and stacks have slots of their own. Sums of page tables do not need them. */
static void tells_whose_slots_were_too_few(void **state)
{
	struct report r;
	char why[192];

	(void)state;
	memset(&r, 0, sizeof(r));
	r.other_tasks.free[1] = 2;
	assert_true(report_inexact(&r, 0, why, sizeof(why)));
	assert_non_null(strstr(why, "2 events had no slot for their task"));
	/* The list of pairs has a line for these waits. */
	r.other_pairs = 3;
	r.other_stacks.create = 4;
	assert_true(report_inexact(&r, 1, why, sizeof(why)));
	assert_non_null(strstr(why, "4 events had no slot for their stack"));
	assert_false(report_inexact(&r, 2, why, sizeof(why)));
	assert_false(report_inexact_counts(&r, 0, why, sizeof(why)));
	assert_false(report_inexact_devices(&r));
	r.other.c.e.create = 5;
	assert_true(report_inexact_counts(&r, 0, why, sizeof(why)));
	assert_true(report_inexact_devices(&r));
}

static struct v7s_slot other_of(const char *dev, uint32_t fmt, uint64_t installs)
{
	struct v7s_slot s = slot(99, dev);

	s.fmt = fmt;
	s.c.e.install[0][V7S_WON] = installs;
	return s;
}

static const struct row *device_of(const struct report *r, const char *dev)
{
	size_t i;

	for (i = 0; i < r->ndevices; i++)
		if (!strcmp(r->devices[i].dev, dev))
			return &r->devices[i];
	return NULL;
}

static void read_others(struct model *m, uint64_t times)
{
	struct v7s_slot a = slot(3, "a"), c = slot(4, "c"), others[] = {
		other_of("a", 4, 7 * times), other_of("a", 4, times), other_of("b", 4, 30 * times),
		other_of("b", 1, 500 * times),
	};
	struct v7s_counts unnamed = { .e.install[0][V7S_WON] = 2 * times };
	size_t i;

	a.c.e.install[0][V7S_WON] = 1000 * times;
	a.c.e.create = c.c.e.create = 1;
	model_begin(m);
	model_add(m, &a);
	model_add(m, &c);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(model_other_of(m, &others[i]), 0);
	model_other(m, &unnamed);
	model_end(m, times * 1000);
}

/* A device has all its events, with those of page tables without a slot. */
static void keeps_other_by_device(void **state)
{
	struct model *m = model_new(0);
	struct v7s_counts unnamed;
	struct report r;
	char why[192];

	(void)state;
	read_others(m, 1);
	assert_int_equal(model_report(m, false, &r), 0);
	assert_int_equal(r.nothers, 3);
	read_others(m, 2);
	assert_int_equal(model_report(m, false, &r), 0);
	assert_int_equal(r.nothers, 3);
	assert_string_equal(r.others[0].dev, "a");
	assert_int_equal(events_installs(&r.others[0].c.e), 8);
	assert_int_equal(events_installs(&r.others[2].c.e), 500);
	assert_int_equal(r.others[2].fmt, 1);
	assert_int_equal(model_report(m, true, &r), 0);
	assert_int_equal(events_installs(&r.other.c.e), 2 * 540);
	assert_int_equal(events_installs(&r.total.c.e), 2 * 1540);
	unnamed = report_unnamed(&r);
	assert_int_equal(events_installs(&unnamed.e), 4);
	assert_int_equal(r.ndevices, 3);
	assert_int_equal(events_installs(&device_of(&r, "a")->c.e), 2 * 1008);
	assert_int_equal(device_of(&r, "a")->tables, 1);
	assert_non_null(device_of(&r, "a")->alive_why);
	assert_int_equal(events_installs(&device_of(&r, "b")->c.e), 2 * 530);
	assert_true(report_inexact(&r, 0, why, sizeof(why)));
	assert_true(report_inexact_devices(&r));
	report_filter(&r, 0, "b");
	assert_int_equal(events_installs(&r.total.c.e), 2 * 530);
	model_free(m);
}

/* Page tables with new events come first, then those that lost most. */
static void keeps_the_top(void **state)
{
	static const uint64_t changed[] = { 2, 3, 5, 7, 9 };
	struct model *m = model_new(0);
	struct report_left left;
	struct v7s_slot s[10];
	struct task tasks[3] = { { .pid = 1 }, { .pid = 2 }, { .pid = 3 } };
	struct v7s_events sum;
	struct report r;
	unsigned int i, k;

	(void)state;
	for (i = 0; i < 10; i++)
		s[i] = slot(i, "a");
	for (k = 0; k < 2; k++) {
		model_begin(m);
		for (i = 1; i < 10; i++) {
			/* 2, 3, 5 and 7 go on; 8 and 9 lost some before. */
			s[i].c.e.install[0][V7S_WON] += !k || i == 2 || i == 3 || i == 5 || i == 7;
			s[i].c.e.install[0][V7S_LOST_TO_TABLE] = i < 8 ? 0 : i - 7;
			model_add(m, &s[i]);
		}
		model_end(m, k + 1);
	}
	assert_int_equal(model_report(m, true, &r), 0);
	sum = r.total.c.e;
	r.tasks = tasks;
	r.ntasks = 3;
	assert_int_equal(report_top(&r, 20, &left), 0);
	assert_int_equal(left.tables + left.tasks + left.pairs + left.stacks, 0);
	assert_int_equal(r.nrows, 9);
	assert_int_equal(report_top(&r, 5, &left), 0);
	assert_int_equal(left.tables, 4);
	assert_int_equal(r.nrows, 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(r.rows[i].pgtable, changed[i]);
	assert_int_equal(report_top(&r, 2, &left), 0);
	assert_int_equal(left.tasks, 1);
	assert_int_equal(r.tasks[1].pid, 2);
	assert_memory_equal(&r.total.c.e, &sum, sizeof(sum));
	model_free(m);
}

/* The page tables 1 to @n are destroyed, which the reading at @time finds. */
static void destroy_all(struct model *m, unsigned int n, uint64_t time)
{
	unsigned int i;

	for (i = 1; i <= n; i++)
		model_gone(m, i);
	model_begin(m);
	model_end(m, time);
}

/* A sum of older page tables is no page table, and stays. */
static void keeps_sums_beside_the_top(void **state)
{
	struct model *m = model_new(0);
	struct report_left left;
	struct v7s_slot s;
	struct report r;
	unsigned int i;

	(void)state;
	model_keep(m, 3, 0);
	model_begin(m);
	for (i = 1; i <= 9; i++) {
		s = slot(i, "a");
		s.c.e.create = 1;
		model_add(m, &s);
	}
	model_end(m, 1);
	destroy_all(m, 9, 2);
	assert_int_equal(model_report(m, true, &r), 0);
	assert_int_equal(r.nrows, 4);
	assert_int_equal(report_top(&r, 2, &left), 0);
	assert_int_equal(left.tables, 1);
	assert_int_equal(r.nrows, 3);
	assert_int_equal(r.rows[2].pgtable, 0);
	assert_int_equal(r.rows[2].tables, 6);
	model_free(m);
}

/* The limit also holds for sums. Sums count for the page tables left out. */
static void bounds_the_sums(void **state)
{
	struct model *m = model_new(0);
	struct report_left left;
	struct v7s_slot s;
	struct report r;
	unsigned int i;
	char dev[8];

	(void)state;
	model_keep(m, 1, 0);
	model_begin(m);
	for (i = 1; i <= 9; i++) {
		snprintf(dev, sizeof(dev), "dev%u", i);
		s = slot(i, dev);
		s.c.e.install[0][V7S_LOST_TO_TABLE] = i;
		model_add(m, &s);
	}
	model_end(m, 1);
	destroy_all(m, 9, 2);
	assert_int_equal(model_report(m, true, &r), 0);
	assert_int_equal(r.nrows, 9);
	assert_int_equal(report_top(&r, 3, &left), 0);
	assert_int_equal(left.tables, 5);
	assert_int_equal(r.nrows, 4);
	assert_int_equal(r.rows[0].pgtable, 9);
	for (i = 1; i < 4; i++)
		assert_int_equal(events_installs_lost(&r.rows[i].c.e), 5 + i);
	model_free(m);
}

/* Devices by their page tables' last events, CPUs by their losses; both in their order. */
static void bounds_devices_and_cpus(void **state)
{
	struct model *m = model_new(0);
	struct report_left left;
	struct v7s_slot s[8];
	struct report r;
	unsigned int i, k;
	char dev[8];

	(void)state;
	for (i = 0; i < 8; i++) {
		snprintf(dev, sizeof(dev), "dev%u", i);
		s[i] = slot(i + 1, dev);
	}
	for (k = 0; k < 2; k++) {
		model_begin(m);
		for (i = 0; i < 8; i++) {
			struct v7s_events on_cpu = { .install[0][V7S_LOST_TO_TABLE] = i % 4 + 1 };

			/* Only the first and the last go on. */
			s[i].c.e.install[0][V7S_LOST_TO_TABLE] += !k || i % 7 == 0 ? i : 0;
			s[i].c.e.install[0][V7S_WON]++;
			if (k && i % 7)
				s[i].c.e.install[0][V7S_WON]--;
			model_add(m, &s[i]);
			model_cpu(m, i, &on_cpu);
		}
		model_end(m, k + 1);
	}
	assert_int_equal(model_report(m, true, &r), 0);
	assert_int_equal(r.ndevices, 8);
	assert_int_equal(r.ncpus, 8);
	assert_int_equal(report_top(&r, 3, &left), 0);
	assert_int_equal(left.devices, 5);
	assert_int_equal(left.cpus, 5);
	assert_string_equal(r.devices[0].dev, "dev0");
	assert_string_equal(r.devices[1].dev, "dev6");
	assert_string_equal(r.devices[2].dev, "dev7");
	assert_int_equal(r.cpus[0].cpu, 2);
	assert_int_equal(r.cpus[1].cpu, 3);
	assert_int_equal(r.cpus[2].cpu, 7);
	model_free(m);
}

/* The events of a device that is left out are not those of an unknown device. */
static void bounds_the_others(void **state)
{
	struct v7s_counts unnamed = { .e.install[0][V7S_WON] = 7 };
	struct model *m = model_new(0);
	struct report_left left;
	struct v7s_slot s;
	struct report r;
	unsigned int i;
	char dev[8];

	(void)state;
	model_begin(m);
	for (i = 0; i < 6; i++) {
		snprintf(dev, sizeof(dev), "dev%u", i);
		s = other_of(dev, 4, i + 1);
		model_other_of(m, &s);
	}
	model_other(m, &unnamed);
	model_end(m, 1);
	assert_int_equal(model_report(m, true, &r), 0);
	assert_int_equal(r.nothers, 6);
	assert_int_equal(report_top(&r, 2, &left), 0);
	assert_int_equal(left.others, 4);
	assert_int_equal(r.nothers, 2);
	assert_string_equal(r.others[0].dev, "dev4");
	assert_string_equal(r.others[1].dev, "dev5");
	unnamed = report_unnamed(&r);
	assert_int_equal(events_installs(&unnamed.e), 7);
	model_free(m);
}

/* A page table may have events under other only if its device has. */
static void knows_what_is_alive_elsewhere(void **state)
{
	struct model *m = model_new(0);
	struct v7s_slot a = slot(3, "a"), c = slot(4, "c"), other = other_of("a", 4, 7);
	struct report r;

	(void)state;
	a.fmt = c.fmt = 4;
	a.c.e.create = c.c.e.create = 1;
	model_begin(m);
	model_add(m, &a);
	model_add(m, &c);
	model_other_of(m, &other);
	model_end(m, 1);
	assert_int_equal(model_report(m, true, &r), 0);
	assert_non_null(r.rows[0].alive_why);
	assert_null(r.rows[1].alive_why);
	assert_null(device_of(&r, "c")->alive_why);
	assert_false(report_inexact_devices(&r));
	model_free(m);
}

static void few_have_slots(struct model *m)
{
	struct v7s_slot kept = slot(3, "a"), a = other_of("a", 4, 10), b = other_of("b", 4, 500);
	struct v7s_counts unnamed = { .e.install[0][V7S_WON] = 3 };

	kept.c.e.install[0][V7S_WON] = 70;
	model_begin(m);
	model_add(m, &kept);
	model_other_of(m, &a);
	model_other_of(m, &b);
	model_other(m, &unnamed);
	model_end(m, 1);
}

/* Events of a device that is left out are not those of a device that is not known. */
static void filters_other(void **state)
{
	static const struct {
		uint64_t pgtable;
		const char *dev;
		uint64_t others, other, total;
	} filters[] = {
		{ 0, NULL, 2, 513, 583 }, { 0, "a", 1, 13, 80 }, { 0, "b", 1, 503, 500 },
		{ 0, "c", 0, 3, 0 }, { 3, NULL, 2, 513, 70 }, { 3, "a", 1, 13, 70 },
	};
	struct model *m = model_new(0);
	struct v7s_counts unnamed;
	struct report r;
	size_t i;

	(void)state;
	few_have_slots(m);
	for (i = 0; i < ARRAY_SIZE(filters); i++) {
		assert_int_equal(model_report(m, true, &r), 0);
		report_filter(&r, filters[i].pgtable, filters[i].dev);
		unnamed = report_unnamed(&r);
		assert_int_equal(events_installs(&unnamed.e), 3);
		assert_int_equal(r.nothers, filters[i].others);
		assert_int_equal(events_installs(&r.other.c.e), filters[i].other);
		assert_int_equal(r.other.net, filters[i].other);
		assert_int_equal(events_installs(&r.total.c.e), filters[i].total);
		assert_int_equal(r.total.net, filters[i].total);
	}
	model_free(m);
}

static struct v7s_task task(uint64_t pgtable, uint32_t pid, const char *comm)
{
	struct v7s_task t;

	memset(&t, 0, sizeof(t));
	t.key.pgtable = pgtable;
	t.key.id = (uint64_t)pid << 32 | pid;
	strncpy(t.comm, comm, sizeof(t.comm) - 1);
	return t;
}

static struct v7s_pair pair(uint64_t pgtable, uint32_t waiter, uint32_t holder,
			    uint64_t waits)
{
	return (struct v7s_pair){
		.key = { pgtable, (uint64_t)holder << 32 | waiter, 0 },
		.waits = waits, .wait_ns = 10 * waits,
	};
}

static void adds_up_tasks(void **state)
{
	struct model *m = model_new(0);
	struct v7s_slot table = slot(3, "a-device");
	struct v7s_task a = task(3, 10, "ten"), b = task(3, 11, "eleven");
	struct v7s_events other;
	struct report r;

	(void)state;
	memset(&other, 0, sizeof(other));
	other.free[1] = 9;
	a.e.install[0][V7S_WON] = 5;
	a.window_ns = 50;
	b.e.install[0][1] = 1;
	b.hold_ns = 7;
	model_begin(m);
	model_add(m, &table);
	model_task(m, &a);
	model_task(m, &b);
	model_task(m, &a);	/* on another CPU */
	model_other_tasks(m, &other);
	model_end(m, 1);
	r = report(m, false);
	assert_int_equal(r.ntasks, 2);
	/* The one that lost comes first, though it did less. */
	assert_int_equal(r.tasks[0].pid, 11);
	assert_string_equal(r.tasks[0].comm, "eleven");
	assert_string_equal(r.tasks[0].dev, "a-device");
	assert_int_equal(r.tasks[0].hold_ns, 7);
	assert_int_equal(r.tasks[1].tgid, 10);
	assert_int_equal(events_installs(&r.tasks[1].e), 10);
	assert_int_equal(r.tasks[1].window_ns, 100);
	assert_int_equal(events_frees(&r.other_tasks), 9);

	/* The next interval has what is new. */
	a.e.install[0][V7S_WON] = 6;
	other.free[1] = 10;
	model_begin(m);
	model_add(m, &table);
	model_task(m, &a);
	model_task(m, &b);
	model_task(m, &a);
	model_other_tasks(m, &other);
	model_end(m, 2);
	r = report(m, false);
	assert_int_equal(r.ntasks, 1);
	assert_int_equal(events_installs(&r.tasks[0].e), 2);
	assert_int_equal(events_frees(&r.other_tasks), 1);
	r = report(m, true);
	assert_int_equal(r.ntasks, 2);
	assert_int_equal(events_installs(&r.tasks[1].e), 12);
	model_free(m);
}

/* One of its slots is read for the last time, the other stays for a while. */
static void keeps_what_is_final_once(void **state)
{
	struct model *m = model_new(0);
	struct v7s_task a = task(3, 10, "ten"), b = a;
	struct report r;

	(void)state;
	a.e.free[1] = 5;
	b.e.free[1] = 7;
	model_begin(m);
	model_task(m, &a);
	model_task(m, &b);
	model_task_ended(m, &a);
	model_task_final(m, &a);
	model_end(m, 1);
	assert_int_equal(events_frees(&report(m, true).tasks[0].e), 12);
	model_begin(m);
	model_task(m, &b);
	model_task_final(m, &b);
	model_end(m, 2);
	assert_int_equal(events_frees(&report(m, true).tasks[0].e), 12);
	model_begin(m);
	model_end(m, 3);
	r = report(m, true);
	assert_int_equal(r.ntasks, 1);
	assert_int_equal(events_frees(&r.tasks[0].e), 12);
	assert_true(r.tasks[0].exited);
	model_free(m);
}

static void joins_pairs_with_tasks(void **state)
{
	struct model *m = model_new(0);
	struct v7s_task a = task(3, 10, "ten");
	struct v7s_pair p[] = {
		pair(3, 10, 12, 2), pair(3, 12, 10, 5), pair(3, 10, 0, 1),
		pair(4, 13, 14, 4),
	};
	struct report r;
	size_t i;

	(void)state;
	a.e.install[0][0] = 1;
	model_begin(m);
	model_task(m, &a);
	for (i = 0; i < 4; i++) {
		assert_false(model_knows_pair(m, &p[i]));
		model_pair(m, &p[i], i ? NULL : "from /proc");
	}
	model_other_pairs(m, 3);
	model_end(m, 1);
	r = report(m, true);
	assert_int_equal(r.npairs, 4);
	assert_int_equal(r.other_pairs, 3);
	assert_int_equal(r.pairs[0].waits, 5);
	assert_null(r.pairs[0].waiter_comm);
	assert_string_equal(r.pairs[0].holder_comm, "ten");
	assert_int_equal(r.pairs[1].pgtable, 4);
	assert_int_equal(r.pairs[1].waiter, 13);
	assert_int_equal(r.pairs[1].holder, 14);
	assert_null(r.pairs[1].holder_comm);
	assert_string_equal(r.pairs[2].waiter_comm, "ten");
	assert_string_equal(r.pairs[2].holder_comm, "from /proc");
	assert_int_equal(r.pairs[2].wait_ns, 20);
	assert_int_equal(r.pairs[3].holder, 0);
	assert_null(r.pairs[3].holder_comm);

	/* The next task with this pid has another name, and is not the holder. */
	model_begin(m);
	model_pair(m, &p[1], NULL);
	a = task(3, 10, "successor");
	model_task(m, &a);
	model_end(m, 2);
	assert_string_equal(report(m, true).pairs[0].holder_comm, "ten");
	model_free(m);
}

/* Months of tasks and page tables: the oldest are added up, nothing is lost. */
static void folds_the_dead(void **state)
{
	struct model *m = model_new(0);
	const uint32_t n = 3 * MODEL_ENTRIES;
	struct v7s_task t, lives = task(7, 1, "lives");
	struct v7s_slot table = slot(7, "d");
	struct trace trace = { .frames = 1 };
	uint64_t sum = 0, several = 0, stacks = 0;
	struct report r;
	uint32_t i;
	size_t k;

	(void)state;
	lives.e.free[1] = 1;
	for (i = 2; i <= n; i++) {
		table = slot(i % 2 ? 7 : 100 + i, "d");
		t = task(table.pgtable, i, "dies");
		t.e.free[1] = 2;
		model_begin(m);
		model_task(m, &lives);
		model_add(m, &table);
		model_task(m, &t);
		model_stack(m, table.pgtable, &trace, &t.e);
		model_stack_final(m, table.pgtable, &trace, &t.e);
		model_task_final(m, &t);
		if (i % 2)
			model_task_ended(m, &t);
		model_end(m, i);
		if (i % 2 == 0)
			model_gone(m, table.pgtable);
	}
	r = report(m, true);
	assert_true(r.ntasks <= MODEL_ENTRIES + 3);
	for (k = 0; k < r.ntasks; k++) {
		sum += events_frees(&r.tasks[k].e);
		if (r.tasks[k].comm)
			continue;
		several++;
		assert_null(r.tasks[k].dev);
		assert_int_equal(r.tasks[k].pgtable, 0);
		assert_true(r.tasks[k].tasks >= n - 1 - MODEL_ENTRIES - 2);
		assert_int_equal(events_frees(&r.tasks[k].e), 2 * r.tasks[k].tasks);
	}
	assert_int_equal(several, 1);
	assert_int_equal(sum, 2 * (n - 1) + 1);
	/* A stack that is the same stays one that can be told from others. */
	assert_true(r.nstacks <= MODEL_ENTRIES + 3);
	for (sum = 0, k = 0; k < r.nstacks; k++) {
		assert_int_equal(r.stacks[k].frames, 1);
		stacks += events_frees(&r.stacks[k].e);
	}
	assert_int_equal(stacks, 2 * (n - 1));
	model_free(m);
}

/* Its task has ended, and its slot could not be freed yet. */
static void folds_no_task_that_has_a_slot(void **state)
{
	struct model *m = model_new(0);
	struct v7s_task t, a = task(7, 1, "stays");
	uint32_t i;

	(void)state;
	a.e.free[1] = 3;
	model_begin(m);
	model_task(m, &a);
	model_task_ended(m, &a);
	for (i = 2; i < MODEL_ENTRIES + 8; i++) {
		t = task(8, i, "dies");
		t.e.free[1] = 1;
		model_task(m, &t);
		model_task_ended(m, &t);
		model_task_final(m, &t);
	}
	model_end(m, 1);
	report(m, false);
	for (i = 2; i < 5; i++) {
		model_begin(m);
		model_task(m, &a);
		model_end(m, i);
		assert_int_equal(report(m, false).ntasks, 0);
	}
	model_task_final(m, &a);
	model_begin(m);
	model_end(m, i);
	assert_int_equal(report(m, false).ntasks, 0);
	model_free(m);
}

/* Its pid, and the tgid, are taken by the next one. */
static void tells_a_successor(void **state)
{
	struct model *m = model_new(0);
	struct v7s_task a = task(3, 10, "first"), b = task(3, 10, "second");
	struct report r;
	int i;

	(void)state;
	a.e.free[1] = 5;
	b.e.free[1] = 1;
	model_begin(m);
	model_task(m, &a);
	model_task_ended(m, &a);
	model_end(m, 1);
	model_begin(m);
	model_task(m, &a);
	model_task_final(m, &a);
	model_end(m, 2);
	for (i = 3; i < 6; i++) {
		model_begin(m);
		if (i > 3)
			model_task(m, &b);
		model_end(m, i);
	}
	r = report(m, true);
	assert_int_equal(r.ntasks, 2);
	for (i = 0; i < 2; i++)
		assert_int_equal(r.tasks[i].pid, 10);
	assert_string_equal(r.tasks[0].comm, "first");
	assert_true(r.tasks[0].exited);
	assert_int_equal(events_frees(&r.tasks[0].e), 5);
	assert_string_equal(r.tasks[1].comm, "second");
	assert_false(r.tasks[1].exited);
	assert_int_equal(events_frees(&r.tasks[1].e), 1);
	model_free(m);
}

/* All of it between two readings. */
static void names_those_that_ended_at_once(void **state)
{
	struct model *m = model_new(0);
	struct v7s_task a = task(3, 10, "ten"), b = task(3, 11, "eleven");
	struct v7s_pair p = pair(3, 10, 11, 2);
	struct report r;

	(void)state;
	a.e.free[1] = b.e.free[1] = 1;
	model_begin(m);
	model_task(m, &a);
	model_task(m, &b);
	model_pair(m, &p, NULL);
	model_task_ended(m, &a);
	model_task_ended(m, &b);
	model_pair_ended(m, &p);
	model_end(m, 1);
	r = report(m, true);
	assert_int_equal(r.npairs, 1);
	assert_string_equal(r.pairs[0].waiter_comm, "ten");
	assert_string_equal(r.pairs[0].holder_comm, "eleven");
	model_free(m);
}

static void counts_what_lost_afterwards(void **state)
{
	struct model *m = model_new(0);
	struct v7s_slot a = slot(1, "a");
	struct report r;

	(void)state;
	a.c.e.create = 1;
	a.c.e.install[0][V7S_WON] = 10;	/* as far as was known then */
	a.c.e.lost = 3;
	a.c.e.free[V7S_FREE_LOST] = 3;
	model_begin(m);
	model_add(m, &a);
	model_end(m, 1);
	r = report(m, true);
	assert_int_equal(events_installs(&r.total.c.e), 10);
	assert_int_equal(events_installs_lost(&r.total.c.e), 3);
	assert_int_equal(r.total.net, 7);
	assert_int_equal(r.rows[0].alive, 7);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_is_unknown_until_it_is_visible),
		cmocka_unit_test(percentiles_at_the_edges),
		cmocka_unit_test(shares_of_any_counts),
		cmocka_unit_test(adds_up_slots),
		cmocka_unit_test(intervals_add_up),
		cmocka_unit_test(knows_what_is_alive),
		cmocka_unit_test(keeps_the_destroyed),
		cmocka_unit_test(folds_the_oldest),
		cmocka_unit_test(folds_nothing_that_has_a_slot),
		cmocka_unit_test(folds_what_may_be_destroyed),
		cmocka_unit_test(bounds_rows_without_a_destruction),
		cmocka_unit_test(settles_what_it_folds),
		cmocka_unit_test(says_why_it_is_not_exact),
		cmocka_unit_test(missing_waits_are_no_skipped_events),
		cmocka_unit_test(tells_whose_slots_were_too_few),
		cmocka_unit_test(keeps_other_by_device),
		cmocka_unit_test(filters_other),
		cmocka_unit_test(knows_what_is_alive_elsewhere),
		cmocka_unit_test(keeps_the_top),
		cmocka_unit_test(keeps_sums_beside_the_top),
		cmocka_unit_test(bounds_the_sums),
		cmocka_unit_test(bounds_devices_and_cpus),
		cmocka_unit_test(bounds_the_others),
		cmocka_unit_test(adds_up_tasks),
		cmocka_unit_test(keeps_what_is_final_once),
		cmocka_unit_test(joins_pairs_with_tasks),
		cmocka_unit_test(tells_a_successor),
		cmocka_unit_test(names_those_that_ended_at_once),
		cmocka_unit_test(folds_the_dead),
		cmocka_unit_test(folds_no_task_that_has_a_slot),
		cmocka_unit_test(counts_what_lost_afterwards),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
