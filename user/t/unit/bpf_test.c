// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Page tables, as the BPF programs count for them and the reader reads them. */
#include <pthread.h>
#include <stdatomic.h>

#include "emit.h"
#include "lib/read64.h"
#include "model/counts.h"
#include "skip.h"

static int setup(void **state)
{
	*state = source_for(&(struct source_want){ .slots = V7S_SLOTS });
	return 0;
}

#define DEV "a-device-whose-name-is-cut-off-where-the-slot-ends"

static const struct row *row_of(const struct report *r, uint64_t pgtable)
{
	size_t i;

	for (i = 0; i < r->nrows; i++)
		if (r->rows[i].pgtable == pgtable)
			return &r->rows[i];
	return NULL;
}

/* Each enumerator of each event, once more often than the one before it. */
static void counts_everything(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	struct v7s_counts want;
	uint64_t i, k, n, times = 0;
	struct report r;

	memset(&want, 0, sizeof(want));
	create(s, 7);
	want.e.create = 1;
	for (i = 0; i < V7S_INSTALL_WHY; i++)
		for (k = 0; k < V7S_INSTALL_OUTCOME; k++)
			for (n = want.e.install[i][k] = ++times; n; n--)
				install(s, 7, i, k, NOT_TIMED);
	want.hist[V7S_WINDOW].untimed = times * (times + 1) / 2;
	for (i = 0; i < V7S_SPLIT_KIND; i++)
		for (k = 0; k < V7S_SPLIT_OUTCOME; k++)
			for (n = want.e.split[i][k] = ++times; n; n--)
				split(s, 7, i, k, 0, NOT_TIMED, FREE_LOCK);
	for (k = 0; k < V7S_SPLIT_OUTCOME; k++)
		want.hist[V7S_HOLD].untimed += want.e.split[V7S_CONT][k];
	for (i = 0; i < V7S_FREE_WHY; i++)
		for (n = want.e.free[i] = ++times; n; n--)
			EMIT(s, V7S_EVENT_FREE, 7, 1, 0, i);
	for (i = 0; i < V7S_REFUSE_WHY; i++)
		for (n = want.e.refuse[i] = ++times; n; n--)
			EMIT(s, V7S_EVENT_REFUSE, 7, 1, 0, 4096, i);

	r = read_report(s, m);
	assert_int_equal(r.nrows, 1);
	assert_int_equal(r.rows[0].pgtable, 7);
	assert_memory_equal(&r.rows[0].c, &want, sizeof(want));
	assert_int_equal(events_count(&r.other.c.e), 0);
	model_free(m);
}

static void names_the_device(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	struct report r;

	create(s, 1);
	r = read_report(s, m);
	assert_int_equal(r.nrows, 1);
	assert_int_equal(strlen(r.rows[0].dev), V7S_DEV - 1);
	assert_memory_equal(r.rows[0].dev, DEV, V7S_DEV - 1);
	assert_int_equal(r.rows[0].fmt, V7S_FMT);
	model_free(m);
}

/* Enumerators of a future kernel are counted as unknown, not as another event. */
static void counts_the_unknown(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	struct v7s_counts want;
	struct report r;

	memset(&want, 0, sizeof(want));
	install(s, 1, V7S_INSTALL_WHY, 0, NOT_TIMED);
	install(s, 1, 0, V7S_INSTALL_OUTCOME, NOT_TIMED);
	install(s, 1, UINT32_MAX, UINT32_MAX, NOT_TIMED);
	want.hist[V7S_WINDOW].untimed = 3;
	split(s, 1, V7S_SPLIT_KIND, 0, 0, 0, FREE_LOCK);
	split(s, 1, 1, V7S_SPLIT_OUTCOME, 0, 0, FREE_LOCK);
	EMIT(s, V7S_EVENT_FREE, 1, 1, 0, V7S_FREE_WHY);
	EMIT(s, V7S_EVENT_REFUSE, 1, 1, 0, 4096, V7S_REFUSE_WHY);
	want.e.unknown = 7;
	r = read_report(s, m);
	assert_int_equal(r.nrows, 1);
	assert_memory_equal(&r.rows[0].c, &want, sizeof(want));
	model_free(m);
}

