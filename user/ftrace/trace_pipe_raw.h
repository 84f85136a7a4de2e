/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The kernel's trace buffers, one per CPU, and pages taken from them. */
#ifndef V7S_FTRACE_TRACE_PIPE_RAW_H
#define V7S_FTRACE_TRACE_PIPE_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** trace_pipe_raw_open - open an instance's buffer of a CPU; -1, with errno */
int trace_pipe_raw_open(int instance, unsigned int cpu, int *raw, int *stats);

/**
 * trace_pipe_raw_read - take a page of @size bytes out of the buffer
 *
 * Returns 1; 0 if the buffer is empty; -1 after a message.
 */
int trace_pipe_raw_read(int raw, unsigned char *page, size_t size);

/** struct trace_pipe_raw_stats - accounting of a buffer's events */
struct trace_pipe_raw_stats {
	uint64_t overrun;	/* overwritten before they were read */
	uint64_t commit_overrun, dropped;	/* found no room */
	uint64_t read;
};

/**
 * trace_pipe_raw_stats - read the accounting; @b is the last reading, at first zero
 *
 * @wraps: the counters wrap at 2^32, as those of a 32-bit kernel do; ours do not. Then
 * the kernel must not count more than that between two readings.
 */
void trace_pipe_raw_stats(int stats, bool wraps, struct trace_pipe_raw_stats *b);

/** struct pages - a queue of pages; all zero: empty */
struct pages {
	unsigned char *data;
	size_t size;	/* bytes per page */
	size_t n, next, room;
};

/**
 * pages_take - take all pages out of a buffer, at most @most
 *
 * Returns -1, with errno, if there is no memory or reading fails.
 */
int pages_take(struct pages *p, int raw, size_t size, size_t most);

/** pages_next - the oldest page, valid for two calls; NULL: none left */
const unsigned char *pages_next(struct pages *p);
void pages_free(struct pages *p);

#endif
