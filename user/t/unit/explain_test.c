// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Each rule of explain fires on its load and on no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "check/explain.h"
#include "check/rules.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "model/visibility.h"

enum { TABLES = 2, READINGS = 64 };

struct scene {
	struct v7s_slot slot[TABLES];
	struct model *m;
	struct history *h;
	struct thresholds limits;
	struct visibility visible;
	struct report r;
	struct v7s_hist flush, wait;
	struct flush_facts flushes;
	struct observed o;
	struct explanation e;
	uint64_t now;
};

/* A second of a load in which nothing is remarkable. */
static void second(struct v7s_counts *c)
{
	c->e.install[V7S_MAP][V7S_WON] += 36;
	c->e.install[V7S_MAP][V7S_LOST_TO_TABLE] += 1;
	c->e.install[V7S_SPLIT][V7S_WON] += 2;
	c->e.split[V7S_BLOCK][V7S_DONE] += 2;
	c->e.split[V7S_CONT][V7S_DONE] += 3;
	c->e.free[V7S_FREE_LOST] += 1;
	c->e.free[V7S_FREE_UNMAP] += 38;
	c->hist[V7S_WINDOW].bucket[11] += 39;
	c->hist[V7S_HOLD].bucket[9] += 3;
}

static void start(struct scene *s)
{
	int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < TABLES; i++) {
		struct v7s_counts *c = &s->slot[i].c;

		s->slot[i].pgtable = i + 1;
		s->slot[i].fmt = V7S_FMT_V7S;
		snprintf(s->slot[i].dev, sizeof(s->slot[i].dev), "mmu.%d", i);
		c->e.create = 1;
		c->e.waits = 5;
		c->hist[V7S_WINDOW].max = 2000;
		c->hist[V7S_WAIT].bucket[12] = 5;
		c->hist[V7S_WAIT].max = 4000;
		c->hist[V7S_HOLD].max = 500;
	}
	s->m = model_new(0);
	s->h = history_new();
	s->visible = visibility_everything;
	thresholds_set(&s->limits);
}

static void read_source(struct scene *s)
{
	int i;

	model_begin(s->m);
	for (i = 0; i < TABLES; i++)
		assert_int_equal(model_add(s->m, &s->slot[i]), 0);
	model_end(s->m, s->now);
	assert_int_equal(model_report(s->m, true, &s->r), 0);
	s->r.visible = &s->visible;
	s->r.source = "bpf";
	s->r.corrupted = s->r.stretch = s->r.probe_misses = UNKNOWN;
	for (i = 0; i < V7S_EVENTS; i++)
		s->r.misses[i] = 0;
}

/* Flushes that take a twentieth of a CPU, one for each request. */
static void flush(struct scene *s)
{
	s->flush = (struct v7s_hist){ .sum = s->r.elapsed_ns / 20, .max = 9000 };
	s->flush.bucket[13] = 10000;
	s->wait = (struct v7s_hist){ .max = 9000 };
	s->wait.bucket[13] = 100;
	s->flushes = (struct flush_facts){
		.driver = "mtk_iommu", .lock = "tlb_lock", .flushes = 10000,
		.timeouts = 0, .waits = 100, .flush = &s->flush,
		.wait = &s->wait, .requests = 10000, .unmaps = 5000,
		.ns = s->r.elapsed_ns,
	};
}

static void work(struct scene *s, int seconds, void (*plant)(struct v7s_counts *c))
{
	int i, k;

	start(s);
	for (k = 0; k < seconds; k++) {
		for (i = 0; i < TABLES; i++)
			second(&s->slot[i].c);
		if (plant)
			plant(&s->slot[1].c);
		s->now += SECOND;
		read_source(s);
		assert_int_equal(history_add(s->h, &s->r), 0);
	}
	flush(s);
	s->o = (struct observed){
		.r = &s->r, .h = s->h, .limits = &s->limits,
		.flushes = &s->flushes, .version = KERNEL(6, 1),
		.ns = s->r.elapsed_ns,
	};
}

static void finish(struct scene *s)
{
	model_free(s->m);
	history_free(s->h);
}

static const struct finding *of(const struct scene *s, const char *rule)
{
	int i;

	for (i = 0; i < s->e.n; i++)
		if (!strcmp(s->e.f[i].rule, rule))
			return &s->e.f[i];
	fail_msg("there is no rule %s", rule);
	return NULL;
}