/* Both sides of each bucket's upper bound, which belongs to the bucket. */
static void fills_the_buckets(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	struct v7s_hist want;
	struct report r;
	int i;

	memset(&want, 0, sizeof(want));
	install(s, 1, 0, 0, 0);
	want.bucket[0] = 1;
	for (i = 0; i < 63; i++) {
		uint64_t edge = 1ULL << i;

		install(s, 1, 0, 0, edge);
		install(s, 1, 0, 0, edge + 1);
		want.bucket[i < 31 ? i : 31]++;
		want.bucket[i < 30 ? i + 1 : 31]++;
		want.sum += 2 * edge + 1;
		want.max = edge + 1;
	}
	r = read_report(s, m);
	assert_int_equal(r.nrows, 1);
	assert_memory_equal(&r.rows[0].c.hist[V7S_WINDOW], &want, sizeof(want));
	model_free(m);
}

static void times_the_lock(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	const struct v7s_counts *c;
	struct report r;

	split(s, 1, V7S_CONT, V7S_FOUND_DONE, 300, 40, 1234);
	split(s, 1, V7S_CONT, 0, 500, 50, 0);	/* holder not known */
	split(s, 1, V7S_CONT, 0, 0, 60, FREE_LOCK);
	split(s, 1, V7S_CONT, 0, NOT_TIMED, 70, 99);
	split(s, 1, 1, 0, 0, 0, FREE_LOCK);	/* a block has no lock */

	r = read_report(s, m);
	assert_int_equal(r.nrows, 1);
	c = &r.rows[0].c;
	assert_int_equal(c->e.waits, 3);
	assert_int_equal(hist_count(&c->hist[V7S_WAIT]), 2);
	assert_int_equal(c->hist[V7S_WAIT].sum, 800);
	assert_int_equal(c->hist[V7S_WAIT].max, 500);
	assert_int_equal(c->hist[V7S_WAIT].untimed, 1);
	assert_int_equal(hist_count(&c->hist[V7S_HOLD]), 4);
	assert_int_equal(c->hist[V7S_HOLD].sum, 220);
	assert_int_equal(c->hist[V7S_HOLD].max, 70);
	model_free(m);
}

static void adds_up_cpus(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	unsigned int cpu, used = 0;
	cpu_set_t had;
	struct report r;

	assert_int_equal(sched_getaffinity(0, sizeof(had), &had), 0);
	for (cpu = 0; cpu < s->rows->cpus; cpu++) {
		if (!CPU_ISSET(cpu, &had))
			continue;
		on_cpu(cpu);
		install(s, 5, 0, 0, 100 << used++);
		assert_int_equal(cpu_row(&s->rows->rows, cpu)->slot[5].pgtable, 5);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(had), &had), 0);
	r = read_report(s, m);
	assert_int_equal(r.nrows, 1);
	assert_int_equal(events_installs(&r.rows[0].c.e), used);
	assert_int_equal(r.rows[0].c.hist[V7S_WINDOW].max, 100 << (used - 1));
	model_free(m);
}

/* More page tables at once than a row has slots for. */
static void overflows(unsigned int slots, unsigned int wanted)
{
	struct source *s = source_for(&(struct source_want){ .slots = wanted });
	struct model *m = model_new(0);
	uint64_t n, visible = 0;
	struct report r;
	size_t i;

	on_cpu(0);
	for (n = 1; n <= 2 * slots; n++)
		install(s, n, 0, 0, 1);
	r = read_report(s, m);
	assert_int_equal(r.nrows, slots);
	for (i = 0; i < r.nrows; i++)
		visible += events_installs(&r.rows[i].c.e);
	assert_int_equal(visible, slots);
	assert_int_equal(events_installs(&r.other.c.e), slots);
	assert_int_equal(events_installs(&r.total.c.e), 2 * slots);
	assert_non_null(r.total.alive_why);
	model_free(m);
	source_bpf.close(s);
}

static void overflows_into_other(void **state)
{
	(void)state;
	overflows(V7S_SLOTS, V7S_SLOTS);
	overflows(256, 256);
	overflows(V7S_SLOTS_MAX, V7S_SLOTS_MAX);
}

