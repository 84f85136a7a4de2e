// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Pages of a trace buffer, and the files that say what is where in them. Whatever
 * these hold, nothing outside of a page is read, and it ends.
 */
#include "fuzz.h"
#include "ftrace/ring_page.h"

static const char *const headers[] = {
	"field: u64 timestamp; offset:0; size:8; signed:0;\n"
	"field: local_t commit; offset:8; size:8; signed:1;\n"
	"field: char data; offset:16; size:4080; signed:0;\n",
	"field: u64 timestamp; offset:0; size:8; signed:0;\n"
	"field: local_t commit; offset:8; size:4; signed:1;\n"
	"field: char data; offset:12; size:4084; signed:0;\n",
};

static const char format[] =
	"ID: 1\n"
	"field:unsigned short common_type; offset:0; size:2; signed:0;\n"
	"field:int common_pid; offset:4; size:4; signed:1;\n"
	"field:u64 pgtable; offset:8; size:8; signed:0;\n"
	"field:u64 iova; offset:16; size:8; signed:0;\n"
	"field:__data_loc char[] dev; offset:24; size:4; signed:0;\n"
	"field:unsigned int fmt; offset:28; size:4; signed:0;\n"
	"field:unsigned int level; offset:32; size:4; signed:0;\n"
	"field:unsigned int why; offset:36; size:4; signed:0;\n";

static void walk(const struct page_layout *l, const struct event_format *f,
		 const uint8_t *data, size_t size)
{
	uint8_t *page = malloc(size + !size);
	struct counted_event e;
	struct page_walk w;
	struct raw raw;
	size_t n = 0;

	if (!page)
		abort();
	memcpy(page, data, size);
	if (!page_open(&w, l, page, size)) {
		while (page_next(&w, &raw) > 0) {
			if (++n > l->size / 4)
				abort();
			if (event_decode(f, 1, l, &raw, &e) > 0 &&
			    strlen(e.dev) >= raw.size)
				abort();
		}
	}
	free(page);
}

/* The same behind a header that says of all of it that it is there. */
static void walk_events(const struct page_layout *l,
			const struct event_format *f, const uint8_t *data,
			size_t size)
{
	uint8_t *page = calloc(1, l->size);
	unsigned int i;

	if (!page)
		abort();
	if (size > l->data.size)
		size = l->data.size;
	memcpy(page + l->data.offset, data, size);
	for (i = 0; i < l->commit.size; i++)
		page[l->commit.offset + i] =
			(uint64_t)size >> 8 * (l->big ? l->commit.size - 1 - i
						      : i);
	walk(l, f, page, l->size);
	free(page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event_format known, f;
	struct page_layout l;
	char *text;

	if (!size)
		return 0;
	if (event_format_parse(&known, V7S_EVENT_FREE, format))
		abort();
	if (*data & 4) {
		text = fuzz_string(data + 1, size - 1);
		if (!event_format_parse(&f, *data % V7S_EVENTS, text) &&
		    !page_layout_parse(&l, headers[0]))
			walk(&l, &f, data, size);
		if (!page_layout_parse(&l, text))
			walk(&l, &known, data, size);
		free(text);
		return 0;
	}
	if (page_layout_parse(&l, headers[*data & 1]))
		abort();
	l.big = *data & 2;
	if (*data & 8)
		walk_events(&l, &known, data + 1, size - 1);
	else
		walk(&l, &known, data + 1, size - 1);
	return 0;
}
