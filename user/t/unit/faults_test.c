// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Verdicts on faults, from made-up histories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"
#include "model/faults.h"

enum { BUFFER = 0x100000, SIZE = 0x4000, DOMAIN = 7, OTHER = 8, AT = 1000 };

static struct v7s_touch touches[8];
static struct fault_history history;

static void touch(uint64_t time, uint32_t domain, uint64_t iova, uint64_t size,
		  uint64_t pa)
{
	struct v7s_touch *t = &touches[history.n++];

	memset(t, 0, sizeof(*t));
	t->time = time;
	t->domain = domain;
	t->iova = iova;
	t->size = size;
	t->pa = pa;
	t->pid = time;
}

static int begin(void **state)
{
	(void)state;
	memset(&history, 0, sizeof(history));
	history.touch = touches;
	return 0;
}

static struct fault_judged judge(uint64_t iova)
{
	const struct v7s_fault f = { .time = AT, .iova = iova, .domain = DOMAIN };
	struct fault_judged j;

	fault_judge(&history, &f, 100, &j);
	return j;
}

static void a_hole(void **state)
{
	struct fault_judged j = judge(BUFFER);

	(void)state;
	assert_int_equal(j.verdict, FAULT_HOLE);
	assert_int_equal(j.reach, 900);
	assert_false(j.has_map || j.has_unmap || j.has_split || j.has_below);
}

/* Both ends of a buffer. */
static void mapped_now(void **state)
{
	(void)state;
	touch(200, DOMAIN, BUFFER, SIZE, 0x80000000);
	assert_int_equal(judge(BUFFER - 1).verdict, FAULT_HOLE);
	assert_int_equal(judge(BUFFER).verdict, FAULT_MAPPED);
	assert_int_equal(judge(BUFFER + SIZE - 1).verdict, FAULT_MAPPED);
	assert_int_equal(judge(BUFFER + SIZE).verdict, FAULT_HOLE);
	assert_int_equal(judge(BUFFER).map.pid, 200);
}

/* The last unmap counts, with the map that it ended. */
static void after_unmap(void **state)
{
	struct fault_judged j;

	(void)state;
	touch(200, DOMAIN, BUFFER, SIZE, 0x80000000);
	touch(300, DOMAIN, BUFFER, SIZE, V7S_UNMAPPED);
	touch(400, DOMAIN, BUFFER, SIZE, V7S_SCATTERED);
	touch(500, DOMAIN, BUFFER + 0x1000, 0x1000, V7S_UNMAPPED);
	j = judge(BUFFER + 0x1000);
	assert_int_equal(j.verdict, FAULT_UNMAPPED);
	assert_int_equal(j.unmap.pid, 500);
	assert_int_equal(j.map.pid, 400);
	assert_int_equal(judge(BUFFER).verdict, FAULT_MAPPED);
}

/* Without the map, for which the history may be too young. */
static void unmap_alone(void **state)
{
	struct fault_judged j;

	(void)state;
	touch(300, DOMAIN, BUFFER, SIZE, V7S_UNMAPPED);
	j = judge(BUFFER);
	assert_int_equal(j.verdict, FAULT_UNMAPPED);
	assert_false(j.has_map);
}

static void later_touches(void **state)
{
	(void)state;
	touch(200, DOMAIN, BUFFER, SIZE, 0x80000000);
	touch(AT + 1, DOMAIN, BUFFER, SIZE, V7S_UNMAPPED);
	assert_int_equal(judge(BUFFER).verdict, FAULT_MAPPED);
}

static void other_domains(void **state)
{
	(void)state;
	touch(200, OTHER, BUFFER, SIZE, 0x80000000);
	assert_int_equal(judge(BUFFER).verdict, FAULT_HOLE);
	assert_false(judge(BUFFER + SIZE).has_below);
	touch(300, 0, BUFFER, SIZE, 0x80000000);
	assert_int_equal(judge(BUFFER).verdict, FAULT_MAPPED);
}

