/* SPDX-License-Identifier: GPL-2.0 */
/* The rings of records, one for each CPU, as a stream in the order of time. */
#ifndef V7S_SOURCE_STREAM_H
#define V7S_SOURCE_STREAM_H

#include "source.h"

/* A page of memory holds the least, what a CPU's index can reach is the most. */
enum { STREAM_MIN = 16, STREAM_MAX = 65536 };

struct stream;

/** stream_size - of a ring with so many records */
size_t stream_size(unsigned int records);

/**
 * stream_new - of the rings in a map; -1: in memory of our own
 *
 * NULL, and errno: not possible.
 */
struct stream *stream_new(int map_fd, unsigned int cpus, unsigned int records);
void stream_free(struct stream *s);

struct v7s_ring *stream_ring(struct stream *s, unsigned int cpu);

/**
 * stream_take - hand out what came since the last call, the oldest first
 *
 * A record is held back for as long as another CPU may come up with an older
 * one, until @stopped: then no program is running any more. Those after @until
 * are held back whatever happens. Returns the number of records, or -1 if @take
 * did.
 */
int stream_take(struct stream *s, bool stopped, uint64_t until,
		take_record *take, void *arg);

/** stream_account - all but what was counted */
void stream_account(const struct stream *s, unsigned int cpu,
		    struct stream_cpu *account);

#endif
