// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <crypt.h>
#include <resolv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "http/auth.h"
#include "lib/clock.h"
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

/* The beginning of a configuration: the hash of alice's password follows. */
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

static uint64_t later;

static enum auth_verdict check_at(struct auth *a, const char *header,
				  const struct peer *from, uint64_t t)
{
	return auth_check(a, header, from, t, &later);
}

/* A password of alice that nobody gave before; valid until the next call. */
static const char *guess(void)
{
	static unsigned int n;
	static char header[64];
	char text[32];

	n++;
	assert_in_range(snprintf(text, sizeof(text), "alice:%u", n), 1, sizeof(text) - 1);
	strcpy(header, "Basic ");
	assert_true(b64_ntop((unsigned char *)text, strlen(text), header + 6, sizeof(header) - 6) > 0);
	return header;
}

/* 127.0.0.@n */
static struct peer at(unsigned char n)
{
	return (struct peer){ .known = true, .prefix = { 0, 0, 0, 0, 127, 0, 0, n } };
}

static void checks(void **state)
{
	static const char *const prefixes[] = { "$2a$", "$2b$", "$2y$" };
	const struct peer here = at(1);
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
		assert_int_equal(check_at(a, NULL, &here, t), AUTH_NO);
		assert_int_equal(check_at(a, "", &here, t), AUTH_NO);
		assert_int_equal(check_at(a, WRONG, &here, t += 1000 * SECOND), AUTH_NO);
		assert_int_equal(check_at(a, RIGHT, &here, t += 1000 * SECOND), AUTH_YES);
		assert_int_equal(check_at(a, EMPTY, &here, t += 1000 * SECOND), AUTH_NO);
		assert_int_equal(check_at(a, NOBODY, &here, t += 1000 * SECOND), AUTH_NO);
		/* The cache does not let in who is wrong. */
		assert_int_equal(check_at(a, WRONG, &here, t += 1000 * SECOND), AUTH_NO);
		assert_int_equal(check_at(a, RIGHT, &here, t += 1000 * SECOND), AUTH_YES);
		auth_free(a);
		webconfig_free(c);
	}
	/* An empty password is one, too, and not what a missing entry holds. */
	c = config(bcrypt("", "$2b$", 4));
	a = auth_new(c);
	assert_int_equal(check_at(a, EMPTY, &here, t += 1000 * SECOND), AUTH_YES);
	assert_int_equal(check_at(a, "Basic Og==", &here, t += 1000 * SECOND), AUTH_NO);
	auth_free(a);
	webconfig_free(c);
}

/* Guessing takes at most half of the time, and locks no user out for long. */
static void budget(void **state)
{
	struct webconfig *c = config(bcrypt("secret", "$2b$", 5));
	struct auth *a = auth_new(c);
	const struct peer home = at(1);
	struct peer here = at(0);
	uint64_t t;
	int tried = 0;

	(void)state;
	assert_non_null(a);
	assert_int_equal(check_at(a, RIGHT, &home, SECOND), AUTH_YES);
	for (t = 2 * SECOND; t < 3 * SECOND; t += SECOND / 1000) {
		/* From many addresses. */
		here.prefix[0] = tried;
		here.prefix[1] = tried >> 8;
		tried += check_at(a, guess(), &here, t) == AUTH_NO;
		if (t % (SECOND / 100))
			continue;
		/* A user who is known already is not delayed. */
		assert_int_equal(check_at(a, RIGHT, &home, t), AUTH_YES);
	}
	/* A check of cost 5 takes at least a millisecond. */
	assert_in_range(tried, 1, 500);
	t += 1000 * SECOND;
	assert_int_equal(check_at(a, EMPTY, &here, t), AUTH_NO);
	assert_int_equal(check_at(a, WRONG, &here, t + 1), AUTH_LATER);
	assert_int_equal(check_at(a, EMPTY, &here, t + 1000 * SECOND), AUTH_NO);
	auth_free(a);
	webconfig_free(c);
}

/*
 * One address gets one wrong password checked a second, and keeps nobody at another
 * address out.
 */