static void overflowed(void **state)
{
	struct fault_judged j;

	(void)state;
	history.overflowed = true;
	touch(700, DOMAIN, BUFFER, SIZE, 0x80000000);
	j = judge(BUFFER + SIZE);
	assert_int_equal(j.verdict, FAULT_UNKNOWN);
	assert_int_equal(j.reach, 300);
	assert_int_equal(judge(BUFFER).verdict, FAULT_MAPPED);
}

/* A buffer that ends below the address, unless it is gone or far away. */
static void behind_a_buffer(void **state)
{
	struct fault_judged j;

	(void)state;
	touch(200, DOMAIN, BUFFER, SIZE, 0x80000000);
	touch(300, DOMAIN, BUFFER + SIZE, SIZE, 0x90000000);
	j = judge(BUFFER + 2 * SIZE + 0x10);
	assert_int_equal(j.verdict, FAULT_HOLE);
	assert_true(j.has_below);
	assert_int_equal(j.below.pid, 300);
	assert_false(judge(BUFFER + 2 * SIZE + (1 << 20)).has_below);
	touch(400, DOMAIN, BUFFER + SIZE, SIZE, V7S_UNMAPPED);
	j = judge(BUFFER + 2 * SIZE + 0x10);
	assert_true(j.has_below);
	assert_int_equal(j.below.pid, 200);
}

static void lost_by_a_split(void **state)
{
	struct fault_judged j;

	(void)state;
	history.loses_address = true;
	touch(200, DOMAIN, BUFFER, 2 << 20, 0x80000000);
	assert_int_equal(judge(BUFFER + 0x5000).verdict, FAULT_MAPPED);
	touch(300, DOMAIN, BUFFER + 0x1000, 0x1000, V7S_UNMAPPED);
	j = judge(BUFFER + 0x5000);
	assert_int_equal(j.verdict, FAULT_SPLIT);
	assert_int_equal(j.split.pid, 300);
	assert_int_equal(j.map.pid, 200);
	assert_false(j.has_unmap);
	/* The page itself, and the other section. */
	assert_int_equal(judge(BUFFER + 0x1000).verdict, FAULT_UNMAPPED);
	assert_int_equal(judge(BUFFER + (1 << 20)).verdict, FAULT_MAPPED);
	history.loses_address = false;
	j = judge(BUFFER + 0x5000);
	assert_int_equal(j.verdict, FAULT_MAPPED);
	assert_false(j.has_split);
}

/* Smaller pages, and sections that the physical address does not allow. */
static void no_section(void **state)
{
	(void)state;
	history.loses_address = true;
	touch(200, DOMAIN, BUFFER, SIZE, 0x80000000);
	touch(300, DOMAIN, BUFFER, 0x1000, V7S_UNMAPPED);
	assert_int_equal(judge(BUFFER + 0x1000).verdict, FAULT_MAPPED);
	history.n = 0;
	touch(200, DOMAIN, BUFFER, 1 << 20, 0x80010000);
	touch(300, DOMAIN, BUFFER, 0x1000, V7S_UNMAPPED);
	assert_int_equal(judge(BUFFER + 0x1000).verdict, FAULT_MAPPED);
}

/* A map after the split has entries of its own. */
static void mapped_again(void **state)
{
	(void)state;
	history.loses_address = true;
	touch(200, DOMAIN, BUFFER, 1 << 20, 0x80000000);
	touch(300, DOMAIN, BUFFER, 0x1000, V7S_UNMAPPED);
	touch(400, DOMAIN, BUFFER + 0x1000, (1 << 20) - 0x1000, V7S_UNMAPPED);
	touch(500, DOMAIN, BUFFER, 1 << 20, 0x80000000);
	assert_int_equal(judge(BUFFER + 0x5000).verdict, FAULT_MAPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup(f, begin)
		TEST(a_hole),
		TEST(mapped_now),
		TEST(after_unmap),
		TEST(unmap_alone),
		TEST(later_touches),
		TEST(other_domains),
		TEST(overflowed),
		TEST(behind_a_buffer),
		TEST(lost_by_a_split),
		TEST(no_section),
		TEST(mapped_again),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