/* More devices than have slots under other, and one with a name that is cut off. */
static void overflows_by_device(void **state)
{
	static const char *const names[] = {
		DEV, "0.iommu", "1.iommu", "2.iommu", "3.iommu", "4.iommu", "5.iommu", "-",
		"8.iommu", "9.iommu",
	};
	struct source *s = *state;
	struct model *m = model_new(0);
	struct v7s_counts unnamed;
	uint64_t had = dev;
	struct report r;
	size_t i, k;

	on_cpu(0);
	for (k = 1; k <= V7S_SLOTS; k++)
		install(s, k, 0, 0, 1);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		dev = i ? kernel_string(names[i]) : had;
		for (k = 0; k <= i; k++)
			install(s, 1000 + k, 0, 0, 1 << i);
	}
	dev = 0;
	install(s, 2000, 0, 0, 1);
	dev = had;
	r = read_report(s, m);
	assert_int_equal(r.nothers, V7S_DEVICES);
	for (i = 0; i < r.nothers; i++) {
		assert_int_equal(r.others[i].fmt, V7S_FMT);
		for (k = 0; k < V7S_DEVICES; k++)
			if (!strncmp(r.others[i].dev, names[k], V7S_DEV - 1))
				break;
		assert_int_equal(events_installs(&r.others[i].c.e), k + 1);
		assert_int_equal(r.others[i].c.hist[V7S_WINDOW].max, 1 << k);
	}
	unnamed = report_unnamed(&r);
	assert_int_equal(events_installs(&unnamed.e), 9 + 10 + 1);
	assert_int_equal(events_installs(&r.other.c.e), 56);
	assert_int_equal(events_installs(&r.total.c.e), V7S_SLOTS + 56);
	model_free(m);
}

/*
 * A board that makes and destroys page tables for ever. Some are destroyed on
 * a CPU that has no slot for them, one in ten lives on for a while.
 */
static void reuses_slots(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	unsigned int last = s->rows->cpus > 1 ? 1 : 0;
	const uint64_t tables = 40 * V7S_SLOTS, lives = 100;
	const struct row *row;
	struct report r;
	uint64_t n;

	for (n = 1; n <= tables; n++) {
		on_cpu(0);
		create(s, n);
		install(s, n, 0, 0, 8);
		install(s, n, 0, 0, 8);
		EMIT(s, V7S_EVENT_FREE, n, 1, 0, 1);
		on_cpu(n % 3 ? last : 0);
		if (n % 2)
			install(s, n, 0, 0, 8);
		if (n % 10)
			destroy(s, n);
		else if (n > lives)
			destroy(s, n - lives);
		if (n % 32 == 0)
			r = read_report(s, m);
	}
	r = read_report(s, m);
	assert_int_equal(events_count(&r.other.c.e), 0);
	assert_int_equal(r.total.tables, tables);
	assert_int_equal(events_installs(&r.total.c.e), 2 * tables + tables / 2);
	assert_int_equal(r.total.c.e.free[1], tables);
	assert_int_equal(r.total.c.e.create, tables);
	assert_int_equal(r.destroys, tables - lives / 10);
	assert_int_equal(r.total.c.hist[V7S_WINDOW].sum,
			 8 * events_installs(&r.total.c.e));
	/* Two or three tables each, one less for the free. */
	assert_null(r.total.alive_why);
	assert_int_equal(r.total.alive, lives / 10 * 1);
	/* The last ones are there as they were, one by one. */
	row = row_of(&r, tables - 1);
	assert_non_null(row);
	assert_int_equal(events_installs(&row->c.e), 3);
	assert_true(row->destroyed);
	assert_int_equal(row->alive, 0);
	model_free(m);
}

/*
 * A slot before that of a table becomes free: it gets a second one, and that
 * must not show.
 */
