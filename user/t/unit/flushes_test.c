// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* How often requests make the tool read the counts of TLB flushes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <cmocka.h>

#include "cmd/flushes.h"
#include "lib/util.h"

static unsigned int reads;
static bool fails;
static time_t now = 5;

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	(void)id;
	t->tv_sec = now;
	t->tv_nsec = 0;
	return 0;
}

static int read_counts(struct source *s, struct model *m, uint64_t time)
{
	(void)s;
	(void)m;
	(void)time;
	reads++;
	return fails ? -1 : 0;
}

static void give_flushes(struct source *s, bool all, struct flush_report *r)
{
	(void)s;
	(void)all;
	(void)r;
}

static const struct source_ops ops = {
	.read = read_counts, .flushes = give_flushes,
};

static void reads_when_old(void **state)
{
	struct flushes_source f = {
		.b = { .ops = &ops, .source = (void *)&ops },
	};
	struct flush_report r;

	(void)state;
	assert_ptr_equal(flushes_read(&f, 2 * SECOND, &r), &r);
	assert_ptr_equal(flushes_read(&f, 2 * SECOND, &r), &r);
	now++;
	assert_ptr_equal(flushes_read(&f, 2 * SECOND, &r), &r);
	assert_int_equal(reads, 1);
	now++;
	assert_ptr_equal(flushes_read(&f, 2 * SECOND, &r), &r);
	assert_int_equal(reads, 2);
	assert_ptr_equal(flushes_read(&f, 0, &r), &r);
	assert_int_equal(reads, 3);
}

/* A failure is not the answer for the next request, too. */
static void reads_again_after_a_failure(void **state)
{
	struct flushes_source f = {
		.b = { .ops = &ops, .source = (void *)&ops },
	};
	struct flush_report r;

	(void)state;
	reads = 0;
	fails = true;
	assert_null(flushes_read(&f, 2 * SECOND, &r));
	fails = false;
	assert_ptr_equal(flushes_read(&f, 2 * SECOND, &r), &r);
	assert_int_equal(reads, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_when_old),
		cmocka_unit_test(reads_again_after_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