static int64_t value(const struct finding *f, const char *name)
{
	int i;

	for (i = 0; i < f->figures; i++)
		if (!strcmp(f->figure[i].name, name))
			return f->figure[i].visible ? f->figure[i].n : UNKNOWN;
	fail_msg("%s has no figure %s", f->rule, name);
	return 0;
}

/* Only this rule is found; NULL: none is. */
static void only(const struct scene *s, const char *rule)
{
	int i;

	for (i = 0; i < s->e.n; i++)
		if ((s->e.f[i].found == FOUND_YES) !=
		    (rule && !strcmp(s->e.f[i].rule, rule)))
			fail_msg("for %s: %s is %sfound: %s", rule ? rule : "nothing",
				 s->e.f[i].rule,
				 s->e.f[i].found == FOUND_YES ? "" : "not ",
				 s->e.f[i].says);
}

/* Loads that make a rule true: counts, or members of the report. */
static void live(struct v7s_counts *c)	{ c->e.free[V7S_FREE_REPLACED_LIVE] += 1; }
static void raced(struct v7s_counts *c)	{ c->e.refuse[V7S_REFUSE_RACED] += 1; }
static void exists(struct v7s_counts *c) { c->e.refuse[V7S_REFUSE_EXISTS] += 1; }
static void absent(struct v7s_counts *c) { c->e.refuse[V7S_REFUSE_ABSENT] += 1; }
static void partial(struct v7s_counts *c) { c->e.refuse[V7S_REFUSE_PARTIAL] += 1; }
static void nomem(struct v7s_counts *c)	{ c->e.refuse[V7S_REFUSE_NOMEM] += 1; }

static void leaf(struct v7s_counts *c)
{
	c->e.install[V7S_MAP][V7S_LOST_TO_LEAF] += 1;
	c->e.refuse[V7S_REFUSE_EXISTS] += 1;
	c->e.free[V7S_FREE_LOST] += 1;
}

static void lose(struct v7s_counts *c)
{
	c->e.install[V7S_MAP][V7S_LOST_TO_TABLE] += 20;
	c->e.free[V7S_FREE_LOST] += 20;
	c->hist[V7S_WINDOW].bucket[11] += 20;
}

static void window(struct v7s_counts *c)
{
	c->hist[V7S_WINDOW].bucket[11] -= 1;
	c->hist[V7S_WINDOW].bucket[16] += 1;
	c->hist[V7S_WINDOW].max = 65000;
}

static void hold(struct v7s_counts *c)
{
	c->hist[V7S_HOLD].bucket[9] -= 1;
	c->hist[V7S_HOLD].bucket[18] += 1;
	c->hist[V7S_HOLD].max = 250000;
	c->hist[V7S_WAIT].bucket[18] += 1;
	c->hist[V7S_WAIT].max = 260000;
	c->e.waits += 1;
}

static void wait_long(struct v7s_counts *c)
{
	c->hist[V7S_WAIT].bucket[18] += 1;
	c->hist[V7S_WAIT].max = 260000;
	c->e.waits += 1;
}

static void block(struct v7s_counts *c)
{
	c->e.split[V7S_BLOCK][V7S_DONE] += 8;
	c->e.install[V7S_SPLIT][V7S_WON] += 8;
	c->e.free[V7S_FREE_UNMAP] += 8;
}

static void cont(struct v7s_counts *c)
{
	c->e.split[V7S_CONT][V7S_DONE] += 12;
	c->hist[V7S_HOLD].bucket[9] += 12;
}

static void churn(struct v7s_counts *c)
{
	c->e.install[V7S_MAP][V7S_WON] += 80;
	c->e.free[V7S_FREE_REPLACED] += 80;
	c->hist[V7S_WINDOW].bucket[11] += 80;
}

static void grow(struct v7s_counts *c)	{ c->e.install[V7S_MAP][V7S_WON] += 2; }

static void corrupt(struct scene *s)	{ s->r.corrupted = 1; }
static void timeout(struct scene *s)	{ s->flushes.timeouts = 1; }
static void slow(struct scene *s)	{ s->flush.sum = s->r.elapsed_ns / 2; }
static void locked(struct scene *s)	{ s->flushes.waits = 5000; }
static void inexact(struct scene *s)	{ s->r.inexact = "kprobes are skipped"; }

static void pieces(struct scene *s)
{
	slow(s);
	s->flushes.unmaps = 100;
}