static void survives_a_second_slot(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	const struct row *row;
	struct report r;

	on_cpu(0);
	install(s, 3, 0, 0, 8);
	install(s, 3 + V7S_SLOTS, 0, 0, 8);	/* in the slot behind */
	destroy(s, 3);
	r = read_report(s, m);
	install(s, 3 + V7S_SLOTS, 0, 0, 8);	/* where 3 was */
	assert_int_equal(cpu_row(&s->rows->rows, 0)->slot[3].pgtable, 3 + V7S_SLOTS);
	assert_int_equal(cpu_row(&s->rows->rows, 0)->slot[4].pgtable, 3 + V7S_SLOTS);
	r = read_report(s, m);
	assert_int_equal(r.nrows, 2);
	row = row_of(&r, 3 + V7S_SLOTS);
	assert_int_equal(events_installs(&row->c.e), 2);
	destroy(s, 3 + V7S_SLOTS);
	r = read_report(s, m);
	assert_int_equal(cpu_row(&s->rows->rows, 0)->slot[3].pgtable, 0);
	assert_int_equal(cpu_row(&s->rows->rows, 0)->slot[4].pgtable, 0);
	r = read_report(s, m);
	assert_int_equal(events_installs(&r.total.c.e), 3);
	model_free(m);
}

/* A second has passed since the last reading. */
static struct report read_later(struct source *s, struct model *m)
{
	static uint64_t now;
	struct report r;

	assert_int_equal(counters_read(s->rows, m, now += SECOND), 0);
	assert_int_equal(model_report(m, true, &r), 0);
	return r;
}

static void outlives_a_burst(struct source *s, uint64_t n)
{
	struct model *m = model_new(0);
	const struct row *row;
	struct report r;
	uint64_t i;

	on_cpu(0);
	for (i = 1; i <= n; i++) {
		create(s, i);
		install(s, i, 0, 0, 8);
	}
	for (i = 1; i <= n; i++)
		destroy(s, i);
	for (i = 0; i < 3; i++)
		r = read_later(s, m);
	assert_int_equal(r.unseen, n - V7S_GONE);
	for (i = n + 1; i <= n + V7S_SLOTS; i++) {
		create(s, i);
		install(s, i, 0, 0, 8);
	}
	r = read_later(s, m);
	for (i = n + 1; i <= n + V7S_SLOTS; i++) {
		row = row_of(&r, i);
		assert_non_null(row);
		assert_int_equal(events_installs(&row->c.e), 1);
		assert_int_equal(row->c.hist[V7S_WINDOW].sum, 8);
		assert_true(row->created);
		assert_memory_equal(row->dev, DEV, V7S_DEV - 1);
	}
	assert_int_equal(events_installs(&r.total.c.e), n + V7S_SLOTS);
	assert_int_equal(r.total.c.e.create, n + V7S_SLOTS);
	assert_int_equal(r.destroys, n);
	model_free(m);
}

static void outlives_600(void **state)
{
	outlives_a_burst(*state, 600);
}

static void outlives_2000(void **state)
{
	outlives_a_burst(*state, 2000);
}

struct load {
	pthread_t thread;
	struct source *s;
	unsigned int cpu, installs;
	atomic_bool done;
};

/* On a busy machine, the reader needs more of the load to see page tables leave. */
static atomic_bool enough;

enum { LOAD = 60000, LOAD_MOST = 100 * LOAD, AT_ONCE = 30, LOAD_TABLES = 400 };

/* Now these page tables work, now those, and each returns. */
static void *work(void *arg)
{
	struct load *l = arg;
	unsigned int i;

	on_cpu(l->cpu);
	for (i = 0; i < LOAD || (i < LOAD_MOST && !enough); i++)
		install(l->s, 1 + (i / 2000 * AT_ONCE + i % AT_ONCE) % LOAD_TABLES, 0, 0, 8);
	l->installs = i;
	l->done = true;
	return NULL;
}

