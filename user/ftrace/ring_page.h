/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages of a trace buffer, in the kernel's own binary form, and the io_pgtable
 * events in them. Where what stands is told by the kernel, in the files
 * header_page and format of tracefs, and looked up there: it differs with the
 * width of the machine, the kernel's version, and the series'.
 *
 * A page is never trusted: whatever it holds, nothing outside of it is read, and
 * the walk over it ends.
 */
#ifndef V7S_FTRACE_RING_PAGE_H
#define V7S_FTRACE_RING_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "count_events.h"

/** struct field - where a number or a string stands */
struct field {
	unsigned int offset, size;
	bool is_signed;
	/* A string is elsewhere in its record: this tells where and how long. */
	enum { FIELD_PLAIN, FIELD_LOC, FIELD_REL_LOC } kind;
};

/** struct page_layout - of the pages of a buffer */
struct page_layout {
	struct field time, commit, data;
	size_t size;		/* of a page */
	bool big;		/* big-endian; as this machine, unless a test says */
};

/** page_layout_parse - from what header_page holds; -1: that is none */
int page_layout_parse(struct page_layout *l, const char *text);

/** struct event_format - of one of the io_pgtable events */
struct event_format {
	unsigned int id;	/* what its records are marked with */
	unsigned int event;	/* V7S_EVENT_CREATE, ... */
	struct field type, pid;
	struct field arg[COUNTED_ARGS];
	unsigned int args;
};

/**
 * event_format_parse - from what its format holds
 *
 * NULL, or what is missing there.
 */
const char *event_format_parse(struct event_format *f, unsigned int event,
			       const char *text);

/** struct page_walk - where we are in a page */
struct page_walk {
	const struct page_layout *l;
	const unsigned char *page;
	size_t at, end;
	uint64_t time;		/* of the event before */
	bool missed;		/* events were lost before this page */
	uint64_t missed_n;	/* so many; 0: it does not say */
};

/** struct raw - a record */
struct raw {
	uint64_t time;
	const unsigned char *data;
	size_t size;
};

/** page_open - begin with a page of @size bytes; -1: it makes no sense */
int page_open(struct page_walk *w, const struct page_layout *l,
	      const unsigned char *page, size_t size);

/** page_next - 1: a record; 0: that was the last one; -1: it makes no sense */
int page_next(struct page_walk *w, struct raw *raw);

/**
 * event_decode - a record as one of our events
 *
 * @e gets event, time, dev, args, and the pid as task; @dev is valid as long as
 * the page. 1: it is one; 0: of something else; -1: it makes no sense.
 */
int event_decode(const struct event_format *f, size_t n,
		 const struct page_layout *l, const struct raw *raw,
		 struct counted_event *e);

#endif
