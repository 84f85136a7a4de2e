// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "num.h"

#define SECOND 1000000000ULL

static void numbers(void **state)
{
	static const char *const bad[] = {
		"", " ", "-1", "+1", " 1", "1 ", "0x1", "1e3", "1.", "one",
		"0", "11", "18446744073709551616", "99999999999999999999999",
	};
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (num_parse(bad[i], 1, 10, &n))
			fail_msg("took '%s'", bad[i]);
	assert_true(num_parse("1", 1, 10, &n) && n == 1);
	assert_true(num_parse("010", 1, 10, &n) && n == 10);
	assert_true(num_parse("18446744073709551615", 0, UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
}

static void seconds(void **state)
{
	static const char *const bad[] = {
		"", ".", ".5", "1.", "1.x", "-1", "1,5", "inf", "nan", "1e1",
		"0.0999", "86400.000000001", "1.0000000000", "99999999999",
		"18446744073.709551616",
	};
	uint64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (num_parse_ns(bad[i], SECOND / 10, 86400 * SECOND, &ns))
			fail_msg("took '%s'", bad[i]);
	assert_true(num_parse_ns("0.1", SECOND / 10, SECOND, &ns));
	assert_true(ns == SECOND / 10);
	assert_true(num_parse_ns("86400", 1, 86400 * SECOND, &ns));
	assert_true(ns == 86400 * SECOND);
	assert_true(num_parse_ns("2.000000001", 1, 3 * SECOND, &ns));
	assert_true(ns == 2 * SECOND + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(seconds),
	};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
