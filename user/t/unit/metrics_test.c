// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * With --text or --openmetrics, prints the metrics of a made-up model; with fleet behind
 * that, those of the fleet profile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cmd/opts.h"
#include "lib/util.h"
#include "output/openmetrics.h"
#include "model/faults.h"
#include "model/visibility.h"
#include "source/flush_counts.h"
#include "source/source.h"

static const struct program_cost costs[] = {
	{ "io_pgtable_install", 1000, 1234567890 },
};
static const struct self self = {
	.cpu_ns = 60000001, .resident = 3145728, .start = 1700000000 * SECOND,
	.open_fds = 12, .max_fds = 1024,
};
static const struct flush_visibility flush_visible = {
	.begun = { true, true, true }, .timeouts = true, .timeouts_by_dev = true,
	.waits = true,
};
/* The first device was bound again, and is at another address since. */
static struct flush_report flushes = {
	.driver = "mtk_iommu", .lock = "tlb_lock", .visible = &flush_visible,
	.f = {
		.devs = 3,
		.dev = {
			{ .at = 0x10, .dev = "14006000.iommu", .c = {
				.begun = { 1000, 3, 1 }, .timeouts = 1, .waits = 2,
				.flush = { .bucket = { [13] = 1000, [31] = 4 },
					   .sum = 12000000045 },
				.wait = { .bucket = { [16] = 2 }, .sum = 90000 },
			} },
			{ .at = 0x20, .dev = "\"\xff", .c = { .begun = { 5 } } },
			{ .at = 0x30, .dev = "14006000.iommu", .c = {
				.begun = { 200 },
				.flush = { .bucket = { [14] = 200 }, .sum = 3000000 },
			} },
		},
	},
};
/* The first device was bound again here, too. */
static const struct fault_counts faults = {
	.devs = 4, .others = 2,
	.dev = { { "14006000.iommu", 3 }, { "\"\xff", 1 }, { "14006000.iommu", 4 },
		 { "0000:00:04.0", 5 } },
};
static const struct measured more = {
	.flushes = &flushes, .faults = &faults,
	.version = "0.1", .kernel = "6.1.0\n\"x\"", .machine = "aarch64",
	.start = 1700000001 * SECOND + 500000000,
	.programs = costs, .nprograms = 1, .self = &self,
};
static const struct measured nothing_more = {
	.version = "0.1", .kernel = "6.1.0", .machine = "armv7l",
	.start = 1700000001 * SECOND,
};

static struct v7s_slot table(uint64_t pgtable, const char *dev, uint32_t fmt,
			     uint64_t won)
{
	struct v7s_slot s;

	memset(&s, 0, sizeof(s));
	s.pgtable = pgtable;
	s.fmt = fmt;
	strcpy(s.dev, dev);
	s.c.e.install[0][0] = won;
	return s;
}

/* Twice, so that the names of all are known. */
static void read_twice(struct model *m, const struct v7s_slot *s, size_t n)
{
	size_t i, k;

	for (i = 0; i < 2; i++) {
		model_begin(m);
		for (k = 0; k < n; k++)
			assert_int_equal(model_add(m, &s[k]), 0);
		model_end(m, SECOND);
	}
}

static char *print(struct metrics *metrics, struct model *m,
		   enum metrics_form form, const struct visibility *visible,
		   const struct measured *with)
{
	struct report r;
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int e;

	assert_int_equal(model_report(m, true, &r), 0);
	r.source = visible == &visibility_everything ? "bpf" : "kprobe";
	r.visible = visible;
	if (visible == &visibility_everything)
		for (e = 0; e < V7S_EVENTS; e++)
			r.misses[e] = e == V7S_EVENT_SPLIT ? 3 : 0;
	else
		r.inexact = "kprobes";
	r.corrupted = visible == &visibility_everything ? UNKNOWN : 2;
	assert_int_equal(metrics_print(metrics, f, form, &r, with), 0);
	fclose(f);
	return text;
}

static struct model *fixture(void)
{
	struct model *m = model_new(0);
	struct v7s_slot s[4] = {
		table(1, "14006000.iommu", 4, 900),
		table(2, "14006000.iommu", 4, 100),
		table(3, "\033\xff\xc3\xa9\"\\\n", 0, 1),
		table(4, "-", 99, (1ULL << 53) + 1),
	};
	struct v7s_counts *c = &s[0].c;
	struct v7s_counts other;

