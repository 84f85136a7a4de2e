// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "lib/err.h"
#include "said.h"

static const char *text_of(json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

static json_object *parsed(void)
{
	json_object *o = json_tokener_parse(said);

	assert_non_null(o);
	assert_int_equal(json_object_object_length(o), 3);
	/* One line, and nothing behind it */
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	return o;
}

static void text(void **state)
{
	(void)state;
	say_begin();
	err_print("a \"%s\"", "b\n\033[m\xff");
	err_warn("c %d", 1);
	err_info("d\\");
	assert_string_equal(say_end(), "v7scope: a \"b??[m?\"\nv7scope: c 1\nv7scope: d\\\n");
}

static void levels(void **state)
{
	static const struct {
		void (*print)(const char *fmt, ...);
		const char *level;
	} all[] = {
		{ err_print, "error" }, { err_warn, "warning" }, { err_info, "info" },
	};
	json_object *o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		say_begin();
		all[i].print("%s", "\"a\\b\"\t\xc3\xa4/");
		say_end();
		o = parsed();
		assert_string_equal(text_of(o, "level"), all[i].level);
		assert_string_equal(text_of(o, "message"), "\"a\\b\"?" "??" "/");
		json_object_put(o);
	}
}

/* Each character is escaped, and the line is as long as a line can be. */
static void longest(void **state)
{
	char quotes[2000];
	json_object *o;

	(void)state;
	memset(quotes, '"', sizeof(quotes) - 1);
	quotes[sizeof(quotes) - 1] = 0;
	say_begin();
	err_print("%s", quotes);
	say_end();
	o = parsed();
	assert_int_equal(strlen(text_of(o, "message")), 1023);
	json_object_put(o);
}

/* RFC 3339, in UTC whatever TZ is. */
static void times(void **state)
{
	time_t now = time(NULL), then;
	const char *at, *rest;
	struct tm tm = { 0 };
	json_object *o;

	(void)state;
	setenv("TZ", "XXX-5", 1);
	tzset();
	say_begin();
	err_info("x");
	say_end();
	o = parsed();
	at = text_of(o, "time");
	rest = strptime(at, "%Y-%m-%dT%H:%M:%S", &tm);
	assert_non_null(rest);
	assert_int_equal(strlen(rest), 5);
	assert_int_equal(rest[0], '.');
	assert_int_equal(rest[4], 'Z');
	then = timegm(&tm);
	assert_in_range(then, now, now + 60);
	json_object_put(o);
}

static int as_json(void **state)
{
	(void)state;
	err_json = true;
	return 0;
}

static int as_text(void **state)
{
	(void)state;
	err_json = false;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test_setup_teardown(levels, as_json, as_text),
		cmocka_unit_test_setup_teardown(longest, as_json, as_text),
		cmocka_unit_test_setup_teardown(times, as_json, as_text),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
