// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The events one by one: all of them, in order, or an account of the missing. */
#include <pthread.h>
#include <stdatomic.h>

#include "emit.h"
#include "skip.h"

#define DEV "a-device"

static int setup(void **state)
{
	*state = source_for(&(struct source_want){ .ring = STREAM_MIN });
	return 0;
}

struct taken {
	unsigned int n, cpu[4096];
	struct v7s_record r[4096];
	uint64_t last_time;
};

static int take(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	struct taken *t = arg;

	assert_true(r->time >= t->last_time);
	t->last_time = r->time;
	if (t->n < 4096) {
		t->r[t->n] = *r;
		t->cpu[t->n] = cpu;
	}
	t->n++;
	return 0;
}

/* As a verb ends: no more events, and all that are left. */
static void take_rest(struct source *s, struct taken *t)
{
	struct model *m = model_new(0);
	int n;

	source_bpf.stop(s);
	assert_int_equal(counters_read(s->rows, m, 1), 0);
	do
		n = source_bpf.stream(s, take, t);
	while (n > 0);
	assert_int_equal(n, 0);
	model_free(m);
}

static void assert_accounts(struct source *s, const struct taken *t,
			    uint64_t counted, uint64_t filtered)
{
	struct stream_cpu cpus[512], sum = { 0 };
	size_t n = source_bpf.stream_cpus(s, cpus, 512), i;

	assert_int_equal(n, s->rows->cpus);
	for (i = 0; i < n; i++) {
		assert_int_equal(cpus[i].emitted + cpus[i].dropped +
				 cpus[i].filtered, cpus[i].counted);
		sum.emitted += cpus[i].emitted;
		sum.filtered += cpus[i].filtered;
		sum.counted += cpus[i].counted;
	}
	assert_int_equal(sum.emitted, t->n);
	assert_int_equal(sum.filtered, filtered);
	assert_int_equal(sum.counted, counted);
}

static uint64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void shows_all_of_an_event(void **state)
{
	struct source *s = *state;
	struct taken t = { 0 };
	const struct v7s_record *r = t.r;
	uint64_t before = monotonic();
	int i;

	on_cpu(0);
	create(s, 7);
	install(s, 7, 1, 2, 33);
	install(s, 7, 0, 0, NOT_TIMED);
	split(s, 7, V7S_CONT, V7S_FOUND_DONE, 300, 40, 1234);
	split(s, 7, 1, 3, 0, 0, FREE_LOCK);
	free_table(s, 7, 2);
	refuse(s, 7, 3);
	destroy(s, 7);
	take_rest(s, &t);
	assert_int_equal(t.n, 8);
	for (i = 0; i < 8; i++) {
		assert_int_equal(t.cpu[i], 0);
		assert_int_equal(r[i].pgtable, 7);
		assert_int_equal(r[i].fmt, V7S_FMT);
		assert_string_equal(r[i].dev, DEV);
		assert_string_equal(r[i].comm, "stream_test");
		assert_int_equal(r[i].task,
				 (uint64_t)getpid() << 32 | gettid());
		assert_true(r[i].time > before - CLOCK_SLACK);
		assert_true(r[i].time < monotonic() + CLOCK_SLACK);
		assert_int_equal(r[i].dropped, 0);
		assert_int_equal(r[i].stack, -1);
	}
	assert_int_equal(r[0].event, V7S_EVENT_CREATE);
	assert_int_equal(r[0].iova, 32ULL << 32 | 32);
	assert_int_equal(r[1].event, V7S_EVENT_INSTALL);
	assert_int_equal(r[1].level, 1);
	assert_int_equal(r[1].iova, 0x100000);
	assert_int_equal(r[1].why, 1);
	assert_int_equal(r[1].outcome, 2);
	assert_int_equal(r[1].ns, 33);
	assert_int_equal(r[1].holder, -1);
	assert_true(r[2].ns == UINT64_MAX);
	assert_int_equal(r[3].event, V7S_EVENT_SPLIT);
	assert_int_equal(r[3].why, V7S_CONT);
	assert_int_equal(r[3].outcome, V7S_FOUND_DONE);
	assert_int_equal(r[3].block_size, 0x10000);
	assert_int_equal(r[3].size, 0x1000);
	assert_int_equal(r[3].ns, 300);
	assert_int_equal(r[3].hold_ns, 40);
	assert_int_equal(r[3].holder, 1234);
	assert_int_equal(r[4].why, 1);
	assert_int_equal(r[4].outcome, 3);
	assert_int_equal(r[4].holder, -1);
	assert_int_equal(r[5].event, V7S_EVENT_FREE);
	assert_int_equal(r[5].iova, 0x200000);
	assert_int_equal(r[5].why, 2);
	assert_int_equal(r[6].event, V7S_EVENT_REFUSE);
	assert_int_equal(r[6].size, 4096);
	assert_int_equal(r[6].why, 3);
	assert_int_equal(r[7].event, V7S_EVENT_DESTROY);
	assert_accounts(s, &t, 8, 0);
}