static void addresses(void **state)
{
	struct webconfig *c = config(bcrypt("secret", "$2b$", 4));
	const struct peer here = at(1), there = at(2);
	struct auth *a = auth_new(c);
	uint64_t t, asked[64];
	bool in = false;
	int tried = 0, i;

	(void)state;
	assert_non_null(a);
	for (t = SECOND; t < 11 * SECOND; t += SECOND / 1000) {
		tried += check_at(a, guess(), &here, t) == AUTH_NO;
		/* Asks behind each guess, so only the wait of its address leaves time. */
		in |= check_at(a, RIGHT, &there, t) == AUTH_YES;
	}
	assert_true(in);
	assert_in_range(tried, 1, 10);
	/* 64 addresses are remembered, each from the end of its check on. */
	for (i = 0; i < 64; i++) {
		const struct peer other = at(i);

		do {
			t += SECOND / 200;
		} while (check_at(a, WRONG, &other, t) == AUTH_LATER);
		asked[i] = t;
	}
	/* Not the gap after the last check, but the wait of each address. */
	t += SECOND / 4;
	for (i = 0; i < 64; i++) {
		const struct peer other = at(i);

		if (t < asked[i] + SECOND)
			assert_int_equal(check_at(a, EMPTY, &other, t), AUTH_LATER);
	}
	auth_free(a);
	webconfig_free(c);
}

/*
 * An address where a user was never seen learns nothing about the password while it
 * waits. The user's own address never waits, even if others guess there.
 */
static void homes(void **state)
{
	struct webconfig *c = config(bcrypt("secret", "$2b$", 4));
	const struct peer home = at(1), there = at(2);
	struct auth *a = auth_new(c);
	uint64_t t = SECOND;
	int i;

	(void)state;
	assert_non_null(a);
	assert_int_equal(check_at(a, RIGHT, &home, t), AUTH_YES);
	t += 1000 * SECOND;
	assert_int_equal(check_at(a, WRONG, &there, t), AUTH_NO);
	t += SECOND / 2;
	for (i = 0; i < 20; i++)
		assert_int_equal(check_at(a, EMPTY, &there, t + i), AUTH_LATER);
	assert_int_equal(check_at(a, RIGHT, &there, t), AUTH_LATER);
	assert_int_equal(check_at(a, RIGHT, &home, t), AUTH_YES);
	assert_int_equal(check_at(a, EMPTY, &home, t), AUTH_NO);
	assert_int_equal(check_at(a, NOBODY, &home, t), AUTH_LATER);
	assert_int_equal(check_at(a, RIGHT, &home, t), AUTH_YES);
	/* A second address of the user, for example of a second Prometheus. */
	t += 1000 * SECOND;
	assert_int_equal(check_at(a, RIGHT, &there, t), AUTH_YES);
	assert_int_equal(check_at(a, RIGHT, &there, t), AUTH_YES);
	assert_int_equal(check_at(a, RIGHT, &home, t), AUTH_YES);
	/* The oldest of 16 makes room for one more. */
	for (i = 3; i <= 17; i++) {
		const struct peer other = at(i);

		t += 1000 * SECOND;
		assert_int_equal(check_at(a, RIGHT, &other, t), AUTH_YES);
	}
	assert_int_equal(check_at(a, RIGHT, &there, t), AUTH_YES);
	assert_int_equal(check_at(a, RIGHT, &home, t), AUTH_LATER);
	auth_free(a);
	webconfig_free(c);
}

/*
 * Waiting begins when a check ends: a machine under load takes longer than measured.
 * Such a load may also come between our two looks at the clock, hence the tries.
 */
static void gap(void **state)
{
	struct webconfig *c = config(bcrypt("secret", "$2b$", 9));
	const struct peer here = at(1), there = at(2);
	struct auth *a = auth_new(c);
	uint64_t t = SECOND, real, took;
	bool waits = false;
	int i;

	(void)state;
	assert_non_null(a);
	for (i = 0; i < 10 && !waits; i++) {
		t += 1000 * SECOND;
		real = clock_now();
		assert_int_equal(check_at(a, WRONG, &here, t), AUTH_NO);
		took = clock_now() - real;
		waits = check_at(a, EMPTY, &here, t + took + SECOND / 2) == AUTH_LATER &&
			check_at(a, WRONG, &there, t + took) == AUTH_LATER;
	}
	assert_true(waits);
	assert_int_equal(check_at(a, WRONG, &there, t + 2 * took), AUTH_NO);
	auth_free(a);
	webconfig_free(c);
}

/*
 * A scraper with an outdated password is told so each time, and nobody waits for it,
 * whatever else is tried at its address.
 */
