/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Events that this process counts itself. It uses bpf/count.h, like the BPF
 * programs, and its counters are read like theirs.
 */
#ifndef V7S_FTRACE_COUNT_EVENTS_H
#define V7S_FTRACE_COUNT_EVENTS_H

#include "source/counters.h"

enum { COUNTED_ARGS = 12 };

/** struct counted_event - an event and its context */
struct counted_event {
	unsigned int cpu;
	unsigned int event;	/* V7S_EVENT_CREATE, ... */
	uint64_t time;		/* CLOCK_MONOTONIC, ns */
	uint64_t task;		/* tgid << 32 | pid */
	uint64_t start;		/* of the task, ns; 0: not known */
	const char *comm;
	const char *dev;
	__u64 args[COUNTED_ARGS];	/* the tracepoint's; first: dev */
};

/**
 * count_events_start - create the counters; only one set can exist at a time
 *
 * @records: records per CPU in the stream, a power of two; 0: no stream.
 * Returns NULL, with errno, if there is no memory.
 */
struct counters *count_events_start(const struct source_want *want,
				    unsigned int records);

/** count_events_room - true if the stream has room for a record of that CPU */
bool count_events_room(unsigned int cpu);

void count_event(const struct counted_event *e);

/** count_events_lost - @n events were lost on that CPU before the next one */
void count_events_lost(unsigned int cpu, uint64_t n);

#endif
