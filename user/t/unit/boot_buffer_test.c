// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Where the buffer that was there before and our own are laid over each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ftrace/boot_buffer_internal.h"

/* Each letter is an event. */
static size_t overlap_of(const char *old, const char *ours)
{
	struct sums a = { 0 }, b = { 0 };
	size_t n;

	for (; *old; old++)
		assert_int_equal(sums_add(&a, *old), 0);
	for (; *ours; ours++)
		assert_int_equal(sums_add(&b, *ours), 0);
	n = sums_overlap(&a, &b);
	free(a.sum);
	free(b.sum);
	return n;
}

static void finds_where_they_meet(void **state)
{
	(void)state;
	assert_int_equal(overlap_of("", ""), 0);
	assert_int_equal(overlap_of("abc", ""), 0);
	assert_int_equal(overlap_of("", "abc"), 0);
	assert_int_equal(overlap_of("abc", "def"), 0);
	assert_int_equal(overlap_of("abcd", "cdef"), 2);
	assert_int_equal(overlap_of("abc", "abc"), 3);
	assert_int_equal(overlap_of("abc", "abcdef"), 3);
	assert_int_equal(overlap_of("abcdef", "def"), 3);
	/* Somewhere in the middle is no end. */
	assert_int_equal(overlap_of("abcdef", "cd"), 0);
	/* A repeated event: the longest overlap wins. */
	assert_int_equal(overlap_of("xababab", "ababcd"), 4);
	assert_int_equal(overlap_of("aaaa", "aab"), 2);
	/* Our first ones were lost: the rest is in both all the same. */
	assert_int_equal(overlap_of("abcdef", "efg"), 2);
}

/* Whatever differs makes another event; the time is not of it. */
static void tells_events_apart(void **state)
{
	const struct counted_event one = {
		.event = V7S_EVENT_FREE, .time = 1, .task = 70, .dev = "a",
		.args = { 0, 1, 4, 2, 0x100000 },
	};
	struct counted_event other;
	unsigned int i;

	(void)state;
	other = one;
	other.time = 2;
	other.cpu = 1;
	assert_true(event_sum(&one) == event_sum(&other));
	for (i = 1; i < COUNTED_ARGS; i++) {
		other = one;
		other.args[i] ^= 1;
		assert_false(event_sum(&one) == event_sum(&other));
		other.args[i] ^= 1 | 1ULL << 63;
		assert_false(event_sum(&one) == event_sum(&other));
	}
	other = one;
	other.task++;
	assert_false(event_sum(&one) == event_sum(&other));
	other = one;
	other.event = V7S_EVENT_REFUSE;
	assert_false(event_sum(&one) == event_sum(&other));
	other = one;
	other.dev = "b";
	assert_false(event_sum(&one) == event_sum(&other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_where_they_meet),
		cmocka_unit_test(tells_events_apart),
	};

	return cmocka_run_group_tests_name("boot_buffer", tests, NULL, NULL);
}