	c->e.create = 1;
	c->e.install[0][1] = 95;
	c->e.install[1][2] = 1;
	c->e.split[0][0] = 30;
	c->e.split[0][1] = 2;
	c->e.split[1][0] = 5;
	c->e.free[0] = 96;
	c->e.free[1] = 7;
	c->e.refuse[4] = 1;
	c->e.waits = 2;
	/* 2 at up to 1 ns, 990 at up to 512 ns, 10 in the last one. */
	c->hist[V7S_WINDOW].bucket[0] = 2;
	c->hist[V7S_WINDOW].bucket[9] = 990;
	c->hist[V7S_WINDOW].bucket[31] = 10;
	c->hist[V7S_WINDOW].sum = 123000000045;
	c->hist[V7S_WAIT].bucket[11] = 1;
	c->hist[V7S_WAIT].sum = 2000000000;
	c->hist[V7S_WAIT].untimed = 1;
	/* An account that is more than a double can hold, and below zero. */
	s[2].c.e.free[2] = 4;
	memset(&other, 0, sizeof(other));
	other.e.refuse[0] = 2;

	read_twice(m, s, 4);
	model_begin(m);
	for (size_t i = 0; i < 4; i++)
		model_add(m, &s[i]);
	model_other(m, &other);
	model_destroys(m, 1);
	model_end(m, 2500000000ULL);
	return m;
}

/* The value behind @sample, which begins a line; NULL if there is no such line. */
static const char *of(const char *text, const char *sample)
{
	static char value[64];
	size_t len = strlen(sample);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, sample, len) || line[len] != ' ')
			continue;
		snprintf(value, sizeof(value), "%.*s",
			 (int)strcspn(line + len + 1, "\n"), line + len + 1);
		return value;
	}
	return NULL;
}

static bool has(const char *text, const char *family)
{
	return strstr(text, family) != NULL;
}

static void nothing_yet(void **state)
{
	struct metrics *metrics = metrics_new(METRICS_FULL, 32);
	struct model *m = model_new(0);
	char *text = print(metrics, m, METRICS_OPENMETRICS, &visibility_everything,
			   &nothing_more);

	(void)state;
	assert_string_equal(of(text, "v7scope_exact"), "0");
	assert_null(strstr(text, "device="));
	assert_null(strstr(text, "process_"));
	assert_string_equal(of(text, "v7scope_capability{name=\"bpf_runs\"}"),
			    "0");
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	free(text);
	model_free(m);
	metrics_free(metrics);
}

/* Metrics that an unpatched kernel cannot give are absent. */
static void stock(void **state)
{
	const struct visibility some = {
		.attempts = true, .lost = true, .frees = true,
		.create = true, .destroy = true, .split = { [1] = { true } },
	};
	static const char *const absent[] = {
		"reason=\"map\"", "outcome=\"won\"", "reason=\"unmap\"",
		"v7scope_refusals_total", "v7scope_install_window_seconds_",
		"v7scope_split_lock_wait_", "v7scope_split_lock_hold_",
		"v7scope_split_lock_contended_total",
		"v7scope_tables_alive{", "v7scope_table_growth{",
		"reason=\"cont\"", "outcome=\"found_done\"",
		"v7scope_flushes_total", "v7scope_flush_timeouts_total",
		"v7scope_faults_total",
		"reason=\"recursion\"", "reason=\"probe_missed\"",
	};
	static const struct {
		const char *name, *capability;
	} capabilities[] = {
		{ "installs", "0" }, { "splits", "0" },
		{ "frees", "0" }, { "refusals", "0" },
		{ "install_window_seconds", "0" }, { "tables_alive", "0" },
		{ "page_tables", "1" }, { "page_table_lifecycle", "1" },
		{ "flushes", "0" }, { "flush_lock_wait_seconds", "0" },
		{ "faults", "0" },
	};
	struct metrics *metrics = metrics_new(METRICS_FULL, 32);
	struct model *m = fixture();
	char *text = print(metrics, m, METRICS_TEXT, &some, &nothing_more);
	char name[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(absent); i++)
		assert_false(has(text, absent[i]));
	for (i = 0; i < ARRAY_SIZE(capabilities); i++) {
		snprintf(name, sizeof(name), "v7scope_capability{name=\"%s\"}",
			 capabilities[i].name);
		assert_string_equal(of(text, name),
				    capabilities[i].capability);
	}
	assert_string_equal(of(text, "v7scope_splits_total{device=\"14006000"
			       ".iommu\",format=\"arm_v7s\",reason=\"block\","
			       "outcome=\"done\"}"), "5");
	/* Only the sums are visible. */
	assert_string_equal(of(text, "v7scope_installs_total{device=\"14006000"
			       ".iommu\",format=\"arm_v7s\",reason=\"-\","
			       "outcome=\"-\"}"), "1096");
	assert_string_equal(of(text, "v7scope_frees_total{device=\"14006000"
			       ".iommu\",format=\"arm_v7s\",reason=\"-\"}"), "103");
	assert_string_equal(of(text, "v7scope_corrupted_sections_total"), "2");
	assert_string_equal(of(text, "v7scope_exact"), "0");
	free(text);
	model_free(m);
	metrics_free(metrics);
}

