/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The rings of records, one per CPU, merged in the order of time. */
#ifndef V7S_SOURCE_STREAM_H
#define V7S_SOURCE_STREAM_H

#include "source.h"

/* Minimum: a page of memory. Maximum: the range of a CPU's index. */
enum { STREAM_MIN = 16, STREAM_MAX = 65536 };

struct stream;

/** stream_size - bytes of a ring with that many records */
size_t stream_size(unsigned int records);

/**
 * stream_new - read the rings of a map; -1: rings in memory of our own
 *
 * Returns NULL, with errno, on failure.
 */
struct stream *stream_new(int map_fd, unsigned int cpus, unsigned int records);
void stream_free(struct stream *s);

struct v7s_ring *stream_ring(struct stream *s, unsigned int cpu);

/**
 * stream_take - hand out the records since the last call, the oldest first
 *
 * A record is held back as long as another CPU may still deliver an older one,
 * unless @stopped: then no program is running any more. Records after @until
 * are always held back. Returns the number of records, or -1 if @take did.
 */
int stream_take(struct stream *s, bool stopped, uint64_t until,
		take_record *take, void *arg);

/** stream_account - fill in all members except the events counted */
void stream_account(const struct stream *s, unsigned int cpu,
		    struct stream_cpu *account);

#endif
