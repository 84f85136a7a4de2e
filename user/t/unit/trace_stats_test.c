// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The accounting of a trace buffer, in a file as the kernel writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "ftrace/trace_pipe_raw.h"

/* A 32-bit kernel prints its unsigned counters with %ld. */
static void write_stats(int fd, long long overrun, long long commit_overrun, long long dropped, long long read)
{
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_true(dprintf(fd, "entries: 7\noverrun: %lld\ncommit overrun: %lld\n"
			    "bytes: 348\noldest event ts:  1.000000\nnow ts:  2.000000\n"
			    "dropped events: %lld\nread events: %lld\n",
			    overrun, commit_overrun, dropped, read) > 0);
}

static void counts_beyond_32_bits(void **state)
{
	char path[] = "/tmp/v7s-stats-XXXXXX";
	struct trace_pipe_raw_stats b = { 0 };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	write_stats(fd, 5, 6, 7, INT32_MAX);
	trace_pipe_raw_stats(fd, true, &b);
	assert_int_equal(b.overrun, 5);
	assert_int_equal(b.commit_overrun, 6);
	assert_int_equal(b.dropped, 7);
	assert_int_equal(b.read, INT32_MAX);
	/* 2^31 and more, which a 32-bit kernel shows as negative. */
	write_stats(fd, 5, 6, 7, INT32_MIN);
	trace_pipe_raw_stats(fd, true, &b);
	assert_int_equal(b.read, 1ULL << 31);
	write_stats(fd, 5, 6, 7, -1);
	trace_pipe_raw_stats(fd, true, &b);
	assert_int_equal(b.read, UINT32_MAX);
	/* It begins again at 0. */
	write_stats(fd, 5, 6, 9, 3);
	trace_pipe_raw_stats(fd, true, &b);
	assert_int_equal(b.read, (1ULL << 32) + 3);
	assert_int_equal(b.overrun, 5);
	assert_int_equal(b.dropped, 9);
	close(fd);
	/* No such file: nothing changes. */
	trace_pipe_raw_stats(-1, true, &b);
	assert_int_equal(b.overrun, 5);
}

/* A 64-bit kernel may count any number of events between two readings. */
static void takes_64_bits_as_they_are(void **state)
{
	char path[] = "/tmp/v7s-stats-XXXXXX";
	struct trace_pipe_raw_stats b = { .read = 9 };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	write_stats(fd, 5, 6, 9, (5LL << 32) + 1);
	trace_pipe_raw_stats(fd, false, &b);
	assert_int_equal(b.read, (5ULL << 32) + 1);
	/* The buffer was reset. */
	write_stats(fd, 0, 0, 0, 2);
	trace_pipe_raw_stats(fd, false, &b);
	assert_int_equal(b.read, 2);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_beyond_32_bits),
		cmocka_unit_test(takes_64_bits_as_they_are),
	};

	return cmocka_run_group_tests_name("trace_stats", tests, NULL, NULL);
}
