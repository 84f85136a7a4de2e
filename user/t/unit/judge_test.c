// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "check/flush_facts.h"
#include "check/judge.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "model/visibility.h"

enum { TABLES = 2, READINGS = 64 };

/* All that is judged, made up; tests change one thing of it. */
struct scene {
	struct v7s_slot slot[TABLES];
	struct v7s_counts other;
	struct model *m;
	struct history *h;
	struct thresholds limits;
	struct report r;
	struct visibility visible;
	struct task task;
	struct cpu cpu;
	struct diagnosis kernel;
	struct evidence e;
	struct judgements judged;
	uint64_t now;
	bool destroyed;
};

/* Counts of a correct page table in a second. */
static void second(struct v7s_counts *c)
{
	c->e.install[V7S_MAP][V7S_WON] += 500;
	c->e.install[V7S_MAP][1] += 20;
	c->e.install[V7S_SPLIT][V7S_WON] += 30;
	c->e.install[V7S_SPLIT][1] += 4;
	c->e.split[V7S_BLOCK][V7S_DONE] += 30;
	c->e.split[V7S_BLOCK][V7S_FOUND_DONE] += 4;
	c->e.split[V7S_CONT][V7S_DONE] += 60;
	c->e.free[V7S_FREE_LOST] += 24;
	c->e.free[1] += 510;
	c->e.free[2] += 20;
	c->e.waits += 5;
	c->hist[V7S_WINDOW].bucket[10] += 554;
	c->hist[V7S_WAIT].bucket[12] += 4;
	c->hist[V7S_WAIT].untimed += 1;
	c->hist[V7S_HOLD].bucket[9] += 60;
}

static void start(struct scene *s)
{
	int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < TABLES; i++) {
		s->slot[i].pgtable = i + 1;
		s->slot[i].fmt = V7S_FMT_V7S;
		snprintf(s->slot[i].dev, sizeof(s->slot[i].dev), "mmu.%d", i);
		s->slot[i].c.e.create = 1;
		s->slot[i].c.e.install[V7S_MAP][V7S_WON] = 1000;
		s->slot[i].c.hist[V7S_WINDOW].bucket[10] = 1000;
		s->slot[i].c.hist[V7S_WINDOW].max = 1000;
		s->slot[i].c.hist[V7S_WAIT].max = 4000;
		s->slot[i].c.hist[V7S_HOLD].max = 500;
	}
	s->m = model_new(0);
	s->h = history_new();
	s->visible = visibility_everything;
	s->visible.stacks = s->visible.pairs = false;
	thresholds_set(&s->limits);
}

static void read_source(struct scene *s)
{
	int i;

	model_begin(s->m);
	for (i = 0; i < TABLES; i++)
		assert_int_equal(model_add(s->m, &s->slot[i]), 0);
	model_other(s->m, &s->other);
	model_end(s->m, s->now);
	assert_int_equal(model_report(s->m, true, &s->r), 0);
	s->r.visible = &s->visible;
	s->r.source = "bpf";
}

/* A second of work, and a reading at its end. */
static void go_on(struct scene *s)
{
	int i;

	for (i = 0; i < TABLES; i++)
		second(&s->slot[i].c);
	s->now += SECOND;
	read_source(s);
	assert_int_equal(history_add(s->h, &s->r), 0);
}

static void work(struct scene *s)
{
	int i;

	start(s);
	for (i = 0; i < READINGS; i++)
		go_on(s);
}

/* The last report of all, of which a test may change what no slot holds. */
static void stop(struct scene *s)
{
	int i;

	read_source(s);
	if (s->destroyed) {
		for (i = 0; i < TABLES; i++)
			model_gone(s->m, i + 1);
		assert_int_equal(model_report(s->m, true, &s->r), 0);
		s->r.visible = &s->visible;
	}
	for (i = 0; i < V7S_EVENTS; i++)
		s->r.misses[i] = 0;
	s->task.tasks = 1;
	s->task.e = s->cpu.e = s->r.total.c.e;
	s->r.tasks = &s->task;
	s->r.cpus = &s->cpu;
	s->r.ntasks = s->r.ncpus = 1;
	s->e = (struct evidence){
		.r = &s->r, .h = s->h, .limits = &s->limits,
		.kernel = &s->kernel, .version = KERNEL(6, 1),
	};
}