#define ATTEMPTS(device, format) "v7scope_installs_total{device=\"" \
	device "\",format=\"" format "\",reason=\"map\",outcome=\"won\"}"

/* A device that is shown stays, and so does one that is among the rest. */
static void devices(void **state)
{
	struct metrics *metrics = metrics_new(METRICS_FULL, 2);
	struct model *m = model_new(0);
	struct v7s_slot s[6] = {
		table(1, "a", 4, 5), table(2, "b", 4, 7), table(3, "c", 4, 6),
		table(4, "other", 4, 100), table(5, "b", 0, 1),
		table(6, "d", 0, 1),
	};
	char *text;

	(void)state;
	read_twice(m, s, 1);
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &nothing_more);
	assert_string_equal(of(text, ATTEMPTS("a", "arm_v7s")), "5");
	assert_false(has(text, "other"));
	free(text);

	/* The new device with most events comes first; one calls itself as the rest. */
	read_twice(m, s, 6);
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &nothing_more);
	assert_string_equal(of(text, ATTEMPTS("a", "arm_v7s")), "5");
	assert_string_equal(of(text, ATTEMPTS("b", "arm_v7s")), "7");
	assert_string_equal(of(text, ATTEMPTS("b", "arm_32_lpae_s1")), "1");
	assert_string_equal(of(text, ATTEMPTS("other", "arm_v7s")), "106");
	assert_string_equal(of(text, ATTEMPTS("other", "arm_32_lpae_s1")), "1");
	assert_false(has(text, "\"c\""));
	free(text);

	s[2].c.e.install[0][0] = 1000;
	read_twice(m, s, 6);
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &nothing_more);
	assert_string_equal(of(text, ATTEMPTS("a", "arm_v7s")), "5");
	assert_string_equal(of(text, ATTEMPTS("other", "arm_v7s")), "1100");
	assert_false(has(text, "\"c\""));
	free(text);
	model_free(m);
	metrics_free(metrics);
}

#define PAGE_TABLES(device) "v7scope_page_tables{device=\"" device "\",format=\"arm_v7s\"}"
#define GROWTH(device) "v7scope_table_growth{device=\"" device "\",format=\"arm_v7s\"}"

/* Page tables without a slot count for their device, if it is known. */
static void without_slot(void **state)
{
	struct metrics *metrics = metrics_new(METRICS_FULL, 32);
	struct model *m = model_new(0);
	struct v7s_slot s = table(1, "a", 4, 5), c = table(2, "c", 4, 6),
			a = table(99, "a", 4, 30), b = table(99, "b", 4, 200);
	struct v7s_counts unnamed = { .e.install[0][0] = 4000 };
	char *text;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		model_begin(m);
		model_add(m, &s);
		model_add(m, &c);
		model_other_of(m, &a);
		model_other_of(m, &b);
		if (i)
			model_other(m, &unnamed);
		model_end(m, i);
		text = print(metrics, m, METRICS_TEXT, &visibility_everything, &nothing_more);
		assert_string_equal(of(text, ATTEMPTS("b", "arm_v7s")), "200");
		assert_string_equal(of(text, "v7scope_dropped_total{reason=\"no_slot\"}"),
				    i ? "4000" : "0");
		assert_int_equal(has(text, "device=\"other\""), i);
		if (i)
			assert_string_equal(of(text, ATTEMPTS("other", "-")), "4000");
		if (i)
			assert_string_equal(of(text, ATTEMPTS("a", "arm_v7s")), "35");
		/* These page tables are not counted, and their end is not observed. */
		if (i) {
			assert_string_equal(of(text, PAGE_TABLES("a")), "1");
			assert_string_equal(of(text, PAGE_TABLES("c")), "1");
			assert_string_equal(of(text, GROWTH("c")), "6");
		}
		assert_null(of(text, PAGE_TABLES("b")));
		assert_null(of(text, GROWTH("a")));
		assert_null(of(text, GROWTH("b")));
		assert_false(has(text, "v7scope_table_growth{device=\"other\""));
		free(text);
	}
	model_free(m);
	metrics_free(metrics);
}

