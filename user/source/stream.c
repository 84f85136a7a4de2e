// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/read64.h"
#include "quiesce.h"
#include "stream_internal.h"

size_t stream_size(unsigned int records)
{
	return sizeof(struct v7s_ring) + records * sizeof(struct v7s_record);
}

struct stream *stream_new(int map_fd, unsigned int cpus, unsigned int records)
{
	struct stream *s = calloc(1, sizeof(*s) + cpus * sizeof(*s->cpu));
	size_t one = stream_size(records);
	unsigned int cpu;

	if (!s)
		return NULL;
	s->cpus = cpus;
	s->records = records;
	s->size = cpus * one;
	s->map = mmap(NULL, s->size, PROT_READ | PROT_WRITE,
		      MAP_SHARED | (map_fd < 0 ? MAP_ANONYMOUS : 0), map_fd, 0);
	if (s->map == MAP_FAILED) {
		free(s);
		return NULL;
	}
	for (cpu = 0; cpu < cpus; cpu++)
		s->cpu[cpu].ring = (void *)((char *)s->map + cpu * one);
	return s;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	munmap(s->map, s->size);
	free(s);
}

struct v7s_ring *stream_ring(struct stream *s, unsigned int cpu)
{
	return s->cpu[cpu].ring;
}

static const struct v7s_record *next(const struct stream *s,
				     const struct cpu_ring *c)
{
	return &c->ring->record[c->tail & (s->records - 1)];
}

/* The clock may step back a little, but a CPU's later record is later. */
static uint64_t next_time(const struct stream *s, const struct cpu_ring *c)
{
	uint64_t time = next(s, c)->time;

	return time < c->time ? c->time : time;
}

/*
 * The CPU with the oldest due record, or NULL. Its records before @until are
 * older than those of the other CPUs.
 */
static struct cpu_ring *oldest(struct stream *s, uint64_t due, uint64_t *until)
{
	struct cpu_ring *c, *found = NULL;
	uint64_t time, best = due;

	*until = due;
	for (c = s->cpu; c < s->cpu + s->cpus; c++) {
		if (c->tail == c->head)
			continue;
		time = next_time(s, c);
		if (time > due)
			continue;
		if (!found || time < best) {
			*until = best;
			best = time;
			found = c;
		} else if (time < *until) {
			*until = time;
		}
	}
	return found;
}

/*
 * A program's stores reach us in any order. So records are read only after a
 * wait for all programs that were running when the head was read. After that
 * wait, all older records are below the heads that the next call reads: the
 * stream is complete up to that time.
 */
static bool read_heads(struct stream *s, uint64_t *due)
{
	uint64_t before = clock_now() - CLOCK_SLACK;
	struct cpu_ring *c;
	unsigned int cpu;
	bool any = false;
	int e;

	for (cpu = 0; cpu < s->cpus; cpu++) {
		c = &s->cpu[cpu];
		c->head = read64(&c->ring->head, c->head);
		c->filtered = read64(&c->ring->filtered, c->filtered);
		for (e = 0; e < V7S_EVENTS; e++)
			c->dropped[e] = read64(&c->ring->dropped[e],
						 c->dropped[e]);
		any |= c->head != c->tail;
	}
	*due = s->complete;
	/* Do not wait if there are no records: the next call finds new ones. */
	if (!any)
		return true;
	if (!quiesce())
		return false;
	s->complete = before;
	return true;
}

/* Once the record has been taken, the program may overwrite it. */
static int take_next(struct stream *s, struct cpu_ring *c, take_record *take,
		     void *arg)
{
	int ret = take(arg, c - s->cpu, next(s, c));

	atomic_thread_fence(memory_order_seq_cst);
	*(volatile __u64 *)&c->ring->tail = ++c->tail;
	return ret;
}

int stream_take(struct stream *s, bool stopped, uint64_t until,
		take_record *take, void *arg)
{
	uint64_t due, others;
	struct cpu_ring *c;
	int n = 0;

	if (!read_heads(s, &due)) {
		err_print("cannot show single events: this kernel has no way to wait for its CPUs");
		return -1;
	}
	if (stopped)
		due = UINT64_MAX;
	if (due > until)
		due = until;
	while ((c = oldest(s, due, &others))) {
		do {
			c->time = next_time(s, c);
			n++;
			if (take_next(s, c, take, arg))
				return -1;
		} while (c->tail != c->head && next_time(s, c) < others);
	}
	return n;
}

void stream_account(const struct stream *s, unsigned int cpu,
		    struct stream_cpu *account)
{
	const struct cpu_ring *c = &s->cpu[cpu];
	int e;

	account->emitted = c->tail;
	account->filtered = c->filtered;
	account->dropped = 0;
	for (e = 0; e < V7S_EVENTS; e++)
		account->dropped += c->dropped[e];
}