static void drops_what_has_no_room(void **state)
{
	struct source *s = *state;
	struct taken t = { 0 };
	unsigned int i;

	on_cpu(0);
	for (i = 0; i < 100; i++)
		install(s, 1, 0, 0, i);
	while (t.n < STREAM_MIN)
		assert_true(source_bpf.stream(s, take, &t) >= 0);
	for (i = 0; i < STREAM_MIN; i++) {
		assert_int_equal(t.r[i].ns, i);
		assert_int_equal(t.r[i].dropped, 0);
	}
	/* The next one says how many are missing before it. */
	install(s, 1, 0, 0, 1000);
	install(s, 1, 0, 0, 1001);
	take_rest(s, &t);
	assert_int_equal(t.n, STREAM_MIN + 2);
	assert_int_equal(t.r[STREAM_MIN].ns, 1000);
	assert_int_equal(t.r[STREAM_MIN].dropped, 100 - STREAM_MIN);
	assert_int_equal(t.r[STREAM_MIN + 1].dropped, 0);
	assert_accounts(s, &t, 102, 0);
}

/*
 * A running counter on 32 bits has two halves. The ring goes on where the lower
 * one wraps, though either half may be seen too early.
 */
static void wraps(void **state)
{
	struct source *s = *state;
	struct taken t = { 0 };
	const uint64_t start = (1ULL << 32) - 40;
	struct cpu_ring *c = &s->rows->stream->cpu[0];
	uint64_t i, before = c->tail;

	on_cpu(0);
	c->ring->head = c->ring->tail = c->head = c->tail = start;
	for (i = 0; i < 100; i++) {
		install(s, 1, 0, 0, i);
		if (i % 10 == 9)
			while (t.n <= i)
				assert_true(source_bpf.stream(s, take, &t) >= 0);
	}
	assert_int_equal(t.n, 100);
	for (i = 0; i < 100; i++) {
		assert_int_equal(t.r[i].ns, i);
		assert_int_equal(t.r[i].dropped, 0);
	}
	assert_int_equal(c->tail, start + 100);

	/* A tail that is half written lets nothing be overwritten. */
	for (i = 0; i < STREAM_MIN; i++)
		install(s, 1, 0, 0, i);
	c->ring->tail = 0xffffffff;		/* 1 << 32 is about to follow */
	install(s, 1, 0, 0, 77);
	c->ring->tail = 1ULL << 32 | 0xffffffff;
	install(s, 1, 0, 0, 77);
	c->ring->tail = 0;
	install(s, 1, 0, 0, 77);
	c->ring->tail = c->tail;
	t.n = 0;
	take_rest(s, &t);
	assert_int_equal(t.n, STREAM_MIN);
	for (i = 0; i < STREAM_MIN; i++)
		assert_int_equal(t.r[i].ns, i);
	assert_int_equal(c->dropped[V7S_EVENT_INSTALL], 3);
	assert_int_equal(before, 0);
}

/* Records of several CPUs come in order of time. */
static void merges_cpus(void **state)
{
	struct source *s = *state;
	struct taken t = { 0 };
	cpu_set_t had;
	unsigned int i, cpu, n = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(had), &had), 0);
	for (i = 0; i < 12; i++) {
		for (cpu = 0; cpu < s->rows->cpus && n < 16; cpu++) {
			if (!CPU_ISSET(cpu, &had))
				continue;
			on_cpu(cpu);
			install(s, 1, 0, 0, n++);
		}
	}
	assert_int_equal(sched_setaffinity(0, sizeof(had), &had), 0);
	/* The first call cannot know yet what is complete. */
	assert_int_equal(source_bpf.stream(s, take, &t), 0);
	usleep(2 * CLOCK_SLACK / 1000);
	take_rest(s, &t);
	assert_int_equal(t.n, n);
	for (i = 0; i < n; i++)
		assert_int_equal(t.r[i].ns, i);
	assert_accounts(s, &t, n, 0);
}

struct emitter {
	struct source *s;
	unsigned int cpu, n;
};

static void *emit_many(void *arg)
{
	struct emitter *e = arg;
	unsigned int i;

	on_cpu(e->cpu);
	for (i = 0; i < e->n; i++)
		install(e->s, 1 + e->cpu, 0, i % 2, i);
	return NULL;
}

/* Several writers and a reader at once, with a ring that is much too small. */
static void accounts_for_all(void **state)
{
	enum { N = 20000, CPUS = 4 };
	struct source *s = *state;
	struct taken *t = calloc(1, sizeof(*t));
	struct emitter e[CPUS];
	pthread_t thread[CPUS];
	unsigned int cpu, used = 0;
	cpu_set_t had;

	if (natively) {
		free(t);
		SKIP("a thread that counts can be preempted, a program cannot");
	}
	assert_int_equal(sched_getaffinity(0, sizeof(had), &had), 0);
	for (cpu = 0; cpu < s->rows->cpus && used < CPUS; cpu++) {
		if (!CPU_ISSET(cpu, &had))
			continue;
		e[used] = (struct emitter){ s, cpu, N };
		pthread_create(&thread[used], NULL, emit_many, &e[used]);
		used++;
	}
	for (cpu = 0; cpu < 50; cpu++)
		assert_true(source_bpf.stream(s, take, t) >= 0);
	for (cpu = 0; cpu < used; cpu++)
		pthread_join(thread[cpu], NULL);
	take_rest(s, t);
	assert_true(t->n >= used * STREAM_MIN);
	assert_accounts(s, t, used * N, 0);
	free(t);
}