/* Names that differ only in bytes that are no UTF-8 cannot be two series. */
static void same_label(void **state)
{
	struct metrics *metrics = metrics_new(METRICS_FULL, 32);
	struct model *m = model_new(0);
	struct v7s_slot s[2] = { table(1, "\xff", 4, 5), table(2, "\xfe", 4, 7) };
	char *text;

	(void)state;
	read_twice(m, s, 2);
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &nothing_more);
	assert_string_equal(of(text, ATTEMPTS("\xef\xbf\xbd", "arm_v7s")),
			    "12");
	free(text);
	model_free(m);
	metrics_free(metrics);
}

/* Counters keep destroyed page tables; gauges do not. */
static void destroyed(void **state)
{
	struct metrics *metrics = metrics_new(METRICS_FULL, 32);
	struct model *m = model_new(0);
	const unsigned int n = MODEL_TABLES + 10;
	struct v7s_slot s;
	char *text, sum[16];
	unsigned int i;

	(void)state;
	for (i = 1; i <= n; i++) {
		s = table(i, "a", i % 2 ? 4 : 0, 1);
		s.c.e.create = 1;
		read_twice(m, &s, 1);
		model_gone(m, i);
		model_begin(m);
		model_end(m, SECOND);
	}
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &nothing_more);
	snprintf(sum, sizeof(sum), "%u", n / 2);
	assert_string_equal(of(text, ATTEMPTS("a", "arm_v7s")), sum);
	assert_string_equal(of(text, ATTEMPTS("a", "arm_32_lpae_s1")), sum);
	assert_string_equal(of(text, "v7scope_page_tables{device=\"a\",format="
			       "\"arm_v7s\"}"), "0");
	assert_string_equal(of(text, "v7scope_table_growth{device=\"a\",format="
			       "\"arm_v7s\"}"), "0");
	assert_string_equal(of(text, "v7scope_tables_alive{device=\"a\","
			       "format=\"arm_v7s\"}"), "0");
	free(text);
	model_free(m);
	metrics_free(metrics);
}

/* Half a name would be a device of its own for ever. */
static void half_a_name(void **state)
{
	struct metrics *metrics = metrics_new(METRICS_FULL, 32);
	struct model *m = model_new(0);
	struct v7s_slot half = table(1, "14006000", 0, 1);
	struct v7s_slot whole = table(1, "14006000.iommu", 4, 2), both[2];
	char *text;

	(void)state;
	model_begin(m);
	model_add(m, &half);
	model_end(m, SECOND);
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &nothing_more);
	assert_false(has(text, "14006000"));
	free(text);

	model_begin(m);
	model_add(m, &whole);
	model_end(m, SECOND);
	/* A slot of another CPU, which has just been taken there. */
	both[0] = whole;
	both[1] = half;
	read_twice(m, both, 2);
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &nothing_more);
	assert_string_equal(of(text, ATTEMPTS("14006000.iommu", "arm_v7s")),
			    "3");
	assert_false(has(text, "\"14006000\""));
	free(text);
	model_free(m);
	metrics_free(metrics);
}

/* Flushes beyond --max-devices are summed, and unknown ones join them. */
static void faults_by_device(void **state)
{
	struct metrics *all = metrics_new(METRICS_FULL, 32);
	struct metrics *few = metrics_new(METRICS_FULL, 3);
	struct model *m = fixture();
	char *text = print(all, m, METRICS_TEXT, &visibility_everything, &more);

	(void)state;
	assert_string_equal(of(text, "v7scope_faults_total{device=\"14006000.iommu\"}"), "7");
	assert_string_equal(of(text, "v7scope_faults_total{device=\"0000:00:04.0\"}"), "5");
	assert_string_equal(of(text, "v7scope_faults_total{device=\"other\"}"), "2");
	assert_string_equal(of(text, "v7scope_capability{name=\"faults\"}"), "1");
	free(text);
	text = print(few, m, METRICS_TEXT, &visibility_everything, &more);
	assert_string_equal(of(text, "v7scope_faults_total{device=\"14006000.iommu\"}"), "7");
	assert_string_equal(of(text, "v7scope_faults_total{device=\"other\"}"), "7");
	free(text);
	model_free(m);
	metrics_free(all);
	metrics_free(few);
}

