// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Pages of trace buffers, made by hand as the kernel makes them: of 64 and of 32
 * bits, of either byte order; and damaged ones.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/names.h"
#include "ftrace/ring_page.h"
#include "lib/util.h"

/* As Linux 6.1 has them on arm64 and on 32-bit Arm, the latter of 64K since v6.9. */
static const char header_64[] =
	"\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
	"\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
	"\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";
static const char header_32[] =
	"\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
	"\tfield: local_t commit;\toffset:8;\tsize:4;\tsigned:1;\n"
	"\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
	"\tfield: char data;\toffset:12;\tsize:65524;\tsigned:1;\n";

static struct event_format formats[V7S_EVENTS];

/* The formats of every kernel with the series, see kernel-patch/t/format.t. */
static char *recorded(const char *event)
{
	FILE *f = fopen("kernel-patch/t/formats", "re");
	static char all[16384];
	char name[64], *text = NULL;
	const char *from, *to;
	size_t n;

	assert_non_null(f);
	n = fread(all, 1, sizeof(all) - 1, f);
	fclose(f);
	all[n] = 0;
	snprintf(name, sizeof(name), "name: io_pgtable_%s\n", event);
	from = strstr(all, name);
	assert_non_null(from);
	to = strstr(from + 1, "\nname: ");
	to = to ? to : all + n;
	/* The number of an event is each kernel's own, and not in the file. */
	assert_true(asprintf(&text, "%sID: 300\n%.*s\n", name,
			     (int)(to - from - strlen(name)),
			     from + strlen(name)) > 0);
	return text;
}

static void replace(char **text, const char *what, const char *by)
{
	char *at = strstr(*text, what), *new;

	assert_non_null(at);
	assert_true(asprintf(&new, "%.*s%s%s", (int)(at - *text), *text, by,
			     at + strlen(what)) > 0);
	free(*text);
	*text = new;
}

static int setup(void **state)
{
	char *text;
	int e;

	(void)state;
	for (e = 0; e < V7S_EVENTS; e++) {
		text = recorded(event_short_name(e));
		assert_null(event_format_parse(&formats[e], e, text));
		formats[e].id = 300 + e;
		free(text);
	}
	return 0;
}

struct builder {
	struct page_layout l;
	unsigned char *page;	/* just as long as it has to be */
	size_t at;
};

static void json_put(struct builder *b, size_t at, size_t size, uint64_t n)
{
	size_t i;

	assert_true(at + size <= b->l.size);
	for (i = 0; i < size; i++)
		b->page[at + i] = n >> 8 * (b->l.big ? size - 1 - i : i);
}

static void begin(struct builder *b, const char *header, bool big,
		  uint64_t time)
{
	assert_int_equal(page_layout_parse(&b->l, header), 0);
	b->l.big = big;
	b->page = calloc(1, b->l.size);
	assert_non_null(b->page);
	json_put(b, 0, 8, time);
	b->at = b->l.data.offset;
}

static void word(struct builder *b, unsigned int kind, uint32_t delta)
{
	json_put(b, b->at, 4, b->l.big ? kind << 27 | delta : delta << 5 | kind);
	b->at += 4;
}

static void plain(struct builder *b, uint32_t n)
{
	json_put(b, b->at, 4, n);
	b->at += 4;
}

/* In the way for short records, or the one for long ones. */
static void record(struct builder *b, uint32_t delta, const void *data,
		   size_t size, bool as_long)
{
	size_t whole = (size + 3) & ~(size_t)3;

	word(b, as_long ? 0 : whole / 4, delta);
	if (as_long)
		plain(b, 4 + size);
	memcpy(b->page + b->at, data, size);
	b->at += whole;
}

/* MISSED is the kernel's own flag, MISSED | STORED that it also says how many. */
enum { MISSED = 1U << 31, STORED = 1U << 30 };

static void commit(struct builder *b, unsigned int flags)
{
	json_put(b, b->l.commit.offset, b->l.commit.size,
	    (b->at - b->l.data.offset) | flags);
}

/* One of ours, with numbers that tell where they are from. */
static size_t ours(const struct builder *b, unsigned int e, const char *name,
		   unsigned char *data)
{
	const struct event_format *f = &formats[e];
	struct builder to = { .l = b->l, .page = data };
	size_t end = 0;
	unsigned int i;

	memset(data, 0, 256);
	for (i = 0; i < f->args; i++)
		if (f->arg[i].offset + f->arg[i].size > end)
			end = f->arg[i].offset + f->arg[i].size;
	json_put(&to, f->type.offset, f->type.size, f->id);
	json_put(&to, f->pid.offset, f->pid.size, 4711);
	for (i = 1; i < f->args; i++)
		json_put(&to, f->arg[i].offset, f->arg[i].size,
		    f->arg[i].is_signed ? (uint64_t)-1 :
		    f->arg[i].size == 8 ? 0x100000000ULL + i : i);
	json_put(&to, f->arg[0].offset, 4, (strlen(name) + 1) << 16 | end);
	strcpy((char *)data + end, name);
	return end + strlen(name) + 1;
}

