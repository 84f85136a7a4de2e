// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The messages of libbpf that -v prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/libbpf.h>

#include "source/libbpf_log.h"

static libbpf_print_fn_t print;

static int begin(void **state)
{
	(void)state;
	libbpf_log_start();
	print = libbpf_set_print(NULL);
	return 0;
}

__attribute__((format(printf, 2, 3)))
static void says(enum libbpf_print_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(level, fmt, ap);
	va_end(ap);
}

/* The verifier's log is long. Its end has the reason of a rejection. */
static void keeps_the_end_of_a_long_message(void **state)
{
	char log[20000];
	const char *kept;

	(void)state;
	memset(log, 'x', sizeof(log));
	log[sizeof(log) - 1] = 0;
	says(LIBBPF_WARN, "%s R2 !read_ok\n", log);
	says(LIBBPF_WARN, "prog '%s': failed to load\n", "unmapped");
	kept = libbpf_log_text();
	assert_non_null(strstr(kept, "xx R2 !read_ok\nprog 'unmapped': failed to load\n"));
	assert_true(strlen(kept) < 4096);
}

static void keeps_the_last_messages(void **state)
{
	const char *kept;
	int i;

	(void)state;
	for (i = 0; i < 10000; i++)
		says(i % 2 ? LIBBPF_INFO : LIBBPF_DEBUG, "message %d\n", i);
	kept = libbpf_log_text();
	assert_null(strstr(kept, "message 9998\n"));
	assert_null(strstr(kept, "message 7\n"));
	assert_non_null(strstr(kept, "message 9997\nmessage 9999\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(keeps_the_end_of_a_long_message, begin),
		cmocka_unit_test_setup(keeps_the_last_messages, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