static void other_flushes(void **state)
{
	static const struct flush_visibility hides = {
		.begun = { true }, .timeouts = true,
	};
	struct metrics *metrics = metrics_new(METRICS_FULL, 1);
	struct model *m = model_new(0);
	struct flush_report some = flushes;
	struct measured with = nothing_more;
	char *text;

	(void)state;
	with.flushes = &some;
	some.f.dev[FLUSHES_DEVS].c.begun[0] = 7;
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &with);
	assert_string_equal(of(text, "v7scope_flushes_total{device=\"14006000.iommu\",driver=\"mtk_iommu\",reason=\"range\"}"), "1000");
	assert_string_equal(of(text, "v7scope_flushes_total{device=\"other\",driver=\"mtk_iommu\",reason=\"range\"}"), "212");
	assert_string_equal(of(text, "v7scope_flush_timeouts_total{device=\"other\",driver=\"mtk_iommu\"}"), "0");
	free(text);

	/* The driver hides the device of a timeout, and has no lock. */
	some = flushes;
	some.visible = &hides;
	some.f.devs = 1;
	some.f.dev[FLUSHES_DEVS].c.timeouts = 4;
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &with);
	assert_string_equal(of(text, "v7scope_flush_timeouts_total{device=\"other\",driver=\"mtk_iommu\"}"), "4");
	assert_null(of(text, "v7scope_flush_timeouts_total{device=\"14006000.iommu\",driver=\"mtk_iommu\"}"));
	assert_false(has(text, "flush_seconds_count{device=\"other\""));
	assert_false(has(text, "v7scope_flush_lock_wait_seconds_count"));
	assert_false(has(text, "v7scope_flush_lock_contended_total{"));
	free(text);
	model_free(m);
	metrics_free(metrics);
}

/* 64 page tables of 32 devices in three formats, and flushes of as many as there may be */
static struct model *crowd(struct flush_report *fr)
{
	static struct v7s_slot s[64];
	struct model *m = model_new(0);
	char dev[V7S_DEV];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(s); i++) {
		snprintf(dev, sizeof(dev), "%u.iommu", i % 32);
		s[i] = table(i + 1, dev, i % 3, 1 + i);
		s[i].c.e.create = 1;
	}
	read_twice(m, s, ARRAY_SIZE(s));
	*fr = flushes;
	fr->f.devs = FLUSHES_DEVS;
	for (i = 0; i <= FLUSHES_DEVS; i++) {
		snprintf(fr->f.dev[i].dev, V7S_DEV, "%u.iommu", i);
		fr->f.dev[i].at = i + 1;
		fr->f.dev[i].c.begun[0] = 1;
	}
	return m;
}

static unsigned int count_samples(const char *text)
{
	unsigned int n = 0;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		n += *text != '#';
	return n;
}

/* Series that Prometheus adds to each target: up, and four whose names begin with scrape_ */
enum { OF_SCRAPE = 5 };

static void fleet_is_bounded(void **state)
{
	static struct program_cost many[32];
	struct flush_visibility every = flush_visible;
	struct measured with = more;
	struct flush_report fr;
	struct model *m = crowd(&fr);
	struct metrics *metrics = metrics_new(METRICS_FLEET, 0);
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i].name = "program";
	every.begun[V7S_FLUSH_SYNC] = true;
	fr.visible = &every;
	with.flushes = &fr;
	with.programs = many;
	with.nprograms = ARRAY_SIZE(many);
	text = print(metrics, m, METRICS_TEXT, &visibility_everything, &with);
	print_message("# %u series\n", count_samples(text));
	/* print() leaves out the causes of other sources: probe_missed and overrun. */
	assert_in_range(count_samples(text) + 2 + OF_SCRAPE, 200, 250);
	/* The three devices with most events, and the others. */
	assert_string_equal(of(text, "v7scope_page_tables{device=\"31.iommu\"}"), "2");
	assert_string_equal(of(text, "v7scope_page_tables{device=\"other\"}"), "58");
	assert_false(has(text, "{device=\"28.iommu\""));
	assert_string_equal(of(text, "v7scope_bpf_runs_total{program=\"-\"}"), "0");
	free(text);
	model_free(m);
	metrics_free(metrics);
}

#define DEVICE "{device=\"14006000.iommu\""