static const struct load {
	const char *rule;
	void (*plant)(struct v7s_counts *c);
	void (*change)(struct scene *s);
	int seconds;		/* 0: READINGS */
} loads[] = {
	{ "section_address", NULL, corrupt, 0 },
	{ "replaced_live", live, NULL, 0 },
	{ "map_race", leaf, NULL, 0 },
	{ "unmap_race", raced, NULL, 0 },
	{ "mapped_twice", exists, NULL, 0 },
	{ "unmapped_twice", absent, NULL, 0 },
	{ "partial_unmap", partial, NULL, 0 },
	{ "no_memory", nomem, NULL, 0 },
	{ "flush_timeouts", NULL, timeout, 0 },
	{ "lost_races", lose, NULL, 0 },
	{ "long_window", window, NULL, 0 },
	{ "long_holds", hold, NULL, 0 },
	{ "lock_waits", wait_long, NULL, 0 },
	{ "block_splits", block, NULL, 0 },
	{ "cont_splits", cont, NULL, 0 },
	{ "table_churn", churn, NULL, 0 },
	{ "growth", grow, NULL, 0 },
	{ "unbatched_flushes", NULL, pieces, 0 },
	{ "flush_time", NULL, slow, 0 },
	{ "flush_waits", NULL, locked, 0 },
	{ "few_events", NULL, NULL, 2 },
	{ "not_exact", NULL, inexact, 0 },
};

static void load(struct scene *s, const struct load *l)
{
	work(s, l->seconds ? l->seconds : READINGS, l->plant);
	if (l->change)
		l->change(s);
}

static void nothing_remarkable(void **state)
{
	struct scene s;

	(void)state;
	work(&s, READINGS, NULL);
	explanation_make(&s.o, &s.e);
	only(&s, NULL);
	assert_int_equal(s.e.found, 0);
	assert_int_equal(s.e.unknown, 0);
	finish(&s);
}

static void each_fires_on_its_load_and_on_no_other(void **state)
{
	struct scene s;
	size_t i, k;

	(void)state;
	assert_true(rules_count <= FINDINGS_MAX);
	/* A new rule without a load would be found by none. */
	for (k = 0; k < rules_count; k++) {
		for (i = 0; i < ARRAY_SIZE(loads); i++)
			if (!strcmp(loads[i].rule, rules[k].name))
				break;
		if (i == ARRAY_SIZE(loads))
			fail_msg("no load for %s", rules[k].name);
	}
	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		load(&s, &loads[i]);
		explanation_make(&s.o, &s.e);
		only(&s, loads[i].rule);
		assert_string_not_equal(of(&s, loads[i].rule)->says, "");
		assert_true(of(&s, loads[i].rule)->figures > 0);
		finish(&s);
	}
}

/* A rule without its figures is neither found nor absent. */
static void what_is_not_visible(void **state)
{
	struct scene s;
	size_t i, k;
	int n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		for (k = 0; strcmp(rules[k].name, loads[i].rule); k++)
			;
		for (n = 0; n < rules[k].needs; n++) {
			load(&s, &loads[i]);
			visibility_set(&s.visible, rules[k].need[n], false);
			explanation_make(&s.o, &s.e);
			assert_int_equal(of(&s, rules[k].name)->found,
					 FOUND_UNKNOWN);
			finish(&s);
		}
		if (rules[k].scope != SCOPE_FLUSHES)
			continue;
		load(&s, &loads[i]);
		s.o.flushes = NULL;
		explanation_make(&s.o, &s.e);
		assert_int_equal(of(&s, rules[k].name)->found, FOUND_UNKNOWN);
		finish(&s);
	}
}

static void flushes_in_part(void **state)
{
	struct scene s;

	(void)state;
	work(&s, READINGS, NULL);
	pieces(&s);
	s.flushes.timeouts = s.flushes.waits = UNKNOWN;
	s.flushes.requests = s.flushes.unmaps = UNKNOWN;
	explanation_make(&s.o, &s.e);
	assert_int_equal(of(&s, "flush_timeouts")->found, FOUND_UNKNOWN);
	assert_int_equal(of(&s, "flush_waits")->found, FOUND_UNKNOWN);
	assert_int_equal(of(&s, "unbatched_flushes")->found, FOUND_UNKNOWN);
	/* The cause is not known, but the time is. */
	only(&s, "flush_time");
	assert_int_equal(value(of(&s, "flush_time"), "unmaps"), UNKNOWN);
	finish(&s);

	/* Pieces that share their flushes, as those of a scatterlist. */
	work(&s, READINGS, NULL);
	pieces(&s);
	s.flushes.requests = 100000;
	explanation_make(&s.o, &s.e);
	only(&s, "flush_time");
	finish(&s);
}