static void come_to(struct scene *s)
{
	judgements_make(&s->e, &s->judged);
	model_free(s->m);
	history_free(s->h);
}

static const struct judgement *of(const struct scene *s, const char *name)
{
	int i;

	for (i = 0; i < s->judged.n; i++)
		if (!strcmp(s->judged.j[i].name, name))
			return &s->judged.j[i];
	fail_msg("there is no judgement %s", name);
	return NULL;
}

static int64_t value(const struct scene *s, const char *name, const char *what)
{
	const struct judgement *j = of(s, name);
	int i;

	for (i = 0; i < j->figures; i++)
		if (!strcmp(j->figure[i].name, what))
			return j->figure[i].visible ? j->figure[i].n : UNKNOWN;
	fail_msg("%s has no figure %s", name, what);
	return 0;
}

/* This one came to @v; of the others none failed. */
static void only(const struct scene *s, const char *name, enum verdict v)
{
	int i;

	for (i = 0; i < s->judged.n; i++) {
		const struct judgement *j = &s->judged.j[i];

		if (!strcmp(j->name, name) ? j->verdict != v :
					     j->verdict == FAIL)
			fail_msg("%s, for %s: %s (%s)", j->name, name,
				 verdict_names[j->verdict], j->why);
	}
	assert_int_equal(s->judged.verdict, v);
}

static void passes(void **state)
{
	struct scene s;
	int i;

	(void)state;
	work(&s);
	s.slot[0].c.e.refuse[V7S_REFUSE_EXPECTED] = 1;
	stop(&s);
	come_to(&s);
	for (i = 0; i < s.judged.n; i++)
		if (s.judged.j[i].verdict != PASS)
			fail_msg("%s: %s", s.judged.j[i].name,
				 s.judged.j[i].why);
	assert_int_equal(s.judged.verdict, PASS);
	assert_int_equal(s.judged.n, 13);	/* no command */
	assert_int_equal(value(&s, "lost_freed", "lost"), 2 * 64 * 24);
	assert_int_equal(value(&s, "balanced", "net"), 2 * 1000);
	assert_int_equal(value(&s, "hold", "p99"), 500);
	assert_int_equal(value(&s, "growth", "growth"), 0);
}

/* Faults during the run, and at its end. */
static void leak(struct v7s_counts *c)	{ c->e.free[V7S_FREE_LOST] -= 1; }
static void excess(struct v7s_counts *c) { c->e.free[V7S_FREE_LOST] += 1; }
static void half(struct v7s_counts *c)	{ c->e.split[V7S_BLOCK][V7S_DONE] -= 1; }
static void gone(struct v7s_counts *c)	{ c->e.split[V7S_BLOCK][2] += 1; }
static void created(struct v7s_counts *c) { c->e.create = 2; }
static void timeless(struct v7s_counts *c) { c->hist[V7S_WINDOW].bucket[3]++; }
static void freed(struct v7s_counts *c)	{ c->e.free[1] += 20; }
static void absent(struct v7s_counts *c) { c->e.refuse[1] += 1; }
static void live(struct v7s_counts *c)	{ c->e.free[V7S_FREE_REPLACED_LIVE] += 1; }
static void nomem(struct v7s_counts *c)	{ c->e.refuse[3] += 1; }

static void grow(struct v7s_counts *c)
{
	c->e.free[1] -= 2;
}

static void twice(struct v7s_counts *c)
{
	c->e.install[V7S_MAP][V7S_WON] += 500;
	c->e.install[V7S_MAP][1] += 20;
	c->e.install[V7S_SPLIT][V7S_WON] += 30;
	c->e.install[V7S_SPLIT][1] += 4;
	c->hist[V7S_WINDOW].bucket[10] += 554;
}

/* Only what is mapped, of which nothing but the room tells. */
static void twice_map(struct v7s_counts *c)
{
	c->e.install[V7S_MAP][V7S_WON] += 500;
	c->hist[V7S_WINDOW].bucket[10] += 500;
}

