// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * With --text or --json, prints the reports of a made-up model, for out.t. With
 * --others, prints one where page tables had no slot, as JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/json.h"
#include "output/lanes.h"
#include "output/out.h"
#include "model/visibility.h"
#include "lib/format.h"
#include "lib/util.h"

/* Page tables without a slot: of device a, which has others, of b, and of unknown ones. */
static struct model *crowded(void)
{
	struct model *m = model_new(0);
	struct v7s_slot a = { .pgtable = 3, .fmt = 4, .dev = "a" };
	struct v7s_slot other_a = a, other_b = { .fmt = 4, .dev = "b" };
	struct v7s_counts unnamed = { .e.install[0][0] = 3 };

	a.c.e.install[0][0] = 70;
	other_a.c.e.install[0][0] = 10;
	other_b.c.e.install[0][0] = 500;
	other_b.c.hist[V7S_WINDOW].bucket[9] = 500;
	other_b.c.hist[V7S_WINDOW].max = 501;
	other_b.c.hist[V7S_WAIT].bucket[9] = 1;
	other_b.c.hist[V7S_WAIT].max = 500;
	unnamed.hist[V7S_WINDOW].bucket[8] = 3;
	unnamed.hist[V7S_WINDOW].max = 250;
	unnamed.hist[V7S_WAIT].bucket[10] = 1;
	unnamed.hist[V7S_WAIT].max = 1000;
	model_begin(m);
	model_add(m, &a);
	model_other_of(m, &other_a);
	model_other_of(m, &other_b);
	model_other(m, &unnamed);
	model_end(m, SECOND);
	return m;
}

static struct model *fixture(void)
{
	struct model *m = model_new(0);
	struct v7s_slot a, b;
	struct v7s_counts other;

	memset(&a, 0, sizeof(a));
	a.pgtable = 3;
	a.fmt = 4;
	strcpy(a.dev, "14006000.iommu");
	a.c.e.create = 1;
	a.c.e.install[0][0] = 900;
	a.c.e.install[0][1] = 95;
	a.c.e.install[1][0] = 4;
	a.c.e.install[1][2] = 1;
	a.c.e.split[0][0] = 30;
	a.c.e.split[0][1] = 2;
	a.c.e.split[1][0] = 5;
	a.c.e.free[0] = 96;
	a.c.e.free[1] = 7;
	a.c.e.refuse[4] = 1;
	a.c.e.refuse[5] = 6;
	a.c.e.waits = 2;
	a.c.hist[V7S_WINDOW].bucket[9] = 990;
	a.c.hist[V7S_WINDOW].bucket[14] = 10;
	a.c.hist[V7S_WINDOW].sum = 600000;
	a.c.hist[V7S_WINDOW].max = 16000;
	a.c.hist[V7S_WAIT].bucket[11] = 1;
	a.c.hist[V7S_WAIT].untimed = 1;
	a.c.hist[V7S_WAIT].sum = a.c.hist[V7S_WAIT].max = 1999;
	a.c.hist[V7S_HOLD].bucket[21] = 32;
	a.c.hist[V7S_HOLD].sum = 40000000;
	a.c.hist[V7S_HOLD].max = 2097152;

	memset(&b, 0, sizeof(b));
	b.pgtable = 1;
	b.fmt = 99;
	strcpy(b.dev, "\033[31m\xff\xc3\xa9\"\\");
	b.c.e.install[0][0] = 1;
	b.c.e.free[2] = 4;
	memset(&other, 0, sizeof(other));
	other.e.refuse[0] = 2;

	model_begin(m);
	model_add(m, &a);
	model_add(m, &b);
	model_other(m, &other);
	model_destroys(m, 1);
	model_end(m, 2500000000ULL);
	return m;
}

/* A source that sees everything, without optional figures. */
static const struct visibility *visible(void)
{
	static struct visibility s;

	s = visibility_everything;
	s.tasks = s.pairs = s.stacks = s.cpus = false;
	return &s;
}

static void print(const struct out *out, FILE *f, bool final, struct model *m)
{
	struct printer p = { .f = f };
	struct report r;
	int e;

	assert_int_equal(model_report(m, final, &r), 0);
	r.source = "bpf";
	r.visible = visible();
	r.probe_misses = r.corrupted = UNKNOWN;
	for (e = 0; final && e < V7S_EVENTS; e++)
		r.misses[e] = e == V7S_EVENT_SPLIT ? 3 : e == V7S_EVENT_DESTROY ? UNKNOWN : 0;
	out->report(&p, &r);
	model_free(m);
}