/* A kernel without the defect, one that may have it, and a recording. */
static void the_defect(void **state)
{
	static const struct {
		int version;
		bool series;
		enum found found;
	} kernels[] = {
		{ KERNEL(6, 1), true, FOUND_NO },
		{ KERNEL(6, 1), false, FOUND_UNKNOWN },
		{ KERNEL(6, 13), false, FOUND_NO },
		{ KERNEL(4, 12), false, FOUND_NO },
		{ 0, false, FOUND_UNKNOWN }, { 0, true, FOUND_NO },
	};
	struct scene s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		work(&s, READINGS, NULL);
		s.o.version = kernels[i].version;
		s.visible.split[V7S_BLOCK][V7S_DONE] = kernels[i].series;
		explanation_make(&s.o, &s.e);
		assert_int_equal(of(&s, "section_address")->found,
				 kernels[i].found);
		finish(&s);
	}
}

/* A value equal to its limit is not remarkable. */
static void limits(void **state)
{
	struct scene s;

	(void)state;
	work(&s, READINGS, absent);
	s.limits.of[LIMIT_REFUSED] = READINGS;
	explanation_make(&s.o, &s.e);
	only(&s, NULL);
	s.limits.of[LIMIT_REFUSED]--;
	explanation_make(&s.o, &s.e);
	only(&s, "unmapped_twice");
	assert_int_equal(value(of(&s, "unmapped_twice"), "absent"), READINGS);
	finish(&s);

	/* As many windows as a percentile needs, and one fewer. */
	work(&s, READINGS, NULL);
	memset(s.r.rows[0].c.hist, 0, sizeof(s.r.rows[0].c.hist));
	s.r.rows[0].c.hist[V7S_WINDOW].bucket[16] = 99;
	s.r.rows[0].c.hist[V7S_WINDOW].max = 40000;
	explanation_make(&s.o, &s.e);
	only(&s, NULL);
	s.r.rows[0].c.hist[V7S_WINDOW].bucket[16] = 100;
	explanation_make(&s.o, &s.e);
	only(&s, "long_window");
	assert_int_equal(value(of(&s, "long_window"), "p99"), 40000);
	s.r.rows[0].c.hist[V7S_WINDOW].max = 32768;
	explanation_make(&s.o, &s.e);
	only(&s, NULL);
	finish(&s);
}

/* Many short waits are remarkable as well. */
static void many_waits(void **state)
{
	struct scene s;
	struct v7s_counts *c;

	(void)state;
	work(&s, READINGS, NULL);
	c = &s.r.rows[1].c;
	c->e.split[V7S_CONT][V7S_FOUND_DONE] = 2000;
	c->e.waits = 200;
	explanation_make(&s.o, &s.e);
	only(&s, NULL);
	c->e.waits = 400;
	explanation_make(&s.o, &s.e);
	only(&s, "lock_waits");
	assert_int_equal(value(of(&s, "lock_waits"), "splits"), 2000 + 64 * 3);
	finish(&s);
}

/* The page table with the most events, and its tasks. */
static void the_worst(void **state)
{
	static struct task tasks[] = {
		{ .pgtable = 1, .tasks = 1, .pid = 10, .comm = "a" },
		{ .pgtable = 2, .tasks = 1, .pid = 11, .comm = "other" },
		{ .pgtable = 1, .tasks = 1, .pid = 12, .comm = "b" },
		{ .pgtable = 1, .tasks = 1, .pid = 13, .comm = "none" },
		{ .pgtable = 1, .tasks = 1, .pid = 14, .comm = "c" },
		{ .pgtable = 1, .tasks = 1, .pid = 15, .comm = "d" },
	};
	static const int parts[] = { 5, 1000, 40, 0, 1, 7 };
	const struct finding *f;
	struct scene s;
	size_t i;

	(void)state;
	work(&s, READINGS, absent);
	s.slot[0].c.e.refuse[V7S_REFUSE_ABSENT] = 100;
	read_source(&s);
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		tasks[i].e.refuse[V7S_REFUSE_ABSENT] = parts[i];
	s.r.tasks = tasks;
	s.r.ntasks = ARRAY_SIZE(tasks);
	explanation_make(&s.o, &s.e);
	only(&s, "unmapped_twice");
	f = of(&s, "unmapped_twice");
	assert_int_equal(f->row->pgtable, 1);
	assert_int_equal(f->tables, 2);
	assert_int_equal(value(f, "absent"), 100);
	assert_int_equal(f->tasks, 3);
	assert_string_equal(f->task[0].comm, "b");
	assert_string_equal(f->task[1].comm, "d");
	assert_string_equal(f->task[2].comm, "a");
	assert_int_equal(f->task[2].n, 5);

	/* Only one page table, and tasks that have no part in it. */
	s.slot[0].c.e.refuse[V7S_REFUSE_ABSENT] = 0;
	read_source(&s);
	s.r.tasks = tasks;
	s.r.ntasks = 2;
	tasks[1].e.refuse[V7S_REFUSE_ABSENT] = 0;
	explanation_make(&s.o, &s.e);
	f = of(&s, "unmapped_twice");
	assert_int_equal(f->row->pgtable, 2);
	assert_int_equal(f->tables, 1);
	assert_int_equal(f->tasks, 0);
	finish(&s);
}