static void hold(struct v7s_counts *c)
{
	c->hist[V7S_HOLD].bucket[9] -= 60;
	c->hist[V7S_HOLD].bucket[18] += 60;
	c->hist[V7S_HOLD].max = 250000;
	c->hist[V7S_WAIT].bucket[12] -= 4;
	c->hist[V7S_WAIT].bucket[18] += 4;
	c->hist[V7S_WAIT].max = 260000;
}

static void hold_once(struct v7s_counts *c)
{
	c->hist[V7S_HOLD].max = 1000001;
}

static void wait_long(struct v7s_counts *c)
{
	c->hist[V7S_WAIT].bucket[12] -= 4;
	c->hist[V7S_WAIT].bucket[18] += 4;
	c->hist[V7S_WAIT].max = 260000;
}

static void lose(struct v7s_counts *c)
{
	c->e.install[V7S_MAP][1] += 160;
	c->e.free[V7S_FREE_LOST] += 160;
	c->hist[V7S_WINDOW].bucket[10] += 160;
}

static void each_fails_for_its_own_reason(void **state)
{
	static const struct {
		const char *name;
		void (*plant)(struct v7s_counts *c);
	} faults[] = {
		{ "lost_freed", leak }, { "consistent", excess },
		{ "consistent", half }, { "consistent", gone },
		{ "consistent", created }, { "consistent", timeless },
		{ "consistent", twice }, { "balanced", freed },
		{ "growth", grow }, { "refusals", absent }, { "memory", nomem },
		{ "live_tables", live },
		{ "hold", hold }, { "hold", hold_once },
		{ "wait", wait_long }, { "losses", lose },
	};
	struct scene s;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		start(&s);
		/* At first all is as it should be: there may be no offset. */
		for (k = 0; k < READINGS; k++) {
			if (k >= READINGS / 8 || faults[i].plant == grow)
				faults[i].plant(&s.slot[1].c);
			go_on(&s);
		}
		stop(&s);
		come_to(&s);
		only(&s, faults[i].name, FAIL);
		assert_string_not_equal(of(&s, faults[i].name)->why, "");
	}
}

/* A page table has no room for so many tables: whatever it is, not growth. */
static void more_than_there_is_room_for(void **state)
{
	struct scene s;
	int k;

	(void)state;
	start(&s);
	for (k = 0; k < READINGS; k++) {
		twice_map(&s.slot[1].c);
		go_on(&s);
	}
	stop(&s);
	come_to(&s);
	assert_int_equal(of(&s, "balanced")->verdict, FAIL);
	assert_int_equal(value(&s, "balanced", "above_room"),
			 1000 + 64 * 500 - 16384);
	assert_int_equal(of(&s, "consistent")->verdict, PASS);
}

/* Reasons for sums that only the report has. */
static void sums_have_to_agree(void **state)
{
	struct scene s;

	(void)state;
	work(&s);
	stop(&s);
	s.task.e.install[0][0]--;
	come_to(&s);
	only(&s, "consistent", FAIL);
	assert_int_equal(value(&s, "consistent", "tasks_against_total"), 1);

	work(&s);
	stop(&s);
	s.task.e.install[0][0]--;
	s.r.other_tasks.install[0][0]++;
	come_to(&s);
	only(&s, "consistent", PASS);

	work(&s);
	stop(&s);
	s.cpu.e.free[2]++;
	come_to(&s);
	only(&s, "consistent", FAIL);
}