static void durations(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} tests[] = {
		{ UNKNOWN, "-" }, { 0, "0ns" }, { 999, "999ns" },
		{ 1000, "1.0us" }, { 1049, "1.0us" }, { 1050, "1.1us" },
		{ 99949, "99.9us" }, { 99950, "100us" }, { 999499, "999us" },
		{ 999999, "1.0ms" }, { 1000000, "1.0ms" },
		{ 999999999, "1.0s" }, { 12345678901, "12.3s" },
		{ 123456789012, "123s" }, { 12345678901234, "12346s" },
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		assert_string_equal(format_ns(tests[i].ns, buf, sizeof(buf)),
				    tests[i].text);
}

static void utf8(void **state)
{
	static const struct {
		const char *from, *to;
	} tests[] = {
		{ "plain", "plain" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },	/* overlong */
		{ "a\xed\xa0\x80", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },	/* cut off */
		{ "\xf4\x90\x80\x80",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	char buf[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		json_clean_utf8(buf, sizeof(buf), tests[i].from);
		assert_string_equal(buf, tests[i].to);
	}
	json_clean_utf8(buf, 4, "abc\xc3\xa9");	/* never half of one */
	assert_string_equal(buf, "abc");
	json_clean_utf8(buf, 5, "abc\xc3\xa9");
	assert_string_equal(buf, "abc");
}

static void seconds_since_the_start(void **state)
{
	static const struct {
		uint64_t time;
		const char *text;
	} tests[] = {
		{ 5000000000, "     0.000000   3" },	/* before it */
		{ 7000000000, "     0.000000   3" },
		{ 7000001999, "     0.000001   3" },
		{ 67250000000, "    60.250000   3" },
	};
	struct v7s_record r;
	struct traced t = { .r = &r, .cpu = 3, .start = 7000000000 };
	struct printer p = { 0 };
	char *text, *line;
	size_t size, i;
	FILE *f;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		memset(&r, 0, sizeof(r));
		r.time = tests[i].time;
		f = open_memstream(&text, &size);
		p.f = f;
		out_text.record(&p, &t);
		fclose(f);
		/* The first one has the titles above it. */
		line = strchr(text, '\n');
		line = line[1] ? line + 1 : text;
		assert_memory_equal(line, tests[i].text,
				    strlen(tests[i].text));
		free(text);
	}
}

/* The lane of each slice, after the slices before it. */
static void lanes(void **state)
{
	static const struct {
		const char *what;
		uint64_t from, middle, to;
		int lane;
	} slices[] = {
		{ "the first", 10, 10, 20, 0 },
		{ "crosses it", 15, 15, 25, 1 },
		{ "behind the first", 20, 20, 30, 0 },
		{ "around two, but divided where one begins", 5, 20, 40, 2 },
		{ "around two, divided before they begin", 4, 9, 41, 0 },
		{ "begins with one that came before", 50, 50, 60, 0 },
		{ "and ends later", 50, 50, 61, 1 },
		{ "as long as one that came before", 50, 50, 61, 2 },
		{ "its second part begins with one that came before", 45, 50, 61,
		  3 },
		{ "its first part ends with one that came before", 45, 60, 62,
		  0 },
		{ "its first part is as long as one that came before", 45, 62,
		  64, 1 },
	};
	static struct lanes l;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(slices); i++) {
		print_message("# %s\n", slices[i].what);
		assert_int_equal(lanes_put(&l, slices[i].from, slices[i].middle,
					   slices[i].to), slices[i].lane);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(utf8),
		cmocka_unit_test(seconds_since_the_start),
		cmocka_unit_test(lanes),
	};

	const struct out *out = argc < 2 ? NULL :
		!strcmp(argv[1], "--json") ? &out_json : &out_text;

	if (argc > 1 && !strcmp(argv[1], "--others")) {
		print(&out_json, stdout, true, crowded());
		return 0;
	}
	if (out) {
		print(out, stdout, false, fixture());
		print(out, stdout, true, fixture());
		return 0;
	}
	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