static void reads_what_formats_say(void **state)
{
	static const struct { unsigned int e, arg, offset, size; } some[] = {
		{ V7S_EVENT_CREATE, 5, 16, 8 }, { V7S_EVENT_INSTALL, 7, 24, 8 },
		{ V7S_EVENT_SPLIT, 11, 76, 4 }, { V7S_EVENT_SPLIT, 7, 24, 8 },
		{ V7S_EVENT_SPLIT, 8, 32, 8 }, { V7S_EVENT_FREE, 5, 36, 4 },
		{ V7S_EVENT_REFUSE, 5, 24, 8 },
	};
	static const unsigned int args[V7S_EVENTS] = { 6, 6, 8, 12, 6, 7 };
	struct event_format f;
	unsigned int i;
	char *text;

	(void)state;
	for (i = 0; i < V7S_EVENTS; i++) {
		assert_int_equal(formats[i].args, args[i]);
		assert_int_equal(formats[i].arg[0].kind, FIELD_LOC);
		assert_int_equal(formats[i].pid.offset, 4);
	}
	for (i = 0; i < ARRAY_SIZE(some); i++) {
		assert_int_equal(formats[some[i].e].arg[some[i].arg].offset,
				 some[i].offset);
		assert_int_equal(formats[some[i].e].arg[some[i].arg].size,
				 some[i].size);
	}
	/* A char is signed to Linux 4.9; later ones may have another place for it. */
	text = recorded("free");
	replace(&text, "__data_loc char[] dev;	offset:24;	size:4;	signed:0;",
		"__rel_loc char[] dev;	offset:40;	size:4;	signed:1;");
	assert_null(event_format_parse(&f, V7S_EVENT_FREE, text));
	assert_int_equal(f.arg[0].offset, 40);
	assert_int_equal(f.arg[0].kind, FIELD_REL_LOC);
	free(text);
}

static void says_what_is_missing(void **state)
{
	static const struct { const char *what, *by, *missing; } bad[] = {
		{ "ID:", "it:", "ID" },
		{ "common_pid", "common_PID", "common_pid" },
		{ "u64 iova", "u64 Iova", "iova" },
		{ "unsigned int why;	offset:36;	size:4",
		  "unsigned int why;	offset:36;	size:3", "why" },
		{ "unsigned int why;	offset:36",
		  "unsigned int why;	offset:4000000000", "why" },
		{ "unsigned int level;	offset", "unsigned int level;	off", "level" },
		{ "__data_loc char[] dev", "char dev", "dev" },
	};
	struct event_format f;
	struct page_layout l;
	const char *missing;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		text = recorded("free");
		replace(&text, bad[i].what, bad[i].by);
		missing = event_format_parse(&f, V7S_EVENT_FREE, text);
		assert_non_null(missing);
		assert_string_equal(missing, bad[i].missing);
		free(text);
	}
	assert_int_equal(page_layout_parse(&l, header_32), 0);
	assert_true(page_layout_is_32bit(&l));
	assert_int_equal(page_layout_parse(&l, header_64), 0);
	assert_false(page_layout_is_32bit(&l));
	assert_int_equal(page_layout_parse(&l, ""), -1);
	text = strdup(header_64);
	replace(&text, "size:4080", "size:4294967295");
	assert_int_equal(page_layout_parse(&l, text), -1);
	free(text);
	text = strdup(header_64);
	replace(&text, "commit;\toffset:8", "commit;\toffset:12");
	assert_int_equal(page_layout_parse(&l, text), -1);
	free(text);
}

