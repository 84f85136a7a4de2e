// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * libtraceevent reads such pages, too, but trusts them: a bad length leads it
 * out of a page, or into an endless loop. Only two numbers per line are needed
 * from the files.
 */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "ring_page.h"

/* In the order of the tracepoint's arguments, see bpf/count.h. */
static const char *const arg_names[V7S_EVENTS][COUNTED_ARGS + 1] = {
	[V7S_EVENT_CREATE]	= { "dev", "pgtable", "fmt", "ias", "oas", "quirks" },
	[V7S_EVENT_DESTROY]	= { "dev", "pgtable", "fmt", "ias", "oas", "quirks" },
	[V7S_EVENT_INSTALL]	= { "dev", "pgtable", "fmt", "level", "iova", "why",
			    "outcome", "window_ns" },
	[V7S_EVENT_SPLIT] = { "dev", "pgtable", "fmt", "level", "iova", "kind",
			    "outcome", "block_size", "size", "wait_ns",
			    "hold_ns", "holder" },
	[V7S_EVENT_FREE]	= { "dev", "pgtable", "fmt", "level", "iova", "why" },
	[V7S_EVENT_REFUSE]	= { "dev", "pgtable", "fmt", "level", "iova", "size",
			    "why" },
};

/* Prefixes of types whose field holds the position of the data. */
static const struct {
	const char *prefix;
	int kind;
} kinds[] = {
	{ "__data_loc ", FIELD_LOC },
	{ "__rel_loc ", FIELD_REL_LOC },
};

/* True if the last word of a declaration, without "[8]", is the name. */
static bool declares(const char *declaration, size_t len, const char *name)
{
	size_t n = strlen(name);
	const char *end = memchr(declaration, '[', len);

	/* "__data_loc char[] dev", but "char comm[16]" */
	if (end && declaration + len - 1 > end && declaration[len - 1] == ']')
		len = end - declaration;
	return len > n && !memcmp(declaration + len - n, name, n) &&
	       (declaration[len - n - 1] == ' ' ||
		declaration[len - n - 1] == '*');
}

/* Find a line like " field:u64 pgtable; offset:8; size:8; signed:0;" */
static bool find_field(struct field *f, const char *text, const char *name)
{
	const char *line, *end;
	unsigned int is_signed;
	size_t i;

	for (line = strstr(text, "field:"); line;
	     line = strstr(line + 1, "field:")) {
		line += strlen("field:");
		line += strspn(line, " ");
		end = strchr(line, ';');
		if (!end)
			return false;
		if (!declares(line, end - line, name))
			continue;
		if (sscanf(end, "; offset:%u; size:%u; signed:%u;", &f->offset,
			   &f->size, &is_signed) != 3)
			return false;
		f->is_signed = is_signed;
		f->kind = FIELD_PLAIN;
		for (i = 0; i < ARRAY_SIZE(kinds); i++)
			if (!strncmp(line, kinds[i].prefix,
				     strlen(kinds[i].prefix)))
				f->kind = kinds[i].kind;
		return true;
	}
	return false;
}

/*
 * True if get() knows the size, and the offset is too small to overflow a sum.
 */
static bool is_number(const struct field *f)
{
	return f->offset <= 1 << 20 &&
	       (f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8);
}

static uint64_t get(const struct page_layout *l, const unsigned char *p,
		    size_t size)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < size; i++)
		n = n << 8 | p[l->big ? i : size - 1 - i];
	return n;
}

int page_layout_parse(struct page_layout *l, const char *text)
{
	*l = (struct page_layout){
		.big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
	};
	if (!find_field(&l->time, text, "timestamp") ||
	    !find_field(&l->commit, text, "commit") ||
	    !find_field(&l->data, text, "data") ||
	    !is_number(&l->time) || !is_number(&l->commit) ||
	    l->commit.size < 4)
		return -1;
	l->size = (size_t)l->data.offset + l->data.size;
	if (l->data.size < 64 || l->size > 1 << 20 ||
	    l->time.offset + l->time.size > l->data.offset ||
	    l->commit.offset + l->commit.size > l->data.offset)
		return -1;
	return 0;
}

const char *event_format_parse(struct event_format *f, unsigned int event,
			       const char *text)
{
	const char *id = strstr(text, "ID:");
	const char *const *name = arg_names[event];

	*f = (struct event_format){ .event = event };
	if (!id || sscanf(id, "ID: %u", &f->id) != 1)
		return "ID";
	if (!find_field(&f->type, text, "common_type") || !is_number(&f->type))
		return "common_type";
	if (!find_field(&f->pid, text, "common_pid") || !is_number(&f->pid))
		return "common_pid";
	for (; name[f->args]; f->args++)
		if (!find_field(&f->arg[f->args], text, name[f->args]) ||
		    !is_number(&f->arg[f->args]))
			return name[f->args];
	/* The name has always been stored outside of the fixed part. */
	return f->arg[0].kind == FIELD_PLAIN || f->arg[0].size != 4 ?
	       name[0] : NULL;
}

/* Flags in the commit field, beside the number of bytes. */
enum {
	MISSED_EVENTS	= 1U << 31,
	MISSED_STORED	= 1U << 30,	/* their number follows the events */
	COMMIT_MASK	= (1U << 27) - 1,
};

