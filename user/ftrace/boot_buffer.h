/* SPDX-License-Identifier: GPL-2.0 */
/* What a trace buffer of the kernel's own holds since boot becomes ours. */
#ifndef V7S_FTRACE_BOOT_BUFFER_H
#define V7S_FTRACE_BOOT_BUFFER_H

#include "ring_page.h"
#include "trace_pipe_raw.h"

/** struct boot_buffer - from one buffer */
struct boot_buffer {
	struct page_layout layout;
	int dir;		/* -1: none */
	size_t pages;		/* that a CPU's can hold */
	bool settled;		/* nothing can have been missed in between */
	uint64_t events;	/* that came out of it */
	uint64_t lost;		/* that it had no room for */
};

/**
 * boot_buffer_begin - no more events for it, once our own buffers have them all
 *
 * @from: an instance; "": the first one. Returns -1, having said why.
 */
int boot_buffer_begin(struct boot_buffer *t, const char *tracefs, const char *from);

/** struct boot_buffer_cpu - what of that CPU's is there to be counted */
struct boot_buffer_cpu {
	struct pages old;	/* what it held */
	uint64_t events;	/* of these, the first: all others are in ours, too */
	struct pages ours;	/* what ours held then, and holds no more */
};

/**
 * boot_buffer_cpu - of a CPU, whose part of our own buffer is @raw
 *
 * Returns -1: no memory, or reading failed, which errno tells.
 */
int boot_buffer_cpu(struct boot_buffer *t, const struct event_format *formats,
		 const struct page_layout *layout, unsigned int cpu, int raw,
		 struct boot_buffer_cpu *c);

void boot_buffer_end(struct boot_buffer *t);

#endif
