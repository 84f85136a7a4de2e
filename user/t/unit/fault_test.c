// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The programs for kernels without fentry write the history, and the source reads it. The
 * kernel runs them with made-up arguments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <bpf/bpf.h>
#include <cmocka.h>

/* The tests need its static functions, and the library has another copy. */
#define source_fault source_fault_here
#include "source/fault.c"

#include "lib/cpus.h"
#include "skip.h"

enum { IOVA = 0x1000, SIZE = 0x4000, PHYS = 0x40000000 };

static struct fault_judged told[V7S_FAULTS];
static unsigned int n;

static void tell(void *arg, const struct fault_judged *j)
{
	(void)arg;
	told[n++ % V7S_FAULTS] = *j;
}

static void event(struct source *s, const char *prog, __u64 a, __u64 b, __u64 c)
{
	__u64 args[] = { a, b, c };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args,
		    .ctx_size_in = sizeof(args));

	assert_int_equal(bpf_prog_test_run_opts(
		bpf_program__fd(prog_named(s, prog)), &opts), 0);
}

static void map(struct source *s, __u64 iova)
{
	event(s, "map_event", iova, PHYS, SIZE);
}

static void fault(struct source *s, __u64 iova)
{
	event(s, "fault_event", 0, iova, V7S_WRITE);
}

static struct fault_sums read_all(struct source *s)
{
	struct fault_sums sums;

	n = 0;
	read_faults(s, tell, NULL, &sums);
	return sums;
}

/* Without the programs that need fentry. */
static int begin_with(void **state, bool beside)
{
	struct source *s = calloc(1, sizeof(*s));

	*state = s;
	s->beside = beside;
	if (!beside)
		s->copy = calloc(V7S_DOMAINS * V7S_TOUCHES, sizeof(*s->copy));
	libbpf_log_start();
	s->start = clock_now();
	if (open_programs(s, NULL, false))
		close_programs(s);
	return 0;
}

static int begin(void **state)
{
	return begin_with(state, false);
}

static int begin_beside(void **state)
{
	return begin_with(state, true);
}

static int end(void **state)
{
	close_fault(*state);
	return 0;
}

#define NEED_BPF(s)						\
	do {							\
		if (!(s)->skel)					\
			SKIP("cannot load and attach the programs: need root, and a kernel with IOMMUs"); \
	} while (0)

static void before_and_after(void **state)
{
	struct source *s = *state;
	struct fault_sums sums;

	NEED_BPF(s);
	fault(s, IOVA);
	map(s, IOVA);
	fault(s, IOVA + SIZE - 1);
	event(s, "unmap_event", IOVA, SIZE, SIZE);
	fault(s, IOVA + SIZE - 1);
	sums = read_all(s);
	assert_int_equal(n, 3);
	assert_int_equal(told[0].verdict, FAULT_HOLE);
	assert_int_equal(told[0].fault.iova, IOVA);
	assert_int_equal(told[0].fault.access, V7S_WRITE);
	assert_int_equal(told[1].verdict, FAULT_MAPPED);
	assert_int_equal(told[2].verdict, FAULT_UNMAPPED);
	assert_int_equal(told[2].map.pa, PHYS);
	assert_int_equal(told[2].unmap.pid, getpid());
	assert_int_equal(sums.faults, 3);
	assert_int_equal(sums.dropped, 0);
	assert_int_equal(sums.touches, 2);
	assert_int_equal(sums.verdict[FAULT_UNMAPPED], 1);
	read_all(s);
	assert_int_equal(n, 0);
}

/* The history holds 4096. One more overwrites the first. */
static void overflows(void **state)
{
	struct source *s = *state;
	int i;

	NEED_BPF(s);
	map(s, IOVA);
	for (i = 1; i < V7S_TOUCHES; i++)
		map(s, IOVA + 16 * SIZE);
	fault(s, IOVA);
	read_all(s);
	assert_int_equal(told[0].verdict, FAULT_MAPPED);
	map(s, IOVA + 16 * SIZE);
	fault(s, IOVA);
	read_all(s);
	assert_int_equal(told[0].verdict, FAULT_UNKNOWN);
}

static void too_many_faults(void **state)
{
	struct source *s = *state;
	struct fault_sums sums;
	int i;

	NEED_BPF(s);
	for (i = 0; i < V7S_FAULTS + 44; i++)
		fault(s, i);
	sums = read_all(s);
	assert_int_equal(n, V7S_FAULTS);
	assert_int_equal(told[0].fault.iova, 44);
	assert_int_equal(sums.faults, V7S_FAULTS + 44);
	assert_int_equal(sums.dropped, 44);
}

/* Beside another source, a map runs no program, and there is no verdict. */
static void without_history(void **state)
{
	static const char *const history[] = { "map_event", "unmap_event" };
	struct source *s = *state;
	struct fault_sums sums;
	size_t i;

	NEED_BPF(s);
	for (i = 0; i < ARRAY_SIZE(history); i++)
		assert_true(bpf_program__fd(prog_named(s, history[i])) < 0);
	assert_int_equal(bpf_map__max_entries(s->skel->maps.touches), 1);
	for (i = 0; i < V7S_FAULTS + 1; i++)
		fault(s, i);
	sums = read_all(s);
	assert_int_equal(n, V7S_FAULTS);
	assert_int_equal(told[0].fault.iova, 1);
	assert_int_equal(told[0].fault.access, V7S_WRITE);
	assert_true(told[0].fault.cpu < cpus_possible());
	assert_int_equal(sums.faults, V7S_FAULTS + 1);
	assert_int_equal(sums.dropped, 1);
	for (i = 0; i < FAULT_VERDICTS; i++)
		assert_int_equal(sums.verdict[i], 0);
	stop(s);
	read_faults(s, tell, NULL, &sums);
	assert_int_equal(sums.touches, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
		TEST(before_and_after),
		TEST(overflows),
		TEST(too_many_faults),
		cmocka_unit_test_setup_teardown(without_history, begin_beside,
						end),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