/* A limit that is reached passes; a limit that is exceeded fails. */
static void limits_are_inclusive(void **state)
{
	static const struct {
		const char *name;
		enum limit limit;
		void (*plant)(struct v7s_counts *c);
		int64_t is;
		enum verdict below;
	} edges[] = {
		{ "traffic", LIMIT_INSTALLS, NULL, 2 * (64 * 554 + 1000),
		  CANNOT_TELL },
		{ "traffic", LIMIT_SPLITS, NULL, 2 * 64 * 94, CANNOT_TELL },
		{ "lost_freed", LIMIT_UNFREED, leak, 1, FAIL },
		{ "consistent", LIMIT_MISCOUNTED, excess, 1, FAIL },
		{ "refusals", LIMIT_REFUSED, absent, 1, FAIL },
		{ "live_tables", LIMIT_REPLACED_LIVE, live, 1, FAIL },
		{ "memory", LIMIT_NOMEM, nomem, 1, FAIL },
		{ "hold", LIMIT_HOLD_MAX, hold_once, 1000001, FAIL },
		{ "hold", LIMIT_HOLD_P99, NULL, 500, FAIL },
		{ "wait", LIMIT_WAIT_P99, NULL, 4000, FAIL },
		{ "wait", LIMIT_WAIT_MAX, NULL, 4000, FAIL },
	};
	struct scene s;
	size_t i;
	int off;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		for (off = 0; off < 2; off++) {
			work(&s);
			if (edges[i].plant)
				edges[i].plant(&s.slot[0].c);
			read_source(&s);
			history_add(s.h, &s.r);
			s.limits.of[edges[i].limit] = edges[i].is +
				(edges[i].below == FAIL ? -off : off);
			stop(&s);
			come_to(&s);
			if (of(&s, edges[i].name)->verdict !=
			    (off ? edges[i].below : PASS))
				fail_msg("%s at %d: %s", edges[i].name, off,
					 of(&s, edges[i].name)->why);
		}
	}
}

/* A board without a known driver has no judgement on flushes. */
static void judges_timeouts_of_flushes(void **state)
{
	struct flush_facts flushes = { .driver = "mtk_iommu", .flushes = 1000 };
	struct scene s;

	(void)state;
	work(&s);
	stop(&s);
	judgements_make(&s.e, &s.judged);
	assert_string_not_equal(s.judged.j[s.judged.n - 1].name, "flushes");

	s.e.has_flushes = true;
	judgements_make(&s.e, &s.judged);
	only(&s, "flushes", CANNOT_TELL);
	assert_int_equal(s.judged.verdict, CANNOT_TELL);

	s.e.flushes = &flushes;
	judgements_make(&s.e, &s.judged);
	assert_int_equal(s.judged.verdict, PASS);
	assert_int_equal(of(&s, "flushes")->figure[0].n, 1000);

	flushes.timeouts = 1;
	come_to(&s);
	only(&s, "flushes", FAIL);
	assert_string_equal(of(&s, "flushes")->why, "TLB flushes that timed out: 1, limit 0");

	work(&s);
	stop(&s);
	s.e.has_flushes = true;
	s.e.flushes = &flushes;
	s.limits.of[LIMIT_TIMEOUTS] = 1;
	judgements_make(&s.e, &s.judged);
	assert_int_equal(s.judged.verdict, PASS);

	flushes.timeouts = UNKNOWN;
	judgements_make(&s.e, &s.judged);
	only(&s, "flushes", CANNOT_TELL);

	flushes = (struct flush_facts){ .driver = "mtk_iommu" };
	come_to(&s);
	only(&s, "flushes", CANNOT_TELL);
}

