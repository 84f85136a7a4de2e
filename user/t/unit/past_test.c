// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/util.h"
#include "model/past.h"
#include "output/json_past.h"

enum { DEVICES = 64, START = 1000 };

static char names[DEVICES][16];
static struct row rows[DEVICES];
static struct report report;

/* Device i has i + 1 installs a second, one in bucket 5 of the race window. */
static void reset(size_t devices)
{
	size_t i;

	memset(rows, 0, sizeof(rows));
	memset(&report, 0, sizeof(report));
	report.devices = rows;
	report.ndevices = devices;
	for (i = 0; i < devices; i++) {
		snprintf(names[i], sizeof(names[i]), "dev%zu", i);
		rows[i].dev = names[i];
	}
}

static void second(struct past *h, uint64_t at)
{
	size_t i;

	for (i = 0; i < report.ndevices; i++) {
		rows[i].c.e.install[0][0] += i + 1;
		rows[i].c.hist[0].bucket[5]++;
		rows[i].c.hist[1].bucket[31]++;
		report.total.c.e.install[0][0] += i + 1;
		report.total.c.hist[0].bucket[5]++;
	}
	past_add(h, at * SECOND, &report);
}

struct seen {
	uint64_t n, installs, bucket, end, longest;
	unsigned int devices;
	uint32_t busy;
};

static void see(const struct past_span *s, void *arg)
{
	struct seen *seen = arg;

	assert_true(s->begin < s->end);
	/* No point overlaps the one before. */
	assert_true(s->begin >= seen->end);
	seen->n++;
	seen->installs += s->total.n[PAST_INSTALLS];
	seen->bucket += s->total.bucket[0][5];
	seen->end = s->end;
	seen->busy |= s->busy;
	if (s->end - s->begin > seen->longest)
		seen->longest = s->end - s->begin;
	seen->devices = __builtin_popcount(s->busy);
}

static struct seen walk(const struct past *h, uint64_t from, uint64_t to,
			uint64_t step)
{
	struct seen seen = { 0 };

	past_walk(h, from * SECOND, to * SECOND, step * SECOND, see, &seen);
	return seen;
}

static void sums(void **state)
{
	struct past *h = past_new();
	struct seen s;
	int i;

	(void)state;
	reset(6);
	for (i = 0; i <= 3600; i++)
		second(h, START + i);
	/* The first reading is only what others are compared with. */
	assert_int_equal(past_oldest(h), START * SECOND);
	s = walk(h, START, START + 3600, 1);
	assert_int_equal(s.installs, 3600 * 21);
	assert_int_equal(s.bucket, 3600 * 6);
	assert_int_equal(s.end, (START + 3600) * SECOND);
	s = walk(h, START, START + 3600, 60);
	assert_int_equal(s.n, 60);
	assert_int_equal(s.installs, 3600 * 21);
	assert_int_equal(s.devices, PAST_BUSIEST);
	assert_int_equal(s.busy, 0x3c);
	s = walk(h, START + 3600 - 600, START + 3600, 1);
	assert_int_equal(s.n, 600);
	assert_int_equal(s.longest, SECOND);
	s = walk(h, START + 3600 - 600, START + 3600, 10);
	assert_int_equal(s.n, 60);
	assert_int_equal(s.installs, 600 * 21);
	past_free(h);
}

/* A pause between readings makes one long point, and fast readings make no more points. */
static void pauses(void **state)
{
	struct past *h = past_new();
	struct seen s;

	(void)state;
	reset(1);
	second(h, START);
	second(h, START + 1);
	past_add(h, (START + 1) * SECOND + SECOND / 10, &report);
	second(h, START + 31);
	s = walk(h, START, START + 31, 1);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.installs, 2);
	assert_int_equal(s.longest, 30 * SECOND);
	past_free(h);
}

static size_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long all, now;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu %lu", &all, &now), 2);
	fclose(f);
	return now * sysconf(_SC_PAGESIZE);
}

/* Length of an answer, with all durations of all devices. */
static size_t printed(const struct past *h, const char *query)
{
	const uint64_t now = START + 25 * 3600;
	struct past_clock clock = { .now = now * SECOND };
	struct visibility all;
	struct past_query q;
	char why[128], *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	memset(&all, true, sizeof(all));
	assert_non_null(f);
	assert_null(past_query(query, now, past_oldest(h) / SECOND, &q, why));
	json_past(f, h, &q, &clock, &all);
	fclose(f);
	free(text);
	return len;
}

static void day(void **state)
{
	const size_t before = resident();
	struct past *h = past_new();
	struct seen s;
	int i;

	(void)state;
	reset(DEVICES);
	for (i = 0; i <= 25 * 3600; i++)
		second(h, START + i);
	s = walk(h, 0, START + 25 * 3600, 60);
	assert_in_range(s.n, 1440, 1441);
	assert_in_range(resident() - before, 1, 6 << 20);
	assert_in_range(printed(h, "from=1"), 1440 * 500, 4 << 20);
	past_free(h);
}

static void queries(void **state)
{
	static const struct {
		const char *query, *why;
		uint64_t from, to, step;
	} tests[] = {
		{ NULL, NULL, 99100, 100000, 1 },
		{ "", NULL, 99100, 100000, 1 },
		{ "from=50000&to=50100", NULL, 50000, 50100, 1 },
		{ "from=1", NULL, 20000, 100000, 60 },
		{ "from=99000&step=10", NULL, 99000, 100000, 10 },
		{ "to=999999", NULL, 99100, 100000, 1 },
		{ "from=1&step=1", "more than 1500 points; raise step or choose a shorter range", 0, 0, 0 },
		{ "from=200&to=100", "from is after to, or in the future", 0, 0, 0 },
		{ "from=100001", "from is after to, or in the future", 0, 0, 0 },
		{ "step=0", "step must be a number of seconds from 1 to 86400", 0, 0, 0 },
		{ "step=-1", "step must be a number of seconds from 1 to 86400", 0, 0, 0 },
		{ "step=", "step must be a number of seconds from 1 to 86400", 0, 0, 0 },
		{ "step", "step must be a number of seconds from 1 to 86400", 0, 0, 0 },
		{ "from=1e3", "from must be a number of seconds from 1 to 18446744073", 0, 0, 0 },
		{ "from=18446744074", "from must be a number of seconds from 1 to 18446744073", 0, 0, 0 },
		{ "step=1&step=2", "step is given twice", 0, 0, 0 },
		{ "span=1", "unknown parameter; history takes from, to and step", 0, 0, 0 },
		{ "&", "unknown parameter; history takes from, to and step", 0, 0, 0 },
		{ "from=00000000000000000000000000000001", "a parameter is longer than 31 bytes", 0, 0, 0 },
	};
	struct past_query q;
	const char *why;
	char buf[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		why = past_query(tests[i].query, 100000, 20000, &q, buf);
		assert_int_equal(!why, !tests[i].why);
		if (why) {
			assert_string_equal(why, tests[i].why);
			continue;
		}
		assert_int_equal(q.from, tests[i].from);
		assert_int_equal(q.to, tests[i].to);
		assert_int_equal(q.step, tests[i].step);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums),
		cmocka_unit_test(pauses),
		cmocka_unit_test(day),
		cmocka_unit_test(queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