static void repeats(void **state)
{
	char secret[61], wrong[61], tail[256];
	const struct peer here = at(1), there = at(2);
	struct webconfig *c, *changed;
	struct auth *a, *b;
	uint64_t t = SECOND, wait;
	int i;

	(void)state;
	strcpy(secret, bcrypt("secret", "$2b$", 5));
	strcpy(wrong, bcrypt("wrong", "$2b$", 5));
	c = config(secret);
	a = auth_new(c);
	assert_non_null(a);
	assert_int_equal(check_at(a, WRONG, &here, t), AUTH_NO);
	for (i = 0; i < 100; i++)
		assert_int_equal(check_at(a, WRONG, &here, t + i), AUTH_NO);
	/* Only there, only this password, and only of this user. */
	assert_int_equal(check_at(a, EMPTY, &here, t + i), AUTH_LATER);
	wait = later;
	assert_in_range(wait, SECOND / 2, 10 * SECOND);
	assert_int_equal(check_at(a, "Basic Ym9iOndyb25n", &here, t + i), AUTH_LATER);
	assert_int_equal(check_at(a, WRONG, &there, t + i), AUTH_LATER);
	/* The wait is the first one's: it ends when the client was told. */
	assert_int_equal(check_at(a, RIGHT, &here, t + i + wait - 1), AUTH_LATER);
	assert_int_equal(later, 1);
	assert_int_equal(check_at(a, RIGHT, &here, t + i + wait), AUTH_YES);

	/* The configuration may make it right. */
	t += 1000 * SECOND;
	assert_int_equal(check_at(a, WRONG, &here, t), AUTH_NO);
	snprintf(tail, sizeof(tail), "%s", wrong);
	changed = config(tail);
	b = auth_new(changed);
	assert_non_null(b);
	auth_inherit(b, a);
	assert_int_equal(check_at(b, WRONG, &here, t + 1000 * SECOND), AUTH_YES);
	auth_free(b);
	auth_free(a);
	webconfig_free(changed);
	webconfig_free(c);
}

/* A configuration that is read again, with another certificate or another user. */
static void inherits(void **state)
{
	char secret[61], tail[256];
	const struct peer here = at(1), there = at(2);
	struct webconfig *c, *same, *other;
	struct auth *a, *b, *d;
	uint64_t t = SECOND;

	(void)state;
	snprintf(secret, sizeof(secret), "%s", bcrypt("secret", "$2b$", 4));
	c = config(secret);
	a = auth_new(c);
	assert_int_equal(check_at(a, RIGHT, &there, t), AUTH_YES);
	assert_int_equal(check_at(a, WRONG, &here, t += 1000 * SECOND), AUTH_NO);
	snprintf(tail, sizeof(tail), "%s\n  bob: %s", secret, secret);
	same = config(tail);
	b = auth_new(same);
	auth_inherit(b, a);
	auth_free(a);
	webconfig_free(c);
	/* No time is left for a check, so alice is known; bob is not. */
	assert_int_equal(check_at(b, NOBODY, &there, t), AUTH_LATER);
	assert_int_equal(check_at(b, RIGHT, &there, t), AUTH_YES);
	assert_int_equal(check_at(b, WRONG, &here, t + SECOND / 2), AUTH_LATER);
	/* Another hash of the same password is another one. */
	other = config(bcrypt("secret", "$2b$", 4));
	d = auth_new(other);
	auth_inherit(d, b);
	assert_int_equal(check_at(d, RIGHT, &there, t), AUTH_LATER);
	auth_free(b);
	webconfig_free(same);
	auth_free(d);
	webconfig_free(other);
}

static uint64_t took(struct auth *a, const char *header, uint64_t t)
{
	const struct peer here = at(1);
	struct timespec from, to;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	assert_int_equal(check_at(a, header, &here, t), AUTH_NO);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	return (to.tv_sec - from.tv_sec) * SECOND + to.tv_nsec - from.tv_nsec;
}

/* The time does not tell who is there. */
static void times(void **state)
{
	struct webconfig *c = config(bcrypt("secret", "$2b$", 8));
	struct auth *a = auth_new(c);
	const struct peer here = at(1);
	uint64_t known = UINT64_MAX, unknown = UINT64_MAX, ns, t = 0;
	int i;

	(void)state;
	assert_non_null(a);
	assert_int_equal(check_at(a, RIGHT, &here, t), AUTH_YES);
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
		cmocka_unit_test(addresses),
		cmocka_unit_test(homes),
		cmocka_unit_test(gap),
		cmocka_unit_test(repeats),
		cmocka_unit_test(inherits),
		cmocka_unit_test(times),
		cmocka_unit_test(too_costly),
	};

	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
