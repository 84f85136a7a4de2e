/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's trace buffers, one for each CPU, and pages that were taken out. */
#ifndef V7S_BUFFERS_H
#define V7S_BUFFERS_H

#include <stddef.h>
#include <stdint.h>

/** buffer_open - that CPU's, of an instance; -1, and errno: not possible */
int buffer_open(int instance, unsigned int cpu, int *raw, int *stats);

/**
 * buffer_read - take a page of @size bytes out
 *
 * Returns 1; 0: there is none now; -1: it failed, which has been said.
 */
int buffer_read(int raw, unsigned char *page, size_t size);

/** struct buffer_stats - what became of the events of a buffer */
struct buffer_stats {
	uint64_t overrun;	/* overwritten before they were read */
	uint64_t commit_overrun, dropped;	/* found no room */
	uint64_t read;
};

void buffer_stats(int stats, struct buffer_stats *b);

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