static void who_waits_for_whom(void **state)
{
	static struct pair pairs[] = {
		{ .pgtable = 2, .pairs = 1, .waiter = 1, .holder = 2, .waits = 9,
		  .waiter_comm = "w", .holder_comm = "h" },
		{ .pgtable = 1, .pairs = 1, .waiter = 3, .holder = 2, .waits = 99 },
	};
	const struct finding *f;
	struct scene s;

	(void)state;
	work(&s, READINGS, wait_long);
	s.r.pairs = pairs;
	s.r.npairs = ARRAY_SIZE(pairs);
	explanation_make(&s.o, &s.e);
	only(&s, "lock_waits");
	f = of(&s, "lock_waits");
	assert_int_equal(f->tasks, 1);
	assert_true(f->task[0].waited);
	assert_string_equal(f->task[0].holder_comm, "h");
	assert_int_equal(f->task[0].n, 9);
	finish(&s);
}

/* Two page tables that have too few events each. */
static void all_together(void **state)
{
	static struct task tasks[] = {
		{ .pgtable = 1, .tasks = 1, .pid = 10, .comm = "a" },
		{ .pgtable = 1, .tasks = 1, .pid = 11, .comm = "b" },
		{ .pgtable = 2, .tasks = 1, .pid = 10, .comm = "a" },
	};
	const struct finding *f;
	struct scene s;
	int i;

	(void)state;
	work(&s, 14, lose);
	for (i = 0; i < 14; i++)
		lose(&s.slot[0].c);
	read_source(&s);
	s.limits.of[LIMIT_INSTALLS] = 1000;
	for (i = 0; i < 3; i++)
		tasks[i].e.install[V7S_MAP][V7S_LOST_TO_TABLE] = 4 + i;
	s.r.tasks = tasks;
	s.r.ntasks = 3;
	explanation_make(&s.o, &s.e);
	only(&s, "lost_races");
	f = of(&s, "lost_races");
	assert_null(f->row);
	/* A task's parts in two page tables are one part. */
	assert_int_equal(f->tasks, 2);
	assert_int_equal(f->task[0].pid, 10);
	assert_int_equal(f->task[0].n, 4 + 6);
	assert_int_equal(f->task[1].n, 5);
	assert_int_equal(f->tables, 0);
	assert_int_equal(value(f, "installs"), 2 * 14 * 59);
	assert_int_equal(value(f, "lost"), 2 * 14 * 21);
	finish(&s);
}

/* Few events do not make a share; a table that is kept is not churn. */
static void what_only_looks_like_it(void **state)
{
	struct scene s;

	(void)state;
	work(&s, 4, lose);
	explanation_make(&s.o, &s.e);
	only(&s, "few_events");
	finish(&s);

	work(&s, READINGS, NULL);
	s.r.rows[1].c.e.install[V7S_MAP][V7S_WON] += 20000;
	s.r.rows[1].c.e.free[V7S_FREE_UNMAP] += 8000;
	explanation_make(&s.o, &s.e);
	only(&s, NULL);
	s.r.rows[1].c.e.free[V7S_FREE_UNMAP] += 12000;
	explanation_make(&s.o, &s.e);
	only(&s, "table_churn");
	finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_remarkable),
		cmocka_unit_test(each_fires_on_its_load_and_on_no_other),
		cmocka_unit_test(what_is_not_visible),
		cmocka_unit_test(flushes_in_part),
		cmocka_unit_test(the_defect),
		cmocka_unit_test(limits),
		cmocka_unit_test(many_waits),
		cmocka_unit_test(the_worst),
		cmocka_unit_test(who_waits_for_whom),
		cmocka_unit_test(all_together),
		cmocka_unit_test(what_only_looks_like_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
