// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "http/auth.h"
#include "lib/util.h"
#include "said.h"

static void headers(void **state)
{
	static const char *const bad[] = {
		"", "Basic", "Basic ", "Basic:", "Bearer YWI6Yw==", "YWI6Yw==",
		"BasicYWI6Yw==", "Basic YWI6Yw", "Basic YWI6Yw=", "Basic YWI6Yw===",
		"Basic =", "Basic YWI6Y!==", "Basic YWJj" /* abc */,
		"Basic YTpiAGM=" /* a:b\0c */, "Basic YQA6Yg==" /* a\0:b */,
		"Basic YWI6Yw==,Basic YWI6Yw==", "Basic YWI6Yw== x",
		"Digest username=\"a\"", "Basic YTpi-_==",
	};
	static const struct {
		const char *header, *user, *password;
	} good[] = {
		{ "Basic YWI6Yw==", "ab", "c" },
		{ "bAsIc YWI6Yw==", "ab", "c" },
		{ "Basic YTo=", "a", "" },
		{ "Basic Og==", "", "" },
		{ "Basic YTpiOmM=", "a", "b:c" },
		{ "Basic w7w6w6Q=", "\xc3\xbc", "\xc3\xa4" },
	};
	char line[2 * AUTH_HEADER];
	struct auth_basic b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (auth_parse(bad[i], &b))
			fail_msg("took '%s'", bad[i]);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		if (!auth_parse(good[i].header, &b))
			fail_msg("refused '%s'", good[i].header);
		assert_string_equal(b.user, good[i].user);
		assert_string_equal(b.password, good[i].password);
	}
	/* "aaa...:aaa": each length up to one that is far too long. */
	for (i = 1; i < sizeof(line) - 20; i++) {
		strcpy(line, "Basic ");
		memset(line + 6, 'Y', i);
		line[6 + i] = 0;
		auth_parse(line, &b);
		strcpy(line + 6 + i / 4 * 4, "Og==");
		auth_parse(line, &b);
	}
}

/* Of the password "secret", and of an empty one. */
static char user_a[] = "basic_auth_users:\n  alice: ";

static struct webconfig *config(const char *tail)
{
	static char text[4096];
	struct webconfig *c;

	snprintf(text, sizeof(text), "%s%s\n", user_a, tail);
	c = webconfig_parse("web.yml", text, strlen(text));
	assert_non_null(c);
	return c;
}

static const char *bcrypt(const char *password, const char *prefix,
			  unsigned int cost)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	assert_non_null(crypt_gensalt_rn(prefix, cost, NULL, 0, setting,
					 sizeof(setting)));
	return crypt(password, setting);
}

/* alice:secret, alice:wrong, bob:secret, alice: */
#define RIGHT "Basic YWxpY2U6c2VjcmV0"
#define WRONG "Basic YWxpY2U6d3Jvbmc="
#define NOBODY "Basic Ym9iOnNlY3JldA=="
#define EMPTY "Basic YWxpY2U6"

static void checks(void **state)
{
	static const char *const prefixes[] = { "$2a$", "$2b$", "$2y$" };
	struct webconfig *c;
	uint64_t t = SECOND;
	struct auth *a;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		c = config(bcrypt("secret", prefixes[i], 4));
		a = auth_new(c);
		assert_non_null(a);
		/* Far enough from each other for each to be checked. */
		assert_int_equal(auth_check(a, NULL, t), AUTH_NO);
		assert_int_equal(auth_check(a, "", t), AUTH_NO);
		assert_int_equal(auth_check(a, WRONG, t += SECOND), AUTH_NO);
		assert_int_equal(auth_check(a, RIGHT, t += SECOND), AUTH_YES);
		assert_int_equal(auth_check(a, EMPTY, t += SECOND), AUTH_NO);
		assert_int_equal(auth_check(a, NOBODY, t += SECOND), AUTH_NO);
		/* The cache does not let in who is wrong. */
		assert_int_equal(auth_check(a, WRONG, t += SECOND), AUTH_NO);
		assert_int_equal(auth_check(a, RIGHT, t += SECOND), AUTH_YES);
		auth_free(a);
		webconfig_free(c);
	}
	/* An empty password is one, too, and not what a missing entry holds. */
	c = config(bcrypt("", "$2b$", 4));
	a = auth_new(c);
	assert_int_equal(auth_check(a, EMPTY, t += SECOND), AUTH_YES);
	assert_int_equal(auth_check(a, "Basic Og==", t += SECOND), AUTH_NO);
	auth_free(a);
	webconfig_free(c);
}

/* Guessing takes at most half of the time, and locks no user out for long. */
static void budget(void **state)
{
	struct webconfig *c = config(bcrypt("secret", "$2b$", 5));
	struct auth *a = auth_new(c);
	uint64_t t;
	int tried = 0;

	(void)state;
	assert_non_null(a);
	assert_int_equal(auth_check(a, RIGHT, SECOND), AUTH_YES);
	for (t = 2 * SECOND; t < 3 * SECOND; t += SECOND / 1000) {
		tried += auth_check(a, tried % 2 ? WRONG : NOBODY, t) == AUTH_NO;
		if (t % (SECOND / 100))
			continue;
		/* A user who is known already is not delayed. */
		assert_int_equal(auth_check(a, RIGHT, t), AUTH_YES);
	}
	/* A check of cost 5 takes at least a millisecond. */
	assert_in_range(tried, 1, 500);
	t += SECOND;
	assert_int_equal(auth_check(a, EMPTY, t), AUTH_NO);
	assert_int_equal(auth_check(a, EMPTY, t + 1), AUTH_LATER);
	assert_int_equal(auth_check(a, EMPTY, t + SECOND), AUTH_NO);
	auth_free(a);
	webconfig_free(c);
}

static uint64_t took(struct auth *a, const char *header, uint64_t t)
{
	struct timespec from, to;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	assert_int_equal(auth_check(a, header, t), AUTH_NO);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	return (to.tv_sec - from.tv_sec) * SECOND + to.tv_nsec - from.tv_nsec;
}

/* The time does not tell who is there. */
static void times(void **state)
{
	struct webconfig *c = config(bcrypt("secret", "$2b$", 8));
	struct auth *a = auth_new(c);
	uint64_t known = UINT64_MAX, unknown = UINT64_MAX, ns, t = 0;
	int i;

	(void)state;
	assert_non_null(a);
	assert_int_equal(auth_check(a, RIGHT, t), AUTH_YES);
	for (i = 0; i < 8; i++) {
		ns = took(a, WRONG, t += 100 * SECOND);
		known = ns < known ? ns : known;
		ns = took(a, NOBODY, t += 100 * SECOND);
		unknown = ns < unknown ? ns : unknown;
	}
	print_message("# known %.2f ms, unknown %.2f ms\n", known / 1e6,
		      unknown / 1e6);
	assert_true(known < unknown * 5 / 4 && unknown < known * 5 / 4);
	auth_free(a);
	webconfig_free(c);
}

static void too_costly(void **state)
{
	struct webconfig *c = config("$2y$31$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQ"
				     "NJgRrnGs7EsimhC7zG");
	struct auth *a;

	(void)state;
	say_begin();
	a = auth_new(c);
	say_end();
	assert_null(a);
	assert_non_null(strstr(said, "web.yml:2: "));
	assert_non_null(strstr(said, "htpasswd -nBC"));
	webconfig_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(checks),
		cmocka_unit_test(budget),
		cmocka_unit_test(times),
		cmocka_unit_test(too_costly),
	};

	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
