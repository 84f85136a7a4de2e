/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Flushes by task and by stack, from the counters of all CPUs. */
#ifndef V7S_SOURCE_FLUSH_WHO_H
#define V7S_SOURCE_FLUSH_WHO_H

#include <stdbool.h>

#include "flush.h"
#include "model/model.h"

/** struct flush_sums - flushes that have begun, and the time of finished ones */
struct flush_sums {
	uint64_t flushes;
	uint64_t ns;
};

/** struct flusher - flushes of a task, or with one stack by tasks of one name */
struct flusher {
	uint64_t task;		/* tgid << 32 | pid; of a stack: a hash */
	char comm[V7S_COMM];
	struct flush_sums c;
	struct trace stack;	/* no frames: the kernel gave none */
	bool named;		/* the symbols of the stack are known */
};

/** struct flushers - a list for a report, most flushes first */
struct flushers {
	bool counted;		/* requested */
	const struct flusher *row;
	size_t n;
	struct flush_sums other;	/* found no slot */
};

struct flush_who;

/**
 * flush_who_new - no flushes yet, of @cpus CPUs
 *
 * @tasks, @stacks: the memory shared with the programs; one of them is NULL.
 * Call it with all capabilities. Returns NULL if there is no memory.
 */
struct flush_who *flush_who_new(const struct v7s_cpu_flush_tasks *tasks,
				const struct v7s_cpu_flush_stacks *stacks,
				unsigned int cpus);
void flush_who_free(struct flush_who *w);

/** flush_who_read - read the counters, which may be changing */
void flush_who_read(struct flush_who *w);

/**
 * flush_who_report - flushes since the start, or since the last call without @all
 *
 * Valid until the next call.
 */
void flush_who_report(struct flush_who *w, bool all, struct flushers *to);

#endif
