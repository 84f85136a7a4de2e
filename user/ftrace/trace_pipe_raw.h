/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's trace buffers, one for each CPU, and pages that were taken out. */
#ifndef V7S_FTRACE_TRACE_PIPE_RAW_H
#define V7S_FTRACE_TRACE_PIPE_RAW_H

#include <stddef.h>
#include <stdint.h>

/** trace_pipe_raw_open - that CPU's, of an instance; -1, and errno: not possible */
int trace_pipe_raw_open(int instance, unsigned int cpu, int *raw, int *stats);

/**
 * trace_pipe_raw_read - take a page of @size bytes out
 *
 * Returns 1; 0: there is none now; -1: it failed, which has been said.
 */
int trace_pipe_raw_read(int raw, unsigned char *page, size_t size);

/** struct trace_pipe_raw_stats - what became of the events of a buffer */
struct trace_pipe_raw_stats {
	uint64_t overrun;	/* overwritten before they were read */
	uint64_t commit_overrun, dropped;	/* found no room */
	uint64_t read;
};

void trace_pipe_raw_stats(int stats, struct trace_pipe_raw_stats *b);

/** struct pages - a queue of them; zeroes: empty */
struct pages {
	unsigned char *data;
	size_t size;	/* of a page */
	size_t n, next, room;
};

/**
 * pages_take - all pages that are in a buffer now, but no more than @most
 *
 * Returns -1 if there is no memory, or reading failed: errno tells.
 */
int pages_take(struct pages *p, int raw, size_t size, size_t most);

/** pages_next - the oldest, valid until the next but one call; NULL: none left */
const unsigned char *pages_next(struct pages *p);
void pages_free(struct pages *p);

#endif
