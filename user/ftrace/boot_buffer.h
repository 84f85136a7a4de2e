/* SPDX-License-Identifier: GPL-2.0 */
/* What a trace buffer of the kernel's own holds since boot becomes ours. */
#ifndef V7S_TAKEOVER_H
#define V7S_TAKEOVER_H

#include "trace_pipe_raw.h"
#include "ring_page.h"

/** struct takeover - from one buffer */
struct takeover {
	struct page_layout layout;
	int dir;		/* -1: none */
	size_t pages;		/* that a CPU's can hold */
	bool settled;		/* nothing can have been missed in between */
	uint64_t events;	/* that came out of it */
	uint64_t lost;		/* that it had no room for */
};

/**
 * takeover_begin - no more events for it, once our own buffers have them all
 *
 * @from: an instance; "": the first one. Returns -1, having said why.
 */
int takeover_begin(struct takeover *t, const char *tracefs, const char *from);

/** struct takeover_cpu - what of that CPU's is there to be counted */
struct takeover_cpu {
	struct pages old;	/* what it held */
	uint64_t events;	/* of these, the first: all others are in ours, too */
	struct pages ours;	/* what ours held then, and holds no more */
};

/**
 * takeover_cpu - of a CPU, whose part of our own buffer is @raw
 *
 * Returns -1: no memory, or reading failed, which errno tells.
 */
int takeover_cpu(struct takeover *t, const struct event_format *formats,
		 const struct page_layout *layout, unsigned int cpu, int raw,
		 struct takeover_cpu *c);

void takeover_end(struct takeover *t);

#endif