/* At the moment it stops, somebody is between two events. */
static void what_is_in_flight_is_not_missing(void **state)
{
	struct scene s;
	int i;

	(void)state;
	work(&s);
	second(&s.slot[0].c);
	s.slot[0].c.e.free[V7S_FREE_LOST] -= 2;
	s.slot[0].c.e.split[V7S_BLOCK][V7S_DONE] -= 1;
	stop(&s);
	come_to(&s);
	only(&s, "lost_freed", PASS);
	only(&s, "consistent", PASS);

	/* The other way round: installs are the first that is not seen any more. */
	work(&s);
	second(&s.slot[0].c);
	s.slot[0].c.e.free[V7S_FREE_LOST] += 9;
	stop(&s);
	come_to(&s);
	only(&s, "consistent", PASS);

	/* But one that is missing in reading after reading is. */
	start(&s);
	for (i = 0; i < READINGS; i++) {
		if (i == READINGS / 2)
			s.slot[0].c.e.free[V7S_FREE_LOST]--;
		/* Some are in flight in each third reading. */
		if (i % 3 == 0)
			s.slot[0].c.e.free[V7S_FREE_LOST] -= 2;
		go_on(&s);
		if (i % 3 == 0)
			s.slot[0].c.e.free[V7S_FREE_LOST] += 2;
	}
	second(&s.slot[0].c);
	stop(&s);
	come_to(&s);
	only(&s, "lost_freed", FAIL);
	assert_int_equal(value(&s, "lost_freed", "unfreed"), 1);
	assert_int_equal(value(&s, "lost_freed", "first_pgtable"), 1);

	/* Too few readings to tell the two apart. */
	start(&s);
	go_on(&s);
	go_on(&s);
	second(&s.slot[0].c);
	s.slot[0].c.e.free[V7S_FREE_LOST] -= 1;
	stop(&s);
	come_to(&s);
	assert_int_equal(of(&s, "lost_freed")->verdict, CANNOT_TELL);
	assert_int_equal(value(&s, "lost_freed", "unfreed"), UNKNOWN);

	/* Unless nothing happened since the last of them, or it is no more. */
	start(&s);
	go_on(&s);
	s.slot[0].c.e.free[V7S_FREE_LOST] -= 1;
	read_source(&s);
	history_add(s.h, &s.r);
	stop(&s);
	come_to(&s);
	assert_int_equal(of(&s, "lost_freed")->verdict, FAIL);
	start(&s);
	go_on(&s);
	s.slot[0].c.e.free[V7S_FREE_LOST] -= 1;
	second(&s.slot[0].c);
	s.destroyed = true;
	stop(&s);
	come_to(&s);
	assert_int_equal(of(&s, "lost_freed")->verdict, FAIL);
}

/* A page table in use before monitoring: its first events were missed. */
static void older_page_tables(void **state)
{
	struct scene s;
	int i;

	(void)state;
	start(&s);
	s.slot[0].c.e.create = 0;
	s.slot[0].c.e.free[V7S_FREE_LOST] = 3;
	s.slot[0].c.e.split[V7S_BLOCK][V7S_DONE] = 1;
	s.slot[0].c.e.free[1] = 5000;
	for (i = 0; i < READINGS; i++)
		go_on(&s);
	second(&s.slot[0].c);
	stop(&s);
	come_to(&s);
	assert_int_equal(s.judged.verdict, PASS);

	/* More than any page table can have had. */
	start(&s);
	s.slot[0].c.e.create = 0;
	s.slot[0].c.e.free[1] = 1000 + 16384 + 1;
	for (i = 0; i < READINGS; i++)
		go_on(&s);
	stop(&s);
	come_to(&s);
	only(&s, "balanced", FAIL);
	assert_int_equal(value(&s, "balanced", "below_zero"), 1);
}

static void without_exact_counts(void **state)
{
	struct scene s;

	(void)state;
	work(&s);
	leak(&s.slot[0].c);
	absent(&s.slot[0].c);
	read_source(&s);
	history_add(s.h, &s.r);
	stop(&s);
	s.r.inexact = "kprobes are skipped";
	s.r.misses[0] = UNKNOWN;
	come_to(&s);
	assert_int_equal(of(&s, "exact")->verdict, CANNOT_TELL);
	assert_int_equal(of(&s, "lost_freed")->verdict, CANNOT_TELL);
	/* One that was seen is one, whatever was missed. */
	only(&s, "refusals", FAIL);

	work(&s);
	stop(&s);
	s.r.misses[V7S_EVENT_SPLIT] = 1;
	come_to(&s);
	only(&s, "exact", FAIL);

	/* A call that may have been refused. */
	work(&s);
	stop(&s);
	s.r.refusal_misses = 1;
	come_to(&s);
	only(&s, "refusals", CANNOT_TELL);
	assert_int_equal(of(&s, "exact")->verdict, PASS);

	/* Buffers of ftrace that overran. */
	work(&s);
	stop(&s);
	s.r.overruns = &(struct overrun){ .overwritten = 1 };
	s.r.noverruns = 1;
	come_to(&s);
	only(&s, "exact", CANNOT_TELL);

	work(&s);
	s.other.e.free[V7S_FREE_LOST] = 1;
	stop(&s);
	come_to(&s);
	only(&s, "exact", CANNOT_TELL);

	work(&s);
	s.slot[0].c.e.unknown = 1;
	stop(&s);
	come_to(&s);
	only(&s, "exact", CANNOT_TELL);
}