static struct source *filtered(void **state, struct source_want want)
{
	source_bpf.close(*state);
	want.ring = 64;
	*state = source_for(&want);
	return *state;
}

static void emit_each(struct source *s, uint64_t pgtable)
{
	create(s, pgtable);
	install(s, pgtable, 0, V7S_WON, 1);
	install(s, pgtable, 0, 1, 1);
	install(s, pgtable, 1, 3, 1);
	split(s, pgtable, 1, V7S_FOUND_DONE, 0, 0, FREE_LOCK);
	free_table(s, pgtable, V7S_FREE_LOST);
	free_table(s, pgtable, 1);
	refuse(s, pgtable, 0);
	destroy(s, pgtable);
}

static void filters_events(void **state)
{
	struct source *s = filtered(state, (struct source_want){
		.events = 1 << V7S_EVENT_CREATE | 1 << V7S_EVENT_FREE,
	});
	struct taken t = { 0 };

	on_cpu(0);
	emit_each(s, 1);
	take_rest(s, &t);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.r[0].event, V7S_EVENT_CREATE);
	assert_int_equal(t.r[1].event, V7S_EVENT_FREE);
	assert_int_equal(t.r[2].event, V7S_EVENT_FREE);
	assert_accounts(s, &t, 9, 6);
}

static void filters_what_was_lost(void **state)
{
	struct source *s = filtered(state, (struct source_want){
		.lost_only = true,
	});
	struct taken t = { 0 };

	on_cpu(0);
	emit_each(s, 1);
	take_rest(s, &t);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.r[0].outcome, 1);
	assert_int_equal(t.r[1].outcome, 3);
	assert_int_equal(t.r[2].event, V7S_EVENT_FREE);
	assert_int_equal(t.r[2].why, V7S_FREE_LOST);
	assert_accounts(s, &t, 9, 6);
}

static void filters_by_device(void **state)
{
	static const char other[] = "another-device-whose-name-is-long-and-cut";
	struct source *s = filtered(state, (struct source_want){
		.dev = other,
	});
	const uint64_t was = dev;
	struct taken t = { 0 };
	unsigned int i;

	on_cpu(0);
	emit_each(s, 1);
	dev = kernel_string("another-device");
	emit_each(s, 2);
	dev = kernel_string(other);
	emit_each(s, 3);
	install(s, 0, 0, V7S_WON, 1);	/* has no slot with its name */
	dev = was;
	emit_each(s, 4);
	take_rest(s, &t);
	assert_int_equal(t.n, 10);
	for (i = 0; i < t.n; i++)
		assert_memory_equal(t.r[i].dev, other, V7S_DEV - 1);
	assert_accounts(s, &t, 37, 27);
}

static void takes_the_stack_as_well(void **state)
{
	struct source *s = filtered(state, (struct source_want){
		.stacks = true,
	});
	struct frame frame[V7S_STACK_DEPTH];
	struct taken t = { 0 };

	if (natively)
		SKIP("this process cannot take kernel stacks");
	on_cpu(0);
	emit_each(s, 1);
	take_rest(s, &t);
	assert_int_equal(t.n, 9);
	assert_true(t.r[1].stack >= 0);
	assert_true(source_bpf.stack(s, t.r[1].stack, frame) > 0);
	assert_int_equal(source_bpf.stack(s, -1, frame), 0);
	assert_int_equal(source_bpf.stack(s, V7S_STACK_IDS, frame), 0);
}

static int stop_at_second(void *arg, unsigned int cpu,
			  const struct v7s_record *r)
{
	(void)cpu;
	(void)r;
	return ++*(int *)arg == 2 ? -1 : 0;
}

static void ends_when_the_reader_does(void **state)
{
	struct source *s = *state;
	struct taken t = { 0 };
	int n = 0;

	on_cpu(0);
	install(s, 1, 0, 0, 0);
	install(s, 1, 0, 0, 1);
	install(s, 1, 0, 0, 2);
	source_bpf.stop(s);
	assert_int_equal(source_bpf.stream(s, stop_at_second, &n), -1);
	assert_int_equal(n, 2);
	/* Nothing is handed out twice. */
	take_rest(s, &t);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.r[0].ns, 2);
}

int main(void)
{
#define WITH_BPF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_BPF(shows_all_of_an_event),
		WITH_BPF(drops_what_has_no_room),
		WITH_BPF(wraps),
		WITH_BPF(merges_cpus),
		WITH_BPF(accounts_for_all),
		WITH_BPF(filters_events),
		WITH_BPF(filters_what_was_lost),
		WITH_BPF(filters_by_device),
		WITH_BPF(takes_the_stack_as_well),
		WITH_BPF(ends_when_the_reader_does),
	};

	choose_counter();
	dev = kernel_string(DEV);
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