/* The programs run on all CPUs while slots are marked, read, freed and taken again. */
static void loses_nothing_while_programs_run(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN), cpu, readings = 0;
	struct load *l = calloc(cpus, sizeof(*l));
	uint64_t rows = 0, before = 0, all = 0, n;
	bool done = false;
	struct report r;
	size_t i;

	if (natively)
		SKIP("this process counts, and it cannot wait for itself");
	assert_non_null(l);
	for (cpu = 0; cpu < cpus; cpu++) {
		l[cpu] = (struct load){ .s = s, .cpu = cpu };
		assert_int_equal(pthread_create(&l[cpu].thread, NULL, work, &l[cpu]), 0);
	}
	while (!done) {
		for (cpu = 0, done = true; cpu < cpus; cpu++)
			done &= l[cpu].done;
		r = read_later(s, m);
		n = events_installs(&r.total.c.e);
		assert_in_range(n, before, (uint64_t)cpus * LOAD_MOST);
		before = n;
		readings++;
		enough |= r.nrows > cpus * V7S_SLOTS;
	}
	for (cpu = 0; cpu < cpus; cpu++) {
		pthread_join(l[cpu].thread, NULL);
		all += l[cpu].installs;
	}
	r = read_later(s, m);
	r = read_later(s, m);
	n = all;
	assert_int_equal(events_installs(&r.total.c.e), n);
	assert_int_equal(r.total.c.hist[V7S_WINDOW].sum, 8 * n);
	for (i = 0; i < r.nrows; i++)
		rows += events_installs(&r.rows[i].c.e);
	assert_int_equal(rows + events_installs(&r.other.c.e), n);
	/* Many have left, and some are back. */
	assert_true(r.nrows > cpus * V7S_SLOTS);
	printf("# %u readings, %.0f %% under other\n", readings,
	       100.0 * events_installs(&r.other.c.e) / n);
	model_free(m);
	free(l);
}

/* Whatever a slot holds when it is claimed is not taken for the new table's. */
static void claims_zeroed(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	struct report r;

	on_cpu(0);
	memset(&cpu_row(&s->rows->rows, 0)->slot[9].c, 0xff, sizeof(cpu_row(&s->rows->rows, 0)->slot[9].c));
	install(s, 9, 0, 0, 8);
	r = read_report(s, m);
	assert_int_equal(events_count(&r.rows[0].c.e), 1);
	assert_int_equal(r.rows[0].c.hist[V7S_WINDOW].max, 8);
	model_free(m);
}

struct torn {
	volatile __u64 n;
	atomic_uint reads;
	atomic_bool stop;
};

#define STEP 0x40000001		/* the lower half wraps each fourth time */

/*
 * The stores of 32-bit code to a counter, with a long pause
 * between the halves. It goes on when it has been read once more.
 */
static void *count_in_halves(void *arg)
{
	struct torn *t = arg;
	volatile __u32 *half = (volatile __u32 *)&t->n;
	__u32 low = 0, high = 0;
	unsigned int reads = 0;

	while (!t->stop) {
		if (reads == t->reads) {
			sched_yield();
			continue;
		}
		reads = t->reads;
		low += STEP;
		half[0] = low;
		atomic_thread_fence(memory_order_seq_cst);
		if (low < STEP) {
			sched_yield();
			half[1] = ++high;
		}
	}
	return NULL;
}

static void reads_torn_numbers(void **state)
{
	const unsigned int wraps = 200;
	struct torn t = { 0 };
	const volatile __u32 *half = (const volatile __u32 *)&t.n;
	__u64 last = 0, n, naive = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, count_in_halves, &t), 0);
	/* Rarely, on one CPU, no naive read falls between the halves. */
	while (last >> 32 < wraps ||
	       (!naive && last >> 32 < 1000 * wraps)) {
		n = half[0];
		naive += ((__u64)half[1] << 32 | n) < last;
		n = read64_halves(&t.n, last);
		t.reads++;
		assert_true(n >= last);
		assert_int_equal(n % STEP, 0);	/* a value that it had */
		last = n;
	}
	t.stop = true;
	pthread_join(thread, NULL);
	/* Else there was nothing to guard against. */
	assert_true(naive > 0);
}

int main(void)
{
#define WITH_BPF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_BPF(counts_everything),
		WITH_BPF(names_the_device),
		WITH_BPF(counts_the_unknown),
		WITH_BPF(fills_the_buckets),
		WITH_BPF(times_the_lock),
		WITH_BPF(adds_up_cpus),
		cmocka_unit_test(overflows_into_other),
		WITH_BPF(overflows_by_device),
		WITH_BPF(reuses_slots),
		WITH_BPF(survives_a_second_slot),
		WITH_BPF(outlives_600),
		WITH_BPF(outlives_2000),
		WITH_BPF(loses_nothing_while_programs_run),
		WITH_BPF(claims_zeroed),
		cmocka_unit_test(reads_torn_numbers),
	};

	choose_counter();
	dev = kernel_string(DEV);
	return cmocka_run_group_tests_name("bpf", tests, NULL, NULL);
}