int page_open(struct page_walk *w, const struct page_layout *l,
	      const unsigned char *page, size_t size)
{
	uint32_t commit;
	size_t bytes;

	*w = (struct page_walk){ .l = l, .page = page };
	if (size > l->size)
		size = l->size;
	if (size < l->data.offset)
		return -1;
	commit = get(l, page + l->commit.offset, l->commit.size);
	bytes = commit & COMMIT_MASK;
	if (bytes > size - l->data.offset)
		return -1;
	w->time = get(l, page + l->time.offset, l->time.size);
	w->at = l->data.offset;
	w->end = w->at + bytes;
	w->missed = commit & MISSED_EVENTS;
	/* An unsigned long of the kernel, like the commit field. */
	if (w->missed && commit & MISSED_STORED &&
	    size - w->end >= l->commit.size)
		w->missed_n = get(l, page + w->end, l->commit.size);
	return 0;
}

/* Kinds of entries, and the number of bits for the time in the first word. */
enum { LONG_DATA = 0, PADDING = 29, TIME_EXTEND = 30, TIME_STAMP = 31 };
enum { KIND_BITS = 5, DELTA_BITS = 27, STAMP_BITS = 59 };

/* The top bits come from the previous time, unless the stamp wrapped. */
static uint64_t whole_stamp(uint64_t stamp, uint64_t before)
{
	const uint64_t upper = ~0ULL << STAMP_BITS;

	stamp |= before & upper;
	return stamp < before ? stamp + (1ULL << STAMP_BITS) : stamp;
}

int page_next(struct page_walk *w, struct raw *raw)
{
	uint32_t first, kind, delta, second;
	size_t head, length;

	for (; w->end - w->at >= 4; w->at += head + length) {
		first = get(w->l, w->page + w->at, 4);
		kind = w->l->big ? first >> DELTA_BITS
				 : first & ((1 << KIND_BITS) - 1);
		delta = w->l->big ? first & ((1 << DELTA_BITS) - 1)
				  : first >> KIND_BITS;
		if (kind == PADDING && !delta)
			break;	/* the rest of the page is empty */
		head = 4;
		length = 4 * kind;
		second = 0;
		if (kind == LONG_DATA || kind >= PADDING) {
			if (w->end - w->at < 8)
				return -1;
			second = get(w->l, w->page + w->at + 4, 4);
			length = 4;
		}
		if (kind == TIME_EXTEND) {
			w->time += ((uint64_t)second << DELTA_BITS) + delta;
			continue;
		}
		if (kind == TIME_STAMP) {
			w->time = whole_stamp(((uint64_t)second << DELTA_BITS) +
					      delta, w->time);
			continue;
		}
		if (kind == LONG_DATA) {
			/* The length includes its own word. */
			if (second < 4)
				return -1;
			head = 8;
			second -= 4;
		}
		if (kind == LONG_DATA || kind == PADDING)
			length = second;
		if (length > w->end - w->at - head)
			return -1;
		w->time += delta;
		raw->time = w->time;
		raw->data = w->page + w->at + head;
		raw->size = length;
		length = (length + 3) & ~(size_t)3;
		if (length > w->end - w->at - head)
			length = w->end - w->at - head;
		if (kind == PADDING)
			continue;	/* a discarded event */
		w->at += head + length;
		return 1;
	}
	w->at = w->end;
	return 0;
}

static bool within(const struct field *f, const struct raw *raw)
{
	return f->offset <= raw->size && f->size <= raw->size - f->offset;
}

static const char *get_text(const struct field *f, const struct page_layout *l,
			    const struct raw *raw)
{
	uint32_t loc = get(l, raw->data + f->offset, f->size);
	size_t offset = loc & 0xffff, size = loc >> 16;

	if (f->kind == FIELD_REL_LOC)
		offset += f->offset + f->size;
	if (offset > raw->size || size > raw->size - offset ||
	    !memchr(raw->data + offset, 0, size))
		return NULL;
	return (const char *)raw->data + offset;
}

int event_decode(const struct event_format *f, size_t n,
		 const struct page_layout *l, const struct raw *raw,
		 struct counted_event *e)
{
	unsigned int id, i;

	if (!n || !within(&f->type, raw))
		return -1;
	/* At the same offset in all records. */
	id = get(l, raw->data + f->type.offset, f->type.size);
	while (n && f->id != id) {
		f++;
		n--;
	}
	if (!n)
		return 0;
	if (!within(&f->pid, raw))
		return -1;
	e->event = f->event;
	e->time = raw->time;
	e->task = (uint32_t)get(l, raw->data + f->pid.offset, f->pid.size);
	for (i = 0; i < f->args; i++) {
		if (!within(&f->arg[i], raw))
			return -1;
		/* As a tracepoint passes an int: its upper half cleared. */
		e->args[i] = get(l, raw->data + f->arg[i].offset,
				 f->arg[i].size);
	}
	for (; i < COUNTED_ARGS; i++)
		e->args[i] = 0;
	e->dev = get_text(&f->arg[0], l, raw);
	return e->dev ? 1 : -1;
}
