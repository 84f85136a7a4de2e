/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Pages of a trace buffer in the kernel's binary format, and the io_pgtable
 * events in them. The kernel describes the layout in the files header_page and
 * format of tracefs. It depends on the word size, the kernel's version, and the
 * series' version.
 *
 * A page is never trusted: whatever its contents, nothing outside of it is
 * read, and the walk over it ends.
 */
#ifndef V7S_FTRACE_RING_PAGE_H
#define V7S_FTRACE_RING_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "count_events.h"

/** struct field - position of a number or a string in a record */
struct field {
	unsigned int offset, size;
	bool is_signed;
	/*
	 * A string is elsewhere in the record: the field has its offset and
	 * size.
	 */
	enum { FIELD_PLAIN, FIELD_LOC, FIELD_REL_LOC } kind;
};

/** struct page_layout - layout of a buffer's pages */
struct page_layout {
	struct field time, commit, data;
	size_t size;		/* bytes per page */
	bool big;		/* big-endian; tests may override it */
};

/** page_layout_parse - parse the text of header_page; -1: invalid */
int page_layout_parse(struct page_layout *l, const char *text);

/** page_layout_is_32bit - the pages are those of a 32-bit kernel */
static inline bool page_layout_is_32bit(const struct page_layout *l)
{
	return l->commit.size == 4;	/* a local_t, as long as a long */
}

/** struct event_format - format of one of the io_pgtable events */
struct event_format {
	unsigned int id;	/* type number in its records */
	unsigned int event;	/* V7S_EVENT_CREATE, ... */
	struct field type, pid;
	struct field arg[COUNTED_ARGS];
	unsigned int args;
};

/**
 * event_format_parse - parse the text of an event's file format
 *
 * Returns NULL, or the name of the field that is missing.
 */
const char *event_format_parse(struct event_format *f, unsigned int event,
			       const char *text);

/** struct page_walk - position in a page */
struct page_walk {
	const struct page_layout *l;
	const unsigned char *page;
	size_t at, end;
	uint64_t time;		/* time of the previous event */
	bool missed;		/* events were lost before this page */
	uint64_t missed_n;	/* number of lost events; 0: not stated */
};

/** struct raw - a record */
struct raw {
	uint64_t time;
	const unsigned char *data;
	size_t size;
};

/** page_open - start with a page of @size bytes; -1: the page is invalid */
int page_open(struct page_walk *w, const struct page_layout *l,
	      const unsigned char *page, size_t size);

/** page_next - 1: a record; 0: the end; -1: the page is invalid */
int page_next(struct page_walk *w, struct raw *raw);

/**
 * event_decode - decode a record
 *
 * @e gets event, time, dev, args, and the pid as task; @dev is valid as long as
 * the page. Returns 1: one of our events; 0: another event; -1: the record is
 * invalid.
 */
int event_decode(const struct event_format *f, size_t n,
		 const struct page_layout *l, const struct raw *raw,
		 struct counted_event *e);

#endif