static void fleet_adds_up(void **state)
{
	struct metrics *metrics = metrics_new(METRICS_FLEET, 0);
	struct model *m = fixture();
	char *text = print(metrics, m, METRICS_OPENMETRICS,
			   &visibility_everything, &more);

	(void)state;
	assert_string_equal(of(text, "v7scope_installs_total" DEVICE
			       ",reason=\"-\",outcome=\"won\"}"), "1000");
	assert_string_equal(of(text, "v7scope_installs_total" DEVICE
			       ",reason=\"-\",outcome=\"lost_to_leaf\"}"), "1");
	assert_string_equal(of(text, "v7scope_splits_total" DEVICE
			       ",reason=\"cont\",outcome=\"-\"}"), "32");
	assert_string_equal(of(text, "v7scope_frees_total" DEVICE
			       ",reason=\"lost\"}"), "96");
	assert_string_equal(of(text, "v7scope_install_window_seconds_bucket" DEVICE
			       ",le=\"2.048e-06\"}"), "992");
	assert_string_equal(of(text, "v7scope_install_window_seconds_bucket" DEVICE
			       ",le=\"+Inf\"}"), "1002");
	assert_true(has(text, "# TYPE v7scope_install_window_seconds_bucket unknown\n"));
	assert_false(has(text, "_sum"));
	assert_false(has(text, "_count"));
	assert_false(has(text, "outcome=\"destroyed\""));
	assert_false(has(text, "format="));
	free(text);
	model_free(m);
	metrics_free(metrics);
}

/* A sum that the kernel does not show wholly is exported by the parts that it shows. */
static void fleet_stock(void **state)
{
	const struct visibility some = {
		.attempts = true, .lost = true, .frees = true,
		.create = true, .destroy = true, .split = { [1] = { true } },
	};
	struct metrics *metrics = metrics_new(METRICS_FLEET, 0);
	struct model *m = fixture();
	char *text = print(metrics, m, METRICS_TEXT, &some, &nothing_more);

	(void)state;
	assert_string_equal(of(text, "v7scope_installs_total" DEVICE
			       ",reason=\"-\",outcome=\"-\"}"), "1096");
	assert_string_equal(of(text, "v7scope_splits_total" DEVICE
			       ",reason=\"block\",outcome=\"done\"}"), "5");
	assert_false(has(text, "reason=\"cont\""));
	assert_false(has(text, "outcome=\"won\""));
	free(text);
	model_free(m);
	metrics_free(metrics);
}

static void steady(void **state)
{
	uint64_t kept = 0;

	(void)state;
	assert_int_equal(procself_steady(&kept, 100 * SECOND), 100 * SECOND);
	assert_int_equal(procself_steady(&kept, 100 * SECOND + 999999999),
			 100 * SECOND);
	assert_int_equal(procself_steady(&kept, 99 * SECOND + 1), 100 * SECOND);
	/* The clock was set. */
	assert_int_equal(procself_steady(&kept, 5 * SECOND), 5 * SECOND);
}

static void itself(void **state)
{
	struct self s;

	(void)state;
	assert_true(procself_read(&s));
	assert_in_range(s.open_fds, 1, s.max_fds);
	assert_in_range(s.resident, 100000, 1 << 30);
	assert_true(s.start > 1600000000 * SECOND);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_yet),
		cmocka_unit_test(stock),
		cmocka_unit_test(devices),
		cmocka_unit_test(without_slot),
		cmocka_unit_test(same_label),
		cmocka_unit_test(destroyed),
		cmocka_unit_test(half_a_name),
		cmocka_unit_test(faults_by_device),
		cmocka_unit_test(other_flushes),
		cmocka_unit_test(fleet_is_bounded),
		cmocka_unit_test(fleet_adds_up),
		cmocka_unit_test(fleet_stock),
		cmocka_unit_test(steady),
		cmocka_unit_test(itself),
	};
	struct metrics *metrics;
	struct model *m;
	char *text;

	if (argc < 2)
		return cmocka_run_group_tests_name("metrics", tests, NULL,
						   NULL);
	metrics = metrics_new(argc > 2 ? METRICS_FLEET : METRICS_FULL, 0);
	m = fixture();
	text = print(metrics, m, strcmp(argv[1], "--text") ?
		     METRICS_OPENMETRICS : METRICS_TEXT, &visibility_everything,
		     &more);
	fputs(text, stdout);
	free(text);
	model_free(m);
	metrics_free(metrics);
	return 0;
}