static void what_cannot_be_seen(void **state)
{
	static const char *const names[] = {
		"traffic", "lost_freed", "balanced", "growth", "refusals",
		"live_tables", "memory", "hold", "wait", "losses",
	};
	struct scene s;
	size_t i;

	(void)state;
	work(&s);
	memset(&s.visible, 0, sizeof(s.visible));
	stop(&s);
	s.r.inexact = "kprobes";
	come_to(&s);
	assert_int_equal(s.judged.verdict, CANNOT_TELL);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(of(&s, names[i])->verdict, CANNOT_TELL);
		assert_non_null(strstr(of(&s, names[i])->why,
				       "available on this kernel"));
	}
}

static void splits_that_corrupt(void **state)
{
	static const struct {
		int64_t corrupted;
		bool series;
		int version;
		enum verdict verdict;
	} tests[] = {
		{ UNKNOWN, true, KERNEL(6, 1), PASS },
		{ UNKNOWN, false, KERNEL(6, 1), CANNOT_TELL },
		{ UNKNOWN, false, KERNEL(6, 12), CANNOT_TELL },
		{ UNKNOWN, false, KERNEL(6, 13), PASS },
		{ UNKNOWN, false, KERNEL(4, 12), PASS },
		{ 0, false, KERNEL(6, 1), PASS },
		{ 1, false, KERNEL(6, 1), FAIL },
	};
	struct scene s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		work(&s);
		stop(&s);
		s.r.corrupted = tests[i].corrupted;
		s.r.inexact = tests[i].series ? NULL : "kprobes";
		s.e.version = tests[i].version;
		come_to(&s);
		assert_int_equal(of(&s, "corruption")->verdict,
				 tests[i].verdict);
	}
	assert_non_null(strstr(of(&s, "corruption")->why,
			       "section_split_address"));
}

static void idle(void **state)
{
	struct scene s;
	int i;

	(void)state;
	start(&s);
	memset(s.slot, 0, sizeof(s.slot));
	for (i = 0; i < TABLES; i++)
		s.slot[i].pgtable = i + 1;
	for (i = 0; i < READINGS; i++) {
		s.now += SECOND;
		read_source(&s);
		history_add(s.h, &s.r);
	}
	stop(&s);
	come_to(&s);
	only(&s, "traffic", CANNOT_TELL);
	only(&s, "losses", CANNOT_TELL);
}

static void the_share_of_losses(void **state)
{
	static const struct {
		uint64_t won, lost;
		enum verdict verdict;
	} tests[] = {
		{ 9000, 1000, PASS },	/* 10 %, as it may be */
		{ 8950, 1050, CANNOT_TELL },	/* 9.7 to 11.3 %, at 99 % */
		{ 8900, 1100, FAIL },	/* 10.2 to 11.8 % */
		{ 890, 110, CANNOT_TELL },	/* the same, of fewer */
		{ 500, 499, CANNOT_TELL },	/* too few */
	};
	struct scene s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		start(&s);
		memset(&s.slot, 0, sizeof(s.slot));
		s.slot[0].pgtable = 1;
		s.slot[1].pgtable = 2;
		s.slot[0].c.e.install[0][0] = tests[i].won;
		s.slot[0].c.e.install[0][1] = tests[i].lost;
		s.slot[0].c.e.free[0] = tests[i].lost;
		stop(&s);
		come_to(&s);
		if (of(&s, "losses")->verdict != tests[i].verdict)
			fail_msg("%d of %d: %s", (int)tests[i].lost,
				 (int)tests[i].won, of(&s, "losses")->why);
	}
}

static void the_command(void **state)
{
	static char *argv[] = { "load", NULL };
	struct scene s;

	(void)state;
	work(&s);
	stop(&s);
	s.e.command = (struct command){ .argv = argv, .status = 3 };
	come_to(&s);
	only(&s, "command", CANNOT_TELL);
	work(&s);
	stop(&s);
	s.e.command = (struct command){ argv, 143, true };
	come_to(&s);
	only(&s, "command", PASS);
}

