// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The answers of the sources: which one is taken, and what the user is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "source/source.h"
#include "said.h"

static void absent_beats_barred(void **state)
{
	struct source_answer a = { 0 };

	(void)state;
	answer_bar(&a, "try sudo", "no permission");
	assert_int_equal(a.state, SOURCE_BARRED);
	answer_absent(&a, "boot %s", "no %s", "event");
	assert_int_equal(a.state, SOURCE_ABSENT);
	assert_int_equal(a.obstacles, 1);
	assert_string_equal(a.obstacle[0].cause, "no event");
	/* An advice is no format. */
	assert_string_equal(a.obstacle[0].advice, "boot %s");
	/* Obstacles do not matter any more. */
	answer_bar(&a, "try sudo", "no permission");
	answer_absent(&a, "build", "no kprobes");
	assert_int_equal(a.state, SOURCE_ABSENT);
	assert_int_equal(a.obstacles, 1);
	assert_string_equal(a.obstacle[0].cause, "no event");
}

static void all_obstacles_are_printed(void **state)
{
	struct source_answer a = { 0 };
	int i;

	(void)state;
	for (i = 0; i < OBSTACLES_MAX + 1; i++)
		answer_bar(&a, "do it", "obstacle %d", i);
	assert_int_equal(a.obstacles, OBSTACLES_MAX);
	say_begin();
	answer_explain(&a, "kprobe");
	assert_string_equal(say_end(), "v7scope: cannot use source kprobe: obstacle 0; do it\n"
		"v7scope: cannot use source kprobe: obstacle 1; do it\n"
		"v7scope: cannot use source kprobe: obstacle 2; do it\n"
		"v7scope: cannot use source kprobe: obstacle 3; do it\n");
}

static void chosen(void **state)
{
	static const struct {
		enum source_state is[SOURCES];
		int best, nearest;
	} rows[] = {
#define W SOURCE_WORKS
#define B SOURCE_BARRED
#define A SOURCE_ABSENT
		{ { W, W, W, W }, SOURCE_BPF,    SOURCE_BPF },
		{ { B, W, W, W }, SOURCE_FTRACE, SOURCE_BPF },
		{ { A, A, W, W }, SOURCE_FENTRY, SOURCE_BPF },
		{ { A, B, A, W }, SOURCE_KPROBE, SOURCE_FTRACE },
		{ { A, A, B, W }, SOURCE_KPROBE, SOURCE_FENTRY },
		{ { A, A, A, B }, -1,            SOURCE_KPROBE },
		{ { A, A, B, B }, -1,            SOURCE_FENTRY },
		{ { A, B, A, B }, -1,            SOURCE_FTRACE },
		{ { B, B, B, B }, -1,            SOURCE_BPF },
		{ { A, A, A, A }, -1,            SOURCE_BPF },
	};
	struct source_answer answers[SOURCES];
	size_t r;
	int i;

	(void)state;
	for (r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		memset(answers, 0, sizeof(answers));
		for (i = 0; i < SOURCES; i++)
			answers[i].state = rows[r].is[i];
		assert_int_equal(source_best(answers), rows[r].best);
		assert_int_equal(source_nearest(answers), rows[r].nearest);
	}
}

static void named(void **state)
{
	(void)state;
	assert_ptr_equal(source_find("kprobe"), source_list[SOURCE_KPROBE]);
	assert_ptr_equal(source_find("flush"), &source_flush);
	say_begin();
	assert_null(source_find("none"));
	assert_non_null(strstr(say_end(), "there is no source 'none'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_beats_barred),
		cmocka_unit_test(all_obstacles_are_printed),
		cmocka_unit_test(chosen),
		cmocka_unit_test(named),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
