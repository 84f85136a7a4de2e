// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* This process and the BPF programs count the same events alike. */
#include <sys/prctl.h>

#include "emit.h"
#include "ftrace/count_events.h"
#include "model/counts.h"
#include "skip.h"

enum { EVENTS_EACH = 20000, RING = 1 << 15 };

/* The name of this task, which the programs take from the kernel. */
#define COMM "counts-events"

/* Why the BPF programs cannot be loaded here; 0: they can. */
static int not_loaded;

static const struct source_want all = {
	.slots = V7S_SLOTS,
	.tasks = true, .ring = RING, .dev = "a-device", .events = 0x3f,
};

static uint64_t seed = 7;

static uint64_t below(uint64_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

/* Zeroes, powers of two and their neighbours, what is not known, and the rest. */
static uint64_t some_time(void)
{
	switch (below(5)) {
	case 0:
		return ~0ULL;
	case 1:
		return below(3);
	case 2:
		return (1ULL << below(40)) + below(3) - 1;
	default:
		return below(100000);
	}
}

/* By their position in the arguments, from the fourth on. */
static void some_args(int event, __u64 *args)
{
	unsigned int i;

	for (i = 3; i < COUNTED_ARGS; i++)
		args[i] = below(1 << 20);
	/* Now and then one that nobody knows. */
	args[5] = below(event == V7S_EVENT_REFUSE ? 8192 : 5);
	if (event == V7S_EVENT_REFUSE || event == V7S_EVENT_INSTALL ||
	    event == V7S_EVENT_SPLIT)
		args[6] = below(7);
	if (event == V7S_EVENT_INSTALL)
		args[7] = some_time();
	if (event == V7S_EVENT_SPLIT) {
		args[9] = some_time();
		args[10] = some_time();
		args[11] = below(2) ? (uint32_t)-1 : below(3) * 50;
	}
}

static void emit_both(struct source *s, unsigned int cpu)
{
	static unsigned int n;
	int event = n++ % 50 ? below(V7S_EVENTS) : V7S_EVENT_CREATE;
	struct counted_event e = {
		.cpu = cpu, .event = event, .time = 1, .comm = COMM,
		.task = (uint64_t)getpid() << 32 | gettid(),
		.dev = "a-device",
	};
	/* More than there are slots for; few of them go. */
	__u64 pgtable = below(100);

	if (event == V7S_EVENT_DESTROY && below(100))
		event = V7S_EVENT_FREE;
	e.event = event;
	e.args[1] = pgtable;
	e.args[2] = V7S_FMT;
	some_args(event, e.args);
	emit(s, event, pgtable, COUNTED_ARGS - 3, (uint64_t *)&e.args[3]);
	count_event(&e);
}

static struct report report_in(struct counters *r, struct model *m)
{
	struct report report;

	assert_int_equal(counters_read(r, m, 1), 0);
	assert_int_equal(model_report(m, true, &report), 0);
	return report;
}

/*
 * One page table's events and what must be counted of them, written down: two
 * copies of bpf/count.h may agree on a wrong number.
 */
enum { NONE = -1 };
static const struct { int event; __u64 rest[9]; } known_events[] = {
	{ V7S_EVENT_CREATE,  { 32, 32, 0 } },
	/* level, IOVA, why, outcome, window */
	{ V7S_EVENT_INSTALL, { 1, 0x100000, 0, 0, 1 } },
	{ V7S_EVENT_INSTALL, { 1, 0x200000, 0, 0, 2 } },
	{ V7S_EVENT_INSTALL, { 1, 0x200000, 0, 1, 1000 } },
	{ V7S_EVENT_INSTALL, { 1, 0x300000, 1, 2, NONE } },
	/* level, IOVA, kind, outcome, size, part, wait, hold, holder */
	{ V7S_EVENT_SPLIT,   { 2, 0x100000, 0, 0, 0x10000, 0x1000, 300, 1024, 5 } },
	{ V7S_EVENT_SPLIT,   { 2, 0x110000, 0, 1, 0x10000, 0x1000, 0, 3, (uint32_t)NONE } },
	{ V7S_EVENT_SPLIT,   { 1, 0x400000, 1, 0, 0x100000, 0x1000, 0, 0, (uint32_t)NONE } },
	/* level, IOVA, why */
	{ V7S_EVENT_FREE,    { 1, 0x200000, 0 } },
	{ V7S_EVENT_FREE,    { 1, 0x100000, 1 } },
	{ V7S_EVENT_FREE,    { 1, 0x300000, 1 } },
	{ V7S_EVENT_FREE,    { 1, 0x400000, 2 } },
	{ V7S_EVENT_FREE,    { 1, 0x400000, 3 } },
	{ V7S_EVENT_FREE,    { 1, 0x400000, 4 } },
	/* level, IOVA, size, why */
	{ V7S_EVENT_REFUSE,  { 1, 0x500000, 4096, 1 } },
	{ V7S_EVENT_REFUSE,  { 1, 0x500000, 4096, 4 } },
	{ V7S_EVENT_REFUSE,  { 1, 0x500000, 4096, 5 } },
};

static const struct v7s_counts known_counts = {
	.e = {
		.create = 1,
		.waits = 1,
		.install = { { 2, 1, 0, 0 }, { 0, 0, 1, 0 } },
		.split = { { 1, 1, 0, 0 }, { 1, 0, 0, 0 } },
		.free = { 1, 2, 1, 1 },
		.refuse = { 0, 1, 0, 0, 1, 1 },
		.unknown = 1,
	},
	.hist = {
		[V7S_WINDOW] = { .bucket = { [0] = 1, [1] = 1, [10] = 1 },
				 .sum = 1003, .max = 1000, .untimed = 1 },
		[V7S_WAIT] = { .bucket = { [9] = 1 }, .sum = 300, .max = 300 },
		[V7S_HOLD] = { .bucket = { [2] = 1, [10] = 1 }, .sum = 1027, .max = 1024 },
	},
};

static void assert_known(const struct report *r)
{
	assert_int_equal(r->nrows, 1);
	assert_int_equal(r->rows[0].pgtable, 7);
	assert_true(r->rows[0].created);
	assert_memory_equal(&r->rows[0].c, &known_counts, sizeof(known_counts));
	assert_memory_equal(&r->total.c, &known_counts, sizeof(known_counts));
	assert_int_equal(r->ntasks, 1);
	assert_string_equal(r->tasks[0].comm, COMM);
	assert_int_equal(r->tasks[0].pid, gettid());
	assert_int_equal(r->tasks[0].wait_ns, 300);
	assert_int_equal(r->npairs, 1);
	assert_int_equal(r->pairs[0].holder, 5);
	assert_int_equal(r->pairs[0].waits, 1);
}

static void counts_known_numbers(void **state)
{
	struct counters *mine = count_events_start(&all, RING);
	struct model *m = model_new(0);
	struct report r;
	size_t i;

	(void)state;
	assert_non_null(mine);
	for (i = 0; i < sizeof(known_events) / sizeof(*known_events); i++) {
		struct counted_event e = {
			.event = known_events[i].event, .time = 1, .comm = COMM,
			.task = (uint64_t)getpid() << 32 | gettid(), .dev = "a-device",
			.args = { 0, 7, V7S_FMT },
		};

		memcpy(&e.args[3], known_events[i].rest, sizeof(known_events[i].rest));
		count_event(&e);
	}
	r = report_in(mine, m);
	assert_known(&r);
	model_free(m);
	counters_free(mine);
}

static void programs_count_known_numbers(void **state)
{
	struct model *m = model_new(0);
	struct source *s;
	struct report r;
	size_t i;

	if (not_loaded)
		SKIP(strerror(-not_loaded));
	*state = s = source_for(&all);
	on_cpu(0);
	for (i = 0; i < sizeof(known_events) / sizeof(*known_events); i++)
		emit(s, known_events[i].event, 7, 9, (uint64_t *)known_events[i].rest);
	r = report_in(s->rows, m);
	assert_known(&r);
	model_free(m);
}

struct taken {
	unsigned int n;
	struct v7s_record r[2 * EVENTS_EACH];
};

static int take(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	struct taken *t = arg;

	(void)cpu;
	t->r[t->n] = *r;
	t->r[t->n++].time = 0;
	return 0;
}

static struct taken by_bpf, by_us;

static void counts_the_same(void **state)
{
	struct model *m = model_new(0), *my = model_new(0);
	struct counters *mine;
	struct source *s;
	struct report r, n;
	size_t i;
	int k;

	if (not_loaded)
		SKIP(strerror(-not_loaded));
	*state = s = source_for(&all);
	mine = count_events_start(&all, RING);
	assert_non_null(mine);
	for (k = 0; k < 4; k++) {
		on_cpu(0);
		for (i = 0; i < EVENTS_EACH / 4; i++)
			emit_both(s, 0);
		r = report_in(s->rows, m);
		n = report_in(mine, my);
	}
	assert_int_equal(r.nrows, n.nrows);
	assert_true(r.nrows > V7S_SLOTS / 2);
	for (i = 0; i < r.nrows; i++) {
		assert_int_equal(r.rows[i].pgtable, n.rows[i].pgtable);
		assert_int_equal(r.rows[i].destroyed, n.rows[i].destroyed);
		assert_string_equal(r.rows[i].dev, n.rows[i].dev);
		assert_memory_equal(&r.rows[i].c, &n.rows[i].c,
				    sizeof(r.rows[i].c));
	}
	assert_true(events_count(&r.other.c.e) > 0);
	assert_true(r.total.c.e.unknown > 0);
	assert_memory_equal(&r.total.c, &n.total.c, sizeof(r.total.c));
	assert_memory_equal(&r.other.c, &n.other.c, sizeof(r.other.c));
	assert_int_equal(r.destroys, n.destroys);
	assert_true(r.ntasks && r.npairs);
	assert_int_equal(r.ntasks, n.ntasks);
	for (i = 0; i < r.ntasks; i++) {
		assert_string_equal(r.tasks[i].comm, n.tasks[i].comm);
		assert_int_equal(r.tasks[i].pid, n.tasks[i].pid);
		assert_int_equal(r.tasks[i].wait_ns, n.tasks[i].wait_ns);
		assert_memory_equal(&r.tasks[i].e, &n.tasks[i].e,
				    sizeof(r.tasks[i].e));
	}
	assert_int_equal(r.npairs, n.npairs);
	assert_int_equal(r.other_pairs, n.other_pairs);
	for (i = 0; i < r.npairs; i++)
		assert_int_equal(r.pairs[i].waits, n.pairs[i].waits);

	counters_stopped(s->rows);
	counters_stopped(mine);
	assert_int_equal(counters_stream(s->rows, UINT64_MAX, take, &by_bpf),
			 EVENTS_EACH);
	assert_int_equal(counters_stream(mine, UINT64_MAX, take, &by_us),
			 EVENTS_EACH);
	assert_memory_equal(&by_bpf, &by_us, sizeof(by_bpf));
	model_free(m);
	model_free(my);
	counters_free(mine);
}

/* There is no room for more than the ring has, and what was lost is told of once. */
static void tells_of_losses(void **state)
{
	static struct taken t;
	struct counters *r = count_events_start(&(struct source_want){ 0 }, 16);
	struct counted_event e = {
		.event = V7S_EVENT_FREE, .comm = "", .dev = "-", .args = { 0, 1 },
	};
	int i;

	(void)state;
	assert_non_null(r);
	for (i = 0; i < 16; i++) {
		assert_true(count_events_room(0));
		if (i == 7)
			count_events_lost(0, 41);
		e.time = i;
		count_event(&e);
	}
	assert_false(count_events_room(0));
	counters_stopped(r);
	/* Not those that somebody may still have an older one of. */
	assert_int_equal(counters_stream(r, 9, take, &t), 10);
	assert_true(count_events_room(0));
	assert_int_equal(counters_stream(r, UINT64_MAX, take, &t), 6);
	for (i = 0; i < 16; i++)
		assert_int_equal(t.r[i].dropped, i == 7 ? 41 : 0);
	counters_free(r);
}

/* Three of four slots are used by page tables whose numbers do not follow each other. */
static void finds_slots_for_any_numbers(void **state)
{
	struct counted_event e = { .event = V7S_EVENT_FREE, .comm = "", .dev = "a-device" };
	const struct source_want want = { .slots = 256 };
	enum { ROUNDS = 20, ACTIVE = 192 };
	uint64_t without = 0;
	struct counters *c;
	struct model *m;
	struct report r;
	int i, k;

	(void)state;
	for (k = 0; k < ROUNDS; k++) {
		c = count_events_start(&want, 0);
		m = model_new(0);
		assert_non_null(c);
		for (i = 0; i < ACTIVE; i++) {
			e.args[1] = below(1 << 30) + 1;
			count_event(&e);
		}
		r = report_in(c, m);
		assert_int_equal(events_count(&r.total.c.e), ACTIVE);
		without += events_count(&r.other.c.e);
		model_free(m);
		counters_free(c);
	}
	assert_true(without < ROUNDS * ACTIVE / 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_known_numbers),
		cmocka_unit_test_teardown(programs_count_known_numbers, teardown),
		cmocka_unit_test_teardown(counts_the_same, teardown),
		cmocka_unit_test(tells_of_losses),
		cmocka_unit_test(finds_slots_for_any_numbers),
	};

	prctl(PR_SET_NAME, COMM);
	not_loaded = load_error();
	if (!not_loaded)
		dev = kernel_string("a-device");
	return cmocka_run_group_tests_name("count_events", tests, NULL, NULL);
}
