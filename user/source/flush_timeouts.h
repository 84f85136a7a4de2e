/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The last flushes that timed out: by which task, and from where. */
#ifndef V7S_SOURCE_FLUSH_TIMEOUTS_H
#define V7S_SOURCE_FLUSH_TIMEOUTS_H

#include <stdbool.h>

#include "flush.h"
#include "model/model.h"

/** struct flush_timeout - a flush that timed out */
struct flush_timeout {
	uint64_t time;		/* CLOCK_MONOTONIC, ns */
	uint64_t task;		/* tgid << 32 | pid */
	enum v7s_pm pm;
	char dev[V7S_DEV];	/* "": not known */
	char comm[V7S_COMM];
	struct trace stack;	/* no frames: the kernel gave none */
};

struct flush_timeouts;

/**
 * flush_timeouts_new - no timeouts yet, on that many CPUs
 *
 * Call it with all capabilities. Returns NULL if there is no memory.
 */
struct flush_timeouts *flush_timeouts_new(unsigned int cpus);
void flush_timeouts_free(struct flush_timeouts *t);

/**
 * flush_timeouts_read - copy the timeouts since the last reading
 *
 * Programs may be adding more.
 */
void flush_timeouts_read(struct flush_timeouts *t,
			 const struct v7s_cpu_flushes *rows);

/**
 * flush_timeouts_last - the last timeouts, at most V7S_TIMEOUTS, oldest first
 *
 * @all: since the start; else since the last call without it. The timeouts are
 * valid until the next reading. Returns their number.
 */
size_t flush_timeouts_last(struct flush_timeouts *t, bool all,
			   const struct flush_timeout **last);

/** flush_pm_names - as in the file runtime_status; the last: NULL */
extern const char *const flush_pm_names[V7S_PM_UNKNOWN + 1];

#endif