/* Readings of a net that is made up: what is a trend, and what is none. */
static void trends(void **state)
{
	static const struct {
		const char *what;
		int slope, ripple, fill, n;
		bool grows;
	} tests[] = {
		{ "steady", 0, 0, 0, 600, false },
		{ "up and down", 0, 500, 0, 600, false },
		{ "grows", 1, 0, 0, 600, true },
		{ "grows, up and down", 2, 100, 0, 600, true },
		{ "shrinks", -1, 0, 0, 600, false },
		{ "fills up", 0, 0, 1, 600, false },
		{ "readings that were merged", 1, 0, 0, 3000, true },
		{ "too few", 1, 0, 0, 31, false },
	};
	int64_t part[HISTORY_PARTS];
	struct history *h;
	struct report r;
	size_t i;
	int k, room;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		h = history_new();
		memset(&r, 0, sizeof(r));
		room = 4000;
		for (k = 0; k < tests[i].n; k++) {
			r.other.net = k * tests[i].slope +
				(k * 7919 % 11 - 5) * tests[i].ripple / 5;
			/* Half of what is empty is filled in 40 readings. */
			room -= tests[i].fill ? room / 57 : 0;
			r.other.net += tests[i].fill ? 4000 - room : 0;
			history_add(h, &r);
		}
		assert_int_equal(history_parts(h, part), tests[i].n < 32 ? -1 : 0);
		if (tests[i].n >= 32 && history_grows(part) != tests[i].grows)
			fail_msg("%s", tests[i].what);
		history_free(h);
	}
}

static void limits(void **state)
{
	static const char *const bad[] = {
		"", "=", "frob=1", "frob", "hold_max", "hold_max=", "hold_max=5",
		"hold_max=5 ms", "hold_max=-5ms", "hold_max=5parsec",
		"hold_max=1.5ns", "hold_max=ms", "hold_max=.5ms",
		"hold_max=5.ms", "hold_max=1..5ms", "hold_max=31d",
		"hold_max=99999999999999999999s", "lost_share=5",
		"lost_share=101%", "lost_share=-1%", "lost_share=%",
		"lost_share=0.00001%", "lost_share=1e1%", "refused=1.5",
		"refused=-1", "refused=9223372036854775808", "refused=1%",
		"hold_maxx=1ms", "hold_ma=1ms", " refused=1",
	};
	struct thresholds l, before;
	char text[32];
	size_t i;

	(void)state;
	thresholds_set(&l);
	before = l;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (thresholds_take(&l, bad[i]))
			fail_msg("took '%s'", bad[i]);
	assert_memory_equal(&l, &before, sizeof(l));
	assert_true(thresholds_take(&l, "hold_max=2.5ms"));
	assert_int_equal(l.of[LIMIT_HOLD_MAX], 2500000);
	assert_true(thresholds_take(&l, "growth_time=1.5h"));
	assert_true(l.of[LIMIT_GROWTH_TIME] == 5400 * (int64_t)SECOND);
	assert_true(thresholds_take(&l, "lost_share=12.3456%"));
	assert_int_equal(l.of[LIMIT_LOST], 123456);
	assert_true(thresholds_take(&l, "lost_share=100%"));
	assert_int_equal(l.of[LIMIT_LOST], 1000000);
	assert_true(thresholds_take(&l, "refused=7"));
	assert_int_equal(l.of[LIMIT_REFUSED], 7);
	assert_string_equal(threshold_text(UNIT_PPM, 123456, text, sizeof(text)),
			    "12.34%");
	assert_string_equal(threshold_text(UNIT_COUNT, UNKNOWN, text, sizeof(text)),
			    "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes),
		cmocka_unit_test(each_fails_for_its_own_reason),
		cmocka_unit_test(more_than_there_is_room_for),
		cmocka_unit_test(sums_have_to_agree),
		cmocka_unit_test(limits_are_inclusive),
		cmocka_unit_test(judges_timeouts_of_flushes),
		cmocka_unit_test(what_is_in_flight_is_not_missing),
		cmocka_unit_test(older_page_tables),
		cmocka_unit_test(without_exact_counts),
		cmocka_unit_test(what_cannot_be_seen),
		cmocka_unit_test(splits_that_corrupt),
		cmocka_unit_test(idle),
		cmocka_unit_test(the_share_of_losses),
		cmocka_unit_test(the_command),
		cmocka_unit_test(trends),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
