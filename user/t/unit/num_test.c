// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "lib/num.h"
#include "lib/util.h"

static void numbers(void **state)
{
	static const char *const bad[] = {
		"", " ", "-1", "+1", " 1", "1 ", "0x1", "1e3", "1.", "one",
		"0", "11", "18446744073709551616", "99999999999999999999999",
	};
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
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
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (num_parse_ns(bad[i], SECOND / 10, 86400 * SECOND, &ns))
			fail_msg("took '%s'", bad[i]);
	assert_true(num_parse_ns("0.1", SECOND / 10, SECOND, &ns));
	assert_true(ns == SECOND / 10);
	assert_true(num_parse_ns("86400", 1, 86400 * SECOND, &ns));
	assert_true(ns == 86400 * SECOND);
	assert_true(num_parse_ns("2.000000001", 1, 3 * SECOND, &ns));
	assert_true(ns == 2 * SECOND + 1);
}

static void times(void **state)
{
	static const char *const bad[] = {
		"", "s", "1", "1 s", " 1s", "1s ", "-1s", "+1s", "1x", "1sec",
		".5s", "1.s", "1..5s", "1.5.5s", "1,5s", "0x1s", "1e3s", "1.5ns",
		"1.0001us", "1.0000000001s", "31d", "0.9s", "1m30s", "infs",
		"99999999999999999999s", "18446744073709551616ns",
	};
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "1s", SECOND }, { "1000ms", SECOND }, { "90s", 90 * SECOND },
		{ "1000000us", SECOND }, { "1000000000ns", SECOND },
		{ "1.5m", 90 * SECOND }, { "10m", 600 * SECOND },
		{ "2h", 7200 * SECOND }, { "30d", 30 * 86400 * SECOND },
		{ "1.000000001s", SECOND + 1 }, { "01.50s", SECOND * 3 / 2 },
	};
	uint64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (num_parse_time(bad[i], SECOND, 30 * 86400 * SECOND, &ns))
			fail_msg("took '%s'", bad[i]);
	for (i = 0; i < ARRAY_SIZE(good); i++)
		if (!num_parse_time(good[i].text, SECOND, 30 * 86400 * SECOND,
				    &ns) || ns != good[i].ns)
			fail_msg("refused '%s'", good[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(seconds),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
