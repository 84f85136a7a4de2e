// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "http/host.h"
#include "lib/util.h"

static void names(void **state)
{
	static const struct {
		const char *header, *name;	/* NULL: malformed */
		bool fixed;
	} tests[] = {
		{ "localhost", "localhost", true },
		{ "LOCALHOST.:80", "localhost", true },
		{ "127.0.0.1:10053", "127.0.0.1", true },
		{ "192.0.2.7", "192.0.2.7", true },
		{ "[::1]", "::1", true },
		{ "[2001:DB8::1]:443", "2001:DB8::1", true },
		{ "[fe80::1%25eth0]:80", "fe80::1", true },
		{ "Board.Example:1", "board.example", false },
		{ "localhost.example", "localhost.example", false },
		{ "127.0.0.1.example", "127.0.0.1.example", false },
		/* Other spellings of 127.0.0.1; a browser sends none of them. */
		{ "2130706433", "2130706433", false },
		{ "127.1", "127.1", false },
		{ "0177.0.0.1", "0177.0.0.1", false },
		{ "a:", "a", false },
		{ "", NULL, false }, { ".", NULL, false }, { ":80", NULL, false },
		{ ".a", NULL, false }, { "a..", NULL, false },
		{ "a..b", NULL, false }, { "a b", NULL, false },
		{ "a,localhost", NULL, false }, { "a@localhost", NULL, false },
		{ "localhost:x", NULL, false }, { "localhost:65536", NULL, false },
		{ "localhost:1:1", NULL, false }, { "localhost/", NULL, false },
		{ "::1", NULL, false }, { "[::1", NULL, false },
		{ "[::1]x", NULL, false }, { "[]", NULL, false },
		{ "[%eth0]", NULL, false }, { "[127.0.0.1]", NULL, false },
		{ "[localhost]", NULL, false }, { "\xc3\xa4", NULL, false },
	};
	char name[HOST_NAME], longest[HOST_NAME + 3];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		const char *header = tests[i].header;

		if (host_name(header, name) != !!tests[i].name)
			fail_msg("'%s': malformed, or not", header);
		if (!tests[i].name)
			continue;
		assert_string_equal(name, tests[i].name);
		if (host_is_fixed(name) != tests[i].fixed)
			fail_msg("'%s': fixed, or not", header);
	}
	memset(longest, 'a', sizeof(longest));
	longest[HOST_NAME] = 0;
	assert_false(host_name(longest, name));
	longest[HOST_NAME - 1] = 0;
	assert_true(host_name(longest, name));
	assert_string_equal(name, longest);
	memset(longest, ':', sizeof(longest));
	longest[0] = '[';
	strcpy(longest + HOST_NAME + 1, "]");
	assert_false(host_name(longest, name));
}

static void lists(void **state)
{
	static const char *const good[] = {
		"a", "a,b", "*", "*.a", "a.b-c_d,*.E,*", "10.0.0.1", "a.,*.b.",
	};
	static const char *const bad[] = {
		"", ",", "a,", ",a", "a,,b", "*.", "*a", "a*", "a.*", "**", ".a",
		"*..a", "a:80", "[::1]", "a b", "a/b",
		"-a", "a,-1", "*.-a", "*.*", "a,*.*", "a..", "a..b", ".",
	};
	static const char list[] = "a.example,*.LAN,B";
	static const struct {
		const char *name;
		bool listed;
	} tests[] = {
		{ "a.example", true }, { "b", true }, { "x.lan", true },
		{ "x.y.lan", true }, { "lan", false }, { "xlan", false },
		{ "a.examplex", false }, { "xa.example", false }, { "", false },
		{ "a", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		if (!host_list_ok(good[i]))
			fail_msg("refused '%s'", good[i]);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (host_list_ok(bad[i]))
			fail_msg("took '%s'", bad[i]);
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (host_in_list(tests[i].name, list) != tests[i].listed)
			fail_msg("'%s': listed, or not", tests[i].name);
	assert_true(host_in_list("anything", "a,*"));
	/* A full name may end with a dot. */
	assert_true(host_in_list("a.example", "b,a.example."));
	assert_true(host_in_list("x.lan", "*.lan.,b"));
	assert_false(host_in_list("lan", "*.lan."));
	assert_false(host_in_list("a", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