/* All six, one after the other, and what is between them: each way it can be. */
static void one_page(const char *header, bool big)
{
	const uint64_t start = 0x0123456789abcdefULL;
	uint64_t time = start;
	unsigned char data[256];
	struct counted_event e;
	struct builder b;
	struct page_walk w;
	struct raw raw;
	unsigned int i, k;

	begin(&b, header, big, start);
	for (i = 0; i < V7S_EVENTS; i++) {
		record(&b, 100 + i, data, ours(&b, i, "a-device", data), i & 1);
		/* More time than has room in an event, */
		word(&b, 30, 5);
		plain(&b, 3);
		/* an event that was discarded, */
		word(&b, 29, 1);
		plain(&b, 12);
		b.at += 8;
		/* and one of somebody else. */
		memset(data, 0, sizeof(data));
		record(&b, 7, data, 24, false);
	}
	word(&b, 31, 77);
	plain(&b, 0x1000);
	record(&b, 1, data, ours(&b, V7S_EVENT_FREE, "", data), false);
	/* The rest of the page is empty. */
	word(&b, 29, 0);
	plain(&b, 0xffffffff);
	commit(&b, 0);

	assert_int_equal(page_open(&w, &b.l, b.page, b.l.size), 0);
	assert_false(w.missed);
	for (i = 0; i < V7S_EVENTS; i++) {
		assert_int_equal(page_next(&w, &raw), 1);
		assert_int_equal(event_decode(formats, V7S_EVENTS, &b.l, &raw,
					      &e), 1);
		time += 100 + i;
		assert_true(e.time == time);
		assert_int_equal(e.event, i);
		assert_int_equal(e.task, 4711);
		assert_string_equal(e.dev, "a-device");
		for (k = 1; k < formats[i].args; k++)
			assert_true(e.args[k] ==
				    (formats[i].arg[k].is_signed ? 0xffffffff :
				     formats[i].arg[k].size == 8 ?
				     0x100000000ULL + k : k));
		for (; k < COUNTED_ARGS; k++)
			assert_int_equal(e.args[k], 0);
		assert_int_equal(page_next(&w, &raw), 1);
		assert_int_equal(event_decode(formats, V7S_EVENTS, &b.l, &raw,
					      &e), 0);
		time += (3ULL << 27) + 5 + 1 + 7;
		assert_true(raw.time == time);
	}
	assert_int_equal(page_next(&w, &raw), 1);
	assert_int_equal(event_decode(formats, V7S_EVENTS, &b.l, &raw, &e), 1);
	/* A stamp of 59 bits; that it is less means that they went over. */
	assert_true(e.time == (time & ~0ULL << 59) + (1ULL << 59) +
		    (0x1000ULL << 27) + 77 + 1);
	assert_string_equal(e.dev, "");
	assert_int_equal(page_next(&w, &raw), 0);
	assert_int_equal(page_next(&w, &raw), 0);
	free(b.page);
}

static void walks_a_page(void **state)
{
	(void)state;
	one_page(header_64, false);
	one_page(header_64, true);
	one_page(header_32, false);
	one_page(header_32, true);
}

static void knows_of_losses(void **state)
{
	static const char *const headers[] = { header_64, header_32 };
	unsigned char data[256];
	struct page_walk w;
	struct builder b;
	size_t i;
	int big;

	(void)state;
	for (i = 0; i < 2; i++) {
		for (big = 0; big < 2; big++) {
			begin(&b, headers[i], big, 1);
			record(&b, 0, data, ours(&b, V7S_EVENT_FREE, "-", data), 0);
			commit(&b, MISSED);
			assert_int_equal(page_open(&w, &b.l, b.page, b.l.size),
					 0);
			assert_true(w.missed && !w.missed_n);
			commit(&b, MISSED | STORED);
			json_put(&b, b.at, b.l.commit.size, 4242);
			assert_int_equal(page_open(&w, &b.l, b.page, b.l.size),
					 0);
			assert_true(w.missed);
			assert_int_equal(w.missed_n, 4242);
			/* No room behind it, whatever the flag says. */
			b.at = b.l.size - 3;
			commit(&b, MISSED | STORED);
			assert_int_equal(page_open(&w, &b.l, b.page, b.l.size),
					 0);
			assert_true(w.missed && !w.missed_n);
			free(b.page);
		}
	}
}

static uint64_t seed = 1;

static uint32_t below(uint32_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

/* Everything that is in it, whatever that is; returns how many records. */
static unsigned int walk(const struct page_layout *l, const unsigned char *page,
			 size_t size)
{
	unsigned int n = 0;
	struct counted_event e;
	struct page_walk w;
	struct raw raw;

	if (page_open(&w, l, page, size))
		return 0;
	while (page_next(&w, &raw) > 0) {
		n++;
		if (event_decode(formats, V7S_EVENTS, l, &raw, &e) > 0)
			assert_true(strlen(e.dev) < l->size);
		/* Each takes at least its first word. */
		assert_true(n <= l->size / 4);
	}
	return n;
}

/* Nothing outside of them is read: AddressSanitizer would tell (SAN=1). */
static void survives_damage(void **state)
{
	static const char *const headers[] = { header_64, header_32 };
	unsigned int i, k, n, records = 0;
	unsigned char data[256], *cut;
	struct builder b;
	size_t size;

	(void)state;
	for (i = 0; i < 20000; i++) {
		begin(&b, headers[i & 1], i & 2, i);
		n = below(20);
		for (k = 0; k < n; k++)
			record(&b, below(1000), data,
			       ours(&b, below(V7S_EVENTS), "dev", data),
			       below(2));
		commit(&b, below(4) << 30);
		/* In the header, in the first records, anywhere. */
		n = below(8);
		for (k = 0; k < n; k++)
			b.page[below(below(2) ? 256 : b.at)] = below(256);
		size = below(4) ? b.l.size : below(b.l.size);
		cut = malloc(size + !size);
		memcpy(cut, b.page, size);
		records += walk(&b.l, cut, size);
		free(cut);
		free(b.page);
	}
	assert_true(records > 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_formats_say),
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(walks_a_page),
		cmocka_unit_test(knows_of_losses),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("ring_page", tests, setup, NULL);
}
