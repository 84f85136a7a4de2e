// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Clocks of a board whose date was set, and of a board whose date was not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <cmocka.h>

#include "lib/clock.h"

static time_t realtime, monotonic;

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	t->tv_sec = id == CLOCK_REALTIME ? realtime : monotonic;
	t->tv_nsec = 5;
	return 0;
}

static void is_in_nanoseconds(void **state)
{
	(void)state;
	monotonic = 7;
	assert_int_equal(clock_now(), 7 * SECOND + 5);
}

static void is_apart_by_the_date(void **state)
{
	(void)state;
	realtime = 1800000000;
	monotonic = 100;
	assert_int_equal(clock_offset(), 1799999900 * (int64_t)SECOND);
}

/* A board without a battery begins in 1970. Its clock may be set back, too. */
static void is_negative_before_boot(void **state)
{
	(void)state;
	realtime = 60;
	monotonic = 100;
	assert_true(clock_offset() == -40 * (int64_t)SECOND);
	assert_true(clock_offset() / 1e9 == -40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_in_nanoseconds),
		cmocka_unit_test(is_apart_by_the_date),
		cmocka_unit_test(is_negative_before_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
